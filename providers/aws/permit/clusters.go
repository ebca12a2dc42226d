package permit

import (
	"slices"

	"github.com/shoji-pg/shoji/spec"
)

// clusters allows what the declared parts of clusters need, each no more than it takes: associating a role does not
// need the right to modify the cluster.
func (b *build) clusters() {
	var served, working, modified, pass, groups []string
	for _, c := range b.project.Clusters {
		if !b.isHere(&c.AWSObject) {
			continue
		}
		arn := b.at.Cluster(c.Identifier)
		for _, g := range []*spec.Grantee{c.S3Export, c.S3Import} {
			if g != nil {
				working, pass = append(working, arn), append(pass, b.grantee(*g))
			}
		}
		modifies := c.IAMAuth != nil || c.ParameterGroup != nil
		// a role whose block was removed is taken from the cluster
		if modifies || c.S3Export != nil || c.S3Import != nil {
			served = append(served, arn)
		}
		if !modifies || b.isSettled(c) {
			continue
		}
		modified = append(modified, arn)
		if c.ParameterGroup != nil {
			groups = append(groups, b.rds("cluster-pg", c.ParameterGroup.Name))
		}
		b.notePower(
			"rds:ModifyDBCluster",
			c.Address(),
			"set the master password and open the cluster, and RDS has no condition on what is modified. It is for "+
				"iam_auth and parameter_group: it is left out if the block has neither, or if the cluster has them "+
				"and this is printed with -look",
		)
	}
	b.allow("ClusterRoles", slices.Compact(working), b.ifManaging(nil, "rds:AddRoleToDBCluster"))
	b.allow("TakeRoles", served, b.ifManaging(nil, "rds:RemoveRoleFromDBCluster"))
	b.allow("ModifyClusters", append(modified, groups...), b.ifManaging(nil, "rds:ModifyDBCluster"))
	b.instances()
	b.pass("PassToClusters", pass, "rds.amazonaws.com")
}

// isSettled reports whether a cluster is as its block says, so that nothing has to be modified.
func (b *build) isSettled(c *spec.Cluster) bool {
	if !slices.Contains(b.known.Settled, c.Address()) {
		return false
	}
	if b.manages {
		b.note(
			c.Address() +
				" already has its iam_auth and its parameter_group: rds:ModifyDBCluster is left out. Print this " +
				"again when the block changes",
		)
	}
	return true
}

// instances allows what giving the instances of clusters their parameter group needs.
func (b *build) instances() {
	var arns []string
	for _, c := range b.project.Clusters {
		g := c.InstanceParameterGroup
		if g == nil || !b.isHere(&c.AWSObject) || !b.manages {
			continue
		}
		arns = append(arns, b.rds("pg", g.Name))
		known := b.known.Instances[c.Address()]
		for _, id := range known {
			arns = append(arns, b.rds("db", id))
		}
		what := "open them to the public network"
		if len(known) == 0 {
			arns = append(arns, b.rds("db", "*"))
			b.note(
				"the instances of " + c.Address() +
					" are not in the spec: * stands for them. With -look, they are named",
			)
			what += ", and set the master password of every instance of the account that is in no cluster"
		}
		b.notePower("rds:ModifyDBInstance", "the instances of "+c.Address(), what)
	}
	b.allow("Instances", arns, []string{"rds:ModifyDBInstance"})
}
