package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Admin is the superuser of every server that this package makes, and Password its password. The
// servers listen on loopback only and live as long as a test or a lab.
const (
	Admin    = "shoji_admin"
	Password = "lab-only"
)

// Config says what to start.
type Config struct {
	Installation Installation
	// Dir holds the data, the socket and the log; it is made and must not exist or be empty.
	Dir string
	// Port on 127.0.0.1; 0 takes a free one.
	Port int
	// Settings are added to postgresql.conf.
	Settings map[string]string
}

// Server is a running server.
type Server struct {
	Dir          string       `json:"dir"`
	Port         int          `json:"port"`
	Installation Installation `json:"installation"`
}

// Start makes a cluster in c.Dir and starts a server on it. The server is a daemon of its own: Stop
// it. The error has the end of the server's log.
func Start(ctx context.Context, c Config) (*Server, error) {
	s := &Server{Dir: c.Dir, Port: c.Port, Installation: c.Installation}
	if err := s.initialise(ctx, c.Settings); err != nil {
		return nil, err
	}
	if err := s.run(ctx, "start"); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w\n%s", err, s.logTail())
	}
	return s, nil
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

func (s *Server) initialise(ctx context.Context, settings map[string]string) error {
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return fmt.Errorf("making the server's directory: %w", err)
	}
	pw := filepath.Join(s.Dir, "password")
	if err := os.WriteFile(pw, []byte(Password+"\n"), 0o600); err != nil {
		return fmt.Errorf("writing the lab's password: %w", err)
	}
	if err := GiveAway(s.Dir, pw); err != nil {
		return err
	}
	cmd := s.command(ctx, "initdb", "-D", s.data(), "-U", Admin, "--pwfile", pw, "-A", "scram-sha-256", "-E", "UTF8",
		"--locale=C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("running initdb: %w\n%s", err, out)
	}
	if s.Port == 0 { // chosen last: a connection of somebody else may take it before the server does
		port, err := freePort()
		if err != nil {
			return err
		}
		s.Port = port
	}
	merged := map[string]string{
		"listen_addresses":           "127.0.0.1",
		"port":                       strconv.Itoa(s.Port),
		"unix_socket_directories":    "",
		"fsync":                      "off", // a lab's data is made anew; never copy this to a real server
		"full_page_writes":           "off",
		"synchronous_commit":         "off",
		"max_connections":            "100",
		"shared_buffers":             "128MB",
		"max_wal_size":               "2GB",
		"logging_collector":          "off",
		"log_line_prefix":            "%m [%p] ",
		"timezone":                   "UTC",
		"autovacuum_naptime":         "10s",
		"dynamic_shared_memory_type": "mmap",
	}
	for k, v := range settings {
		merged[k] = v
	}
	names := make([]string, 0, len(merged))
	for k := range merged {
		names = append(names, k)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, k := range names {
		fmt.Fprintf(&b, "%s = '%s'\n", k, strings.ReplaceAll(merged[k], "'", "''"))
	}
	f, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing postgresql.conf: %w", err)
	}
	_, err = f.WriteString(b.String())
	return errors.Join(err, f.Close())
}

// run calls pg_ctl and waits for what it does. pg_ctl itself looks ten times a second whether it is done; run reads the
// file that pg_ctl reads, and more often.
func (s *Server) run(ctx context.Context, action string, more ...string) error {
	before := s.postmaster()
	ended := make(chan error, 1)
	go func() { ended <- s.control(ctx, action, more) }()
	for {
		select {
		case err := <-ended:
			return err
		case <-time.After(5 * time.Millisecond):
		}
		switch now := s.postmaster(); {
		case action == "stop" && before != "" && now == "", action != "stop" && now != before && isReady(now):
			return nil
		}
	}
}

// postmaster returns the text of postmaster.pid, which is empty where no server runs.
func (s *Server) postmaster() string {
	text, _ := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	return string(text)
}

// isReady reports whether the server that wrote postmaster.pid lets sessions in. Its eighth line is the state.
func isReady(postmaster string) bool {
	lines := strings.Split(postmaster, "\n")
	return len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready"
}

// control calls pg_ctl, which waits for the end of what it does.
func (s *Server) control(ctx context.Context, action string, more []string) error {
	args := append([]string{action, "-D", s.data(), "-w", "-t", "60"}, more...)
	if action != "stop" {
		args = append(args, "-l", filepath.Join(s.Dir, "server.log"))
	}
	cmd := s.command(ctx, "pg_ctl", args...)
	// pg_ctl's output must not be a pipe: the server inherits it and would hold it open.
	out, err := os.CreateTemp("", "pg_ctl")
	if err != nil {
		return fmt.Errorf("running pg_ctl: %w", err)
	}
	defer func() { _ = out.Close(); _ = os.Remove(out.Name()) }()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		text, _ := os.ReadFile(out.Name())
		return fmt.Errorf("running pg_ctl %s: %w: %s", action, err, bytes.TrimSpace(text))
	}
	return nil
}

// Stop ends the server: fast first, and at once where that takes too long. A server that is not
// running is no error.
func (s *Server) Stop(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(s.data(), "postmaster.pid")); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err := s.run(ctx, "stop", "-m", "fast"); err != nil {
		if err := s.run(ctx, "stop", "-m", "immediate"); err != nil {
			return fmt.Errorf("stopping PostgreSQL: %w", err)
		}
	}
	return nil
}

// Crash ends the server as a crash would, for tests.
func (s *Server) Crash(ctx context.Context) error { return s.run(ctx, "stop", "-m", "immediate") }

// Restart starts the server again after Stop or Crash.
func (s *Server) Restart(ctx context.Context) error { return s.run(ctx, "start") }

// URL gives a connection URL.
func (s *Server) URL(user, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// AdminURL gives the superuser's connection URL.
func (s *Server) AdminURL(database string) string { return s.URL(Admin, Password, database) }

// Log gives the server's log so far.
func (s *Server) Log() string {
	text, _ := os.ReadFile(filepath.Join(s.Dir, "server.log"))
	return string(text)
}

func (s *Server) logTail() string {
	lines := strings.Split(strings.TrimSpace(s.Log()), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.Installation.program(name), args...)
	cmd.Dir = s.Dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	cmd.WaitDelay = 5 * time.Second
	AsUnprivileged(cmd)
	return cmd
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
