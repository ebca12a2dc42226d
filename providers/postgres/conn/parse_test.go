package conn

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// reads makes the reader of a secret that holds text.
func reads(text string) func(*spec.Secret) (secret.Value, error) {
	return func(*spec.Secret) (secret.Value, error) { return secret.New(text), nil }
}

// TestFilesThatAURLNames: a connection string is no way to a file that a secret may not read, whoever wrote it.
func TestFilesThatAURLNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	passwords, services := filepath.Join(t.TempDir(), "pgpass"), filepath.Join(dir, "services")
	for path, text := range map[string]string{
		passwords: "*:*:*:*:planted-password\n",
		services:  "[prod]\nhost=127.0.0.1\npassword=planted-password\n",
		"key.pem": "no key",
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range [][2]string{
		{"postgres://a@db.example/x?passfile=" + passwords, "passfile"},
		{"postgres://a@db.example/x?pass%66ile=" + passwords, "passfile"},
		{"user=a host=db.example passfile = '" + passwords + "'", "passfile"},
		{"postgres://a@db.example/x?service=prod&servicefile=" + services, "service"},
		{"user=a service=prod servicefile=" + services, "service"},
		{"postgres://a@db.example/x?sslkey=/proc/self/environ&sslcert=key.pem", "it is not in the project's directory"},
		{
			"postgres://a@db.example/x?sslkey=key.pem&sslkey=/proc/self/environ&sslcert=key.pem",
			"it is not in the project's directory",
		},
		{"postgres://a@db.example/x?sslrootcert=/dev/zero", "it is not a regular file"},
		{"postgres://a@db.example/x?sslcert=/dev/zero&sslkey=key.pem", "it is not a regular file"},
		{"postgres://a@db.example/x?hostaddr=127.0.0.1", "Invalid connection URL"},
	} {
		for _, db := range []*spec.Database{
			{Name: "prod", URL: c[0]},
			{Name: "prod", URLSecret: &spec.Secret{Name: "url"}},
		} {
			db.Runner = allow.Runner{}.In(dir)
			config, err := New(db, reads(c[0]), nil).Config(context.Background())
			if err == nil {
				t.Errorf("%s is taken, with the password %q", c[0], config.Password)
			} else if !strings.Contains(err.Error(), c[1]) || strings.Contains(err.Error(), "planted") {
				t.Errorf("%s: %v", c[0], err)
			}
		}
	}
}

// TestHostsThatMayBeConnectedTo holds for each host of each form of a connection string, and for what is connected to
// instead.
func TestHostsThatMayBeConnectedTo(t *testing.T) {
	r, err := allow.FromEnvironment(func(name string) (string, bool) {
		return "db.example *.good.example 127.0.0.1:1 /socket", name == allow.Hosts
	})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]bool{
		"postgres://a@db.example/x":                               true,
		"postgres://a@DB.example:7777/x":                          true,
		"host=a.good.example user=a":                              true,
		"host=/socket user=a":                                     true,
		"postgres://a@db.example,a.good.example/x":                true,
		"postgres://a@evil.example/x":                             false,
		"postgres://a@db.example,evil.example/x":                  false,
		"host=db.example,evil.example user=a":                     false,
		"postgres://a@db.example/x?host=evil.example":             false,
		"postgres://a@db.example@evil.example/x":                  false,
		"host=db.example host=evil.example user=a":                false,
		"postgres://a@127.0.0.1:2/x":                              false,
		"postgres://a@/x":                                         false,
		"host=/tmp user=a":                                        false,
		"postgres://a@db.example:5432,db.example:5433/x?port=6,7": true,
	} {
		for _, db := range []*spec.Database{
			{Name: "prod", URL: text, Runner: r},
			{Name: "prod", URLSecret: &spec.Secret{Name: "url"}, Runner: r},
		} {
			c := New(db, reads(text), nil)
			_, err := c.Libpq(context.Background(), "", 16)
			if (err == nil) != want {
				t.Errorf("%s: %v", text, err)
			}
			if err != nil &&
				(!strings.Contains(err.Error(), "database.prod") ||
					db.URLSecret != nil && strings.Contains(err.Error(), "evil")) {
				t.Errorf("the error does not name the block, or what a secret holds: %v", err)
			}
			if want {
				continue
			}
			ctx, cancel := context.WithCancel(context.Background())
			cancel() // nothing is connected to in any case
			if _, err := c.Connect(ctx, Options{}); err == nil ||
				!strings.Contains(err.Error(), "out of reach") &&
					!strings.Contains(err.Error(), "Invalid connection URL") {
				t.Errorf("%s: connecting gives %v", text, err)
			}
		}
	}
	c := New(&spec.Database{Name: "prod", URL: "postgres://a@db.example/x", Runner: r}, nil, nil)
	if _, err := c.Connect(context.Background(), Options{At: Server{Host: "evil.example", Port: 5432}}); err == nil ||
		!strings.Contains(err.Error(), "evil.example:5432") {
		t.Errorf("a copy of the server is anywhere: %v", err)
	}
}

// TestPasswordsOfTheEnvironment: what the driver takes from there by itself is on the list of variables too, where
// there is one.
func TestPasswordsOfTheEnvironment(t *testing.T) {
	t.Setenv("PGPASSWORD", "planted-password")
	for list, want := range map[string]bool{"SHOJI_*": false, "PGPASSWORD": true} {
		r, err := allow.FromEnvironment(func(name string) (string, bool) { return list, name == allow.Variables })
		if err != nil {
			t.Fatal(err)
		}
		_, err = New(&spec.Database{Name: "prod", URL: "postgres://a@db.example/x", Runner: r}, nil, nil).
			Config(context.Background())
		if (err == nil) != want || err != nil && strings.Contains(err.Error(), "planted") {
			t.Errorf("with %s: %v", list, err)
		}
	}
}
