package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/preflight"
	"github.com/shoji-pg/shoji/spec"
)

// worksWith is how a cluster gets the role that its aws_s3 works with.
type worksWith struct {
	feature, argument string
	role              func(*spec.Cluster) *spec.Grantee
	// copied says that a copy of the cluster does it, which has the role that the spec says and no other.
	copied bool
}

// serverRole is the role that a server works with: the spec's, else what somebody gave the cluster by hand. Where there
// is none, it is said what is missing: nothing would be written or read.
func (p *Provider) serverRole(ctx context.Context, a *awsapi.Account, c *spec.Cluster,
	x worksWith) (string, preflight.Finding, error) {
	none := preflight.Finding{
		Need:    preflight.Need{In: c.In.Address(), Resource: c.Identifier},
		Verdict: preflight.Denied,
		Who:     "its server",
		Reason:  "it has no role for " + x.feature,
		Mend:    "Write " + x.argument + " = in " + c.Address() + ".",
	}
	switch {
	case x.role(c) != nil:
		w := &desire{&observed{project: p.project, blocks: map[string]*seen{c.In.Address(): {account: a}}}}
		return w.principal(*x.role(c)), none, nil
	case x.copied:
		none.Resource, none.Reason = "a clone of "+c.Identifier, "it is given no role for "+x.feature
		return "", none, nil
	}
	out, err := a.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &c.Identifier})
	if err != nil {
		return "", none, a.Explain(err, c.Identifier)
	}
	for _, found := range out.DBClusters {
		for _, r := range found.AssociatedRoles {
			if awssdk.ToString(r.FeatureName) == x.feature {
				return awssdk.ToString(r.RoleArn), none, nil
			}
		}
	}
	return "", none, nil
}
