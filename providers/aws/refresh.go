package aws

import (
	"context"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/operation"
	"github.com/shoji-pg/shoji/spec"
)

// What a refresh needs in accounts, for the provider of its databases.

// Copy plans the copy that a refresh reads instead of its source. exports is set if the server of the copy writes to a
// bucket.
func (p *Provider) Copy(ctx context.Context, r *spec.Refresh, exports bool) (engine.Around, diag.Diagnostics) {
	var ds, unseen diag.Diagnostics
	fail := func(err error) (engine.Around, diag.Diagnostics) {
		ds.AppendErr("Cannot plan the "+string(r.Copy.Kind), err)
		if ds[0].Range == nil {
			ds[0].Range = &r.Copy.Range
		}
		return engine.Around{}, ds
	}
	from, err := p.accounts.Account(ctx, r.Source().Address())
	if err != nil {
		return fail(err)
	}
	at, err := p.accounts.Account(ctx, r.Place().Address())
	if err != nil {
		return fail(err)
	}
	in := operation.Input{
		Project: p.project.Name,
		Refresh: r,
		At:      at.Place,
		KeyARN:  r.Copy.KeyARN,
		Before:  engine.RunOf(ctx),
	}
	if in.Source, err = operation.ReadSource(ctx, from, r); err != nil {
		return fail(err)
	}
	if r.Place().Account != r.Source().Account {
		if unseen, err = in.Source.ReadCrossAccount(ctx, from, at); err != nil {
			return fail(err)
		}
	}
	if k := r.Copy.Key; k != nil {
		if in.KeyARN, err = p.accounts.KeyARN(ctx, k); err != nil {
			return fail(err)
		}
	}
	if c := r.From.Cluster; exports && c != nil && c.S3Export != nil {
		in.ExportRole = p.accounts.PrincipalOf(*c.S3Export)
	}
	around, ds := operation.Copy(in)
	ds.Append(unseen...)
	for _, a := range []*awsapi.Account{from, at} {
		left, err := operation.Leftovers(ctx, a, p.project.Name, engine.RunOf(ctx))
		if err != nil {
			return fail(err)
		}
		ds.Append(left...)
		if from == at {
			break
		}
	}
	return around, ds
}

// Relax plans to switch off the checks of foreign keys on the servers of a refresh's target for a while. The error says
// why that is impossible.
func (p *Provider) Relax(ctx context.Context, r *spec.Refresh) (engine.Around, error) {
	a, err := p.accounts.Account(ctx, r.To.Cluster.In.Address())
	if err != nil {
		return engine.Around{}, err
	}
	g, err := operation.ReadGroup(ctx, a, r.To.Cluster.Identifier)
	if err != nil {
		return engine.Around{}, err
	}
	return operation.Relax(r, g), nil
}

// accountsOf returns the accounts that a refresh works in, apart from that of its bucket.
func accountsOf(r *spec.Refresh) []*spec.AWS {
	var out []*spec.AWS
	if r.Copy != nil {
		out = append(out, r.Source(), r.Place())
	}
	if r.Mode == spec.Replace && r.To != nil && r.To.Cluster != nil {
		out = append(out, r.To.Cluster.In)
	}
	return out
}
