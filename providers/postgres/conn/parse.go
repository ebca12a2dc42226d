package conn

import (
	"errors"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
)

// taken returns the parameters that a connection string may have. passfile, service and servicefile are not among them:
// they make the driver read other files, in which there are passwords that the runner keeps for other servers.
func taken() []string {
	return []string{
		"host", "port", "database", "user", "password", "application_name", "fallback_application_name",
		"connect_timeout", "options", "target_session_attrs",
		"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcertmode", "sslnegotiation", "sslsni", "ssl",
		"channel_binding", "require_auth", "min_protocol_version", "max_protocol_version", "client_encoding",
		"gssencmode",
		"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	}
}

// parse reads a connection string, with what the environment of the runner adds to it as for every program of
// PostgreSQL. Its errors never quote the string.
func (c *Connector) parse(text string) (*pgx.ConnConfig, error) {
	if err := c.files(text); err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfigWithOptions(text, pgx.ParseConfigOptions{
		ParseConfigOptions: pgconn.ParseConfigOptions{ConnStringAllowedKeys: taken()},
	})
	if err != nil {
		return nil, c.urlError("The connection URL cannot be read",
			"The url of "+c.Address()+" is neither a postgres:// URL nor a keyword/value string, or it has a "+
				"parameter that none can have here. (It is not shown, because it may hold a password.)")
	}
	for _, name := range []string{"PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLPASSWORD"} {
		if _, set := os.LookupEnv(name); !set {
			continue
		}
		if err := c.db.Runner.CheckVariable(name); err != nil {
			return nil, c.db.OutOfReach(errors.New(name + " is set, which would give it a password, and " +
				err.Error()))
		}
	}
	return config, nil
}

// files looks at the files that a connection string names, before any of them is opened.
func (c *Connector) files(text string) error {
	for _, name := range []string{"passfile", "service", "servicefile"} {
		if len(parameters(text, name)) > 0 {
			return c.urlError("A connection URL that names a file of passwords",
				"The url of "+c.Address()+" has the parameter "+name+
					". A spec takes its passwords from secrets: password = secret.x.")
		}
	}
	for _, name := range []string{"sslkey", "sslcert", "sslrootcert"} {
		for _, file := range parameters(text, name) {
			if file == "system" || file == "" {
				continue
			}
			err := regular(file)
			if err == nil && (name == "sslkey" || c.db.Runner.LimitsFiles()) {
				err = c.db.Runner.CheckFile(file)
			}
			if err != nil {
				return c.urlError("A file out of reach",
					"The "+name+" of "+c.Address()+" may not be read: "+err.Error()+".")
			}
		}
	}
	return nil
}

// regular refuses what could keep its reader waiting or has no end. A file that is not there is no such thing.
func regular(file string) error {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		return errors.New("it is no regular file")
	}
	return nil
}

func (c *Connector) urlError(summary, detail string) error {
	return diag.Diagnostic{
		Severity: diag.Error,
		Summary:  summary,
		Detail:   detail,
		Address:  c.Address(),
		Range:    &c.db.Range,
	}
}

// reach refuses a configuration that would connect to a host that whoever runs shoji does not let a spec connect to.
// Whatever connects, or has a program connect, asks it.
func (c *Connector) reach(config *pgx.ConnConfig) error {
	err := c.db.Runner.CheckHost(config.Host, int(config.Port))
	for _, f := range config.Fallbacks {
		err = errors.Join(err, c.db.Runner.CheckHost(f.Host, int(f.Port)))
	}
	if err == nil {
		return nil
	}
	// The hosts of a URL that is a secret are not said.
	if c.db.URLSecret != nil && !c.db.Runner.Untrusted {
		err = errors.New("the host in " + c.db.URLSecret.Address() + " is not one of those that " + allow.Hosts +
			" holds")
	}
	return c.db.OutOfReach(err)
}
