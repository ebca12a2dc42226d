package pgtest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// Pooler starts PgBouncer in front of a server, with lines for its configuration, and returns the URL of the
// administrator through it. The test is skipped where the program is not installed.
func Pooler(t testing.TB, s *pgserver.Server, lines ...string) string {
	t.Helper()
	program, err := exec.LookPath("pgbouncer")
	if err != nil { // where Debian installs it, which not every PATH has
		program = "/usr/sbin/pgbouncer"
	}
	if _, err := os.Stat(program); err != nil {
		t.Skip("PgBouncer is not installed (Debian: apt-get install pgbouncer)")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, dir := Installed(t)
	users, config := filepath.Join(dir, "users.txt"), filepath.Join(dir, "pgbouncer.ini")
	text := fmt.Sprintf("[databases]\n* = host=127.0.0.1 port=%d\n[pgbouncer]\nlisten_addr = 127.0.0.1\n"+
		"listen_port = %d\nunix_socket_dir =\nauth_type = scram-sha-256\nauth_file = %s\n%s\n",
		s.Port, port, users, strings.Join(lines, "\n"))
	for path, content := range map[string]string{
		users:  fmt.Sprintf("%q %q\n", pgserver.Admin, pgserver.Password),
		config: text,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := pgserver.GiveAway(users, config); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-q", config)
	pgserver.AsUnprivileged(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 200 {
		if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			_ = c.Close()
			return strings.Replace(s.AdminURL("postgres"), fmt.Sprintf(":%d/", s.Port), fmt.Sprintf(":%d/", port), 1)
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("PgBouncer does not listen")
	return ""
}
