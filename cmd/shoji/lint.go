package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/source"
)

func (a *app) lintCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "lint",
		Usage: "check the spec offline for what reveals too much, would fail later, or has no effect",
		Flags: append(projectFlags(in),
			&cli.StringFlag{
				Name:  "format",
				Value: "text",
				Usage: "print `FORMAT`: text, json, sarif or github (workflow commands)",
			},
			&cli.BoolFlag{Name: "json", Usage: "the same as -format json"},
			&cli.BoolFlag{Name: "fix", Usage: "make the fixes that are safe, then report the rest"},
			&cli.StringFlag{
				Name:  "fail-on",
				Value: "warning",
				Usage: "exit 2 from this `SEVERITY` on: error, warning or note",
			},
		),
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.lint(c, in)
		},
	}
}

func (a *app) lint(c *cli.Command, in *inputs) error {
	format, formats := c.String("format"), []string{"text", "json", "sarif", "github"}
	if c.Bool("json") {
		if c.IsSet("format") && format != "json" {
			return fmt.Errorf("-json and -format %s are two formats: take one of them", format)
		}
		format = "json"
	}
	if !slices.Contains(formats, format) {
		return fmt.Errorf("-format is one of %s, not %q.%s", strings.Join(formats, ", "), format,
			diag.DidYouMean(format, formats))
	}
	from := slices.Index(severities(), diag.Severity(c.String("fail-on")))
	if from < 0 {
		return fmt.Errorf("-fail-on is one of error, warning, note, not %q", c.String("fail-on"))
	}
	r := view.LintReport{Version: version, Below: pathInRepository()}
	for _, x := range lint.Analyzers() {
		r.Rules = append(r.Rules, view.LintRule{Code: x.Code, Title: x.Title, Doc: x.Doc, Severity: x.Severity})
	}
	result, ds := a.lintAndFix(c, in, &r)
	if ds.HasErrors() {
		r.Failed, r.Findings = true, ds
		if format == "text" {
			view.Diagnostics(a.streams.Err, a.streams.ErrStyle(), ds)
			return exitCode(exitError)
		}
	}
	if err := view.Lint(a.streams.Out, a.streams.OutStyle(), format, r); err != nil {
		return fmt.Errorf("printing what was found: %w", err)
	}
	switch {
	case r.Failed:
		return exitCode(exitError)
	case slices.ContainsFunc(result.Findings, func(d diag.Diagnostic) bool {
		return slices.Index(severities(), d.Severity) <= from
	}):
		return exitCode(exitChanges)
	}
	return nil
}

// severities returns all severities, the most severe first.
func severities() []diag.Severity { return []diag.Severity{diag.Error, diag.Warning, diag.Note} }

// lintAndFix lints the project, with -fix until no safe fix is left. The diagnostics are those of a spec or a lock that
// cannot be read.
func (a *app) lintAndFix(c *cli.Command, in *inputs, r *view.LintReport) (lint.Result, diag.Diagnostics) {
	for {
		project, ds := a.load(c.String("env"), in.list)
		r.Sources = project.Sources
		if ds.HasErrors() {
			return lint.Result{}, ds
		}
		lock, err := readLock(project)
		if err != nil {
			ds.AppendErr("The schema lock cannot be read", err)
			return lint.Result{}, ds
		}
		result := lint.Run(lint.Input{Project: project, Lock: lock})
		if c.Bool("fix") {
			fixed, err := applySafeFixes(project, result.Findings)
			if err != nil {
				ds.AppendErr("The fixes could not be made", err)
				return lint.Result{}, ds
			}
			if r.Fixed = append(r.Fixed, fixed...); len(fixed) > 0 {
				continue
			}
		}
		r.Findings = append(ds, result.Findings...) // warnings of the spec, which have no code
		r.Suppressed, r.Skipped, r.Unlocked, r.Fixable = result.Suppressed, result.Skipped, result.Unlocked,
			len(result.Fixable())
		if len(result.Skipped) > 0 {
			r.Inspect = schemalock.InspectCommand(project.Refreshes[0].From)
		}
		return result, nil
	}
}

// readLock reads the schema lock of a project; nil where there is none.
func readLock(project *spec.Project) (*schemalock.File, error) {
	lock, err := schemalock.ReadFS(project.Files)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return lock, err
}

// applySafeFixes makes the safe fixes of findings that do not overlap, and returns them. A file is replaced as a whole,
// and only if it has not changed since it was read.
func applySafeFixes(project *spec.Project, findings diag.Diagnostics) ([]view.LintFixed, error) {
	var fixes []diag.Fix
	var told []view.LintFixed
	for _, f := range findings {
		if i := slices.IndexFunc(f.Fixes, func(x diag.Fix) bool { return x.Safe }); i >= 0 {
			at := f.Fixes[i].Edits[0].Range
			fixes = append(fixes, f.Fixes[i])
			told = append(told, view.LintFixed{
				File:  at.Filename,
				Line:  at.Start.Line,
				Code:  f.Code,
				Title: f.Fixes[i].Title,
			})
		}
	}
	changed, made := diag.Apply(project.Sources, fixes)
	names := slices.Sorted(maps.Keys(changed))
	for _, name := range names {
		if _, ds := lang.Format(changed[name], name); ds.HasErrors() {
			return nil,
				fmt.Errorf("fixing %s would break it, so nothing was changed. This is a bug in shoji; please report "+
					"it with the line: %w", name, ds)
		}
	}
	for _, name := range names {
		if err := replaceFile(project.Dir, name, project.Sources[name], changed[name]); err != nil {
			return nil, fmt.Errorf("fixing %s: %w", name, err)
		}
	}
	var out []view.LintFixed
	for i, f := range told {
		if made[i] {
			out = append(out, f)
		}
	}
	return out, nil
}

// replaceFile replaces the text of a file, and keeps its mode.
func replaceFile(dir, name string, old, text []byte) error {
	now, err := projectfile.Read(dir, name, source.MaxBytes)
	if err != nil {
		return err
	}
	if string(now) != string(old) {
		return errors.New("the file was changed meanwhile; run lint again")
	}
	return projectfile.Replace(dir, name, text)
}

// pathInRepository returns the working directory relative to the top of its git repository; programs that annotate
// files look for them from there. It is empty at the top, and without a repository.
func pathInRepository() string {
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	for top := here; ; top = filepath.Dir(top) {
		if _, err := os.Stat(filepath.Join(top, ".git")); err == nil {
			rel, err := filepath.Rel(top, here)
			if err != nil || rel == "." {
				return ""
			}
			return filepath.ToSlash(rel)
		}
		if top == filepath.Dir(top) {
			return ""
		}
	}
}
