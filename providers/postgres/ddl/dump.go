package ddl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// Args are what pg_dump itself leaves out. Select chooses from the Script, where it sees what depends on what.
type Args struct {
	// ExcludeTables are tables that are not even locked. pg_dump locks what it dumps (ACCESS SHARE), which takes SELECT
	// on it: skipped tables without that privilege belong here.
	ExcludeTables []catalog.Ref
	// ExcludeTablesIn are schemas whose tables are neither locked nor dumped, for a refresh of some schemas only.
	ExcludeTablesIn []string
	// LockTimeout is how long to wait for a lock on a table; 0 is forever.
	LockTimeout time.Duration
}

// Dump runs pg_dump against the database that env names (PGHOST, PGDATABASE, PGPASSWORD and so on; passwords are never
// arguments, which every user of the machine may read) and returns its structure in creation order. It writes nothing
// and needs SELECT on the tables. Cancelling ctx ends the program. The error of a failed run holds pg_dump's messages
// without quoted values and without the secrets of env.
func Dump(ctx context.Context, program Program, env []string, args Args) (*Script, error) {
	cmd := exec.CommandContext(ctx, program.Path, args.list()...)
	cmd.Env = append(environment(), env...)
	cmd.WaitDelay = 5 * time.Second
	var stderr head
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("running pg_dump: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("running pg_dump: %w", err)
	}
	toc, readErr := readArchive(stdout)
	if readErr != nil && cmd.Process != nil && !errors.Is(readErr, errEnded) {
		_ = cmd.Process.Kill() // it may be blocked on a pipe that nobody reads
	}
	_, _ = io.Copy(io.Discard, stdout) // empty after a success
	waitErr := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("running pg_dump: %w", context.Cause(ctx))
	case readErr != nil && !errors.Is(readErr, errEnded):
		return nil, fmt.Errorf("running %s %s: %w", program.Path, program.Version, readErr)
	case waitErr != nil:
		return nil, fmt.Errorf("running %s %s: %w: %s", program.Path, program.Version, waitErr,
			redact(stderr.String(), env))
	case readErr != nil:
		return nil, fmt.Errorf("running %s %s: %w", program.Path, program.Version, readErr)
	}
	return toc.script(), nil
}

func (a Args) list() []string {
	list := []string{
		"--format=custom", "--compress=0", "--schema-only", "--encoding=UTF8", "--no-password",
		"--no-owner", "--no-privileges", "--no-publications", "--no-subscriptions",
		"--no-security-labels", "--no-tablespaces",
	}
	if a.LockTimeout > 0 {
		list = append(list, "--lock-wait-timeout="+strconv.FormatInt(a.LockTimeout.Milliseconds(), 10))
	}
	for _, s := range a.ExcludeTablesIn {
		list = append(list, "--exclude-table="+sqltext.Ident(s)+".*")
	}
	// In double quotes, a pattern of pg_dump is literal (manual, psql, Patterns).
	for _, t := range a.ExcludeTables {
		list = append(list, "--exclude-table="+sqltext.Ident(t.Schema, t.Name))
	}
	return list
}

// environment is what pg_dump gets besides the connection: where to find programs and the user's certificates. No other
// PG* variable may change what is dumped, or from where.
func environment() []string {
	env := []string{"LC_ALL=C"} // messages in English; names are UTF-8 by --encoding
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// quotation matches a quoted SQL string, which may repeat a value.
var quotation = regexp.MustCompile(`'(?:[^']|'')*'`)

// redact removes the secrets of env and string literals from pg_dump's messages, and the lines in which a server quotes
// rows.
func redact(messages string, env []string) string {
	for _, kv := range env {
		name, value, _ := strings.Cut(kv, "=")
		if (name == "PGPASSWORD" || name == "PGSSLPASSWORD" || name == "PGOPTIONS") && value != "" {
			messages = strings.ReplaceAll(messages, value, "…")
		}
	}
	var lines []string
	for line := range strings.Lines(messages) {
		line = strings.TrimSpace(line)
		if line == "" || strings.Contains(line, "DETAIL:") || strings.Contains(line, "CONTEXT:") {
			continue
		}
		lines = append(lines, quotation.ReplaceAllString(line, "'…'"))
	}
	if len(lines) == 0 {
		return "no message"
	}
	return strings.Join(lines, "; ")
}

// head keeps the beginning of what a program writes: the rest repeats it.
type head struct{ buf bytes.Buffer }

const messageLimit = 8 << 10

// Write keeps p up to the limit and never fails.
func (h *head) Write(p []byte) (int, error) {
	if room := messageLimit - h.buf.Len(); room > 0 {
		h.buf.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

func (h *head) String() string { return h.buf.String() }
