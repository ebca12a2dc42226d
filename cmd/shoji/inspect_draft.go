package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// wantsDraft reports whether a spec is to be drafted.
func wantsDraft(c *cli.Command) bool { return c.IsSet("spec") || c.Bool("split") }

var specFile = regexp.MustCompile(`^[^./\\][^/\\]*\.hcl$`)

// checkDraftFlags refuses flags that contradict each other, before anything is connected to.
func checkDraftFlags(c *cli.Command) error {
	switch {
	case c.IsSet("spec") && c.Bool("split"):
		return errors.New("-spec names one file and -split makes several: take one of them")
	case wantsDraft(c) && c.Bool("check"):
		return errors.New("-check writes nothing, so it cannot draft a spec")
	case c.Bool("sample") && !wantsDraft(c):
		return errors.New("-sample is for a draft: add -spec FILE or -split")
	case c.IsSet("undecided") && !wantsDraft(c):
		return errors.New("-undecided is for a draft: add -spec FILE or -split")
	case c.IsSet("accept") && !wantsDraft(c):
		return errors.New("-accept is for a draft: add -spec FILE or -split")
	case c.IsSet("undecided") && c.String("undecided") == c.String("spec"):
		return errors.New("-undecided and -spec name the same file: what is left to you goes into another one")
	case !slices.Contains(draft.Acceptances(), draft.Acceptance(c.String("accept"))):
		var known []string
		for _, a := range draft.Acceptances() {
			known = append(known, string(a))
		}
		return fmt.Errorf("-accept takes %s, not %q.%s", strings.Join(known, ", "), c.String("accept"),
			diag.DidYouMean(c.String("accept"), known))
	}
	for _, flag := range []string{"spec", "undecided"} {
		file := c.String(flag)
		if c.IsSet(flag) && (!specFile.MatchString(file) || strings.HasSuffix(file, ".vars.hcl")) {
			return fmt.Errorf("-%s %q: all files of a spec are in one directory and end in .hcl, such as "+
				"tables.shoji.hcl; for another directory there is shoji -chdir DIR", flag, file)
		}
	}
	return nil
}

// refuseExistingSpec refuses to draft a second project next to an existing one.
func (a *app) refuseExistingSpec(c *cli.Command) error {
	if !wantsDraft(c) {
		return nil
	}
	project, _ := a.load("", nil)
	if len(project.Sources) > 0 {
		return errors.New("there is a spec here already: to add to it, name its database (shoji inspect DATABASE " +
			"-spec FILE), without -url-env")
	}
	return nil
}

// draft writes a spec for the one source that was inspected, or adds to the existing one.
func (a *app) draft(ctx context.Context, c *cli.Command, i *inspection) (*view.Draft, error) {
	if len(i.sources) != 1 {
		return nil,
			errors.New("a draft is for one database, and the spec has several sources: name one (shoji inspect " +
				"DATABASE -spec FILE)")
	}
	s := &i.sources[0]
	in := draft.Input{
		Catalog:   s.catalog,
		Schemas:   s.schemas,
		Database:  s.db,
		Project:   i.project,
		File:      c.String("spec"),
		Split:     c.Bool("split"),
		Accept:    draft.Acceptance(c.String("accept")),
		Questions: c.String("undecided"),
		Name:      projectName(),
	}
	v := &view.Draft{
		Files:     []string{},
		Undecided: []string{},
		New:       []string{},
		Decisions: []string{},
		Repeated:  []string{},
		Skipped:   []string{},
		Sampled:   c.Bool("sample"),
		Questions: c.String("undecided"),
	}
	if v.Sampled {
		var err error
		var skipped []string
		if s.samples, skipped, err = postgres.Sample(ctx, i.connector(s.db), s.catalog, s.schemas); err != nil {
			return nil, err
		}
		in.Samples = s.samples
		v.Skipped = append(v.Skipped, skipped...)
	}
	files, summary, err := draft.Files(in)
	if err != nil {
		return nil, err
	}
	dir := "."
	if i.project != nil {
		dir = i.project.Dir
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := writeSpecFile(filepath.Join(dir, name), files[name],
			i.project != nil && i.project.Sources[name] != nil); err != nil {
			return nil, err
		}
		v.Files = append(v.Files, name)
	}
	v.Tables, v.Columns, v.Kept, v.Masked, v.ByKey, v.Before, v.Rules = summary.Tables, len(summary.Columns),
		summary.Kept,
		summary.Masked, summary.ByKey, summary.Before, summary.Rules
	v.New = append(v.New, summary.New...)
	for _, q := range summary.Questions {
		v.Decisions = append(v.Decisions, q.String())
	}
	v.Undecided, v.Repeated = append(v.Undecided, summary.Undecided...), append(v.Repeated, summary.Elsewhere...)
	return v, nil
}

// writeSpecFile replaces a file of the spec that was read, or creates a new one. It never overwrites another file.
func writeSpecFile(path string, src []byte, known bool) error {
	if known {
		if err := projectfile.Replace(filepath.Dir(path), filepath.Base(path), src); err != nil {
			return fmt.Errorf("writing the spec: %w", err)
		}
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing the spec: %w", err)
	}
	_, err = f.Write(src)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the spec: %w", err)
	}
	return nil
}

// projectName returns the name of the directory, as lang.Load has it where no block names the project.
func projectName() string {
	dir, err := filepath.Abs(".")
	if err != nil {
		return "project"
	}
	return filepath.Base(dir)
}
