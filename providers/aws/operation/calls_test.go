package operation_test

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres/refresh"
	"github.com/shoji-pg/shoji/spec"
)

func (w *world) shares() []string {
	var out []string
	a, err := w.open(w.load("")).accounts.Account(context.Background(), "aws.prod")
	w.ok(err)
	list, err := a.RAM.GetResourceShares(context.Background(), &ram.GetResourceSharesInput{
		ResourceOwner: types.ResourceOwnerSelf,
	})
	w.ok(err)
	for _, s := range list.ResourceShares {
		if s.Status == types.ResourceShareStatusActive {
			out = append(out, awssdk.ToString(s.Name))
		}
	}
	return out
}

// changing are the calls since n that changed something, or would have.
func (w *world) changing(from int) []cloud.Call {
	return slices.DeleteFunc(w.lab.Calls()[from:], func(c cloud.Call) bool { return c.Looks() || c.By != "" })
}

// planned holds the calls since n against the statements of a plan: each one is there, in the account that made it.
func (w *world) planned(plan *engine.Plan, from int) {
	w.t.Helper()
	on := map[string]string{}
	for _, a := range w.load("").AWS {
		on[a.Account+" "+a.Region] = a.Address()
	}
	for _, c := range w.changing(from) {
		found := false
		for _, s := range plan.Steps {
			for _, x := range s.Statements {
				found = found ||
					x.On == on[c.Account+" "+c.Region] && strings.HasPrefix(x.Text, c.Service+":"+c.Operation+" ")
			}
		}
		if !found {
			w.t.Errorf("%s:%s in %s is in no statement of the plan:\n%s", c.Service, c.Operation, c.Account,
				statements(plan))
		}
	}
}

// copyWithRole plans a clone whose server writes to a bucket with a role, as a refresh through a bucket asks for it.
func (w *world) copyWithRole(role string) func() (*engine.Plan, diag.Diagnostics) {
	text := strings.Replace(w.refresh(clone, ""), `identifier = "shop-prod"`,
		"identifier = \"shop-prod\"\n  s3_export = \""+role+"\"", 1)
	return func() (*engine.Plan, diag.Diagnostics) {
		w.wrap = func(p *aws.Provider) refresh.Accounts { return exporting{p} }
		return w.build(text)
	}
}

// exporting takes every copy for one whose server exports.
type exporting struct{ *aws.Provider }

// Copy is that of a server that exports.
func (e exporting) Copy(ctx context.Context, r *spec.Refresh, _ bool) (engine.Around, diag.Diagnostics) {
	return e.Provider.Copy(ctx, r, true)
}
