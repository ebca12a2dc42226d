package conn

import (
	"errors"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/allow"
)

// allowedParameters returns the parameters that a connection string may have. passfile, service and servicefile are not
// among them: they make the driver read files with passwords for other servers.
func allowedParameters() []string {
	return []string{
		"host", "port", "database", "user", "password", "application_name", "fallback_application_name",
		"connect_timeout", "options", "target_session_attrs",
		"sslmode", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslcertmode", "sslnegotiation", "sslsni", "ssl",
		"channel_binding", "require_auth", "min_protocol_version", "max_protocol_version", "client_encoding",
		"gssencmode",
		"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	}
}

// parse parses a connection string, to which PostgreSQL's environment variables add as usual. Its errors never quote
// the string.
func (c *Connector) parse(text string) (*pgx.ConnConfig, error) {
	if err := c.files(text); err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfigWithOptions(text, pgx.ParseConfigOptions{
		ParseConfigOptions: pgconn.ParseConfigOptions{ConnStringAllowedKeys: allowedParameters()},
	})
	if err != nil {
		return nil, c.errorf("Invalid connection URL",
			"The url of %s is neither a postgres:// URL nor a keyword/value string, or it has a parameter that is "+
				"not allowed here. (It is not shown, because it may contain a password.)", c.Address())
	}
	for _, name := range []string{"PGPASSWORD", "PGPASSFILE", "PGSERVICE", "PGSERVICEFILE", "PGSSLPASSWORD"} {
		if _, set := os.LookupEnv(name); !set {
			continue
		}
		if err := c.db.Runner.CheckVariable(name); err != nil {
			return nil, c.db.OutOfReach(errors.New(name + " is set, which would supply a password, and " +
				err.Error()))
		}
	}
	return config, nil
}

// files checks the files that a connection string names before any of them is opened.
func (c *Connector) files(text string) error {
	for _, name := range []string{"passfile", "service", "servicefile"} {
		if len(parameters(text, name)) > 0 {
			return c.errorf("Connection URL names a password file",
				"The url of %s has the parameter %s. Take passwords from secrets: password = secret.x.", c.Address(),
				name)
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
				return c.errorf("File not allowed", "The %s of %s may not be read: %s.", name, c.Address(), err)
			}
		}
	}
	return nil
}

// regular returns an error for anything but a regular file, because reading it could block or never end. A missing file
// is no error.
func regular(file string) error {
	info, err := os.Stat(file)
	if err == nil && !info.Mode().IsRegular() {
		return errors.New("it is not a regular file")
	}
	return nil
}

// reach returns an error for a host that the environment does not allow a spec to connect to. It must be called before
// anything connects.
func (c *Connector) reach(config *pgx.ConnConfig) error {
	err := c.db.Runner.CheckHost(config.Host, int(config.Port))
	for _, f := range config.Fallbacks {
		err = errors.Join(err, c.db.Runner.CheckHost(f.Host, int(f.Port)))
	}
	if err == nil {
		return nil
	}
	// The hosts of a secret URL are not shown.
	if c.db.URLSecret != nil && !c.db.Runner.Untrusted {
		err = errors.New("the host in " + c.db.URLSecret.Address() + " is not one of those that " + allow.Hosts +
			" holds")
	}
	return c.db.OutOfReach(err)
}

// parameter returns the value of a parameter of a connection URL or keyword/value string, "" if it is not set. The last
// one counts.
func parameter(text, name string) string {
	all := parameters(text, name)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// parameters returns every value that a connection URL or keyword/value string gives a parameter.
func parameters(text, name string) []string {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		u, err := url.Parse(text)
		if err != nil {
			return nil
		}
		return u.Query()[name]
	}
	var out []string
	pattern := regexp.MustCompile(`(?:^|\s)` + regexp.QuoteMeta(name) + `\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))`)
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		if m[2] != "" {
			out = append(out, m[2])
		} else {
			out = append(out, strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(m[1]))
		}
	}
	return out
}
