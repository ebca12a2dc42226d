package aws

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/iam"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// Inspect reads the accounts of all selected objects at once; for a half, those of its side.
func (p *Provider) Inspect(ctx context.Context, selected engine.Selected) (engine.Observed, diag.Diagnostics) {
	if p.options.Only != engine.Whole {
		return p.inspectHalf(ctx, selected)
	}
	o := &observed{project: p.project, blocks: map[string]*accountState{}, selected: selected}
	var ds diag.Diagnostics
	var mu sync.Mutex
	report := func(block *spec.AWS, severity diag.Severity, summary string, err error) {
		mu.Lock()
		defer mu.Unlock()
		from := len(ds)
		ds.AppendErr(summary, err)
		for i := from; i < len(ds); i++ {
			if ds[i].Severity = severity; ds[i].Range == nil {
				ds[i].Range = &block.Range
			}
		}
	}
	searched := map[string]bool{}
	var g sync.WaitGroup
	for _, block := range p.project.AWS {
		own, key := p.involved(block, selected)
		if !own && !key {
			continue
		}
		// Of several blocks for one account and region, one searches for removed objects.
		place := block.Account + " " + block.Region
		s := &accountState{keysOnly: !own, searched: selected.AllObjects() && !searched[place]}
		searched[place] = true
		o.blocks[block.Address()] = s
		g.Go(func() {
			var err error
			if s.account, err = p.accounts.Account(ctx, block.Address()); err != nil {
				report(block, diag.Error, "Cannot sign in to "+block.Address(), err)
				return
			}
			warn := func(err error) { report(block, diag.Warning, "Removed objects were not searched for", err) }
			if err := p.inspectAccount(ctx, block, s, warn); err != nil {
				report(block, diag.Error, "Cannot read "+block.Address(), err)
				s.account = nil
			}
		})
	}
	g.Wait()
	for address, s := range o.blocks { // an account that was read in part would look as if the rest were gone
		if s.account == nil {
			delete(o.blocks, address)
		}
	}
	ds.Sort()
	return o, ds
}

// involved reports whether a block has objects of its own that are selected, or a key that a selected object needs.
func (p *Provider) involved(block *spec.AWS, selected engine.Selected) (own, key bool) {
	if selected.AllObjects() {
		return true, false
	}
	for _, x := range Objects(p.project) {
		if x.In == block && selected.Has(x.Address()) {
			return true, false
		}
	}
	for _, r := range p.project.Refreshes {
		if selected.Has(r.Address()) && slices.Contains(accountsOf(r), block) {
			return true, false
		}
	}
	for _, b := range p.project.Buckets { // the roles of a bucket need the ARN of its key
		for _, g := range append(readers(p.project, b), writers(p.project, b)...) {
			if g.Role != nil && selected.Has(g.Role.Address()) && b.Key != nil && b.Key.In == block {
				return false, true
			}
		}
	}
	return false, false
}

// Objects returns every object of AWS that the spec declares.
func Objects(project *spec.Project) []*spec.AWSObject {
	var out []*spec.AWSObject
	for _, x := range project.Clusters {
		out = append(out, &x.AWSObject)
	}
	for _, x := range project.KMSKeys {
		out = append(out, &x.AWSObject)
	}
	for _, x := range project.IAMRoles {
		out = append(out, &x.AWSObject)
	}
	for _, x := range project.IAMPolicies {
		out = append(out, &x.AWSObject)
	}
	for _, x := range project.Buckets {
		out = append(out, &x.AWSObject)
	}
	for _, x := range project.ParameterGroups {
		out = append(out, &x.AWSObject)
	}
	return out
}

// inspectAccount reads the services of one account, at once.
func (p *Provider) inspectAccount(ctx context.Context, block *spec.AWS, s *accountState, warn func(error)) error {
	project, a := p.project.Name, s.account
	names := p.declaredIn(block, s)
	g, ctx := errgroup.WithContext(ctx)
	read := func(declared int, all bool, look func(all bool) error) {
		if declared == 0 && !all {
			return
		}
		g.Go(func() error {
			err := look(all)
			var denied *awsapi.Error
			if all && errors.As(err, &denied) && denied.Denied() {
				// The declared objects may be readable although the whole account cannot be listed.
				if declared > 0 {
					if again := look(false); again != nil {
						return again
					}
				}
				warn(err)
				return nil
			}
			return err
		})
	}
	read(len(names.aliases), s.searched, func(all bool) error {
		state, err := kms.Inspect(ctx, a, names.aliases, project, all)
		if err != nil {
			return err
		}
		s.kms = state
		return nil
	})
	if s.keysOnly {
		return g.Wait()
	}
	read(len(names.roles)+len(names.policies), names.iam, func(all bool) error {
		state, err := iam.Inspect(ctx, a, names.roles, names.policies, project, all)
		if err != nil {
			return err
		}
		s.iam = state
		return nil
	})
	read(len(names.buckets), s.searched, func(all bool) error {
		state, err := s3.Inspect(ctx, a, names.buckets, project, all)
		if err != nil {
			return err
		}
		s.s3 = state
		return nil
	})
	read(names.clusters+len(names.groups), s.searched, func(all bool) error {
		state, err := rds.Inspect(ctx, a, names.groups, project, all)
		if err != nil {
			return err
		}
		s.rds = state
		return nil
	})
	return g.Wait()
}

// declared are the names of the declared objects in the account and region of a block.
type declared struct {
	aliases, roles, policies, buckets []string
	groups                            []rds.WantedKey
	clusters                          int
	iam                               bool // search for roles and policies that were removed from the spec
}

func (p *Provider) declaredIn(block *spec.AWS, s *accountState) declared {
	var d declared
	here := func(x *spec.AWSObject) bool {
		return x.In != nil && x.In.Account == block.Account && x.In.Region == block.Region
	}
	// IAM has no regions.
	sameAccount := func(x *spec.AWSObject) bool { return x.In != nil && x.In.Account == block.Account }
	for _, k := range p.project.KMSKeys {
		if here(&k.AWSObject) {
			d.aliases = append(d.aliases, k.Alias)
		}
	}
	for _, r := range p.project.IAMRoles {
		if sameAccount(&r.AWSObject) {
			d.roles = append(d.roles, r.Name)
		}
	}
	for _, x := range p.project.IAMPolicies {
		if sameAccount(&x.AWSObject) {
			d.policies = append(d.policies, s.account.Place.Policy(x.Path, x.Name))
		}
	}
	for _, b := range p.project.Buckets {
		if here(&b.AWSObject) {
			d.buckets = append(d.buckets, b.Name)
		}
	}
	for _, g := range p.project.ParameterGroups {
		if here(&g.AWSObject) {
			d.groups = append(d.groups, rds.WantedKey{Key: rds.KeyOf(g), Family: g.Family})
		}
	}
	for _, c := range p.project.Clusters {
		if here(&c.AWSObject) {
			d.clusters++
		}
	}
	d.iam = s.searched
	for _, other := range p.project.AWS {
		if other.Account == block.Account {
			d.iam = d.iam && other == block
			break
		}
	}
	return d
}
