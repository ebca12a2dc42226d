// Package conn opens connections as the spec describes them, gives every session the same settings,
// and keeps what a server says about values away from people: see Redact.
package conn

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// KeySetting is the run-time parameter that masks read the key from.
const KeySetting = "shoji.key"

// Connector is the way to one database of the spec. It holds no connection.
type Connector struct {
	db   *spec.Database
	read func(*spec.Secret) (secret.Value, error)
}

// New gives the way to db; read resolves its secrets when a connection is made.
func New(db *spec.Database, read func(*spec.Secret) (secret.Value, error)) *Connector {
	return &Connector{db: db, read: read}
}

// Address is that of the database block.
func (c *Connector) Address() string { return c.db.Address() }

// Maintenance is the name of the database to connect to for creating and renaming others.
func (c *Connector) Maintenance() string {
	if c.db.Maintenance != "" {
		return c.db.Maintenance
	}
	return "postgres"
}

// Config gives the connection's configuration, password included. Its errors never quote the URL, which
// may hold a password.
func (c *Connector) Config() (*pgx.ConnConfig, error) {
	text := c.db.URL
	if c.db.URLSecret != nil {
		v, err := c.read(c.db.URLSecret)
		if err != nil {
			return nil, err
		}
		text = v.Reveal()
	}
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, diag.Diagnostic{Severity: diag.Error, Summary: "The connection URL cannot be read", Address: c.Address(), Range: &c.db.Range,
			Detail: "The url of " + c.Address() + " is neither a postgres:// URL nor a keyword/value string. (It is not shown, because it may hold a password.)"}
	}
	if c.db.Password != nil {
		v, err := c.read(c.db.Password)
		if err != nil {
			return nil, err
		}
		config.Password = v.Reveal()
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	return config, nil
}

// Options say how one session differs from the next.
type Options struct {
	// Database overrides the URL's database name.
	Database string
	// Key is set as shoji.key where it is not empty.
	Key secret.Value
	// Purpose is the application_name: "shoji apply".
	Purpose     string
	LockTimeout time.Duration
	// Settings are further run-time parameters.
	Settings map[string]string
	// At is where to connect instead of where the URL says.
	At Place
}

// settings are the same for every session, so that values are written alike everywhere (promise 6:
// same input, same bytes) and nothing of the role's or database's own settings changes a copy.
func settings(o Options) map[string]string {
	m := map[string]string{
		"application_name":                    o.Purpose,
		"client_encoding":                     "UTF8",
		"datestyle":                           "ISO, YMD",
		"timezone":                            "UTC",
		"intervalstyle":                       "postgres",
		"extra_float_digits":                  "3",
		"bytea_output":                        "hex",
		"xmloption":                           "content",
		"search_path":                         "pg_catalog",
		"statement_timeout":                   "0",
		"idle_in_transaction_session_timeout": "0",
		"lock_timeout":                        strconv.FormatInt(o.LockTimeout.Milliseconds(), 10),
		"jit":                                 "off", // measured: it changes nothing for a copy, and costs a compilation each time
		"synchronize_seqscans":                "off", // rows in the same order each time
	}
	for k, v := range o.Settings {
		m[k] = v
	}
	return m
}

// Connect opens a session. The key goes as a start-up parameter, which no statement log shows; where a
// pooler refuses those, it goes by set_config with a bind parameter.
func (c *Connector) Connect(ctx context.Context, o Options) (*pgx.Conn, error) {
	config, err := c.Config()
	if err != nil {
		return nil, err
	}
	if o.Database != "" {
		config.Database = o.Database
	}
	o.At.move(config)
	if o.Purpose == "" {
		o.Purpose = "shoji"
	}
	config.RuntimeParams = settings(o)
	if o.Key.Len() > 0 {
		config.RuntimeParams[KeySetting] = o.Key.Reveal()
	}
	config.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	conn, err := pgx.ConnectConfig(ctx, config)
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) && pgErr.Code == "08P01" {
		return c.connectWithoutStartup(ctx, config)
	}
	if err != nil {
		return nil, c.explain(config, err)
	}
	return conn, nil
}

// connectWithoutStartup is for poolers that know few start-up parameters.
func (c *Connector) connectWithoutStartup(ctx context.Context, config *pgx.ConnConfig) (*pgx.Conn, error) {
	params := config.RuntimeParams
	config.RuntimeParams = map[string]string{"application_name": params["application_name"]}
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, c.explain(config, err)
	}
	for name, value := range params {
		if _, err := conn.Exec(ctx, "SELECT pg_catalog.set_config($1, $2, false)", name, value); err != nil {
			_ = conn.Close(ctx)
			return nil, fmt.Errorf("setting %s on %s: %w", name, c.Address(), Redact(err))
		}
	}
	return conn, nil
}

// explain turns a failed connection into what to do. The driver's own text is not shown whole: it can quote
// the configuration.
func (c *Connector) explain(config *pgx.ConnConfig, err error) error {
	where := fmt.Sprintf("%s (%s, database %q, user %q)", c.Address(), net.JoinHostPort(config.Host, strconv.Itoa(int(config.Port))), config.Database, config.User)
	d := diag.Diagnostic{Severity: diag.Error, Summary: "Cannot connect to " + c.Address(), Address: c.Address(), Range: &c.db.Range}
	var pgErr *pgconn.PgError
	var dial *net.OpError
	var dns *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &pgErr):
		d.Detail = fmt.Sprintf("%s answered: %s", where, explainCode(pgErr))
	case errors.As(err, &dns):
		d.Detail = fmt.Sprintf("The name of the host of %s cannot be resolved.", where)
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		d.Detail = fmt.Sprintf("%s did not answer within %s. Is the address right, and does the network let this machine in?", where, config.ConnectTimeout)
	case errors.As(err, &dial):
		d.Detail = fmt.Sprintf("Nothing listens at %s: %s. Is the server running?", where, dial.Err)
	default:
		d.Detail = fmt.Sprintf("%s: %s", where, lastCause(err))
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

// lastCause gives the innermost error's text, which is about the network, not about the configuration.
func lastCause(err error) string {
	for {
		next := errors.Unwrap(err)
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

// Endpoint gives the identity of the database that conn is connected to.
func (c *Connector) Endpoint(ctx context.Context, conn *pgx.Conn) (engine.Endpoint, error) {
	config := conn.Config()
	e := engine.Endpoint{Address: c.Address(), Host: config.Host, Port: int(config.Port)}
	err := conn.QueryRow(ctx, "SELECT current_database()::text, current_user::text, current_setting('server_version')").Scan(&e.Database, &e.User, &e.ServerVersion)
	if err != nil {
		return e, fmt.Errorf("reading the identity of %s: %w", c.Address(), Redact(err))
	}
	// Executable by everyone unless somebody revoked it (PostgreSQL manual, 9.28.9); without it the host
	// and the name have to do.
	_ = conn.QueryRow(ctx, "SELECT system_identifier::text FROM pg_control_system()").Scan(&e.SystemID)
	return e, nil
}

// Libpq gives the environment by which PostgreSQL's own programs make the same connection. The password is
// in the environment of that child alone, never among its arguments.
func (c *Connector) Libpq() ([]string, error) {
	config, err := c.Config()
	if err != nil {
		return nil, err
	}
	env := []string{
		"PGHOST=" + config.Host,
		"PGPORT=" + strconv.Itoa(int(config.Port)),
		"PGUSER=" + config.User,
		"PGDATABASE=" + config.Database,
		"PGAPPNAME=shoji pg_dump",
		"PGCONNECT_TIMEOUT=" + strconv.Itoa(int(config.ConnectTimeout.Seconds())),
		"PGOPTIONS=-c statement_timeout=0",
	}
	if config.Password != "" {
		env = append(env, "PGPASSWORD="+config.Password)
	}
	env = append(env, sslEnvironment(c, config)...)
	return env, nil
}

// sslEnvironment repeats the ssl settings of the URL, which the parsed configuration no longer tells.
func sslEnvironment(c *Connector, config *pgx.ConnConfig) []string {
	if config.TLSConfig == nil && len(config.Fallbacks) == 0 {
		return []string{"PGSSLMODE=disable"}
	}
	text := config.ConnString()
	var env []string
	for _, name := range []string{"sslmode", "sslrootcert", "sslcert", "sslkey"} {
		if v := parameter(text, name); v != "" {
			env = append(env, "PG"+strings.ToUpper(name)+"="+v)
		}
	}
	return env
}
