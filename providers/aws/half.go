package aws

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/preflight"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// A half signs in to the accounts of its own side, and the plan is bound to them. It creates no objects: the policies
// of one side name what is on the other, so that they cannot be compared from one side alone.

// inspectHalf signs in, and checks that the objects exist that a half does not create.
func (p *Provider) inspectHalf(ctx context.Context, selected engine.Selected) (engine.Observed, diag.Diagnostics) {
	o := &observed{project: p.project, blocks: map[string]*accountState{}, selected: selected}
	var ds diag.Diagnostics
	for _, r := range p.project.Refreshes {
		if !selected.Has(r.Address()) || r.Via == nil {
			continue
		}
		signedIn := true
		for _, block := range preflight.AccountsOf(p.options.Only, r) {
			if o.blocks[block.Address()] != nil {
				continue
			}
			a, err := p.accounts.Account(ctx, block.Address())
			if err != nil {
				signedIn = false
				ds.AppendErr("Cannot sign in to "+block.Address(), err)
				ds[len(ds)-1].Range = &block.Range
				continue
			}
			o.blocks[block.Address()] = &accountState{account: a}
		}
		if signedIn && p.options.Only == engine.OnlyExport {
			ds.Append(p.checkExists(ctx, r)...)
			ds.Append(p.inspectStage(ctx, r, o.blocks)...)
		}
	}
	return o, p.project.WithSnippets(ds)
}

// inspectStage reads the bucket that a half writes to and its key: what bypasses their policies concerns a half too.
// Missing rights are reported as a warning.
func (p *Provider) inspectStage(ctx context.Context, r *spec.Refresh,
	blocks map[string]*accountState) diag.Diagnostics {
	var ds diag.Diagnostics
	warn := func(o *spec.AWSObject, err error) {
		if err != nil {
			ds.Append(diag.Diagnostic{
				Severity: diag.Warning,
				Address:  o.Address(),
				Range:    &o.Range,
				Summary:  "Not everything could be read",
				Detail: "Whether something bypasses the policy of " + o.Address() + " is unknown: " + err.Error() +
					".",
			})
		}
	}
	var err error
	in := blocks[r.Via.In.Address()]
	if in.s3, err = s3.Inspect(ctx, in.account, []string{r.Via.Name}, p.project.Name, false); err != nil {
		in.s3 = nil
		warn(&r.Via.AWSObject, err)
	}
	k := r.Via.Key
	if k == nil || blocks[k.In.Address()] == nil {
		return ds
	}
	in = blocks[k.In.Address()]
	if in.kms, err = kms.Inspect(ctx, in.account, []string{k.Alias}, p.project.Name, false); err != nil {
		in.kms = nil
		warn(&k.AWSObject, err)
	}
	return ds
}

// diffHalf shows what bypasses the policies of the buckets and keys of a half, and changes nothing.
func (o *observed) diffHalf() *object.Draft {
	d := &object.Draft{Project: o.project.Name}
	for _, k := range o.project.KMSKeys {
		if s := o.stateOf(&k.AWSObject); s != nil && s.kms != nil {
			kms.Show(d, s.kms, kms.Wanted{Spec: k, Ours: o.hasAccount})
		}
	}
	for _, b := range o.project.Buckets {
		if s := o.stateOf(&b.AWSObject); s != nil && s.s3 != nil {
			s3.Show(d, s.s3, s3.Wanted{Spec: b, Ours: o.hasAccount})
		}
	}
	return d
}

// checkExists reports the objects that an export needs and that do not exist yet. An import finds out when it reads the
// manifest.
func (p *Provider) checkExists(ctx context.Context, r *spec.Refresh) diag.Diagnostics {
	var ds diag.Diagnostics
	var missing, targets []string
	look := func(o *spec.AWSObject, there func(ctx context.Context, a *awsapi.Account) (bool, error)) {
		a, err := p.accounts.Account(ctx, o.In.Address())
		found := false
		if err == nil {
			found, err = there(ctx, a)
		}
		var answer *awsapi.Error
		switch {
		case errors.As(err, &answer) && answer.Denied(): // the preflight reports missing rights
		case err != nil:
			ds.AppendErr("Cannot read "+o.Address(), err)
		case !found && !slices.Contains(targets, "-target "+o.Address()):
			missing, targets = append(missing, o.Address()+" of "+o.In.Address()),
				append(targets, "-target "+o.Address())
		}
	}
	if k := r.Via.Key; k != nil {
		look(&k.AWSObject, func(ctx context.Context, a *awsapi.Account) (bool, error) {
			_, err := kms.Resolve(ctx, a, k.Alias)
			if awsapi.Is(err, "NotFoundException") {
				return false, nil
			}
			return true, a.Explain(err, k.Alias)
		})
	}
	look(&r.Via.AWSObject, func(ctx context.Context, a *awsapi.Account) (bool, error) {
		region, err := s3.Region(ctx, a, r.Via.Name)
		return region != "", err
	})
	if r.Copy != nil {
		for _, g := range []*spec.ParameterGroup{r.Copy.ParameterGroup, r.Copy.InstanceParameterGroup} {
			if g != nil {
				look(&g.AWSObject, func(ctx context.Context, a *awsapi.Account) (bool, error) {
					return rds.Exists(ctx, a, rds.KeyOf(g))
				})
			}
		}
	}
	if len(missing) > 0 {
		ds.Errorf(&r.Range, "A half creates no objects",
			"%s needs %s, which does not exist. Somebody with access to both sides creates it by a plan without "+
				"-only: shoji apply %s.", r.Address(), strings.Join(missing, " and "), strings.Join(targets, " "))
	}
	return ds
}
