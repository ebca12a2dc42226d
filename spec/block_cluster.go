package spec

import (
	"regexp"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// Cluster is an Aurora cluster that exists. What is nil is not managed.
type Cluster struct {
	AWSObject
	Identifier         string
	S3Export, S3Import *Grantee
	IAMAuth            *bool
	ParameterGroup     *ParameterGroup
	// InstanceParameterGroup is that of each instance.
	InstanceParameterGroup *ParameterGroup
}

var rdsName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (l *loader) declareClusters() {
	l.clusters = l.declareAll("cluster", func(in *instance) cty.Value {
		c := &Cluster{AWSObject: l.object(in), IAMAuth: in.boolean("iam_auth")}
		c.Identifier = in.named("identifier", "", rdsName,
			"an identifier has lower-case letters, digits and single hyphens, a letter first.")
		l.later(func() {
			c.S3Export, c.S3Import = l.clusterRole(in, c, "s3_export"), l.clusterRole(in, c, "s3_import")
			c.ParameterGroup = l.clusterGroup(in, c, "parameter_group", "cluster")
			c.InstanceParameterGroup = l.clusterGroup(in, c, "instance_parameter_group", "instance")
		})
		l.project.Clusters = append(l.project.Clusters, c)
		return cty.CapsuleVal(clusterType, c)
	})
}

// clusterGroup reads a parameter group of a cluster or of its instances, which must be in its account and region.
func (l *loader) clusterGroup(in *instance, c *Cluster, name, level string) *ParameterGroup {
	g := reference[ParameterGroup](in, name, parameterGroupType, "a parameter group, such as parameter_group.staging")
	if g == nil {
		return nil
	}
	l.sameAccount(in.at(name), &c.AWSObject, &g.AWSObject, true)
	if g.Level != level {
		l.errorf(in.at(name), "A group of another level", "%s has level = %q, and %s takes one with level = %q.",
			g.Address(), g.Level, name, level)
	}
	return g
}

// clusterRole reads a role that a cluster works with, which must be in its account.
func (l *loader) clusterRole(in *instance, c *Cluster, name string) *Grantee {
	g := in.grantee(name)
	if g != nil && g.Role != nil {
		l.sameAccount(in.at(name), &c.AWSObject, &g.Role.AWSObject, false)
	}
	return g
}

// exports reports clusters whose export role writes where aws_s3 cannot: it knows neither another account nor another
// region.
func (l *loader) exports() {
	for _, c := range l.project.Clusters {
		if c.S3Export == nil || c.S3Export.Role == nil || c.In == nil {
			continue
		}
		for _, b := range l.project.Buckets {
			writes := slices.Contains(c.S3Export.Role.Write, b) ||
				slices.ContainsFunc(b.Write, func(g Grantee) bool { return g.Role == c.S3Export.Role })
			if writes && b.In != nil && (b.In.Account != c.In.Account || b.In.Region != c.In.Region) {
				l.diags.Errorf(c.At("s3_export"), "A server exports within its account and region only",
					"%s writes %s, which is in %s of account %s, and %s is in %s of %s. Put the bucket and its key "+
						"beside the source; the target's account may read it.",
					c.S3Export.Role.Address(), b.Address(), b.In.Region, b.In.Account, c.Address(), c.In.Region,
					c.In.Account)
			}
		}
	}
}
