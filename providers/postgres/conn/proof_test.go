package conn

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

const canary = "canary-0123456789abcdef-canary"

// elsewhere is a connection to this machine that looks like one to another.
type elsewhere struct{ net.Conn }

func (elsewhere) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5432} }

// attempt opens a session at url as if the server were another machine.
func attempt(t *testing.T, url string, insecure spec.Insecure, o Options) (*pgx.Conn, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	c := New(&spec.Database{Name: "prod", URL: url, Insecure: insecure}, nil, nil)
	config, err := c.Config(ctx)
	if err != nil {
		t.Fatal(err)
	}
	dial := config.DialFunc
	config.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return elsewhere{conn}, err
	}
	config.RuntimeParams = settings(o)
	conn, err := c.open(ctx, config, o)
	if err == nil {
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
	}
	return conn, err
}

// selfSigned makes a certificate for a name that signs itself, as files that a server started by pgserver can read.
func selfSigned(t *testing.T, name string) (cert, key string) {
	t.Helper()
	_, dir := pgtest.Installed(t)
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		DNSNames:              []string{name},
		IPAddresses:           []net.IP{net.ParseIP(name)},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
	if template.IPAddresses[0] == nil {
		template.IPAddresses = nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	for path, block := range map[string]*pem.Block{
		cert: {Type: "CERTIFICATE", Bytes: der},
		key:  {Type: "PRIVATE KEY", Bytes: raw},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := pgserver.GiveAway(cert, key); err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// lets makes a server with users that it lets in by other methods, and waits until it knows them.
func lets(t *testing.T, s *pgserver.Server, methods map[string]string) {
	t.Helper()
	admin := s.AdminURL("postgres")
	hba := ""
	for user, method := range methods {
		hba += "host all " + user + " 127.0.0.1/32 " + method + "\n"
		set := ""
		if method == "md5" {
			set = "SET password_encryption = 'md5'; "
		}
		pgtest.Exec(t, admin, set+"CREATE ROLE "+user+" LOGIN PASSWORD 'pw-"+user+"'")
	}
	path := filepath.Join(s.Data(), "pg_hba.conf")
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append([]byte(hba), old...), 0o600); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, admin, "SELECT pg_reload_conf()")
	for range 100 {
		if pgtest.Rows(t, admin,
			"SELECT count(*) FROM pg_hba_file_rules WHERE 'clear' = ANY (user_name) "+
				"OR 'known' = ANY (user_name)")[0] != "0" {
			time.Sleep(300 * time.Millisecond) // the postmaster reads it on the same signal
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the server does not know its users")
}

// TestWhatAServerHasToProve holds what is told to a real server in another place against how it is reached.
func TestWhatAServerHasToProve(t *testing.T) {
	cert, key := selfSigned(t, "127.0.0.1")
	s := pgtest.Own(t, map[string]string{"ssl": "on", "ssl_cert_file": cert, "ssl_key_file": key})
	lets(t, s, map[string]string{"known": "scram-sha-256", "clear": "password", "hashed": "md5", "anybody": "trust"})
	url := func(user, ssl string) string { return s.URL(user, "pw-"+user, "postgres") + "&" + ssl }
	base := func(user, ssl string) string { return strings.Replace(url(user, ssl), "sslmode=disable&", "", 1) }
	full, ca := "sslmode=verify-full&sslrootcert="+cert, "sslmode=verify-ca&sslrootcert="+cert
	for _, c := range []struct {
		user, ssl    string
		insecure     spec.Insecure
		plain, keyed bool // what is let through: a session without secrets, and one with
	}{
		{"known", full, "", true, true},
		{"clear", full, "", true, true},
		{"hashed", full, "", true, true},
		{"anybody", full, "", true, true},
		// By SCRAM with channel binding.
		{"known", "sslmode=require", "", true, true},
		{"known", "sslmode=require&channel_binding=disable", "", true, true},
		{"known", "sslmode=prefer", "", true, true},
		{"known", ca, "", true, true},
		{"clear", "sslmode=require", "", false, false},
		{"hashed", "sslmode=require", "", false, false},
		{"anybody", "sslmode=require", "", true, false},
		{"clear", ca, "", false, false},
		{"anybody", ca, "", true, false},
		{"known", "sslmode=disable", "", true, false},
		{"clear", "sslmode=disable", "", false, false},
		{"hashed", "sslmode=disable", "", false, false},
		{"anybody", "sslmode=disable", "", true, false},
		{"clear", "sslmode=disable&require_auth=password", "", false, false},
		{"clear", "sslmode=prefer", "", false, false},
		{"clear", "sslmode=allow", "", false, false},
		// By name in the spec.
		{"clear", ca, spec.InsecureAnyHost, true, true},
		{"clear", "sslmode=require", spec.InsecureAnyHost, false, false},
		{"anybody", "sslmode=require", spec.InsecureUnverifiedTLS, true, true},
		{"clear", "sslmode=require", spec.InsecureUnverifiedTLS, true, true},
		{"known", "sslmode=disable", spec.InsecureUnverifiedTLS, true, false},
		{"known", "sslmode=disable", spec.InsecureNoTLS, true, true},
		{"hashed", "sslmode=disable", spec.InsecureNoTLS, true, true},
		{"clear", "sslmode=require", spec.InsecureNoTLS, true, true},
	} {
		for _, keyed := range []bool{false, true} {
			want := c.plain
			o := Options{Purpose: "shoji test"}
			if keyed {
				want, o.Secrets = c.keyed, map[string]secret.Value{KeySetting: secret.New(canary)}
			}
			_, err := attempt(t, base(c.user, c.ssl), c.insecure, o)
			if (err == nil) != want {
				t.Errorf("%s with %s (insecure %q, key %v): let in is %v, want %v: %v", c.user, c.ssl, c.insecure,
					keyed, err == nil, want, err)
			}
			if err != nil &&
				(!strings.Contains(err.Error(), "is not verified") ||
					!strings.Contains(err.Error(), "insecure = ")) {
				t.Errorf("%s with %s: the error does not say what to do: %v", c.user, c.ssl, err)
			}
		}
	}
}

// TestLoopbackIsJudgedByItsAddress: the same server is trusted where it really is on this machine, by whatever name.
func TestLoopbackIsJudgedByItsAddress(t *testing.T) {
	s := pgtest.Server(t)
	c := New(&spec.Database{Name: "prod", URL: strings.Replace(s.AdminURL("postgres"), "127.0.0.1", "localhost", 1)},
		nil, nil)
	conn, err := c.Connect(context.Background(), Options{
		Secrets: map[string]secret.Value{KeySetting: secret.New(canary)},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var told string
	if err := conn.QueryRow(context.Background(), "SELECT current_setting($1)", KeySetting).Scan(&told); err != nil ||
		told != canary {
		t.Errorf("the session was told %q: %v", told, err)
	}
}
