package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/shoji-pg/shoji/internal/bench/large"
)

// What planning and refreshing the database of a large application may take, on two cores that do nothing else.
const (
	planTime   = 20 * time.Second
	planMemory = 300_000_000
	planBytes  = 15_000_000
	eachTable  = 5 * time.Millisecond // above what pg_dump and pg_restore take for a small table
)

// sizes measures databases with many tables: the plan of 1,400 and of 5,000, a refresh of 1,400, and what a small table
// costs beside its copy.
func sizes(ctx context.Context, w io.Writer, jobs int) (err error) {
	b, stop, err := start(ctx, 0, jobs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	shoji := filepath.Join(b.dir, "shoji")
	if err := buildShoji(ctx, shoji); err != nil {
		return err
	}
	p := printed{w: w}
	p.line("%-44s %8s %8s %8s %8s\n", "", "seconds", "CPU s", "peak MB", "plan MB")

	application := large.Application()
	name := fmt.Sprintf("%d tables, %d columns, %d foreign keys", application.Tables, application.Columns(),
		application.ForeignKeys)
	planned, file, err := b.planned(ctx, shoji, application)
	if err != nil {
		return err
	}
	p.result("plan: "+name, planned, file)
	applied, err := b.shoji(ctx, shoji, "apply", "-allow", "all", "saved.plan")
	if err != nil {
		return err
	}
	p.result("apply PLAN: the same", applied, 0)
	verdict := "kept"
	if planned.took > planTime || max(planned.memory, applied.memory) > planMemory || file > planBytes {
		verdict = "NOT kept"
	}
	p.line("the limit, on 2 cores that do nothing else: %.0f s, %d MB, a file of %d MB: %s\n", planTime.Seconds(),
		planMemory/1_000_000, planBytes/1_000_000, verdict)

	small := large.Small(5000)
	if planned, file, err = b.planned(ctx, shoji, small); err != nil {
		return err
	}
	p.result(fmt.Sprintf("plan: %d tables, %d columns", small.Tables, small.Columns()), planned, file)
	if err := b.smallTables(ctx, shoji, p); err != nil {
		return err
	}
	return nil
}

// printed writes the lines of a table.
type printed struct{ w io.Writer }

func (p printed) line(format string, args ...any) { _, _ = fmt.Fprintf(p.w, format, args...) }

func (p printed) result(name string, r result, file int64) {
	size := "-"
	if file > 0 {
		size = fmt.Sprintf("%.1f", float64(file)/1e6)
	}
	p.line("%-44s %8.1f %8.1f %8.0f %8s\n", name, r.took.Seconds(), r.cpu.Seconds(), float64(r.memory)/1e6, size)
}

// smallTables compares a refresh of a thousand tables of one row with pg_dump and pg_restore.
func (b *bench) smallTables(ctx context.Context, shoji string, p printed) error {
	d := large.Small(1000)
	d.Plain = true
	if err := b.create(ctx, d); err != nil {
		return err
	}
	restored, err := b.dumpRestore(ctx)
	if err != nil {
		return err
	}
	refreshed, err := b.shoji(ctx, shoji, "apply", "-auto-approve", "-allow", "all")
	if err != nil {
		return err
	}
	p.line("%-44s %8.1f\n", fmt.Sprintf("pg_dump | pg_restore: %d tables", d.Tables), restored.took.Seconds())
	p.result("apply: the same, nothing masked", refreshed, 0)
	more := (refreshed.took - restored.took) / time.Duration(d.Tables)
	verdict := "kept"
	if more > eachTable {
		verdict = "NOT kept"
	}
	p.line("a table takes %.1f ms more; the limit is %.0f ms: %s\n", more.Seconds()*1000, eachTable.Seconds()*1000,
		verdict)
	return nil
}

// create makes a database on both servers, and writes its spec.
func (b *bench) create(ctx context.Context, d large.Database) error {
	b.database = fmt.Sprintf("large%d", d.Tables)
	if err := execute(ctx, b.prod.AdminURL("postgres"), "CREATE DATABASE "+b.database); err != nil {
		return err
	}
	// By psql, a transaction for each statement: one for all would lock more than a server has locks for.
	if err := os.WriteFile(filepath.Join(b.dir, "create.sql"), []byte(d.Create()), 0o600); err != nil {
		return err
	}
	if _, err := b.shell(ctx, `psql -qX -v ON_ERROR_STOP=1 -f "$DIR/create.sql" "$PROD"`); err != nil {
		return err
	}
	if err := os.MkdirAll(b.specDir(), 0o755); err != nil {
		return err
	}
	text := head(b.jobs) + d.Spec()
	return os.WriteFile(filepath.Join(b.specDir(), "bench.shoji.hcl"), []byte(text), 0o600)
}

func (b *bench) specDir() string { return filepath.Join(b.dir, "spec-"+b.database) }

// planned creates a database and plans its refresh; file is the size of the plan file.
func (b *bench) planned(ctx context.Context, shoji string, d large.Database) (r result, file int64, err error) {
	if err := b.create(ctx, d); err != nil {
		return r, 0, err
	}
	if r, err = b.shoji(ctx, shoji, "plan", "-out", "saved.plan"); err != nil {
		return r, 0, err
	}
	info, err := os.Stat(filepath.Join(b.specDir(), "saved.plan"))
	if err != nil {
		return r, 0, err
	}
	return r, info.Size(), nil
}

// shoji runs a command in the directory of the spec.
func (b *bench) shoji(ctx context.Context, program string, args ...string) (result, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = b.specDir()
	cmd.Env = b.environment()
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return result{}, fmt.Errorf("shoji %v: %w\n%.2000s", args, err, out[max(0, len(out)-2000):])
	}
	return result{
		took:   time.Since(begun),
		cpu:    cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(),
		memory: peak(cmd),
	}, nil
}
