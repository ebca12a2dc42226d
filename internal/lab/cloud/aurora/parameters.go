package aurora

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// beyond are parameters that the lab's servers do not follow: they would not start, or answer elsewhere.
var beyond = []string{
	"port", "listen_addresses", "ssl", "shared_buffers", "shared_preload_libraries", "data_directory", "fsync",
}

// real gives what the server is told of what parameter groups set: PostgreSQL's own, and of RDS's what has a
// counterpart. Formulas of an instance's size say nothing to a server of the lab.
func real(parameters map[string]string) map[string]string {
	told := map[string]string{}
	for name, value := range parameters {
		switch {
		case name == "rds.logical_replication" && value == "1":
			told["wal_level"] = "logical"
		case strings.Contains(name, "."), strings.Contains(value, "{"), slices.Contains(beyond, name):
		default:
			told[name] = value
		}
	}
	return told
}

// prepare writes the parameters for a server that is not started yet: what it starts with must hold from its first
// moment.
func (s *storage) prepare(parameters map[string]string) error {
	var b strings.Builder
	told := real(parameters)
	for _, name := range slices.Sorted(maps.Keys(told)) {
		fmt.Fprintf(&b, "%s = '%s'\n", name, strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(told[name]))
		s.set[name] = true
	}
	return write(filepath.Join(s.dir, "data", "postgresql.auto.conf"), b.String())
}

// apply tells the server its parameters. What was told before and is no longer set is taken back. waits says that some
// of it needs a restart.
func (s *storage) apply(ctx context.Context, parameters map[string]string) (waits bool, err error) {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return false, fmt.Errorf("reaching a cluster to set its parameters: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	told := real(parameters)
	for _, name := range slices.Sorted(maps.Keys(s.set)) {
		if _, ok := told[name]; ok {
			continue
		}
		if _, err := conn.Exec(ctx, "ALTER SYSTEM RESET "+sqltext.Ident(name)); err != nil {
			return false, fmt.Errorf("taking back the parameter %s: %w", name, err)
		}
	}
	s.set = map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(told)) {
		if _, err := conn.Exec(ctx,
			"ALTER SYSTEM SET "+sqltext.Ident(name)+" = "+sqltext.Literal(told[name])); err != nil {
			return false, fmt.Errorf("setting the parameter %s: %w", name, err)
		}
		s.set[name] = true
	}
	// A session takes the file's news in between two statements, a moment after the signal.
	for _, sql := range []string{"SELECT pg_reload_conf()", "SELECT pg_sleep(0.1)"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return false, fmt.Errorf("setting parameters: %w", err)
		}
	}
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_settings WHERE pending_restart)").
		Scan(&waits); err != nil {
		return false, fmt.Errorf("looking whether parameters wait for a restart: %w", err)
	}
	return waits, nil
}
