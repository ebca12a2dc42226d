package pgserver_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

func TestStartStopRestart(t *testing.T) {
	installation, dir := pgtest.Installed(t)
	ctx := context.Background()
	s, err := pgserver.Start(ctx, pgserver.Config{Installation: installation, Dir: filepath.Join(dir, "a")})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		conn, err := pgx.Connect(ctx, s.AdminURL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		var version string
		if err := conn.QueryRow(ctx, "SHOW server_version").Scan(&version); err != nil ||
			!strings.HasPrefix(version, installation.Version) {
			t.Fatalf("version %q, %v; want %s", version, err, installation.Version)
		}
		_ = conn.Close(ctx)
		if err := s.Crash(ctx); err != nil {
			t.Fatal(err)
		}
		if err := s.Restart(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Stop(ctx); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(ctx); err != nil {
		t.Fatalf("stopping twice: %v", err)
	}
	if _, err := pgx.Connect(ctx, s.AdminURL("postgres")); err == nil {
		t.Fatal("the server still answers")
	}
}

func TestFindSaysWhatToDo(t *testing.T) {
	_, err := pgserver.Find(func(name string) (string, bool) {
		return filepath.Join(t.TempDir(), "none"), name == "SHOJI_PG_BIN"
	})
	if err == nil || !strings.Contains(err.Error(), "SHOJI_PG_BIN") {
		t.Fatalf("error %v", err)
	}
}
