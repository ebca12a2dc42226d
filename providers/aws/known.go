package aws

import (
	"context"
	"errors"
	"slices"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/spec"
)

// notYet is why something is not known that whoever asks could see.
const notYet = "it was asked for, and is not there yet"

// Known asks the accounts for what a policy would have to name and no spec can say. What is not there yet is left out.
// only names an aws block, "" all of them. Keys of other accounts that policies of that one name are asked for too,
// where that can be: who has to do with one account need not be able to sign in to another.
func (p *Provider) Known(ctx context.Context, only string) (permit.Known, error) {
	known := permit.Known{
		Keys:      map[string]string{},
		Clusters:  map[string]string{},
		Instances: map[string][]string{},
		Why:       map[string]string{},
	}
	named := p.named(only)
	for _, k := range p.project.KMSKeys {
		here := only == "" || k.In.Address() == only
		if !here && !slices.Contains(named, k.Address()) {
			continue
		}
		arn, err := p.knownKey(ctx, k)
		switch {
		case err == nil:
			known.Keys[k.Address()] = arn
		case errors.Is(err, errNotYet):
			known.Why[k.Address()] = notYet
		case here:
			return known, err
		default:
			known.Why[k.Address()] = k.In.Address() + " cannot be asked: " + err.Error()
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
			authentic := c.IAMAuth == nil || have.IAMAuth == *c.IAMAuth
			if authentic && (c.ParameterGroup == nil || have.ParameterGroup == c.ParameterGroup.Name) {
				known.Settled = append(known.Settled, c.Address())
			}
		} else {
			known.Why[c.Address()] = notYet
		}
	}
	return known, nil
}

var errNotYet = errors.New(notYet)

// knownKey finds the ARN of a declared key; errNotYet where it is not there.
func (p *Provider) knownKey(ctx context.Context, k *spec.KMSKey) (string, error) {
	a, err := p.Account(ctx, k.In.Address())
	if err != nil {
		return "", err
	}
	arn, err := kms.Resolve(ctx, a, k.Alias)
	if awsapi.Is(err, "NotFoundException") {
		return "", errNotYet
	}
	return arn, a.Explain(err, k.Alias)
}

// named are the keys that policies of an account name.
func (p *Provider) named(in string) []string {
	var out []string
	for _, x := range permit.Policies(p.project, permit.Known{}) {
		if x.In.Address() == in {
			out = append(out, x.Keys...)
		}
	}
	return out
}
