// Package conn opens connections as the spec describes them, gives every session the same settings, and redacts values
// from the errors of servers: see Redact.
package conn

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// KeySetting is the run-time parameter from which masks read the key.
const KeySetting = "shoji.key"

// Connector connects to one database of the spec. It holds no connection.
type Connector struct {
	db       *spec.Database
	read     func(*spec.Secret) (secret.Value, error)
	clusters Clusters
}

// New returns a Connector for db; read resolves its secrets on each connection. clusters may be nil if db is in no
// cluster.
func New(db *spec.Database, read func(*spec.Secret) (secret.Value, error), clusters Clusters) *Connector {
	return &Connector{db: db, read: read, clusters: clusters}
}

// Address returns that of the database block.
func (c *Connector) Address() string { return c.db.Address() }

// Maintenance returns the database to connect to for creating and renaming others.
func (c *Connector) Maintenance() string {
	if c.db.Maintenance != "" {
		return c.db.Maintenance
	}
	return "postgres"
}

// Config returns the connection's configuration with the password, but without a token, which is made when it is
// needed. Its errors never quote the URL, which may contain a password.
func (c *Connector) Config(ctx context.Context) (*pgx.ConnConfig, error) {
	text, err := c.text()
	if err != nil {
		return nil, err
	}
	text, err = c.withHost(ctx, text)
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

// Options are what differs between sessions.
type Options struct {
	// Database overrides the URL's database name.
	Database string
	// Secrets are run-time parameters that are sent to verified servers only. Servers do not log them.
	Secrets map[string]secret.Value
	// RequireProof refuses unverified servers even without Secrets.
	RequireProof bool
	// Purpose is the application_name: "shoji apply".
	Purpose     string
	LockTimeout time.Duration
	// Limited is for sessions that only read, for a plan or a draft: their statements run no longer than the database's
	// plan_timeout, or than the user's own limit if that is shorter. A run has no limit.
	Limited bool
	// Settings are further run-time parameters.
	Settings map[string]string
	// Unpinned are parameters of Pinned that stay what the role, the database and the server say.
	Unpinned []string
	// At is where to connect instead of where the URL says.
	At Server
}

// Connect opens a session, and sends it the secrets once the server is verified: see guard and tell.
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
		return nil, c.errorf("Cannot connect to "+c.Address(),
			"%s accepted the connection, but did not answer within %s. Is it a PostgreSQL server?",
			c.Address(), setUpTime*config.ConnectTimeout)
	}
	return nil, err
}

// setUpTime is the time for setting up a session, as a multiple of the connect timeout: a server that does not answer
// must not block a plan forever. Later statements have the server's own limit.
const setUpTime = 3

// open connects with a complete configuration.
func (c *Connector) open(ctx context.Context, config *pgx.ConnConfig, o Options) (*pgx.Conn, error) {
	guard := c.guarded(config, o.RequireProof || len(o.Secrets) > 0)
	conn, err := pgx.ConnectConfig(ctx, config)
	if c.db.IAM && refused(err) && c.clusters.HasNewCredentials(ctx, c.account(o.At.In)) {
		if err := c.authenticate(ctx, config, o.At.In); err != nil {
			return nil, err
		}
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	if Code(err) == "08P01" { // a pooler accepts few startup parameters
		config.RuntimeParams = map[string]string{"application_name": config.RuntimeParams["application_name"]}
		conn, err = pgx.ConnectConfig(ctx, config)
	}
	if err != nil {
		return nil, c.explain(ctx, config, o.At.In, guard, err)
	}
	return conn, nil
}

// setUp applies the settings, the secrets and the limit of a new session.
func (c *Connector) setUp(ctx context.Context, conn *pgx.Conn, config *pgx.ConnConfig, wanted map[string]string,
	o Options) error {
	if err := c.settle(ctx, conn, config, wanted); err != nil {
		return err
	}
	// In a database without an encoding, UTF8 makes an error of every byte that is no UTF-8. Unconverted, it arrives. A
	// plan reads no values, and what it reads must be UTF-8.
	if encoding := conn.PgConn().ParameterStatus("server_encoding"); encoding == "SQL_ASCII" && !o.Limited {
		if err := c.tellAll(ctx, conn, map[string]string{"client_encoding": encoding}); err != nil {
			return err
		}
	}
	if err := Tell(ctx, conn, o.Secrets); err != nil {
		return fmt.Errorf("setting up the session on %s: %w", c.Address(), err)
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
	// Anybody may call it unless somebody revoked that (manual, 9.28.9); without it, host and name must do.
	_ = conn.QueryRow(ctx, "SELECT system_identifier::text FROM pg_control_system()").Scan(&e.SystemID)
	return e, nil
}
