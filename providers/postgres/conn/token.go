package conn

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// authenticate puts a token into a configuration that is about to be used, where the database wants one. in is the
// account that the server is in; nil is that of the database's cluster.
func (c *Connector) authenticate(ctx context.Context, config *pgx.ConnConfig, in *spec.AWS) error {
	if !c.db.IAM {
		return nil
	}
	if err := c.private(config); err != nil {
		return err
	}
	token, err := c.clusters.Token(ctx, c.account(in), config.Host, int(config.Port), config.User)
	if err != nil {
		return diag.Diagnostic{
			Severity: diag.Error,
			Summary:  "No token for " + c.Address(),
			Detail:   err.Error() + ".",
			Address:  c.Address(),
			Range:    &c.db.Range,
		}
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

// private refuses to send a token where somebody on the way could read it, or to a server that it was not made for. A
// server on this very machine may do without TLS where the URL says so.
func (c *Connector) private(config *pgx.ConnConfig) error {
	wrong := func(summary, format string, args ...any) error {
		return diag.Diagnostic{
			Severity: diag.Error,
			Summary:  summary,
			Detail:   fmt.Sprintf(format, args...),
			Address:  c.Address(),
			Range:    &c.db.Range,
		}
	}
	least := wayOf(config.TLSConfig)
	for _, f := range config.Fallbacks {
		if f.Host != config.Host || f.Port != config.Port {
			return wrong("A token is for one server",
				"The url of %s names several, and a token lets in at one. Name one, or none where cluster says it.",
				c.Address())
		}
		least = max(least, wayOf(f.TLSConfig))
	}
	here := local(config.Host) && (least < wayPlain || parameter(config.ConnString(), "sslmode") == "disable")
	if here || least <= permits(c.db.Insecure) {
		return nil
	}
	return wrong("A token wants TLS",
		"A token is sent as it is, and the url of %s lets it go %s. Write sslmode=verify-full (with "+
			"sslrootcert=FILE, where the machine does not know AWS's authorities).", c.Address(), least)
}

// wayOf returns the way that a configuration of TLS makes sure of.
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

// refused reports whether a server did not let somebody in for who it is.
func refused(err error) bool {
	code := Code(err)
	return code == "28000" || code == "28P01"
}

// refusal explains why a server did not let a token in.
func (c *Connector) refusal(ctx context.Context, config *pgx.ConnConfig, in *spec.AWS, e *pgconn.PgError) string {
	switch {
	// PAM, where it is AWS
	case strings.Contains(e.Message, "authentication failed") &&
		!strings.Contains(e.Message, "password authentication"):
		return fmt.Sprintf("refused the token (%s): %s", e.Code, c.clusters.ExplainRefusal(ctx, c.db, in, config.User))
	case strings.Contains(e.Message, "pg_hba"):
		return fmt.Sprintf("lets nobody in from here like that (%s): it may want TLS, or another user or database.",
			e.Code)
	}
	return fmt.Sprintf("took the token for a password (%s): user %q is no member of rds_iam there, or IAM "+
		"authentication is off. GRANT rds_iam TO … helps (a role block with iam = true), and iam_auth = true in %s.",
		e.Code, config.User, c.db.Cluster.Address())
}
