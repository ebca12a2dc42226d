package rds

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/spec"
)

// WantedCluster is a cluster as the spec wants it.
type WantedCluster struct {
	Spec   *spec.Cluster
	Export string // the ARN of the role, "" if it is not managed
	Import string
	// Ours are the ARNs of the project's own roles: a cluster that works with one of them was given it by an earlier
	// spec.
	Ours  []string
	Needs []string // the steps that create the roles, their rights, and the groups
}

// DiffCluster plans what is declared of one cluster.
func DiffCluster(d *object.Draft, s *State, w WantedCluster) {
	k := w.Spec
	have := s.Clusters[k.Identifier]
	if have == nil {
		var names []string
		for n := range s.Clusters {
			names = append(names, n)
		}
		slices.Sort(names)
		d.Diags.Errorf(&k.At.Identifier.Range, "Unknown cluster",
			"%s has no cluster %q.%s A cluster block names one that exists; shoji creates none.", k.In.Address(),
			k.Identifier, diag.DidYouMean(k.Identifier, names))
		return
	}
	c := d.Declared(&k.AWSObject, k.Identifier, true)
	diffRole(c, have, "s3Export", "s3_export", w.Export, w.Ours)
	diffRole(c, have, "s3Import", "s3_import", w.Import, w.Ours)
	diffSettings(d, c, k, have)
	diffInstanceGroups(d, c, k, have)
	c.Step("update", "update", w.Needs...)
	c.Finish()
}

// diffRole plans the role for a feature. There is one role a feature, so that another one has to go first. If the block
// names no role, one of the project's goes, and one of somebody else's stays.
func diffRole(c *object.Change, have *Cluster, feature, attribute, want string, ours []string) {
	is, has := have.Role(feature)
	if want == "" {
		if has && slices.Contains(ours, is.Role) {
			c.Show(attribute, is.Role, nil)
			c.Hazard(engine.LosesAccess, "aws_s3 on %s no longer has a role for %s: %s was removed from its block",
				c.Name, feature,
				is.Role)
			c.Call(removeRole(c.In(), have.Identifier, is)...)
		}
		return
	}
	var before any
	if has {
		before = is.Role
	}
	c.Show(attribute, before, want)
	if has && is.Role == want && is.Status == "ACTIVE" {
		return
	}
	if has && is.Role != want {
		c.Hazard(engine.LosesAccess, "%s no longer works with role %s", c.Name, is.Role)
		c.Call(removeRole(c.In(), have.Identifier, is)...)
	}
	if has && is.Role == want {
		c.Note("the role of %s is present but %s", feature, is.Status)
		if is.Status != "INVALID" { // PENDING: it is on its way
			c.Call(untilActive(c.In(), have.Identifier, feature))
			return
		}
		// Inferred: RDS checks a role when it is added, and not again.
		c.Call(removeRole(c.In(), have.Identifier, is)...)
	}
	add := awsapi.New(c.In(), "rds:AddRoleToDBCluster", have.Identifier, rds.AddRoleToDBClusterInput{
		DBClusterIdentifier: &have.Identifier,
		RoleArn:             &want,
		FeatureName:         &feature,
	})
	add.DoneCodes = []string{"DBClusterRoleAlreadyExists"}
	// RDS does not know the role yet; or the cluster is being changed.
	add.RetryCodes = []string{"InvalidParameterValue", "InvalidDBClusterStateFault"}
	c.Call(add, untilActive(c.In(), have.Identifier, feature))
}

func untilActive(in, cluster, feature string) awsapi.Call {
	x := awsapi.New(in, "rds:DescribeDBClusters", cluster, rds.DescribeDBClustersInput{DBClusterIdentifier: &cluster})
	x.Until = awsapi.RoleActive(feature)
	return x
}

// removeRole takes a role from a cluster and waits until it is gone: RDS refuses the next role for the feature before
// that.
func removeRole(in, cluster string, a Association) []awsapi.Call {
	remove := awsapi.New(in, "rds:RemoveRoleFromDBCluster", cluster, rds.RemoveRoleFromDBClusterInput{
		DBClusterIdentifier: &cluster,
		RoleArn:             &a.Role,
		FeatureName:         &a.Feature,
	})
	remove.DoneCodes, remove.RetryCodes = []string{"DBClusterRoleNotFound"}, []string{"InvalidDBClusterStateFault"}
	wait := awsapi.New(in, "rds:DescribeDBClusters", cluster,
		rds.DescribeDBClustersInput{DBClusterIdentifier: &cluster})
	wait.Until = awsapi.RoleGone(a.Feature)
	return []awsapi.Call{remove, wait}
}

// Removals returns the calls that take a role from every cluster that works with it, and those clusters.
func (s *State) Removals(in, arn string) (calls []awsapi.Call, clusters []string) {
	for _, id := range slices.Sorted(maps.Keys(s.Clusters)) {
		for _, a := range s.Clusters[id].Roles {
			if a.Role == arn {
				calls = append(calls, removeRole(in, id, a)...)
				clusters = append(clusters, id)
			}
		}
	}
	return calls, slices.Compact(clusters)
}

// diffSettings plans IAM authentication and the parameter group, in one call.
func diffSettings(d *object.Draft, c *object.Change, k *spec.Cluster, have *Cluster) {
	in := rds.ModifyDBClusterInput{DBClusterIdentifier: &have.Identifier, ApplyImmediately: aws.Bool(true)}
	changes := false
	if k.IAMAuth != nil {
		c.Show("iam_auth", have.IAMAuth, *k.IAMAuth)
		if have.IAMAuth != *k.IAMAuth {
			in.EnableIAMDatabaseAuthentication, changes = k.IAMAuth, true
			if !*k.IAMAuth {
				c.Hazard(engine.LosesAccess, "nobody can connect to %s with an IAM token any longer", c.Name)
			}
		}
	}
	if g := k.ParameterGroup; g != nil {
		c.Show("parameter_group", have.ParameterGroup, g.Name)
		if have.ParameterGroup != g.Name {
			in.DBClusterParameterGroupName, changes = &g.Name, true
			if len(have.Instances) > 0 {
				c.Hazard(engine.RequiresReboot,
					"%s take parameters from %s at their next restart, which shoji does not trigger",
					strings.Join(have.Instances, ", "), g.Name)
			}
		}
		checkVersion(d, k, k.At.ParameterGroup.Range, g, have)
	}
	if !changes {
		return
	}
	x := awsapi.New(c.In(), "rds:ModifyDBCluster", have.Identifier, in)
	x.RetryCodes = []string{"InvalidDBClusterStateFault", "DBClusterParameterGroupNotFound"}
	wait := awsapi.New(c.In(), "rds:DescribeDBClusters", have.Identifier, rds.DescribeDBClustersInput{
		DBClusterIdentifier: &have.Identifier,
	})
	wait.Until = awsapi.MembersAvailable
	c.Call(x, wait)
}

// diffInstanceGroups plans the parameter group of each instance of a cluster. Its values take precedence over those of
// the cluster's group.
func diffInstanceGroups(d *object.Draft, c *object.Change, k *spec.Cluster, have *Cluster) {
	g := k.InstanceParameterGroup
	if g == nil {
		return
	}
	checkVersion(d, k, k.At.InstanceParameterGroup.Range, g, have)
	var changed []string
	for _, id := range have.Instances {
		c.Show("instance_parameter_group."+id, have.Groups[id], g.Name)
		if have.Groups[id] == g.Name {
			continue
		}
		changed = append(changed, id)
		x := awsapi.New(c.In(), "rds:ModifyDBInstance", id, rds.ModifyDBInstanceInput{
			DBInstanceIdentifier: &id,
			DBParameterGroupName: &g.Name,
			ApplyImmediately:     aws.Bool(true),
		})
		x.RetryCodes = []string{"InvalidDBInstanceState", "DBParameterGroupNotFound"}
		taken := awsapi.New(c.In(), "rds:DescribeDBInstances", id,
			rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
		taken.Until = awsapi.ParametersApplied
		c.Call(x, taken)
	}
	if len(changed) > 0 {
		c.Hazard(engine.RequiresReboot,
			"%s take parameters from %s at their next restart, which shoji does not trigger",
			strings.Join(changed, ", "), g.Name)
	}
}

// checkVersion reports a group that is for another version than the cluster's.
func checkVersion(d *object.Draft, k *spec.Cluster, at diag.Range, g *spec.ParameterGroup, have *Cluster) {
	if family, ok := strings.CutPrefix(g.Family, have.Engine); ok && have.Version != "" &&
		family != major(have.Version) {
		d.Diags.Errorf(&at, "Parameter group for another version", "%s is %s %s, but %s is for %s.", k.Address(),
			have.Engine, have.Version, g.Address(), g.Family)
	}
}

func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}
