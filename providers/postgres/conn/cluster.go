package conn

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strconv"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// Clusters knows the clusters that databases are in.
type Clusters interface {
	// Endpoint returns where the cluster of a database answers.
	Endpoint(ctx context.Context, db *spec.Database) (host string, port int, err error)
	// Token returns what user connects with to a server of an account, at once: it does not hold for long.
	Token(ctx context.Context, in *spec.AWS, host string, port int, user string) (secret.Value, error)
	// HasNewCredentials reports whether there are other credentials for an account now than those that a token was made
	// with: sessions end.
	HasNewCredentials(ctx context.Context, in *spec.AWS) bool
	// ExplainRefusal returns why a server may have refused a token, and what helps; in is another account than the
	// cluster's where a copy of it was made there.
	ExplainRefusal(ctx context.Context, db *spec.Database, in *spec.AWS, user string) string
}

// placed returns a URL or keyword/value string that says where to connect: one that names no host gets the endpoint of
// the cluster.
func (c *Connector) placed(ctx context.Context, text string) (string, error) {
	if c.db.Cluster == nil || spec.NamesHost(text) {
		return text, nil
	}
	if c.clusters == nil {
		return "", fmt.Errorf("the url of %s names no host, and nobody here knows where %s answers", c.Address(),
			c.db.Cluster.Address())
	}
	host, port, err := c.clusters.Endpoint(ctx, c.db)
	if err != nil {
		return "", diag.Diagnostic{
			Severity: diag.Error,
			Summary:  "The endpoint of " + c.Address() + " is not known",
			Detail:   err.Error() + ".",
			Address:  c.Address(),
			Range:    &c.db.Range,
		}
	}
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		own := u.Port()
		if own == "" {
			own = strconv.Itoa(port)
		}
		u.Host = net.JoinHostPort(host, own)
		return u.String(), nil
	}
	return fmt.Sprintf("host=%s port=%d %s", host, port, text), nil // what stands later holds
}
