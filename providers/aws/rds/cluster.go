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

// WantedCluster is a cluster of the spec with what the rest of the spec makes of it.
type WantedCluster struct {
	Spec   *spec.Cluster
	Export string // the ARN of the role, "" where it is not managed
	Import string
	// Ours are the ARNs of the project's own roles: what a cluster works with one of them for was given by an earlier
	// spec.
	Ours  []string
	Needs []string // the steps that make the roles, their rights, and the groups
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
		d.Diags.Errorf(&k.At.Identifier.Range, "There is no such cluster",
			"%s has no cluster %q.%s shoji makes none: a cluster block names one that exists.", k.In.Address(),
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

// diffRole plans the role for a feature. One role a feature: another has to go first. Where no role is written, one of
// ours goes, and one of somebody else's stays.
func diffRole(c *object.Change, have *Cluster, feature, attribute, want string, ours []string) {
	is, has := have.Role(feature)
	if want == "" {
		if has && slices.Contains(ours, is.Role) {
			c.Show(attribute, is.Role, nil)
			c.Hazard(engine.LosesAccess, "aws_s3 on %s has no role for %s any more: %s left its block", c.Name, feature,
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
		c.Hazard(engine.LosesAccess, "%s works with role %s no longer", c.Name, is.Role)
		c.Call(removeRole(c.In(), have.Identifier, is)...)
	}
	if has && is.Role == want {
		c.Note("the role of %s is there and %s", feature, is.Status)
		if is.Status != "INVALID" { // PENDING: it is on its way
			c.Call(untilActive(c.In(), have.Identifier, feature))
			return
		}
		// inferred: RDS looks at a role when it is added, and not again
		c.Call(removeRole(c.In(), have.Identifier, is)...)
	}
	add := awsapi.New(c.In(), "rds:AddRoleToDBCluster", have.Identifier, rds.AddRoleToDBClusterInput{
		DBClusterIdentifier: &have.Identifier,
		RoleArn:             &want,
		FeatureName:         &feature,
	})
	add.DoneCodes = []string{"DBClusterRoleAlreadyExists"}
	// RDS does not know the role yet; the cluster is being changed
	add.RetryCodes = []string{"InvalidParameterValue", "InvalidDBClusterStateFault"}
	c.Call(add, untilActive(c.In(), have.Identifier, feature))
}

func untilActive(in, cluster, feature string) awsapi.Call {
	x := awsapi.New(in, "rds:DescribeDBClusters", cluster, rds.DescribeDBClustersInput{DBClusterIdentifier: &cluster})
	x.Until = awsapi.RoleActive(feature)
	return x
}

// removeRole takes a role from a cluster and waits until it is gone: the next one for the feature is refused before.
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

// Removals gives the calls that take a role from every cluster that works with it, and the clusters.
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
				c.Hazard(engine.LosesAccess, "nobody connects to %s with an IAM token any more", c.Name)
			}
		}
	}
	if g := k.ParameterGroup; g != nil {
		c.Show("parameter_group", have.ParameterGroup, g.Name)
		if have.ParameterGroup != g.Name {
			in.DBClusterParameterGroupName, changes = &g.Name, true
			if len(have.Instances) > 0 {
				c.Hazard(engine.RequiresReboot, "%s take parameters from %s when they restart, which shoji does not do",
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
