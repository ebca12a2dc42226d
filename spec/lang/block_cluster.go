package lang

import (
	"regexp"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

var (
	rdsName    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	familyName = regexp.MustCompile(`^[a-z-]*postgres[a-z]*[0-9]+$`)
)

func rdsNames(what string) nameRule {
	return nameRule{"", rdsName, what + " has lower-case letters, digits and single hyphens, a letter first."}
}

func clusterBlock(b *body, c *spec.Cluster) {
	at := &c.At
	accountArgument(b, &c.AWSObject)
	b.required("identifier", text(&c.Identifier), &at.Identifier, "Its identifier.")
	b.optional("s3_export", grantee(&c.S3Export), &at.S3Export, "The role that `aws_s3` exports with.")
	b.optional("s3_import", grantee(&c.S3Import), &at.S3Import, "The role that `aws_s3` imports with.")
	b.optional("iam_auth", optionalBoolean(&c.IAMAuth), nil, "Whether users may connect with IAM tokens.")
	b.optional("parameter_group", parameterGroups.ref(&c.ParameterGroup), &at.ParameterGroup,
		"Its cluster parameter group.")
	b.optional("instance_parameter_group", parameterGroups.ref(&c.InstanceParameterGroup), &at.InstanceParameterGroup,
		"The parameter group of each of its instances, with `level = \"instance\"`. Its values win over the cluster's.")
	b.derive(func() { rdsNames("an identifier").apply(b, &c.AWSObject, "identifier", &c.Identifier, at.Identifier) })
	b.check(func() {
		if g := c.S3Export; g != nil && g.Role != nil {
			b.checkSameAccount(at.S3Export.Range, &c.AWSObject, &g.Role.AWSObject, false)
		}
		if g := c.S3Import; g != nil && g.Role != nil {
			b.checkSameAccount(at.S3Import.Range, &c.AWSObject, &g.Role.AWSObject, false)
		}
		checkClusterGroup(b, c, c.ParameterGroup, "cluster", at.ParameterGroup.Range)
		checkClusterGroup(b, c, c.InstanceParameterGroup, "instance", at.InstanceParameterGroup.Range)
	})
}

// checkClusterGroup reports a parameter group that a cluster, or its instances, cannot have.
func checkClusterGroup(b *body, c *spec.Cluster, g *spec.ParameterGroup, level string, at diag.Range) {
	if g == nil {
		return
	}
	b.checkSameAccount(at, &c.AWSObject, &g.AWSObject, true)
	if g.Level != level {
		b.errorf(at, "Parameter group of another level",
			"%s has level = %q; this argument takes a group with level = %q.",
			g.Address(), g.Level, level)
	}
}

// checkExports reports clusters whose export role writes where aws_s3 cannot: it knows neither another account nor
// another region.
func checkExports(r *report) {
	for _, c := range r.project.Clusters {
		if c.S3Export == nil || c.S3Export.Role == nil || c.In == nil {
			continue
		}
		role := c.S3Export.Role
		for _, b := range r.project.Buckets {
			writes := slices.Contains(role.Write, b) ||
				slices.ContainsFunc(b.Write, func(g spec.Grantee) bool { return g.Role == role })
			if writes && b.In != nil && (b.In.Account != c.In.Account || b.In.Region != c.In.Region) {
				r.errorf(c.At.S3Export.Range, "A server exports within its account and region only",
					"%s writes %s, which is "+
						"in %s of account %s, and %s is in %s of %s. Put the bucket and its key "+
						"beside the source; the target's "+
						"account may read it.", role.Address(), b.Address(), b.In.Region, b.In.Account, c.Address(),
					c.In.Region, c.In.Account)
			}
		}
	}
}
