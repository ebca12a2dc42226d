package aws

import (
	"context"
	"errors"
	"slices"

	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/providers/aws/rds"
)

// Known asks the accounts for what a policy would have to name and no spec can say. What is not there yet is left out.
// only names an aws block, "" all of them. Keys of other accounts that policies of that one name are asked for too,
// where that can be: who has to do with one account need not be able to sign in to another.
func (ac *Accounts) Known(ctx context.Context, only string) (permit.Known, error) {
	known := permit.Known{
		Keys:      map[string]string{},
		Clusters:  map[string]string{},
		Instances: map[string][]string{},
		Why:       map[string]string{},
	}
	named := ac.keysNamedIn(only)
	for _, k := range ac.project.KMSKeys {
		here := only == "" || k.In.Address() == only
		if !here && !slices.Contains(named, k.Address()) {
			continue
		}
		arn, err := ac.findKey(ctx, k)
		switch {
		case err == nil:
			known.Keys[k.Address()] = arn
		case errors.Is(err, errNoKey):
			known.Why[k.Address()] = errNoKey.Error()
		case here:
			return known, err
		default:
			known.Why[k.Address()] = k.In.Address() + " cannot be asked: " + err.Error()
		}
	}
	for _, c := range ac.project.Clusters {
		if only != "" && c.In.Address() != only {
			continue
		}
		a, err := ac.Account(ctx, c.In.Address())
		if err != nil {
			return known, err
		}
		have, err := rds.ReadCluster(ctx, a, c.Identifier)
		if err != nil {
			return known, err
		}
		if have != nil {
			known.Clusters[c.Address()], known.Instances[c.Address()] = have.ResourceID, have.Instances
			authentic := c.IAMAuth == nil || have.IAMAuth == *c.IAMAuth
			if authentic && (c.ParameterGroup == nil || have.ParameterGroup == c.ParameterGroup.Name) {
				known.Settled = append(known.Settled, c.Address())
			}
		} else {
			known.Why[c.Address()] = errNoKey.Error()
		}
	}
	return known, nil
}

// keysNamedIn are the keys that policies of an account name.
func (ac *Accounts) keysNamedIn(in string) []string {
	var out []string
	for _, x := range permit.Policies(ac.project, permit.Known{}) {
		if x.In.Address() == in {
			out = append(out, x.Keys...)
		}
	}
	return out
}
