package permit

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/operation"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// pattern matches the names of the copies of a refresh in all its runs.
func pattern(r *spec.Refresh) string { return operation.Pattern(r.Address()) }

// copies allows what creating and removing copies of sources needs.
func (b *build) copies() {
	for _, r := range b.project.Refreshes {
		if r.Copy == nil || r.Source() == nil {
			continue
		}
		from, to := b.inPlace(r.Source()), b.inPlace(r.Place())
		if from || to {
			b.allow("Leftovers", []string{b.rds("cluster-snapshot", "*"), b.rds("snapshot", "*")}, []string{
				"rds:DescribeDBClusterSnapshots", "rds:DescribeDBSnapshots",
			})
			b.allow("Shares", []string{"*"}, []string{"ram:GetResourceShares"})
		}
		foreign := r.Source().Account != r.Place().Account
		if from && foreign {
			b.lookAtKey(r, b.at.Key("*"), nil)
		}
		switch {
		case r.Copy.Kind == spec.CopyClone && from && foreign:
			b.share(r)
		case r.Copy.Kind == spec.CopyRestore && from:
			b.snapshot(r, foreign)
		}
		if to {
			b.copy(r, foreign)
		}
	}
}

// nameOf returns the words for a refresh in the names of statements.
func nameOf(r *spec.Refresh) string { return r.Name + " " + r.EachKey }

func (b *build) inPlace(in *spec.AWS) bool { return b.inAccount(in) && in.Region == b.in.Region }

func (b *build) share(r *spec.Refresh) {
	mark := []string{object.TagValue(b.project.Name)}
	name := nameOf(r)
	// RAM authorizes each resource and each principal by itself, and the other key is missing then: hence IfExists.
	// Without these two, any cluster could be shared with anybody.
	b.allow(sid("Share", name), []string{"*"}, []string{"ram:CreateResourceShare", "ram:TagResource"},
		policy.Condition{Operator: "StringEquals", Key: "aws:RequestTag/" + object.ProjectTag, Values: mark},
		policy.Condition{
			Operator: "StringEqualsIfExists",
			Key:      "ram:ResourceArn",
			Values:   []string{b.at.Cluster(r.From.Cluster.Identifier)},
		}, policy.Condition{
			Operator: "StringEqualsIfExists",
			Key:      "ram:Principal",
			Values:   []string{r.Place().Account},
		})
	b.allow(sid("Unshare", name),
		[]string{b.at.RAM("resource-share", "*")},
		[]string{"ram:DeleteResourceShare"}, policy.Condition{
			Operator: "StringEquals",
			Key:      "aws:ResourceTag/" + object.ProjectTag,
			Values:   mark,
		})
	b.allow("SharedKeys", []string{b.at.Key("*")},
		[]string{"kms:DescribeKey"})
	b.note("SharedKeys tells whether a cluster's key is one that may be shared; without it the run finds out")
	b.note("a share of RAM has no name in ARNs: the project's tag says which may be made and removed")
}

// snapshots returns the kind in ARNs and the word in actions: RDS has two kinds of snapshots.
func snapshots(r *spec.Refresh) (kind, word string) {
	if r.Copy.Instance != "" {
		return "snapshot", "DBSnapshot"
	}
	return "cluster-snapshot", "DBClusterSnapshot"
}

// snapshot allows what a restored copy needs in the account of the source.
func (b *build) snapshot(r *spec.Refresh, foreign bool) {
	kind, word := snapshots(r)
	source := b.rds("db", r.Copy.Instance)
	if r.Copy.Instance == "" {
		source = b.at.Cluster(r.From.Cluster.Identifier)
	}
	taken := []string{b.rds(kind, pattern(r))}
	b.allow(sid("Snapshot", nameOf(r)), append([]string{source}, taken...), []string{"rds:Create" + word})
	b.allow(sid("RemoveSnapshot", nameOf(r)), taken, []string{"rds:AddTagsToResource", "rds:Delete" + word})
	if foreign {
		b.allow(sid("Lend", nameOf(r)), taken, []string{"rds:Modify" + word + "Attribute"})
		b.note("Lend lets the runner share its own snapshots with any account: RDS has no condition on the " +
			"recipient. It may share nothing but snapshots with the name of a run's")
	}
}

// copy allows what creating the copy needs in its account.
func (b *build) copy(r *spec.Refresh, foreign bool) {
	name, made, alone := nameOf(r), pattern(r), r.Copy.Instance != ""
	surroundings := b.surroundings(r)
	kind, word := snapshots(r)
	own, actions := []string{b.rds("db", made+"-1"), b.at.Cluster(made)},
		[]string{"rds:AddTagsToResource", "rds:DeleteDBCluster", "rds:DeleteDBInstance"}
	if alone {
		own, actions = []string{b.rds("db", made)}, []string{"rds:AddTagsToResource", "rds:DeleteDBInstance"}
	}
	from := Place(r.Source()).RDS(kind, pattern(r))
	if b.copiesSnapshot(r) {
		copied := b.rds(kind, made+"-copy")
		b.allow(sid("CopySnapshot", name), []string{from, copied}, []string{"rds:Copy" + word})
		from, own, actions = copied, append(own, copied), append(actions, "rds:Delete"+word)
	}
	switch {
	case r.Copy.Kind == spec.CopyClone:
		source := Place(r.Source()).Cluster(r.From.Cluster.Identifier)
		b.allow(sid("Clone", name), append([]string{source, b.at.Cluster(made)}, surroundings...), []string{
			"rds:RestoreDBClusterToPointInTime",
		})
	case alone:
		b.allow(sid("Restore", name), append([]string{from, b.rds("db", made)}, surroundings...), []string{
			"rds:RestoreDBInstanceFromDBSnapshot",
		})
	default:
		b.allow(sid("Restore", name), append([]string{from, b.at.Cluster(made)}, surroundings...), []string{
			"rds:RestoreDBClusterFromSnapshot",
		})
	}
	if !alone {
		b.allow(sid("Instance", name), append([]string{b.at.Cluster(made), b.rds("db", made+"-1")}, surroundings...),
			[]string{"rds:CreateDBInstance"})
	}
	if foreign && r.Copy.Kind == spec.CopyClone {
		b.allow("Invitations", []string{"*"}, []string{"ram:GetResourceShareInvitations"})
		sender := b.at
		sender.Account = r.Source().Account
		b.allow(sid("Accept", name), []string{sender.RAM("resource-share-invitation", "*")},
			[]string{"ram:AcceptResourceShareInvitation"})
		b.note("the ARN of an invitation is unknown before it arrives")
	}
	if c := r.From.Cluster; r.Via != nil && c != nil && c.S3Export != nil && b.inAccount(c.In) &&
		c.In.Region == b.in.Region {
		actions = append(actions, "rds:AddRoleToDBCluster")
		b.allow(sid("Pass", name), []string{b.grantee(*c.S3Export)}, []string{"iam:PassRole"}, policy.Condition{
			Operator: "StringEquals",
			Key:      "iam:PassedToService",
			Values:   []string{"rds.amazonaws.com"},
		})
	}
	b.allow(sid("Copy", name), own, actions)
	b.copyKeys(r, foreign)
}

// copiesSnapshot reports whether the snapshot is copied before it is restored: to another place, or, if it is of an
// instance, to encrypt it.
func (b *build) copiesSnapshot(r *spec.Refresh) bool {
	away := r.Source().Account != r.Place().Account || r.Source().Region != r.Place().Region
	return r.Copy.Kind == spec.CopyRestore && (away || r.Copy.Instance != "" && namesKey(r))
}

func namesKey(r *spec.Refresh) bool { return r.Copy.Key != nil || r.Copy.KeyARN != "" }

// ownKey reports whether a copy is under a named key of its own account: a restored one always is.
func (b *build) ownKey(r *spec.Refresh) bool {
	switch {
	case r.Copy.Kind == spec.CopyRestore:
		return namesKey(r)
	case r.Copy.Key != nil:
		return r.Copy.Key.In.Account == r.Place().Account
	}
	return policy.AccountOf(r.Copy.KeyARN) == r.Place().Account
}

// surroundings returns the groups of a copy, which the spec names or which are the source's.
func (b *build) surroundings(r *spec.Refresh) []string {
	named := func(g *spec.ParameterGroup) string {
		if g != nil {
			return g.Name
		}
		return "*"
	}
	subnets := r.Copy.SubnetGroup
	if subnets == "" {
		subnets = "*"
	}
	if named(r.Copy.ParameterGroup) == "*" || named(r.Copy.InstanceParameterGroup) == "*" || subnets == "*" {
		b.note("groups that " + r.Address() + " takes over from its source are not in the spec: * stands for them")
	}
	return []string{
		b.rds("cluster-pg", named(r.Copy.ParameterGroup)), b.rds("pg", named(r.Copy.InstanceParameterGroup)),
		b.rds("subgrp", subnets), b.rds("og", "*"),
	}
}

// copyKeys allows what RDS needs of the caller on the keys of a copy and of its source: a grant, and more on a key of
// another account.
func (b *build) copyKeys(r *spec.Refresh, foreign bool) {
	var more []string
	if foreign {
		more = []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"}
	}
	if namesKey(r) {
		arn, conditions := r.Copy.KeyARN, []policy.Condition(nil)
		if r.Copy.Key != nil {
			arn, conditions = b.key(r.Copy.Key)
		}
		b.lookAtKey(r, arn, conditions)
		used := more
		if b.ownKey(r) {
			used = nil
		}
		b.allowGrant(r, "Copy", arn, used, append(conditions, b.viaService(b.in, "rds")))
	}
	if !namesKey(r) || b.copiesSnapshot(r) || foreign && b.ownKey(r) {
		arn := Place(r.Source()).Key("*")
		if !foreign {
			b.lookAtKey(r, arn, nil)
		}
		b.allowGrant(r, "Source", arn, more, []policy.Condition{b.viaService(r.Source(), "rds")})
		narrow := ""
		if !namesKey(r) {
			narrow = ". Name it in kms_key to narrow that"
		}
		b.note("the key of the source of " + r.Address() +
			" is not in the spec: the policy covers any key that RDS uses on the caller's behalf" + narrow)
	}
	b.note("a key whose policy does not let IAM decide must name the runner too")
}

// allowGrant allows RDS to use a key on the runner's behalf, as far as conditions hold.
func (b *build) allowGrant(r *spec.Refresh, of, arn string, more []string, conditions []policy.Condition) {
	// A grant for anybody else would outlive the need for the key.
	b.allow(sid("GrantFor", of, nameOf(r)), []string{arn}, []string{"kms:CreateGrant"},
		append(slices.Clone(conditions), policy.Condition{
			Operator: "Bool",
			Key:      "kms:GrantIsForAWSResource",
			Values:   []string{"true"},
		})...)
	if len(more) > 0 {
		b.allow(sid("KeyOf", of, nameOf(r)), []string{arn}, more, conditions...)
	}
}

// lookAtKey allows the runner to check a key of its account before anything changes.
func (b *build) lookAtKey(r *spec.Refresh, arn string, conditions []policy.Condition) {
	b.allow(sid("LookAtKey", nameOf(r)), []string{arn}, []string{"kms:DescribeKey", "kms:GetKeyPolicy"}, conditions...)
}

// relax allows what setting a parameter for a while needs.
func (b *build) relax() {
	for _, r := range b.project.Refreshes {
		group := r.ForeignKeys == spec.FKParameterGroup || r.ForeignKeys == spec.FKAuto
		if r.Mode != spec.Replace || !group || r.To == nil || r.To.Cluster == nil ||
			!b.isHere(&r.To.Cluster.AWSObject) {
			continue
		}
		name := "*"
		if g := r.To.Cluster.ParameterGroup; g != nil {
			name = g.Name
		} else {
			b.note("the parameter group of " + r.To.Cluster.Address() +
				" is not in the spec: * stands for it. parameter_group in the cluster block names it")
		}
		b.allow(sid("Relax", nameOf(r)), []string{b.rds("cluster-pg", name)}, []string{
			"rds:DescribeDBClusterParameters", "rds:ModifyDBClusterParameterGroup", "rds:ResetDBClusterParameterGroup",
		})
		b.allow("OverriddenParameters", []string{b.rds("pg", "*")}, []string{"rds:DescribeDBParameters"})
	}
}
