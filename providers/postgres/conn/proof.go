package conn

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/spec"
)

// way is how a server is reached, the safest first.
type way int

const (
	wayLocal      way = iota // a Unix-domain socket or a loopback address: nobody is in between
	wayVerified              // inside TLS, with a certificate for the name that was connected to
	wayAnyHost               // inside TLS, with a certificate of a known authority for whatever name
	wayUnverified            // inside TLS, with a certificate that nobody looked at
	wayPlain                 // without TLS
)

// String completes "it was reached".
func (w way) String() string {
	switch w {
	case wayLocal:
		return "on this machine"
	case wayVerified:
		return "inside TLS that was verified"
	case wayAnyHost:
		return "inside TLS, but its certificate was not compared with its name"
	case wayUnverified:
		return "inside TLS, but nobody verified its certificate"
	}
	return "without TLS"
}

// permits returns the least safe way that a spec lets secrets go.
func permits(i spec.Insecure) way {
	for w := wayAnyHost; w <= wayPlain; w++ {
		if w.insecure() == i {
			return w
		}
	}
	return wayVerified
}

// errUnproven means that a server was left before anything was said to it.
var errUnproven = errors.New("the server has not proven who it is")

// guard decides what one connection attempt after the other may be told. A password in clear text or as MD5 goes only
// where the way is safe. Where secrets are to follow, the server has to prove itself besides: by the way, or inside TLS
// that nobody verified by SCRAM with channel binding, which fails where somebody stands in between or does not know the
// password.
type guard struct {
	least    way
	secrets  bool
	methods  string // require_auth of the URL
	binding  string // channel_binding of the URL
	last     way    // of the latest attempt
	demanded bool   // something was demanded of the latest attempt
}

// guarded makes a guard watch the attempts of a configuration.
func (c *Connector) guarded(config *pgx.ConnConfig, secrets bool) *guard {
	g := &guard{
		least:   permits(c.db.Insecure),
		secrets: secrets,
		methods: config.RequireAuth,
		binding: config.ChannelBinding,
	}
	config.AfterNetConnect = g.judge
	return g
}

// judge runs after the network connection of an attempt is there, and before a word of PostgreSQL's protocol is said.
// The driver reads what it demands of the server from the configuration, for each attempt anew.
func (g *guard) judge(ctx context.Context, config *pgconn.Config, c net.Conn) (net.Conn, error) {
	if t, ok := c.(*tls.Conn); ok {
		if err := t.HandshakeContext(ctx); err != nil {
			return c, err
		}
	}
	g.last, g.demanded = reached(config, c), false
	config.RequireAuth, config.ChannelBinding = g.methods, g.binding
	if g.last <= g.least {
		return c, nil
	}
	g.demanded = true
	var left bool
	if config.RequireAuth, left = withoutPasswords(g.methods); !left || g.secrets && g.last == wayPlain {
		return c, errUnproven
	}
	if g.secrets {
		config.ChannelBinding = "require"
	}
	return c, nil
}

// help returns what helps where a server has not proven who it is.
func (g *guard) help() string {
	what := "A password in clear text or as MD5 is sent to no such server."
	if g.secrets {
		what = "The keys of masks and of verification, and passwords in clear text or as MD5, are told to no such " +
			"server, but to one that takes SCRAM with channel binding."
		if g.last == wayPlain {
			what = "The keys of masks and of verification, and passwords in clear text or as MD5, " +
				"are told to no such server."
		}
	}
	return what +
		fmt.Sprintf(" Write sslmode=verify-full (with sslrootcert=FILE) into the url; or allow it by name in the "+
			"block: insecure = %q.", g.last.insecure())
}

// insecure is the word that lets secrets go this way.
func (w way) insecure() spec.Insecure {
	switch w {
	case wayAnyHost:
		return spec.InsecureAnyHost
	case wayUnverified:
		return spec.InsecureUnverifiedTLS
	case wayPlain:
		return spec.InsecureNoTLS
	}
	return ""
}

// reached returns the way of a connection that was made: by its address, whatever name it has.
func reached(config *pgconn.Config, c net.Conn) way {
	if onThisMachine(c.RemoteAddr()) {
		return wayLocal
	}
	t, ok := c.(*tls.Conn)
	switch {
	case !ok:
		return wayPlain
	case len(t.ConnectionState().VerifiedChains) > 0: // as crypto/tls does it, with the name
		return wayVerified
	case config.TLSConfig != nil && config.TLSConfig.VerifyPeerCertificate != nil: // as the driver does verify-ca
		return wayAnyHost
	}
	return wayUnverified
}

func onThisMachine(a net.Addr) bool {
	switch a := a.(type) {
	case *net.UnixAddr:
		return true
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	}
	return false
}

// withoutPasswords takes the methods that send a password, in clear text or as MD5, off a require_auth. It reports
// whether any method is left.
func withoutPasswords(methods string) (string, bool) {
	sent := []string{"password", "md5"}
	list := strings.FieldsFunc(methods, func(r rune) bool { return r == ',' || r == ' ' })
	if len(list) > 0 && !strings.HasPrefix(list[0], "!") {
		list = slices.DeleteFunc(list, func(m string) bool { return slices.Contains(sent, m) })
		return strings.Join(list, ","), len(list) > 0
	}
	for _, m := range sent {
		if !slices.Contains(list, "!"+m) {
			list = append(list, "!"+m)
		}
	}
	return strings.Join(list, ","), true
}
