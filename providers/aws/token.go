package aws

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/spec"
)

// TokenLife is how long a token lets somebody in. A connection that was made with it lives on.
const TokenLife = 15 * time.Minute

// Endpoint says where the cluster of a database answers: its writer, or the instance that the spec names. It is asked
// for once.
func (p *Provider) Endpoint(ctx context.Context, db *spec.Database) (host string, port int, err error) {
	e, err := p.endpoint(ctx, db)
	return e.Host, e.Port, err
}

func (p *Provider) endpoint(ctx context.Context, db *spec.Database) (rds.Endpoint, error) {
	a, err := p.Account(ctx, db.Cluster.In.Address())
	if err != nil {
		return rds.Endpoint{}, err
	}
	key := db.Cluster.Address() + " " + db.Instance
	p.mu.Lock()
	known, ok := p.endpoints[key]
	p.mu.Unlock()
	if ok {
		return known, nil
	}
	e, err := rds.ReadEndpoint(ctx, a, db.Cluster.Identifier, db.Instance)
	if err != nil {
		return rds.Endpoint{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endpoints[key] = e
	return e, nil
}

// Token signs a token for user at a server in an account. Nothing is sent: whether it lets anybody in, the server finds
// out.
func (p *Provider) Token(ctx context.Context, in *spec.AWS, host string, port int, user string) (secret.Value, error) {
	a, err := p.Account(ctx, in.Address())
	if err != nil {
		return secret.Value{}, err
	}
	// A token of credentials that are about to end lets nobody in.
	if c, err := a.Config.Credentials.Retrieve(ctx); err == nil && c.CanExpire && time.Until(c.Expires) < time.Minute {
		a.Renew()
	}
	token, err := auth.BuildAuthToken(ctx, net.JoinHostPort(host, strconv.Itoa(port)), a.Block.Region, user,
		a.Config.Credentials)
	if err != nil {
		return secret.Value{}, a.Explain(err, a.Caller)
	}
	return secret.New(token), nil
}

// HasNewCredentials asks for new credentials, where they come from somewhere that gives new ones.
func (p *Provider) HasNewCredentials(ctx context.Context, in *spec.AWS) bool {
	a, err := p.Account(ctx, in.Address())
	return err == nil && a.Renewed(ctx)
}

// ExplainRefusal says why a server may have refused a token of user.
func (p *Provider) ExplainRefusal(ctx context.Context, db *spec.Database, in *spec.AWS, user string) string {
	if in == nil {
		in = db.Cluster.In
	}
	a, err := p.Account(ctx, in.Address())
	if err != nil {
		return err.Error() + "."
	}
	if _, err := a.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		return a.Explain(err, a.Caller).Error() + "."
	}
	resource := "*" // a copy has a resource ID of its own, and a new one each time
	if in == db.Cluster.In {
		e, err := p.endpoint(ctx, db)
		switch {
		case err != nil:
			return err.Error() + "."
		case !e.IAMAuth:
			return fmt.Sprintf("IAM authentication of cluster %s is off. Write iam_auth = true in %s.",
				db.Cluster.Identifier, db.Cluster.Address())
		}
		resource = e.ResourceID
	}
	allow := policy.ForConnect(a.Place, db.Name, resource, []string{user})
	return fmt.Sprintf("either %s may not connect as %q, which needs %s, or the host is another name than the "+
		"cluster's own, or the clock of this machine is wrong, or nobody granted rds_iam to the user.", a.Caller, user,
		allow.JSON())
}
