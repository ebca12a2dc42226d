// Package preflight finds out, before anything changes, whether AWS permits a plan: every right that its calls need, in
// every account. What cannot be determined is reported as unknown.
package preflight

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/spec"
)

// Kind is the kind of the step that checks once more, before anything changes, when a plan is applied.
const Kind = "preflight"

// Accounts are the accounts of a spec.
type Accounts interface {
	// Account signs in to the account of an address such as aws.prod.
	Account(ctx context.Context, address string) (*awsapi.Account, error)
	// Opened returns an account in a region if it was signed in to, else nil: finding out what an account allows must
	// not require access to it.
	Opened(account, region string) *awsapi.Account
	// KeyARN returns the ARN of a declared key.
	KeyARN(ctx context.Context, k *spec.KMSKey) (string, error)
	// PrincipalOf returns the ARN of a grantee.
	PrincipalOf(g spec.Grantee) string
}

// Preflight checks the plans of a project.
type Preflight struct {
	Project    *spec.Project
	Accounts   Accounts
	Operations awsapi.Operations
	// Half is the half of refreshes that is planned.
	Half engine.Half
}

// checks is what is checked: the parameters of the step.
type checks struct {
	Needs  []awsapi.Need  `json:"needs"`
	Trusts []awsapi.Trust `json:"trusts,omitempty"`
	// Buckets have to be in the region of the server that writes to them.
	Buckets []bucketRegion `json:"buckets,omitempty"`
	// Roles have to be those of clusters already.
	Roles []clusterRole `json:"roles,omitempty"`
	// Changed are the roles and buckets (by name) and the keys that the plan changes: what their policies say now does
	// not count.
	Changed []string `json:"changed,omitempty"`
	// created are the buckets that the plan creates. They will be where their blocks say, which loading the spec has
	// checked.
	created []string
	// unknown are the rights that cannot be listed.
	unknown []Finding
}

func (c *checks) need(list ...awsapi.Need) {
	for _, n := range list {
		if !slices.Contains(c.Needs, n) {
			c.Needs = append(c.Needs, n)
		}
	}
}

// Plan checks a plan, and returns the step that checks it again when it is applied; nil if the plan needs no rights.
func (p *Preflight) Plan(ctx context.Context, plan *engine.Plan) (*engine.Step, diag.Diagnostics) {
	c, err := p.collect(ctx, plan)
	if err == nil && len(c.Needs)+len(c.unknown) == 0 {
		return nil, nil
	}
	var findings []Finding
	if err == nil {
		findings, err = p.check(ctx, c)
	}
	if err != nil {
		var ds diag.Diagnostics
		ds.AppendErr("Cannot determine whether AWS permits this plan", err)
		return nil, ds
	}
	return &engine.Step{
		ID:         "preflight",
		Address:    "preflight",
		Title:      "check that AWS permits the plan",
		Provider:   object.Provider,
		Kind:       Kind,
		Priority:   -1 << 20,
		Statements: c.statements(),
		Params:     engine.EncodeParams(c),
	}, Report(append(findings, c.unknown...))
}

func (c *checks) statements() []engine.Statement {
	var out []engine.Statement
	add := func(in, format string, args ...any) {
		out = append(out, engine.Statement{On: in, Text: "check " + fmt.Sprintf(format, args...)})
	}
	for _, n := range c.Needs {
		who := ""
		if n.Role != "" {
			who = " by " + n.Role
		}
		add(n.In, "%s on %s%s", n.Action, n.Resource, who)
	}
	for _, t := range c.Trusts {
		add(t.In, "that RDS can work as %s for %s", t.Role, t.Cluster)
	}
	for _, x := range c.Roles {
		add(x.In, "that cluster %s works with %s for %s", x.Cluster, x.Role, x.Feature)
	}
	for _, b := range c.Buckets {
		add(b.In, "that bucket %s is in %s", b.Bucket, b.Region)
	}
	return out
}

// collect lists what a plan needs.
func (p *Preflight) collect(ctx context.Context, plan *engine.Plan) (*checks, error) {
	c := &checks{}
	for _, s := range plan.Steps {
		if s.Provider != object.Provider || s.Kind == Kind {
			continue
		}
		params, err := awsapi.DecodeParams(s)
		if err != nil {
			return nil, err
		}
		for _, call := range slices.Concat(params.Calls, params.Undo) {
			if err := p.call(ctx, call, c); err != nil {
				return nil, err
			}
		}
	}
	for _, r := range p.Project.Refreshes {
		planned := slices.ContainsFunc(plan.Refreshes, func(x engine.Refresh) bool { return x.Address == r.Address() })
		if !planned || r.Via == nil {
			continue
		}
		if err := p.servers(ctx, plan, r, c); err != nil {
			return nil, err
		}
		if err := p.stage(ctx, r, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// call adds what one call needs.
func (p *Preflight) call(ctx context.Context, call awsapi.Call, c *checks) error {
	a, err := p.Accounts.Account(ctx, call.In)
	if err != nil {
		return err
	}
	rights, known, err := p.Operations.Rights(call, a.Place, object.TagValue(p.Project.Name))
	if err != nil {
		return err
	}
	if !known {
		c.unknown = append(c.unknown, Finding{
			Need:    awsapi.Need{In: call.In, Action: call.Operation, Resource: call.On},
			Verdict: Unknown,
			Reason:  "shoji does not know which rights these need",
		})
	}
	c.need(rights.Needs...)
	c.Trusts = append(c.Trusts, rights.Trusts...)
	c.created = append(c.created, rights.Buckets...)
	for _, changed := range rights.Changed {
		if changed != "" && !slices.Contains(c.Changed, changed) {
			c.Changed = append(c.Changed, changed)
		}
	}
	return nil
}

// check finds out what can be found out.
func (p *Preflight) check(ctx context.Context, c *checks) ([]Finding, error) {
	findings, err := checkNeeds(ctx, p.Accounts, c)
	if err != nil {
		return nil, err
	}
	for _, t := range c.Trusts {
		f, err := p.checkTrust(ctx, t, c.Changed)
		if err != nil {
			return nil, err
		}
		findings = append(findings, f)
	}
	for _, x := range c.Roles {
		f, err := p.checkRole(ctx, x)
		if err != nil {
			return nil, err
		}
		findings = append(findings, f)
	}
	for _, b := range c.Buckets {
		f, err := p.checkRegion(ctx, b)
		if err != nil {
			return nil, err
		}
		findings = append(findings, f)
	}
	return findings, nil
}

// Execute runs the step: what is denied by now ends the run before anything changes.
func (p *Preflight) Execute(ctx context.Context, s engine.Step, report engine.Reporter) error {
	var c checks
	if err := json.Unmarshal(s.Params, &c); err != nil {
		return fmt.Errorf("reading the parameters of %s: %w", s.ID, err)
	}
	findings, err := p.check(ctx, &c)
	if err != nil {
		return err
	}
	count := map[Verdict]int{}
	for _, f := range findings {
		count[f.Verdict]++
	}
	report.Note(fmt.Sprintf("%d rights are allowed, %d denied, %d could not be checked",
		count[Allowed], count[Denied], count[Unknown]))
	var denied []error
	for _, d := range Report(findings) {
		if d.Severity == diag.Error {
			denied = append(denied, d)
		}
	}
	return errors.Join(denied...)
}
