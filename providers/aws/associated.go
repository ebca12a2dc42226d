package aws

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/providers/aws/preflight"
	"github.com/shoji-pg/shoji/providers/aws/rds"
)

// associated is a role that a server has to work with already, because the plan does not give it.
type associated struct {
	In      string `json:"in"`
	Cluster string `json:"cluster"`
	Feature string `json:"feature"`
	Role    string `json:"role"`
	// Address is that of the cluster, which gives it the role.
	Address string `json:"address"`
}

func (x associated) String() string {
	return fmt.Sprintf("check that cluster %s works with %s for %s", x.Cluster, x.Role, x.Feature)
}

// associated finds out whether a cluster works with the role.
func (p *Provider) associated(ctx context.Context, x associated) (preflight.Finding, error) {
	f := preflight.Finding{
		Need:    preflight.Need{In: x.In, Action: x.Feature, Resource: "cluster " + x.Cluster},
		Verdict: preflight.Denied,
		Who:     "its server",
		Mend:    fmt.Sprintf("Give it the role first, by a plan without -only: shoji apply -target %s.", x.Address),
	}
	a, err := p.Account(ctx, x.In)
	if err != nil {
		return f, err
	}
	have, err := rds.ReadCluster(ctx, a, x.Cluster)
	if err != nil || have == nil {
		f.Verdict, f.Reason = preflight.Unknown, "its roles cannot be looked at (rds:DescribeDBClusters)"
		return f, nil
	}
	switch is, has := have.Role(x.Feature); {
	case !has:
		f.Reason = "it has no role for " + x.Feature
	case is.Role != x.Role:
		f.Reason = "it works with " + is.Role + " and not with " + x.Role
	case is.Status == "ACTIVE":
		f.Verdict = preflight.Allowed
	case is.Status == "INVALID":
		f.Reason = "its role " + is.Role + " is INVALID"
	default:
		f.Verdict, f.Reason = preflight.Unknown, "its role is "+is.Status
	}
	return f, nil
}
