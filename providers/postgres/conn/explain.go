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

// errorf returns an error about the connection, at the database block.
func (c *Connector) errorf(summary, format string, args ...any) error {
	return diag.Diagnostic{
		Severity: diag.Error,
		Summary:  summary,
		Detail:   fmt.Sprintf(format, args...),
		Address:  c.Address(),
		Range:    &c.db.Range,
	}
}

// explain returns a diagnostic for a failed connection. It does not show all of the driver's error, which can quote the
// configuration.
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
		d.Summary = "The server of " + c.Address() + " is not verified"
		d.Detail = fmt.Sprintf("%s was reached %s, so nothing was sent to it. %s", where, g.last, g.help())
	case errors.As(err, &pgErr) && c.db.IAM && refused(err):
		d.Detail = fmt.Sprintf("%s %s", where, c.refusal(ctx, config, in, pgErr))
	case errors.As(err, &pgErr):
		d.Detail = fmt.Sprintf("%s answered: %s", where, explainCode(pgErr))
	case certificate(err) != "":
		d.Detail = fmt.Sprintf("The certificate of %s is not trusted: %s.%s", where, certificate(err), c.authority(err))
	case errors.As(err, &dns):
		d.Detail = fmt.Sprintf("Could not resolve the host name of %s.", where)
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		d.Detail = fmt.Sprintf("%s did not answer within %s. Is the address correct, and does the network allow "+
			"connections from this machine?", where, config.ConnectTimeout)
	case errors.As(err, &dial):
		d.Detail = fmt.Sprintf("Connection to %s failed: %s. Is the server running?", where, dial.Err)
	case g.demanded:
		d.Summary = "The server of " + c.Address() + " is not verified"
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
		return "the user or the password is wrong, or pg_hba.conf rejects the connection (" + e.Code + ")."
	case "3D000":
		return "the database does not exist (3D000)."
	case "53300":
		return "too many connections (53300). Lower jobs, or raise max_connections."
	case "57P03":
		return "the server is starting up or shutting down (57P03). Try again."
	case "42501":
		return "permission denied for this database (42501). Run GRANT CONNECT ON DATABASE."
	default:
		return describe(e)
	}
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// lastCause returns the text of the innermost error, which is about the network and not about the configuration; for
// several attempts, that of the first.
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

// certificate returns what is wrong with a server's certificate; "" if that is not the cause.
func certificate(err error) string {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &unknown):
		return "it is signed by an unknown authority"
	case errors.As(err, &name):
		return strings.TrimPrefix(name.Error(), "x509: ")
	case errors.As(err, &invalid):
		return strings.TrimPrefix(invalid.Error(), "x509: ")
	}
	return ""
}

// authority returns what helps against an untrusted certificate.
func (c *Connector) authority(err error) string {
	var name x509.HostnameError
	switch {
	case errors.As(err, &name):
		return " Connect to the host name in the certificate."
	case c.db.Cluster != nil:
		return " Certificates of Aurora are signed by AWS: download " +
			"https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, and add sslrootcert=FILE to the url."
	}
	return " Add the file of the certificate authority to the url: sslrootcert=FILE."
}
