package preflight

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// server is a cluster whose aws_s3 writes to a bucket or reads from it, with a role of its own.
type server struct {
	database *spec.Database
	access   engine.Access // of the bucket
	cluster  *spec.Cluster
	feature  string // of RDS: "s3Export"
	argument string // of the cluster block: "s3_export"
	grantee  *spec.Grantee
	function string // of aws_s3
	// copied is set if a copy of the cluster does that, which is given the role of the spec and no other.
	copied bool
	// objects and key are the actions that the role needs on the objects below the prefix and, through S3, on the key.
	objects, key []string
}

func servers(r *spec.Refresh) []server {
	var out []server
	if c := r.From.Cluster; c != nil {
		out = append(out, server{
			database: r.From,
			access:   engine.Write,
			cluster:  c,
			feature:  "s3Export",
			argument: "s3_export",
			grantee:  c.S3Export,
			function: "query_export_to_s3",
			copied:   r.Copy != nil,
			objects:  []string{"s3:PutObject", "s3:AbortMultipartUpload"},
			key:      []string{"kms:GenerateDataKey", "kms:Decrypt"},
		})
	}
	if c := r.To.Cluster; c != nil {
		out = append(out, server{
			database: r.To,
			access:   engine.Read,
			cluster:  c,
			feature:  "s3Import",
			argument: "s3_import",
			grantee:  c.S3Import,
			function: "table_import_from_s3",
			objects:  []string{"s3:GetObject"},
			key:      []string{"kms:Decrypt"},
		})
	}
	return out
}

// servers adds what the roles of servers need that write to a bucket or read from it themselves: nobody but RDS can
// assume them.
func (p *Preflight) servers(ctx context.Context, plan *engine.Plan, r *spec.Refresh, c *checks) error {
	for _, s := range servers(r) {
		touch := engine.Touch{Address: r.Via.Address(), Access: s.access, By: s.database.Address()}
		if !plan.Touches(r.Address(), touch) {
			continue
		}
		a, err := p.Accounts.Account(ctx, s.cluster.In.Address())
		if err != nil {
			return err
		}
		role, err := p.roleOf(ctx, a, s)
		if err != nil {
			return err
		}
		if role == "" {
			c.unknown = append(c.unknown, s.withoutRole())
			continue
		}
		key := p.keyOf(ctx, r)
		object := awsapi.Need{
			In:       a.Address(),
			Role:     role,
			Resource: a.Place.Bucket(r.Via.Name) + "/" + r.Via.Prefix + Probe,
			Owner:    r.Via.In.Account,
			Region:   r.Via.In.Region,
		}
		c.need(withKey(object, key, s.objects)...)
		c.need(key.needs(awsapi.Need{In: a.Address(), Role: role, Via: "s3"}, s.key...)...)
		given := slices.Contains(c.Trusts, awsapi.Trust{
			In:      a.Address(),
			Role:    role,
			Cluster: a.Place.Cluster(s.cluster.Identifier),
		})
		if !s.copied && !given { // a step gives a copy its role
			c.Roles = append(c.Roles, clusterRole{
				In:      a.Address(),
				Cluster: s.cluster.Identifier,
				Feature: s.feature,
				Role:    role,
				Address: s.cluster.Address(),
			})
		}
		if s.access == engine.Write && !slices.Contains(c.created, r.Via.Name) {
			in := s.cluster.In
			if r.Copy != nil {
				in = r.Place()
			}
			c.Buckets = append(c.Buckets, bucketRegion{r.Via.In.Address(), r.Via.Name, in.Region})
		}
	}
	return nil
}

// roleOf returns the role that a server works with: that of the spec, else the one that somebody gave the cluster. It
// returns "" if there is none, so that nothing could be written or read.
func (p *Preflight) roleOf(ctx context.Context, a *awsapi.Account, s server) (string, error) {
	switch {
	case s.grantee != nil:
		return p.Accounts.PrincipalOf(*s.grantee), nil
	case s.copied:
		return "", nil
	}
	have, err := rds.ReadCluster(ctx, a, s.cluster.Identifier)
	if err != nil {
		return "", err
	}
	if have == nil {
		return "", fmt.Errorf("%s has no cluster %q", a.Address(), s.cluster.Identifier)
	}
	role, _ := have.Role(s.feature)
	return role.Role, nil
}

func (s server) withoutRole() Finding {
	f := Finding{
		Need:    awsapi.Need{In: s.cluster.In.Address(), Action: s.function, Resource: s.cluster.Identifier},
		Verdict: Denied,
		Who:     "its server",
		Reason:  "it has no role for " + s.feature,
		Mend:    "Write " + s.argument + " = in " + s.cluster.Address() + ".",
	}
	if s.copied {
		f.Resource, f.Reason = "a clone of "+s.cluster.Identifier, "it is given no role for "+s.feature
	}
	return f
}

// clusterRole is a role that a cluster has to work with already, because the plan does not associate it.
type clusterRole struct {
	In      string `json:"in"`
	Cluster string `json:"cluster"`
	Feature string `json:"feature"`
	Role    string `json:"role"`
	// Address is that of the cluster block, which associates the role.
	Address string `json:"address"`
}

// checkRole finds out whether a cluster works with a role.
func (p *Preflight) checkRole(ctx context.Context, x clusterRole) (Finding, error) {
	f := Finding{
		Need:    awsapi.Need{In: x.In, Action: x.Feature, Resource: "cluster " + x.Cluster},
		Verdict: Denied,
		Who:     "its server",
		Mend:    fmt.Sprintf("Give it the role first, by a plan without -only: shoji apply -target %s.", x.Address),
	}
	a, err := p.Accounts.Account(ctx, x.In)
	if err != nil {
		return f, err
	}
	have, err := rds.ReadCluster(ctx, a, x.Cluster)
	if err != nil || have == nil {
		f.Verdict, f.Reason = Unknown, "its roles cannot be read (rds:DescribeDBClusters)"
		return f, nil
	}
	switch role, has := have.Role(x.Feature); {
	case !has:
		f.Reason = "it has no role for " + x.Feature
	case role.Role != x.Role:
		f.Reason = "it works with " + role.Role + " and not with " + x.Role
	case role.Status == "ACTIVE":
		f.Verdict = Allowed
	case role.Status == "INVALID":
		f.Reason = "its role " + role.Role + " is INVALID"
	default:
		f.Verdict, f.Reason = Unknown, "its role is "+role.Status
	}
	return f, nil
}

// bucketRegion is a bucket and the region of the server that writes to it.
type bucketRegion struct {
	In     string `json:"in"`
	Bucket string `json:"bucket"`
	Region string `json:"region"`
}

// checkRegion finds out whether a bucket is in the region of the server that writes to it.
func (p *Preflight) checkRegion(ctx context.Context, b bucketRegion) (Finding, error) {
	f := Finding{
		Need:    awsapi.Need{In: b.In, Action: "exporting by the server", Resource: "bucket " + b.Bucket},
		Verdict: Unknown,
		Who:     "the server",
	}
	a, err := p.Accounts.Account(ctx, b.In)
	if err != nil {
		return f, err
	}
	switch region, err := s3.Region(ctx, a, b.Bucket); {
	case err != nil:
		f.Reason = "the region of the bucket cannot be read"
	case region == "":
		f.Reason = "the bucket does not exist"
	case region == b.Region:
		f.Verdict = Allowed
	default:
		f.Verdict, f.Mend = Denied, `Use a bucket there, or export = "client".`
		f.Reason = fmt.Sprintf("the bucket is in %s, and aws_s3 writes within its own region only, which is %s",
			region, b.Region)
	}
	return f, nil
}
