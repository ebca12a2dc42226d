// Command bench compares a refresh with what PostgreSQL itself can do on the same machine in the same run: rows piped
// from psql to psql, and pg_dump with pg_restore. It prints ratios; times alone say little on another machine. Before
// that it measures what validate and lint take on a large project, and after it what each mask costs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

func main() {
	rows := flag.Int("rows", 1_000_000, "rows of the largest table")
	jobs := flag.Int("jobs", 2, "connections to each side")
	alone := flag.Bool("masks", false, "measure the cost of each mask alone")
	without := flag.Bool("offline", false, "measure validate and lint on a large project alone, which needs no server")
	sampled := flag.Int("sample", 200_000, "rows on which a mask is measured")
	rounds := flag.Int("rounds", 5, "times that each mask and each command is measured")
	write := flag.Bool("write", false, "write the cost of masks into "+manual)
	large := flag.Bool("size", false, "measure databases of thousands of tables alone")
	names := flag.Bool("recognise", false, "measure how well columns are recognised, which needs no server")
	schemas := flag.String("schemas", labelledSchemas, "the directory of labelled schemas for -recognise")
	verbose := flag.Bool("v", false, "with -recognise, list the columns that came out otherwise than labelled")
	flag.Parse()
	ctx := context.Background()
	var err error
	if *names {
		if err = recognise(os.Stdout, *schemas, *verbose); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if *large {
		if err = sizes(ctx, os.Stdout, *jobs); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if !*alone {
		err = offline(ctx, os.Stdout, *rounds)
		fmt.Println()
	}
	if err == nil && !*alone && !*without {
		err = run(ctx, *rows, *jobs)
		fmt.Println()
	}
	if err == nil && !*alone && !*without {
		err = sizes(ctx, os.Stdout, *jobs)
		fmt.Println()
	}
	if err == nil && !*without {
		err = masks(ctx, os.Stdout, *sampled, *rounds, *write)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run: two servers and a directory for everything.
type bench struct {
	dir           string
	bin           string // of PostgreSQL
	prod, staging *pgserver.Server
	database      string // the one that is copied
	rows, jobs    int
	bytes         int64
	total         int64
}

func run(ctx context.Context, rows, jobs int) (err error) {
	b, stop, err := start(ctx, rows, jobs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := b.generate(ctx); err != nil {
		return err
	}
	fmt.Printf("generated: %d rows in 4 tables, %.0f MB without indexes\n\n", b.total, float64(b.bytes)/1e6)
	return b.measure(ctx)
}

// start starts the servers. The function that it returns stops them and removes everything.
func start(ctx context.Context, rows, jobs int) (b *bench, stop func() error, err error) {
	installation, err := pgserver.Find(os.LookupEnv)
	if err != nil {
		return nil, nil, err
	}
	dir, err := os.MkdirTemp("", "shoji-bench-")
	if err != nil {
		return nil, nil, err
	}
	b = &bench{dir: dir, bin: installation.Bin, rows: rows, jobs: jobs, database: "bench"}
	stop = func() error {
		var err error
		for _, s := range []*pgserver.Server{b.prod, b.staging} {
			if s != nil {
				err = errors.Join(err, s.Stop(context.WithoutCancel(ctx)))
			}
		}
		return errors.Join(err, os.RemoveAll(dir))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop())
		}
	}()
	if err := os.Chmod(dir, 0o755); err != nil {
		return b, stop, err
	}
	settings := map[string]string{"max_wal_size": "4GB", "shared_buffers": "256MB"}
	for name, into := range map[string]**pgserver.Server{"prod": &b.prod, "staging": &b.staging} {
		if *into, err = pgserver.Start(ctx, pgserver.Config{
			Installation: installation,
			Dir:          filepath.Join(dir, name),
			Settings:     settings,
		}); err != nil {
			return b, stop, err
		}
	}
	fmt.Printf("PostgreSQL %s, %d connections to each side\n", installation.Version, jobs)
	return b, stop, nil
}

// result is what one way of copying took.
type result struct {
	name   string
	took   time.Duration
	cpu    time.Duration // of all cores
	memory int64         // peak resident bytes of the process; 0 where not measured
}

func (b *bench) measure(ctx context.Context) error {
	shoji := filepath.Join(b.dir, "shoji")
	if err := buildShoji(ctx, shoji); err != nil {
		return err
	}
	var results []result
	for _, way := range []struct {
		name string
		run  func(context.Context) (result, error)
	}{
		{"psql | psql, tables one after the other, no indexes", b.pipe},
		{"pg_dump -Fd | pg_restore", b.dumpRestore},
		{
			"shoji apply, nothing masked",
			func(ctx context.Context) (result, error) { return b.refresh(ctx, shoji, false) },
		},
		{"shoji apply, masked", func(ctx context.Context) (result, error) { return b.refresh(ctx, shoji, true) }},
	} {
		r, err := way.run(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		r.name = way.name
		results = append(results, r)
	}
	fmt.Printf("%-52s %8s %10s %8s %8s %8s %9s\n", "", "seconds", "rows/s", "MB/s", "x psql", "x dump", "peak MB")
	for _, r := range results {
		memory := "-"
		if r.memory > 0 {
			memory = fmt.Sprintf("%.0f", float64(r.memory)/1e6)
		}
		fmt.Printf("%-52s %8.1f %10.0f %8.1f %8.2f %8.2f %9s\n", r.name, r.took.Seconds(),
			float64(b.total)/r.took.Seconds(), float64(b.bytes)/1e6/r.took.Seconds(),
			r.took.Seconds()/results[0].took.Seconds(), r.took.Seconds()/results[1].took.Seconds(), memory)
	}
	return nil
}
