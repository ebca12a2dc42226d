package aws

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/iam"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// accountState is what was read through one aws block.
type accountState struct {
	account *awsapi.Account
	// keysOnly is set if only the keys were read: the selection needs nothing but an ARN.
	keysOnly bool
	// searched is set if objects of the project that are in no block were searched for through this block.
	searched bool
	kms      *kms.State
	iam      *iam.State
	s3       *s3.State
	rds      *rds.State
}

// observed is what Inspect has read.
type observed struct {
	project  *spec.Project
	blocks   map[string]*accountState // by address
	selected engine.Selected
}

// Endpoints returns nothing: accounts are no databases.
func (o *observed) Endpoints() []engine.Endpoint { return nil }

// Accounts returns the accounts that were signed in to.
func (o *observed) Accounts() []engine.Account {
	var out []engine.Account
	for _, block := range o.project.AWS {
		if s := o.blocks[block.Address()]; s != nil && s.account != nil {
			out = append(out, s.account.Identity())
		}
	}
	return out
}

// hasAccount reports whether the spec has an account.
func (o *observed) hasAccount(id string) bool {
	return slices.ContainsFunc(o.project.AWS, func(block *spec.AWS) bool { return block.Account == id })
}

// stateOf returns what was read through the block of an object, nil if nothing was.
func (o *observed) stateOf(x *spec.AWSObject) *accountState {
	if x.In == nil {
		return nil
	}
	return o.blocks[x.In.Address()]
}

// placeOf returns the account and region of a block.
func (o *observed) placeOf(block *spec.AWS) policy.Place {
	if s := o.blocks[block.Address()]; s != nil && s.account != nil {
		return s.account.Place
	}
	return policy.Place{Partition: "aws", Region: block.Region, Account: block.Account}
}

// Fingerprints returns those of every declared object that exists, and of those that were removed from the spec.
func (o *observed) Fingerprints() []engine.Fingerprint {
	var out []engine.Fingerprint
	add := func(address, object, in string, what any) {
		out = append(out, engine.Fingerprint{
			Address: address,
			Object:  object + " of " + in,
			Digest:  awsapi.Digest(what),
		})
	}
	for in, s := range o.blocks {
		if s.kms != nil {
			for alias, k := range s.kms.Keys {
				add(in, "key "+alias, in, k)
			}
			for _, k := range s.kms.Removed {
				add(in, "key "+k.ID, in, k)
			}
		}
		if s.iam != nil {
			for name, r := range s.iam.Roles {
				add(in, "role "+name, in, r)
			}
			for _, r := range s.iam.RemovedRoles {
				add(in, "role "+r.Name, in, r)
			}
			for arn, p := range s.iam.Policies {
				add(in, "policy "+arn, in, p)
			}
			for _, p := range s.iam.RemovedPolicies {
				add(in, "policy "+p.ARN, in, p)
			}
		}
		if s.s3 != nil {
			for name, b := range s.s3.Buckets {
				add(in, "bucket "+name, in, b)
			}
			for _, b := range s.s3.Removed {
				add(in, "bucket "+b.Name, in, b)
			}
		}
		if s.rds != nil {
			o.fingerprintClusters(in, s, add)
		}
	}
	return out
}

func (o *observed) fingerprintClusters(in string, s *accountState, add func(address, object, in string, what any)) {
	for _, c := range o.project.Clusters {
		if c.In != nil && c.In.Address() == in && s.rds.Clusters[c.Identifier] != nil {
			add(c.Address(), "cluster "+c.Identifier, in, s.rds.Clusters[c.Identifier])
		}
	}
	for key, g := range s.rds.Groups {
		add(in, key.Level+" parameter group "+key.Name, in, g)
	}
	for _, g := range s.rds.Removed {
		add(in, g.Key.Level+" parameter group "+g.Key.Name, in, g)
	}
}
