package aws

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/iam"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// removals plans the removal of what carries the project's mark and is in no block. What uses something is removed
// before it.
func (w *wanted) removals(d *object.Draft) {
	for _, block := range w.project.AWS {
		in, s := block.Address(), w.blocks[block.Address()]
		if s == nil || !s.searched {
			continue
		}
		if s.s3 != nil {
			for _, b := range s.s3.Removed {
				s3.Remove(d, in, b)
			}
		}
		if s.iam != nil {
			w.removalsIAM(d, in, s)
		}
		if s.kms != nil {
			used := map[string]bool{}
			for _, k := range w.project.KMSKeys {
				if w.stateOf(&k.AWSObject) != nil && w.stateOf(&k.AWSObject).kms != nil {
					if have := w.stateOf(&k.AWSObject).kms.Of(k, w.project.Name); have != nil {
						used[have.ARN] = true
					}
				}
			}
			for _, k := range s.kms.Removed {
				if !used[k.ARN] {
					kms.Remove(d, in, k)
				}
			}
		}
		if s.rds != nil {
			for _, g := range s.rds.Removed {
				rds.RemoveGroup(d, in, g, w.usersLeaving(s, g))
			}
		}
	}
}

func (w *wanted) removalsIAM(d *object.Draft, in string, s *accountState) {
	detached := map[string]int{} // policies, and from how many roles this plan detaches them
	for _, r := range s.iam.RemovedRoles {
		var calls []awsapi.Call
		var clusters []string
		if s.rds != nil {
			calls, clusters = s.rds.Removals(in, r.ARN)
		}
		if r.Tags[object.OnRemoveTag] == "delete" {
			for _, arn := range r.Attached {
				detached[arn]++
			}
		}
		iam.RemoveRole(d, in, r, calls, clusters)
	}
	for _, r := range w.project.IAMRoles {
		have := s.iam.Roles[r.Name]
		if have == nil || r.Policies == nil || r.In == nil || r.In.Account != s.account.Block.Account {
			continue
		}
		var want []string
		for _, x := range r.Policies {
			if x.Policy != nil {
				want = append(want, w.placeOf(x.Policy.In).Policy(x.Policy.Path, x.Policy.Name))
			} else {
				want = append(want, x.ARN)
			}
		}
		for _, arn := range have.Attached {
			if !slices.Contains(want, arn) {
				detached[arn]++
			}
		}
	}
	for _, x := range s.iam.RemovedPolicies {
		iam.RemovePolicy(d, in, x, detached[x.ARN])
	}
}

// ownRoles returns the ARNs of the project's roles in an account, in blocks or not. A role that the plan removes is
// left out: its removal takes it from its clusters.
func (w *wanted) ownRoles(in *spec.AWS) []string {
	var out []string
	for _, block := range w.project.AWS {
		s := w.blocks[block.Address()]
		if s == nil || s.iam == nil || block.Account != in.Account {
			continue
		}
		for _, r := range s.iam.Roles {
			if r.Tags.OwnedBy(w.project.Name) {
				out = append(out, r.ARN)
			}
		}
		for _, r := range s.iam.RemovedRoles {
			if r.Tags[object.OnRemoveTag] != "delete" {
				out = append(out, r.ARN)
			}
		}
	}
	return out
}

// usersLeaving returns the clusters and instances that the plan gives another group than g.
func (w *wanted) usersLeaving(s *accountState, g *rds.Group) []string {
	var out []string
	for _, c := range w.project.Clusters {
		have := s.rds.Clusters[c.Identifier]
		if w.stateOf(&c.AWSObject) != s || have == nil {
			continue
		}
		if to := c.ParameterGroup; to != nil && g.Key.Level == "cluster" && to.Name != g.Key.Name {
			out = append(out, c.Identifier)
		}
		if to := c.InstanceParameterGroup; to != nil && g.Key.Level == "instance" && to.Name != g.Key.Name {
			out = append(out, have.Instances...)
		}
	}
	return out
}
