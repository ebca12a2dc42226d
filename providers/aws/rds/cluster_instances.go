package rds

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/spec"
)

// diffInstanceGroups plans the parameter group of each instance of a cluster, whose values win over the cluster's.
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
		c.Hazard(engine.RequiresReboot, "%s take parameters from %s when they restart, which shoji does not do",
			strings.Join(changed, ", "), g.Name)
	}
}

// checkVersion reports a group that is of another version than the cluster that is to have it.
func checkVersion(d *object.Draft, k *spec.Cluster, at diag.Range, g *spec.ParameterGroup, have *Cluster) {
	if family, ok := strings.CutPrefix(g.Family, have.Engine); ok && have.Version != "" &&
		family != major(have.Version) {
		d.Diags.Errorf(&at, "A group of another version", "%s is %s %s, and %s is for %s.", k.Address(),
			have.Engine, have.Version, g.Address(), g.Family)
	}
}

func major(version string) string {
	m, _, _ := strings.Cut(version, ".")
	return m
}
