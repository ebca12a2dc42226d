package conn

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// connectError is the diagnostic of a connection that a server refused, with the SQLSTATE that the server gave.
type connectError struct {
	diag.Diagnostic
	code string
}

// Unwrap returns the diagnostic.
func (e connectError) Unwrap() error { return e.Diagnostic }

// explain turns a failed connection into what to do. The driver's own text is not shown whole: it can quote
// the configuration.
func (c *Connector) explain(ctx context.Context, config *pgx.ConnConfig, in *spec.AWS, g *guard, err error) error {
	where := fmt.Sprintf("%s (%s, database %q, user %q)", c.Address(),
		net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))), config.Database, config.User)
	d := diag.Diagnostic{
		Severity: diag.Error,
		Summary:  "Cannot connect to " + c.Address(),
		Address:  c.Address(),
		Range:    &c.db.Range,
	}
	var pgErr *pgconn.PgError
	var dial *net.OpError
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, errUnproven):
		d.Summary = "The server of " + c.Address() + " has not proven who it is"
		d.Detail = fmt.Sprintf("%s was reached %s, so nothing was said to it. %s", where, g.last, g.help())
	case errors.As(err, &pgErr) && c.db.IAM && refused(err):
		d.Detail = fmt.Sprintf("%s %s", where, c.refusal(ctx, config, in, pgErr))
	case errors.As(err, &pgErr):
		d.Detail = fmt.Sprintf("%s answered: %s", where, explainCode(pgErr))
	case certificate(err) != "":
		d.Detail = fmt.Sprintf("The certificate of %s is not trusted: %s.%s", where, certificate(err), c.authority(err))
	case errors.As(err, &dns):
		d.Detail = fmt.Sprintf("The name of the host of %s cannot be resolved.", where)
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		d.Detail = fmt.Sprintf("%s did not answer within %s. Is the address right, and does the "+
			"network let this machine in?", where, config.ConnectTimeout)
	case errors.As(err, &dial):
		d.Detail = fmt.Sprintf("Nothing listens at %s: %s. Is the server running?", where, dial.Err)
	case g.demanded:
		d.Summary = "The server of " + c.Address() + " has not proven who it is"
		d.Detail = fmt.Sprintf("%s was reached %s: %s. %s", where, g.last, lastCause(err), g.help())
	default:
		d.Detail = fmt.Sprintf("%s: %s", where, lastCause(err))
	}
	if pgErr != nil {
		return connectError{d, pgErr.Code}
	}
	return d
}

func explainCode(e *pgconn.PgError) string {
	switch e.Code {
	case "28P01", "28000":
		return "the user or the password is wrong, or pg_hba.conf does not let this user in (" + e.Code + ")."
	case "3D000":
		return "there is no database of that name (3D000)."
	case "53300":
		return "too many connections (53300). Lower jobs, or raise max_connections."
	case "57P03":
		return "the server is starting up or shutting down (57P03). Try again."
	case "42501":
		return "the user may not connect to this database (42501). GRANT CONNECT ON DATABASE helps."
	default:
		return describe(e)
	}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// lastCause returns the innermost error's text, which is about the network, not about the configuration; of several
// attempts, that of the first.
func lastCause(err error) string {
	for {
		next := errors.Unwrap(err)
		if several, ok := err.(interface{ Unwrap() []error }); ok && len(several.Unwrap()) > 0 {
			next = several.Unwrap()[0]
		}
		if next == nil {
			break
		}
		err = next
	}
	text := err.Error()
	if strings.Contains(text, "postgres://") || strings.Contains(text, "password") {
		return "the connection failed"
	}
	return text
}

// certificate returns what is wrong with a server's certificate; "" where that is not the trouble.
func certificate(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "it is signed by an authority that this machine does not know"
	case errors.As(err, &name):
		return strings.TrimPrefix(name.Error(), "x509: ")
	case errors.As(err, &invalid):
		return strings.TrimPrefix(invalid.Error(), "x509: ")
	}
	return ""
}

// authority returns what helps.
func (c *Connector) authority(err error) string {
	var name x509.HostnameError
	switch {
	case errors.As(err, &name):
		return " Connect to the name that the server has itself, not to another name for it."
	case c.db.Cluster != nil:
		return " AWS's own authorities sign those of Aurora: save " +
			"https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, and write " +
			"sslrootcert=FILE into the url."
	}
	return " Write the file of the authority into the url: sslrootcert=FILE."
}
