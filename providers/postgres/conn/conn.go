// Package conn opens connections as the spec describes them, gives every session the same settings,
// and keeps what a server says about values away from people: see Redact.
package conn

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
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
	db       *spec.Database
	read     func(*spec.Secret) (secret.Value, error)
	clusters Clusters
}

// New returns the way to db; read resolves its secrets when a connection is made. clusters may be nil where db is in
// none.
func New(db *spec.Database, read func(*spec.Secret) (secret.Value, error), clusters Clusters) *Connector {
	return &Connector{db: db, read: read, clusters: clusters}
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

// Config returns the connection's configuration, password included, but for a token, which is made when it is needed.
// Its errors never quote the URL, which may hold a password.
func (c *Connector) Config(ctx context.Context) (*pgx.ConnConfig, error) {
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	text, err = c.placed(ctx, text)
	if err != nil {
		return nil, err
	}
	config, err := c.parse(text)
	if err != nil {
		return nil, err
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

// text returns the connection string of the spec.
func (c *Connector) text() (string, error) {
	if c.db.URLSecret == nil {
		return c.db.URL, nil
	}
	v, err := c.read(c.db.URLSecret)
	return v.Reveal(), err
}

// Options say how one session differs from the next.
type Options struct {
	// Database overrides the URL's database name.
	Database string
	// Secrets are run-time parameters that only a server is told which has proven who it is. No log of it shows them.
	Secrets map[string]secret.Value
	// RequireProof refuses a server that Secrets would be refused to, though there are none yet.
	RequireProof bool
	// Purpose is the application_name: "shoji apply".
	Purpose     string
	LockTimeout time.Duration
	// Limited is set for sessions that only look, for a plan or a draft: none of their statements runs longer than the
	// database's plan_timeout, or than the server gives the user where that is less. A run has no such limit.
	Limited bool
	// Settings are further run-time parameters.
	Settings map[string]string
	// At is where to connect instead of where the URL says.
	At Server
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
		// measured: it changes nothing for a copy, and costs a compilation each time
		"jit":                  "off",
		"synchronize_seqscans": "off", // rows in the same order each time
	}
	if o.Limited { // see limit: the user's own limit may be the shorter one
		delete(m, "statement_timeout")
	}
	for k, v := range o.Settings {
		m[k] = v
	}
	return m
}

// Connect opens a session, and tells it the secrets once the server has proven who it is: see guard and tell.
func (c *Connector) Connect(ctx context.Context, o Options) (*pgx.Conn, error) {
	config, err := c.Config(ctx)
	if err != nil {
		return nil, err
	}
	if o.Database != "" {
		config.Database = o.Database
	}
	o.At.move(config)
	if err := c.reach(config); err != nil {
		return nil, err
	}
	if err := c.authenticate(ctx, config, o.At.In); err != nil {
		return nil, err
	}
	if o.Purpose == "" {
		o.Purpose = "shoji"
	}
	config.RuntimeParams = settings(o)
	config.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	wanted := config.RuntimeParams
	conn, err := c.open(ctx, config, o)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, setUpTime*config.ConnectTimeout)
	defer cancel()
	err = c.setUp(limited, conn, config, wanted, o)
	if err == nil {
		return conn, nil
	}
	_ = Close(context.WithoutCancel(ctx), conn)
	if limited.Err() != nil && ctx.Err() == nil {
		return nil, diag.Diagnostic{
			Severity: diag.Error,
			Summary:  "Cannot connect to " + c.Address(),
			Detail: fmt.Sprintf("%s let the session in and then did not answer within %s. Is it a PostgreSQL server?",
				c.Address(), setUpTime*config.ConnectTimeout),
			Address: c.Address(),
			Range:   &c.db.Range,
		}
	}
	return nil, err
}

// setUpTime is how many times its time to connect a session has until all is set in it: what answers nothing must not
// hold a plan for ever. A server limits the statements after that itself.
const setUpTime = 3

// open connects with a configuration that is complete.
func (c *Connector) open(ctx context.Context, config *pgx.ConnConfig, o Options) (*pgx.Conn, error) {
	guard := c.guarded(config, o.RequireProof || len(o.Secrets) > 0)
	conn, err := pgx.ConnectConfig(ctx, config)
	if c.db.IAM && refused(err) && c.clusters.HasNewCredentials(ctx, c.account(o.At.In)) {
		if err := c.authenticate(ctx, config, o.At.In); err != nil {
			return nil, err
		}
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	if Code(err) == "08P01" { // a pooler knows few start-up parameters
		config.RuntimeParams = map[string]string{"application_name": config.RuntimeParams["application_name"]}
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	if err != nil {
		return nil, c.explain(ctx, config, o.At.In, guard, err)
	}
	return conn, nil
}

// setUp returns a session that is open all of its settings, the secrets among them, and its limit.
func (c *Connector) setUp(ctx context.Context, conn *pgx.Conn, config *pgx.ConnConfig, wanted map[string]string,
	o Options) error {
	if err := c.settle(ctx, conn, config, wanted); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(o.Secrets)) {
		if err := tell(ctx, conn, name, o.Secrets[name].Reveal()); err != nil {
			return fmt.Errorf("setting up the session on %s: %w", c.Address(), err)
		}
	}
	if !o.Limited {
		return nil
	}
	return c.limit(ctx, conn)
}

// Endpoint returns the identity of the database that conn is connected to.
func (c *Connector) Endpoint(ctx context.Context, conn *pgx.Conn) (engine.Endpoint, error) {
	config := conn.Config()
	e := engine.Endpoint{Address: c.Address(), Host: config.Host, Port: int(config.Port)}
	err := conn.QueryRow(ctx, "SELECT current_database()::text, current_user::text, current_setting('server_version')").
		Scan(&e.Database, &e.User, &e.ServerVersion)
	if err != nil {
		return e, fmt.Errorf("reading the identity of %s: %w", c.Address(), Redact(err))
	}
	// Executable by everyone unless somebody revoked it (PostgreSQL manual, 9.28.9); without it the host
	// and the name have to do.
	_ = conn.QueryRow(ctx, "SELECT system_identifier::text FROM pg_control_system()").Scan(&e.SystemID)
	return e, nil
}
