package aurora

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// transient is what a copy does not take along: what belongs to a process, and the settings that a parameter group
// made.
var transient = []string{"postmaster.pid", "postmaster.opts", "postgresql.auto.conf", "pgsql_tmp"}

// copyTo copies the data to a directory that is made. A server that runs goes on meanwhile: it is asked for a backup,
// as pg_basebackup does. Replication slots are in the copy, as they are in Aurora's.
func (s *storage) copyTo(dir string) (err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := bounded()
	defer cancel()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("copying a cluster: %w", err)
	}
	if err := pgserver.GiveAway(dir); err != nil {
		return err
	}
	to := filepath.Join(dir, "data")
	skip := func(path string) bool {
		return slices.Contains(transient, filepath.Base(path)) || strings.HasPrefix(path, "pg_stat_tmp/")
	}
	if s.runs() == nil {
		err = pgserver.CopyData(filepath.Join(s.dir, "data"), to, skip)
	} else {
		err = s.backup(ctx, to, skip)
	}
	if err != nil {
		return err
	}
	return write(filepath.Join(to, "postgresql.auto.conf"), "") // the server insists on it
}

func (s *storage) backup(ctx context.Context, to string, skip func(string) bool) error {
	conn, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return fmt.Errorf("reaching a cluster to copy it: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	begin, end := "SELECT pg_backup_start('clone', true)", "SELECT labelfile FROM pg_backup_stop(false)"
	server := s.runs()
	if server.Installation.Major < 15 {
		begin, end = "SELECT pg_start_backup('clone', true, false)",
			"SELECT labelfile FROM pg_stop_backup(false, false)"
	}
	if _, err := conn.Exec(ctx, begin); err != nil {
		return fmt.Errorf("beginning to copy a cluster: %w", err)
	}
	from := server.Data()
	err = pgserver.CopyData(from, to, func(path string) bool {
		return skip(path) || strings.HasPrefix(path, "pg_wal/") && path != "pg_wal/archive_status"
	})
	if err != nil {
		return err
	}
	var label string
	if err := conn.QueryRow(ctx, end).Scan(&label); err != nil {
		return fmt.Errorf("ending to copy a cluster: %w", err)
	}
	first := firstSegment.FindStringSubmatch(label)
	if first == nil {
		return fmt.Errorf("the label of a copy does not say where it starts: %q", label)
	}
	err = pgserver.CopyData(filepath.Join(from, "pg_wal"), filepath.Join(to, "pg_wal"), func(path string) bool {
		return len(path) == 24 && path < first[1] || strings.HasPrefix(path, "archive_status")
	})
	if err != nil {
		return err
	}
	return write(filepath.Join(to, "backup_label"), label)
}

// write makes a file of the server's.
func write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return fmt.Errorf("writing a file of a cluster: %w", err)
	}
	return pgserver.GiveAway(path)
}

var firstSegment = regexp.MustCompile(`START WAL LOCATION: [0-9A-F/]+ \(file ([0-9A-F]{24})\)`)
