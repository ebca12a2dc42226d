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

	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// drafts reports whether a spec is asked for.
func drafts(c *cli.Command) bool { return c.IsSet("spec") || c.Bool("split") }

var specFile = regexp.MustCompile(`^[^./\\][^/\\]*\.hcl$`)

// draftFlags refuses what does not go together, before anything is connected to.
func draftFlags(c *cli.Command) error {
	switch {
	case c.IsSet("spec") && c.Bool("split"):
		return errors.New("-spec names one file and -split makes several: take one of them")
	case drafts(c) && c.Bool("check"):
		return errors.New("-check writes nothing, so it cannot draft a spec")
	case c.Bool("sample") && !drafts(c):
		return errors.New("-sample is for a draft: add -spec FILE or -split")
	case c.IsSet("spec") &&
		(!specFile.MatchString(c.String("spec")) || strings.HasSuffix(c.String("spec"), ".vars.hcl")):
		return fmt.Errorf("-spec %q: all files of a spec are in one directory and end in .hcl, such as "+
			"tables.shoji.hcl; for another directory there is shoji -chdir DIR", c.String("spec"))
	}
	return nil
}

// noSpecYet refuses to draft a project beside one: it would be declared twice.
func (a *app) noSpecYet(c *cli.Command) error {
	if !drafts(c) {
		return nil
	}
	project, _ := a.load("", nil)
	if len(project.Sources) > 0 {
		return errors.New("there is a spec here already: to add to it, name its database (shoji inspect DATABASE " +
			"-spec FILE), without -url-env")
	}
	return nil
}

// draft writes a spec for the one source that was inspected, or what one lacks.
func (a *app) draft(ctx context.Context, c *cli.Command, i *inspection) (*view.Draft, error) {
	if len(i.sources) != 1 {
		return nil,
			errors.New("a draft is for one database, and the spec has several sources: name one (shoji inspect " +
				"DATABASE -spec FILE)")
	}
	s := i.sources[0]
	in := draft.Input{
		Catalog:  s.catalog,
		Schemas:  s.schemas,
		Database: s.db,
		Project:  i.project,
		File:     c.String("spec"),
		Split:    c.Bool("split"),
		Name:     projectName(),
	}
	v := &view.Draft{
		Files:     []string{},
		Undecided: []string{},
		New:       []string{},
		Decisions: []string{},
		Repeated:  []string{},
		Skipped:   []string{},
		Sampled:   c.Bool("sample"),
	}
	if v.Sampled {
		var err error
		var skipped []string
		if in.Samples, skipped, err = postgres.Sample(ctx, i.way(s.db), s.catalog, s.schemas); err != nil {
			return nil, err
		}
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
		if err := addTo(filepath.Join(dir, name), files[name],
			i.project != nil && i.project.Sources[name] != nil); err != nil {
			return nil, err
		}
		v.Files = append(v.Files, name)
	}
	v.Tables, v.Columns, v.Kept, v.Masked, v.ByKey, v.Before, v.Rules = summary.Tables, summary.Columns, summary.Kept,
		summary.Masked, summary.ByKey, summary.Before, summary.Rules
	v.New, v.Decisions = append(v.New, summary.New...), append(v.Decisions, summary.Decisions...)
	v.Undecided, v.Repeated = append(v.Undecided, summary.Undecided...), append(v.Repeated, summary.Elsewhere...)
	return v, nil
}

// addTo writes a file of the spec: one that was read, or one that there is not yet. Anything else in its place is not
// touched.
func addTo(path string, src []byte, known bool) error {
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

// projectName is that of the directory, as lang.Load has it where no block says another.
func projectName() string {
	dir, err := filepath.Abs(".")
	if err != nil {
		return "project"
	}
	return filepath.Base(dir)
}
