package conn

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// Clusters are the clusters that databases are in.
type Clusters interface {
	// Endpoint returns where the cluster of a database answers.
	Endpoint(ctx context.Context, db *spec.Database) (host string, port int, err error)
	// Token returns the password of user for a server of an account. It must be used at once, because it expires soon.
	Token(ctx context.Context, in *spec.AWS, host string, port int, user string) (secret.Value, error)
	// HasNewCredentials reports whether the credentials of an account have changed since a token was made: they expire.
	HasNewCredentials(ctx context.Context, in *spec.AWS) bool
	// ExplainRefusal returns why a server may have rejected a token, and what helps; in is not the cluster's account if
	// a copy of it is in another.
	ExplainRefusal(ctx context.Context, db *spec.Database, in *spec.AWS, user string) string
}

// withHost adds the endpoint of the cluster to a URL or keyword/value string without a host.
func (c *Connector) withHost(ctx context.Context, text string) (string, error) {
	if c.db.Cluster == nil || spec.NamesHost(text) {
		return text, nil
	}
	if c.clusters == nil {
		return "", fmt.Errorf("the url of %s names no host, and the endpoint of %s is not available here", c.Address(),
			c.db.Cluster.Address())
	}
	host, port, err := c.clusters.Endpoint(ctx, c.db)
	if err != nil {
		return "", c.errorf("Endpoint of "+c.Address()+" is unknown", "%s.", err)
	}
	if u, err := url.Parse(text); err == nil && u.Scheme != "" {
		own := u.Port()
		if own == "" {
			own = strconv.Itoa(port)
		}
		u.Host = net.JoinHostPort(host, own)
		return u.String(), nil
	}
	return fmt.Sprintf("host=%s port=%d %s", host, port, text), nil // later parameters win
}

// Identity returns what identifies the database of the spec, as long as it does not move: its servers and its name. How
// it is reached now (a clone, an endpoint of its cluster) does not matter, and nothing connects.
func (c *Connector) Identity(ctx context.Context) (string, error) {
	text, err := c.text()
	if err != nil {
		return "", err
	}
	config, err := c.parse(text)
	if err != nil {
		return "", err
	}
	if k := c.db.Cluster; k != nil && !spec.NamesHost(text) {
		return fmt.Sprintf("cluster %q of %s in %s, database %q", k.Identifier, k.In.Account, k.In.Region,
			config.Database), ctx.Err()
	}
	servers := []string{server(config.Host, config.Port)}
	for _, f := range config.Fallbacks {
		servers = append(servers, server(f.Host, f.Port))
	}
	slices.Sort(servers)
	return fmt.Sprintf("servers %q, database %q", slices.Compact(servers), config.Database), ctx.Err()
}

func server(host string, port uint16) string {
	return fmt.Sprintf("%s:%d", strings.ToLower(strings.TrimSuffix(host, ".")), port)
}
