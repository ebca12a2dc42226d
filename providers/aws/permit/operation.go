package permit

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/operation"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// pattern stands for the names of the copies of a refresh in all its runs.
func pattern(r *spec.Refresh) string {
	return strings.Replace(operation.Name(r.Address(), "run"), "-run-", "-*-", 1)
}

// copies is what making and removing copies of sources needs.
func (b *build) copies() {
	for _, r := range b.project.Refreshes {
		if r.Copy == nil || r.Source() == nil {
			continue
		}
		from, to := b.sameBlock(r.Source()), b.sameBlock(r.Place())
		if from || to {
			b.allow("Leftovers", []string{b.rds("cluster-snapshot", "*"), b.rds("snapshot", "*")}, []string{"rds:DescribeDBClusterSnapshots", "rds:DescribeDBSnapshots"})
			b.allow("Shares", []string{"*"}, []string{"ram:GetResourceShares"})
		}
		foreign := r.Source().Account != r.Place().Account
		switch {
		case r.Copy.Kind == spec.CopyClone && from && foreign:
			b.share(r)
		case r.Copy.Kind == spec.CopyRestore && from:
			b.snapshot(r)
		}
		if to {
			b.copy(r, foreign)
		}
	}
}

func (b *build) sameBlock(in *spec.AWS) bool { return b.is(in) && in.Region == b.in.Region }

func (b *build) share(r *spec.Refresh) {
	mark := []string{object.Text(b.project.Name)}
	name := strings.TrimPrefix(r.Address(), "refresh.")
	// RAM asks for each resource and each principal by itself, and the other key is missing then: hence IfExists. Without these two, any
	// cluster could be shown to anybody.
	b.allow(sid("Share", name), []string{"*"}, []string{"ram:CreateResourceShare", "ram:TagResource"}, policy.Condition{Operator: "StringEquals", Key: "aws:RequestTag/" + object.ProjectTag, Values: mark},
		policy.Condition{Operator: "StringEqualsIfExists", Key: "ram:ResourceArn", Values: []string{b.at.Cluster(r.From.Cluster.Identifier)}}, policy.Condition{Operator: "StringEqualsIfExists", Key: "ram:Principal", Values: []string{r.Place().Account}})
	b.allow(sid("Unshare", name), []string{"arn:" + b.at.Partition + ":ram:" + b.at.Region + ":" + b.at.Account + ":resource-share/*"}, []string{"ram:DeleteResourceShare"}, policy.Condition{Operator: "StringEquals", Key: "aws:ResourceTag/" + object.ProjectTag, Values: mark})
	b.note("a share of RAM has no name in ARNs: the project's tag says which may be made and removed")
}

// snapshot is what the account of the source needs for a copy that is restored.
func (b *build) snapshot(r *spec.Refresh) {
	kind, word, source := "cluster-snapshot", "DBClusterSnapshot", ""
	if r.Copy.Instance != "" {
		kind, word, source = "snapshot", "DBSnapshot", b.rds("db", r.Copy.Instance)
	} else {
		source = b.at.Cluster(r.From.Cluster.Identifier)
	}
	name := strings.TrimPrefix(r.Address(), "refresh.")
	b.allow(sid("Snapshot", name), []string{source, b.rds(kind, pattern(r))}, []string{"rds:Create" + word})
	b.allow(sid("RemoveSnapshot", name), []string{b.rds(kind, pattern(r))}, []string{"rds:AddTagsToResource", "rds:Delete" + word})
}

// copy is what the account where the copy is made needs.
func (b *build) copy(r *spec.Refresh, foreign bool) {
	name, made := strings.TrimPrefix(r.Address(), "refresh."), pattern(r)
	surroundings := b.surroundings(r)
	instances := []string{b.rds("db", made), b.rds("db", made+"-1")}
	switch {
	case r.Copy.Kind == spec.CopyClone:
		source := Place(r.Source()).Cluster(r.From.Cluster.Identifier)
		b.allow(sid("Clone", name), append([]string{source, b.at.Cluster(made)}, surroundings...), []string{"rds:RestoreDBClusterToPointInTime"})
	case r.Copy.Instance != "":
		b.allow(sid("Restore", name), append(append([]string{b.taken(r, "snapshot"), b.rds("snapshot", made+"-copy")}, instances[:1]...), surroundings...), []string{"rds:CopyDBSnapshot", "rds:RestoreDBInstanceFromDBSnapshot"})
	default:
		b.allow(sid("Restore", name), append([]string{b.taken(r, "cluster-snapshot"), b.rds("cluster-snapshot", made+"-copy"), b.at.Cluster(made)}, surroundings...), []string{"rds:CopyDBClusterSnapshot", "rds:RestoreDBClusterFromSnapshot"})
	}
	if r.Copy.Instance == "" {
		b.allow(sid("Instance", name), append([]string{b.at.Cluster(made), b.rds("db", made+"-1")}, surroundings...), []string{"rds:CreateDBInstance"})
	}
	own := append(instances, b.at.Cluster(made), b.rds("cluster-snapshot", made+"-copy"), b.rds("snapshot", made+"-copy"))
	b.allow(sid("Copy", name), own, []string{"rds:AddRoleToDBCluster", "rds:AddTagsToResource", "rds:DeleteDBCluster", "rds:DeleteDBClusterSnapshot", "rds:DeleteDBInstance", "rds:DeleteDBSnapshot"})
	if foreign {
		b.allow("Invitations", []string{"*"}, []string{"ram:GetResourceShareInvitations"})
		b.allow(sid("Accept", name), []string{"arn:" + b.at.Partition + ":ram:" + b.at.Region + ":" + r.Source().Account + ":resource-share-invitation/*"}, []string{"ram:AcceptResourceShareInvitation"})
		b.note("the ARN of an invitation is not known before it came")
	}
	if c := r.From.Cluster; r.Via != nil && c != nil && c.S3Export != nil && b.is(c.In) && c.In.Region == b.in.Region {
		b.allow(sid("Pass", name), []string{b.grantee(*c.S3Export)}, []string{"iam:PassRole"}, policy.Condition{Operator: "StringEquals", Key: "iam:PassedToService", Values: []string{"rds.amazonaws.com"}})
	}
	b.copyKey(r, name, foreign)
}

// taken is the snapshot of the source, which is where the source is.
func (b *build) taken(r *spec.Refresh, kind string) string {
	from := build{at: Place(r.Source())}
	return from.rds(kind, pattern(r))
}

// surroundings are the groups that a copy takes, which are named in the spec or are the source's.
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
	return []string{b.rds("cluster-pg", named(r.Copy.ParameterGroup)), b.rds("pg", named(r.Copy.InstanceParameterGroup)), b.rds("subgrp", subnets), b.rds("og", "*")}
}

// copyKey is what RDS needs of the caller to encrypt a copy: a grant of the key, and with a key of another account more.
func (b *build) copyKey(r *spec.Refresh, name string, foreign bool) {
	var arn string
	var conditions []policy.Condition
	switch {
	case r.Copy.Key != nil:
		arn, conditions = b.key(r.Copy.Key)
	case r.Copy.KeyARN != "":
		arn = r.Copy.KeyARN
	default:
		from := Place(r.Source())
		arn = "arn:" + from.Partition + ":kms:" + from.Region + ":" + from.Account + ":key/*"
		b.note("the key of the source of " + r.Address() + " is not in the spec: any key is meant that RDS uses for the caller. Name it in kms_key to narrow that")
	}
	through := append(conditions, b.through(b.in, "rds"))
	// A grant for anybody else would outlive what the key is needed for.
	b.allow(sid("GrantForCopy", name), []string{arn}, []string{"kms:CreateGrant"}, append(slices.Clone(through), policy.Condition{Operator: "Bool", Key: "kms:GrantIsForAWSResource", Values: []string{"true"}})...)
	actions := []string{"kms:DescribeKey"}
	if foreign {
		actions = append(actions, "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
	}
	b.allow(sid("KeyOfCopy", name), []string{arn}, actions, through...)
	b.note("a key whose policy does not let IAM decide must name the runner too")
}

// relax is what setting a parameter for a while needs.
func (b *build) relax() {
	for _, r := range b.project.Refreshes {
		group := r.ForeignKeys == spec.FKParameterGroup || r.ForeignKeys == spec.FKAuto
		if r.Mode != spec.Replace || !group || r.To == nil || r.To.Cluster == nil || !b.here(&r.To.Cluster.AWSObject) {
			continue
		}
		name := "*"
		if g := r.To.Cluster.ParameterGroup; g != nil {
			name = g.Name
		} else {
			b.note("the parameter group of " + r.To.Cluster.Address() + " is not in the spec: * stands for it. parameter_group in the cluster block names it")
		}
		b.allow(sid("Relax", strings.TrimPrefix(r.Address(), "refresh.")), []string{b.rds("cluster-pg", name)}, []string{"rds:DescribeDBClusterParameters", "rds:ModifyDBClusterParameterGroup", "rds:ResetDBClusterParameterGroup"})
		b.allow("OverriddenParameters", []string{b.rds("pg", "*")}, []string{"rds:DescribeDBParameters"})
	}
}
