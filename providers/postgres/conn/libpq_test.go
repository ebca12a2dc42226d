package conn

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/spec"
)

// TestWhatProgramsAreHeldTo: pg_dump and psql send a password where a session of this process would.
func TestWhatProgramsAreHeldTo(t *testing.T) {
	cert, _ := selfSigned(t, "db.example")
	for _, c := range []struct {
		url      string
		insecure spec.Insecure
		major    int
		want     string // the settings, or a part of the error
	}{
		{"postgres://a@db.example/x?sslmode=verify-full&sslrootcert=" + cert, "", 15, ""},
		{"postgres://a@127.0.0.1/x", "", 15, ""},
		{"postgres://a@localhost/x?require_auth=scram-sha-256", "", 15, "PGREQUIREAUTH=scram-sha-256"},
		{"host=/var/run/postgresql user=a", "", 15, ""},
		{"postgres://a@db.example/x?sslmode=require", "", 16, "PGREQUIREAUTH=!password,!md5"},
		{
			"postgres://a@db.example/x?sslmode=require&channel_binding=require", "", 16,
			"PGCHANNELBINDING=require PGREQUIREAUTH=!password,!md5",
		},
		{"postgres://a@db.example/x?sslmode=require", "", 15, "PGCHANNELBINDING=require"},
		{"postgres://a@db.example/x?sslmode=verify-ca&sslrootcert=" + cert, "", 15, "PGCHANNELBINDING=require"},
		{"postgres://a@db.example/x", "", 15, "PGCHANNELBINDING=require"},
		{"postgres://a@db.example/x?sslmode=disable", "", 16, "PGREQUIREAUTH=!password,!md5"},
		{
			"postgres://a@db.example/x?sslmode=disable&require_auth=scram-sha-256,md5", "", 18,
			"PGREQUIREAUTH=scram-sha-256",
		},
		{"postgres://a@db.example/x?sslmode=disable", "", 15, "is not verified"},
		{"postgres://a@db.example/x?sslmode=disable&require_auth=password", "", 16, "is not verified"},
		{"postgres://a@db.example/x?sslmode=disable", spec.InsecureNoTLS, 15, ""},
		{"postgres://a@db.example/x", spec.InsecureUnverifiedTLS, 16, "PGREQUIREAUTH=!password,!md5"},
		{"postgres://a@db.example/x?sslmode=require", spec.InsecureUnverifiedTLS, 15, ""},
	} {
		libpq, err := New(&spec.Database{Name: "prod", URL: c.url, Insecure: c.insecure}, nil, nil).
			Libpq(context.Background(), "", c.major)
		got := fmt.Sprint(err)
		if err == nil {
			held := slices.DeleteFunc(libpq.Environment(), func(s string) bool {
				return !strings.HasPrefix(s, "PGREQUIREAUTH") && !strings.HasPrefix(s, "PGCHANNELBINDING")
			})
			if got = strings.Join(held, " "); got != c.want {
				t.Errorf("%s (insecure %q) for version %d: %q, want %q", c.url, c.insecure, c.major, got, c.want)
			}
		} else if !strings.Contains(got, c.want) || c.want == "" {
			t.Errorf("%s (insecure %q) for version %d: %s", c.url, c.insecure, c.major, got)
		}
	}
}

// otherAddress returns an address of this machine that is no loopback, or skips the test.
func otherAddress(t *testing.T) string {
	t.Helper()
	all, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	t.Skip("this machine has loopback addresses only")
	return ""
}

// TestAProgramTellsARogueNothing: pg_dump, as shoji starts it, with a password that the spec does not let go there.
func TestAProgramTellsARogueNothing(t *testing.T) {
	pgtest.NeedsDump(t)
	installation, _ := pgtest.Installed(t)
	program := filepath.Join(installation.Bin, "pg_dump")
	r := listenAt(t, otherAddress(t), true, func(b *pgproto3.Backend) { tricks()["the password"](b) })
	for _, insecure := range []spec.Insecure{"", spec.InsecureUnverifiedTLS} {
		libpq, err := New(&spec.Database{Name: "prod", URL: r.url + "?sslmode=require", Insecure: insecure}, nil, nil).
			Libpq(context.Background(), "", installation.Major)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		cmd := exec.CommandContext(ctx, program, "--schema-only")
		cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, libpq.Environment()...)
		out, err := cmd.CombinedOutput()
		cancel()
		if err == nil {
			t.Errorf("pg_dump believed it: %s", out)
		}
		if heard := strings.Contains(r.heard(), "the-password"); heard != (insecure != "") {
			t.Errorf("insecure %q: that the rogue heard the password is %v: %s", insecure, heard, out)
		}
	}
}
