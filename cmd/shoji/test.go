package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/masktest"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) testCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "test",
		Usage: "run the test blocks of the spec on a throw-away PostgreSQL server",
		Flags: append(projectFlags(in),
			&cli.StringFlag{Name: "run", Usage: "run only tests whose names match `REGEXP`"},
			&cli.BoolFlag{Name: "json", Usage: "print the results as JSON"},
			&cli.StringFlag{Name: "junit", Usage: "also write the results to `FILE`, in JUnit's format"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.test(ctx, c, in)
		},
	}
}

func (a *app) test(ctx context.Context, c *cli.Command, in *inputs) error {
	report := view.TestReport{}
	project, ds := a.load(c.String("env"), in.list)
	if !ds.HasErrors() {
		begun := a.now()
		results, err := a.runSelectedTests(ctx, project, c.String("run"))
		if err != nil {
			ds.AppendErr("The tests could not be run", err)
		}
		report.Tests, report.Took = testCases(project, results), a.now().Sub(begun)
	}
	report.Problems = ds
	if file := c.String("junit"); file != "" {
		if err := writeJUnit(file, report); err != nil {
			return fmt.Errorf("writing the results: %w", err)
		}
	}
	if c.Bool("json") {
		if err := view.TestJSON(a.streams.Out, report); err != nil {
			return err
		}
	} else {
		view.Diagnostics(a.streams.Err, a.streams.ErrStyle(), ds)
		if err := view.PrintTests(a.streams.Out, a.streams.OutStyle(), report); err != nil {
			return err
		}
	}
	if ds.HasErrors() || report.Failed() > 0 {
		return exitCode(exitError)
	}
	return nil
}

// runSelectedTests runs the tests whose names match a pattern.
func (a *app) runSelectedTests(ctx context.Context, project *spec.Project, pattern string) ([]masktest.Result, error) {
	tests, err := selectTests(project, pattern)
	if err != nil {
		return nil, err
	}
	decided, err := decideForTests(project, tests)
	if err != nil {
		return nil, err
	}
	return a.runTests(ctx, tests, decided)
}

// selectTests returns the tests whose names match; that none does is an error, for it would pass.
func selectTests(project *spec.Project, pattern string) ([]*spec.Test, error) {
	if len(project.Tests) == 0 {
		return nil, errors.New(`the spec has no test block, such as test "emails" { … }`)
	}
	match, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("-run takes a regular expression: %w", err)
	}
	var out []*spec.Test
	for _, t := range project.Tests {
		if match.MatchString(t.Name) || match.MatchString(t.Address()) {
			out = append(out, t)
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("none of the %d tests has a name that matches %q", len(project.Tests), pattern)
	}
	return out, nil
}

// decideForTests decides the refreshes from the schema lock, if there is a test of a column.
func decideForTests(project *spec.Project, tests []*spec.Test) ([]schemalock.Resolution, error) {
	i := slices.IndexFunc(tests, func(t *spec.Test) bool { return t.Column != nil })
	if i < 0 {
		return nil, nil
	}
	lock, err := readLock(project)
	if err != nil {
		return nil, fmt.Errorf("reading the schema lock: %w", err)
	}
	if lock == nil {
		at := tests[i].At.Column.Range
		return nil, diag.Diagnostic{
			Severity: diag.Error,
			Summary:  "Test of a column without a schema lock",
			Detail: "The type of a column and what the spec decides for it are read from " + schemalock.FileName +
				". Write it with shoji inspect.",
			Range:   &at,
			Snippet: project.Snippet(&at),
		}
	}
	decided, ds := lock.Resolve(project)
	return decided, ds.Err()
}

// runTests runs tests on a server of their own.
func (a *app) runTests(
	ctx context.Context, tests []*spec.Test, decided []schemalock.Resolution,
) (results []masktest.Result, err error) {
	installation, err := pgserver.Find(a.lookupEnv)
	if err != nil {
		return nil, err
	}
	dir, err := a.scratchDir(ctx, testPrefix)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := a.untilStop(ctx)
	defer cancel()
	server, err := pgserver.Start(ctx, pgserver.Config{Installation: installation, Dir: filepath.Join(dir, "server")})
	if err != nil {
		return nil, err
	}
	defer func() {
		down, done := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer done()
		err = errors.Join(err, server.Stop(down))
	}()
	return masktest.Server{
		URL:      server.URL,
		Admin:    pgserver.Admin,
		Password: pgserver.Password,
		Random:   a.random,
		Now:      a.now,
	}.Run(ctx, tests, decided)
}

// shownFailures is how many inputs are shown for a check that does not hold.
const shownFailures = 10

// testCases returns results as they are shown: failures of one check together.
func testCases(project *spec.Project, results []masktest.Result) []view.TestCase {
	var out []view.TestCase
	for _, r := range results {
		c := view.TestCase{Address: r.Test.Address(), Range: r.Test.Range, Inputs: len(r.Test.Inputs), Took: r.Took}
		for _, f := range r.Failures {
			i := slices.IndexFunc(c.Failures, func(other view.TestFailure) bool { return other.Check == f.Check })
			if i < 0 {
				i = len(c.Failures)
				at := f.Range
				c.Failures = append(c.Failures, view.TestFailure{
					Check:   f.Check,
					Range:   at,
					Snippet: project.Snippet(&at),
				})
			}
			if shown := &c.Failures[i]; len(shown.Lines) < shownFailures {
				shown.Lines = append(shown.Lines, f.String())
			} else {
				shown.More++
			}
		}
		out = append(out, c)
	}
	return out
}

// writeJUnit writes the report of a run for CI systems.
func writeJUnit(file string, report view.TestReport) error {
	text, err := view.TestJUnit(report)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o644)
}
