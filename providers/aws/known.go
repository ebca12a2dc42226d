package aws

import (
	"context"

	"github.com/shoji-pg/shoji/providers/aws/account"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/providers/aws/rds"
)

// Known asks the accounts for what a policy would have to name and no spec can say. What is not there yet is left out. only
// names an aws block, "" all of them.
func (p *Provider) Known(ctx context.Context, only string) (permit.Known, error) {
	known := permit.Known{Keys: map[string]string{}, Clusters: map[string]string{}, Instances: map[string][]string{}}
	for _, k := range p.project.KMSKeys {
		if only != "" && k.In.Address() != only {
			continue
		}
		a, err := p.Account(ctx, k.In.Address())
		if err != nil {
			return known, err
		}
		arn, err := kms.Resolve(ctx, a, k.Alias)
		switch {
		case err == nil:
			known.Keys[k.Address()] = arn
		case !account.Is(err, "NotFoundException"):
			return known, a.Explain(err, k.Alias)
		}
	}
	for _, c := range p.project.Clusters {
		if only != "" && c.In.Address() != only {
			continue
		}
		a, err := p.Account(ctx, c.In.Address())
		if err != nil {
			return known, err
		}
		have, err := rds.ReadCluster(ctx, a, c.Identifier)
		if err != nil {
			return known, err
		}
		if have != nil {
			known.Clusters[c.Address()], known.Instances[c.Address()] = have.ResourceID, have.Instances
		}
	}
	return known, nil
}
