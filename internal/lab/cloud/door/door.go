// Package door stands in front of a server of the lab as RDS stands in front of its own: members of rds_iam come in
// with a token of IAM and with nothing else, over TLS where there is a certificate. Everybody else is let through to
// the server's own authentication.
package door

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Config says what a door is in front of.
type Config struct {
	// AdminURL is the superuser's way to the server behind, without TLS.
	AdminURL string
	// Admit says whether a token lets user in at endpoint, host:port: cloud.Cloud has it.
	Admit func(token, endpoint, user string) error
	// Authority signs the door's certificate. Without one there is no TLS, and tokens cross without.
	Authority *Authority
}

// Door is an open door.
type Door struct {
	config   Config
	listener net.Listener
	tls      *tls.Config
	behind   string

	mu     sync.Mutex
	known  map[string]bool // members of rds_iam whose password on the server behind was set
	open   map[net.Conn]bool
	closed bool
}

// Open opens a door on a port of its own.
func Open(c Config) (*Door, error) {
	server, err := pgx.ParseConfig(c.AdminURL)
	if err != nil {
		return nil, fmt.Errorf("opening a door: %w", err)
	}
	d := &Door{
		config: c,
		behind: fmt.Sprintf("%s:%d", server.Host, server.Port),
		known:  map[string]bool{},
		open:   map[net.Conn]bool{},
	}
	if c.Authority != nil {
		certificate, err := c.Authority.certify()
		if err != nil {
			return nil, err
		}
		d.tls = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	if d.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("opening a door: %w", err)
	}
	go d.listen()
	return d, nil
}

// Endpoint is where the door is: host:port.
func (d *Door) Endpoint() string { return d.listener.Addr().String() }

// Port is that of Endpoint.
func (d *Door) Port() int { return d.listener.Addr().(*net.TCPAddr).Port }

// Close closes the door and ends who came through it.
func (d *Door) Close() error {
	err := d.listener.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for c := range d.open {
		_ = c.Close()
	}
	return err
}

func (d *Door) listen() {
	for {
		c, err := d.listener.Accept()
		if err != nil {
			return // closed
		}
		if !d.note(c) {
			return
		}
		go func() {
			defer d.forget(c)
			s := &session{door: d, conn: c}
			s.serve(context.Background())
		}()
	}
}

func (d *Door) note(c net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		_ = c.Close()
		return false
	}
	d.open[c] = true
	return true
}

func (d *Door) forget(c net.Conn) {
	_ = c.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, c)
}

// takesTokens says whether a user is a member of rds_iam.
func (d *Door) takesTokens(ctx context.Context, user string) (bool, error) {
	c, err := pgx.Connect(ctx, d.config.AdminURL)
	if err != nil {
		return false, err
	}
	defer func() { _ = c.Close(ctx) }()
	var member bool
	err = c.QueryRow(ctx,
		"SELECT pg_has_role(u.oid, g.oid, 'MEMBER') AND NOT u.rolsuper FROM pg_roles u, pg_roles g WHERE u.rolname = "+
			"$1 AND g.rolname = 'rds_iam'", user).Scan(&member)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	return member, err
}

// password gives what the server behind takes from a user whose token was good. All doors of a server make the same of
// it, and only they can: it comes from the administrator's.
func (d *Door) password(ctx context.Context, user string) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(d.config.AdminURL))
	mac.Write([]byte(user))
	p := hex.EncodeToString(mac.Sum(nil))
	if d.known[user] {
		return p, nil
	}
	c, err := pgx.Connect(ctx, d.config.AdminURL)
	if err != nil {
		return "", err
	}
	defer func() { _ = c.Close(ctx) }()
	if _, err := c.Exec(ctx, "ALTER ROLE "+sqltext.Ident(user)+" PASSWORD "+sqltext.Literal(p)); err != nil {
		return "", err
	}
	d.known[user] = true
	return p, nil
}

// join lets two ends talk until one of them hangs up.
func join(a, b net.Conn) {
	done := make(chan struct{}, 2)
	carry := func(to, from net.Conn) {
		_, _ = io.Copy(to, from) // an end that hangs up is no error
		done <- struct{}{}
	}
	go carry(a, b)
	go carry(b, a)
	<-done
	_, _ = a.Close(), b.Close()
	<-done
}
