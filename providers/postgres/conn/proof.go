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
	wayLocal      way = iota // a Unix-domain socket or a loopback address
	wayVerified              // TLS, with a certificate for the host name
	wayAnyHost               // TLS, with a certificate of a trusted authority for any name
	wayUnverified            // TLS, without verification of the certificate
	wayPlain                 // without TLS
)

// String completes "it was reached".
func (w way) String() string {
	switch w {
	case wayLocal:
		return "on this machine"
	case wayVerified:
		return "over verified TLS"
	case wayAnyHost:
		return "over TLS without checking the host name in its certificate"
	case wayUnverified:
		return "over TLS without verifying its certificate"
	}
	return "without TLS"
}

// permits returns the least safe way over which a spec allows secrets to be sent.
func permits(i spec.Insecure) way {
	for w := wayAnyHost; w <= wayPlain; w++ {
		if w.insecure() == i {
			return w
		}
	}
	return wayVerified
}

// errUnproven means that a connection was closed before anything was sent.
var errUnproven = errors.New("the server is not verified")

// guard decides what each connection attempt may send. A password in clear text or as MD5 is only sent over a safe way.
// If secrets are to follow, the server must also be verified: by the way, or over unverified TLS by SCRAM with channel
// binding, which fails for a man in the middle and for a server without the password.
type guard struct {
	least    way
	secrets  bool
	methods  string // require_auth of the URL
	binding  string // channel_binding of the URL
	last     way    // of the latest attempt
	demanded bool   // the latest attempt had requirements
}

// guarded adds a guard to the attempts of a configuration.
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

// judge runs once an attempt has a network connection, before any message of PostgreSQL's protocol. For each attempt,
// the driver reads its requirements from the configuration.
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

// help returns what helps if a server is not verified.
func (g *guard) help() string {
	what := "Passwords in clear text or as MD5 are not sent to such a server."
	if g.secrets {
		what = "The keys of masks and of verification, and passwords in clear text or as MD5, are not sent to such a " +
			"server, unless it supports SCRAM with channel binding."
		if g.last == wayPlain {
			what = "The keys of masks and of verification, and passwords in clear text or as MD5, " +
				"are not sent to such a server."
		}
	}
	return what +
		fmt.Sprintf(" Add sslmode=verify-full (with sslrootcert=FILE) to the url; or allow it "+
			"in the block: insecure = %q.", g.last.insecure())
}

// insecure returns the argument that allows secrets to be sent this way.
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

// reached returns the way of a connection, by its address and not by the host name.
func reached(config *pgconn.Config, c net.Conn) way {
	if onThisMachine(c.RemoteAddr()) {
		return wayLocal
	}
	t, ok := c.(*tls.Conn)
	switch {
	case !ok:
		return wayPlain
	case len(t.ConnectionState().VerifiedChains) > 0: // crypto/tls checked the name, too
		return wayVerified
	case config.TLSConfig != nil && config.TLSConfig.VerifyPeerCertificate != nil: // the driver's verify-ca
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

// withoutPasswords removes the methods that send a password, in clear text or as MD5, from a require_auth. It reports
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
