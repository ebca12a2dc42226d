package conn

import (
	"context"
	"net"
	"net/url"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/secret"
)

// Libpq is a connection for PostgreSQL's own client programs.
type Libpq struct {
	Host           string
	Port           int
	User, Database string
	Password       secret.Value
	// timeout is in seconds.
	timeout int
	// security are the parameters of TLS and authentication, by their names in a URL.
	security [][2]string
}

// Libpq returns the connection to db for a program of a major version, with a token if the database uses IAM. A user
// other than "" replaces that of the URL, which requires a token.
func (c *Connector) Libpq(ctx context.Context, user string, major int) (Libpq, error) {
	config, err := c.Config(ctx)
	if err != nil {
		return Libpq{}, err
	}
	if err := c.reach(config); err != nil {
		return Libpq{}, err
	}
	if user != "" && user != config.User {
		if !c.db.IAM {
			return Libpq{}, c.errorf("Password of the user is unknown",
				"%s connects as %s with a password. Another user can be chosen only with iam = true, "+
					"which makes a token for it.", c.Address(), config.User)
		}
		config.User = user
	}
	security, err := c.demands(config, major)
	if err != nil {
		return Libpq{}, err
	}
	if err := c.authenticate(ctx, config, nil); err != nil {
		return Libpq{}, err
	}
	return Libpq{
		Host:     config.Host,
		Port:     int(config.Port),
		User:     config.User,
		Database: config.Database,
		Password: secret.New(config.Password),
		timeout:  int(config.ConnectTimeout.Seconds()),
		security: append(ssl(config), security...),
	}, nil
}

// RequireAuthSince is the first major version of libpq with require_auth, which can prevent sending a password.
const RequireAuthSince = 16

// demands returns the parameters that keep libpq from sending a password to an unverified server, as guard does for the
// connections of this process. libpq knows require_auth since version RequiresAuth; before that, channel binding keeps
// the password where there is TLS.
func (c *Connector) demands(config *pgx.ConnConfig, major int) ([][2]string, error) {
	var out [][2]string
	if config.ChannelBinding != "prefer" {
		out = append(out, [2]string{"channel_binding", config.ChannelBinding})
	}
	least := wayOf(config.TLSConfig)
	for _, f := range config.Fallbacks {
		least = max(least, wayOf(f.TLSConfig))
	}
	if local(config.Host) || least <= permits(c.db.Insecure) {
		if config.RequireAuth != "" {
			out = append(out, [2]string{"require_auth", config.RequireAuth})
		}
		return out, nil
	}
	methods, left := withoutPasswords(config.RequireAuth)
	switch {
	case left && major >= RequireAuthSince:
		return append(out, [2]string{"require_auth", methods}), nil
	case left && config.TLSConfig != nil:
		return [][2]string{{"channel_binding", "require"}}, nil
	}
	g := guard{last: least}
	return nil, c.errorf("The server of "+c.Address()+" is not verified",
		"It is reached %s, and the client programs of PostgreSQL %d would send their password to any server "+
			"(since version %d that can be prevented). %s", least, major, RequireAuthSince,
		g.help())
}

// Environment returns the environment variables. The password is in the environment of the program, never among its
// arguments.
func (l Libpq) Environment() []string {
	env := []string{
		"PGHOST=" + l.Host, "PGPORT=" + strconv.Itoa(l.Port), "PGUSER=" + l.User, "PGDATABASE=" + l.Database,
		"PGCONNECT_TIMEOUT=" + strconv.Itoa(l.timeout),
	}
	for _, s := range l.security {
		env = append(env, "PG"+strings.ToUpper(strings.ReplaceAll(s[0], "_", ""))+"="+s[1])
	}
	if l.Password.Len() > 0 {
		env = append(env, "PGPASSWORD="+l.Password.Reveal())
	}
	return env
}

// URL returns the connection as a URL without the password, for programs that take it from the environment.
func (l Libpq) URL() string {
	u := url.URL{
		Scheme: "postgres",
		User:   url.User(l.User),
		Host:   net.JoinHostPort(l.Host, strconv.Itoa(l.Port)),
		Path:   "/" + l.Database,
	}
	q := url.Values{}
	for _, s := range l.security {
		q.Set(s[0], s[1])
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// ssl returns the TLS parameters of the URL, which the parsed configuration does not keep.
func ssl(config *pgx.ConnConfig) [][2]string {
	if config.TLSConfig == nil && len(config.Fallbacks) == 0 {
		return [][2]string{{"sslmode", "disable"}}
	}
	text := config.ConnString()
	var out [][2]string
	for _, name := range []string{"sslmode", "sslrootcert", "sslcert", "sslkey"} {
		if v := parameter(text, name); v != "" {
			out = append(out, [2]string{name, v})
		}
	}
	return out
}
