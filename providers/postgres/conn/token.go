package conn

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/spec"
)

// authenticate sets the token of a configuration that is about to be used, if the database uses IAM. in is the server's
// account; nil is that of the database's cluster.
func (c *Connector) authenticate(ctx context.Context, config *pgx.ConnConfig, in *spec.AWS) error {
	if !c.db.IAM {
		return nil
	}
	if err := c.private(config); err != nil {
		return err
	}
	token, err := c.clusters.Token(ctx, c.account(in), config.Host, int(config.Port), config.User)
	if err != nil {
		return c.errorf("No token for "+c.Address(), "%s.", err)
	}
	config.Password = token.Reveal()
	return nil
}

func (c *Connector) account(in *spec.AWS) *spec.AWS {
	if in == nil {
		return c.db.Cluster.In
	}
	return in
}

// private returns an error if a token could be read on the way, or be sent to a server that it was not made for. A
// server on this machine may do without TLS if the URL says so.
func (c *Connector) private(config *pgx.ConnConfig) error {
	least := wayOf(config.TLSConfig)
	for _, f := range config.Fallbacks {
		if f.Host != config.Host || f.Port != config.Port {
			return c.errorf("IAM token requires a single host",
				"The url of %s names several hosts, but a token is valid for one. Name one, or none if cluster is set.",
				c.Address())
		}
		least = max(least, wayOf(f.TLSConfig))
	}
	here := local(config.Host) && (least < wayPlain || parameter(config.ConnString(), "sslmode") == "disable")
	if here || least <= permits(c.db.Insecure) {
		return nil
	}
	return c.errorf("IAM token requires TLS",
		"A token is sent in the clear, and the url of %s allows that %s. Use sslmode=verify-full (with "+
			"sslrootcert=FILE, if this machine does not trust AWS's certificate authorities).", c.Address(), least)
}

// wayOf returns the way that a TLS configuration guarantees.
func wayOf(t *tls.Config) way {
	switch {
	case t == nil:
		return wayPlain
	case !t.InsecureSkipVerify:
		return wayVerified
	case t.VerifyPeerCertificate != nil:
		return wayAnyHost
	}
	return wayUnverified
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasPrefix(host, "/") || ip != nil && ip.IsLoopback()
}

// refused reports whether authentication failed.
func refused(err error) bool {
	code := Code(err)
	return code == "28000" || code == "28P01"
}

// refusal explains why a server rejected a token.
func (c *Connector) refusal(ctx context.Context, config *pgx.ConnConfig, in *spec.AWS, e *pgconn.PgError) string {
	switch {
	// PAM, where it is AWS
	case strings.Contains(e.Message, "authentication failed") &&
		!strings.Contains(e.Message, "password authentication"):
		return fmt.Sprintf("rejected the token (%s): %s", e.Code, c.clusters.ExplainRefusal(ctx, c.db, in, config.User))
	case strings.Contains(e.Message, "pg_hba"):
		return fmt.Sprintf("rejects connections like this from here (%s): it may require TLS, "+
			"or another user or database.",
			e.Code)
	}
	return fmt.Sprintf("treated the token as a password (%s): user %q is not a member of rds_iam, or IAM "+
		"authentication is disabled. Run GRANT rds_iam TO … (or declare a role block with iam = true), and set "+
		"iam_auth = true in %s.",
		e.Code, config.User, c.db.Cluster.Address())
}
