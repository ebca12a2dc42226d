package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/gittree"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres/review"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

func (a *app) diffCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "diff",
		Usage: "show what a change of the spec does to people's data, and to who may read it",
		Description: "Compares what the spec and its schema lock decide with what an earlier " +
			"spec and lock decided: each " +
			"column, role, grant, key, policy and parameter is weaker, stronger, other, new or gone. It connects to " +
			"nothing and reads no secret. It exits with 2 where more of people's data may be shown, or to more people.",
		Flags: append(projectFlags(in),
			&cli.StringFlag{
				Name: "base",
				Usage: "compare with the `REVISION` of the git repository that has the spec, or with the spec in " +
					"another directory",
			},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
			&cli.BoolFlag{Name: "markdown", Usage: "print Markdown for a pull request's comment"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.String("base") == "" {
				return errors.New("diff needs -base: a revision, such as origin/main, or a directory")
			}
			return a.diff(ctx, c, in)
		},
	}
}

func (a *app) diff(ctx context.Context, c *cli.Command, in *inputs) error {
	format, err := documentFormat(c)
	if err != nil {
		return err
	}
	out := a.outputAs(format)
	defer out.Close()
	base := c.String("base")
	files, dir, err := a.baseFiles(ctx, base)
	if err != nil {
		return err
	}
	project, err := a.loadValid(c.String("env"), in.list, out)
	if err != nil {
		return err
	}
	head, ds := decided(project)
	if out.Diagnostics(ds); ds.HasErrors() {
		return exitCode(exitError)
	}
	was, ds := a.earlier(lang.Options{Files: files, Env: c.String("env"), Inputs: in.list}, dir, base)
	if out.Diagnostics(ds); ds.HasErrors() {
		return exitCode(exitError)
	}
	r := &engine.Review{
		FormatVersion: engine.ReviewVersion,
		ShojiVersion:  version,
		Project:       project.Name,
		Env:           project.Env,
		Base:          base,
		Differences:   append(review.Compare(was, head), aws.Compare(was.Project, project)...),
		Diagnostics:   ds,
	}
	r.Sort()
	if err := view.Review(a.streams, format, r); err != nil {
		return fmt.Errorf("printing the review: %w", err)
	}
	if r.Exposes() {
		return exitCode(exitChanges)
	}
	return nil
}

// baseFiles returns the files of the earlier spec, and the directory that it is in.
func (a *app) baseFiles(ctx context.Context, base string) (files fs.FS, dir string, err error) {
	info, err := os.Stat(base)
	isDir := err == nil && info.IsDir()
	if isDir && (strings.HasPrefix(base, ".") || strings.ContainsAny(base, `/\`)) {
		return projectfile.FS(base), base, nil
	}
	tree, err := gittree.Open(ctx, ".", base)
	switch {
	case isDir && err == nil:
		return nil, "",
			fmt.Errorf("-base %s is a directory and a revision: write ./%s for the one, refs/heads/%s or its "+
				"hash for the other", base, base, base)
	case isDir:
		return projectfile.FS(base), base, nil
	case errors.Is(err, gittree.ErrNoRevision):
		return nil, "",
			fmt.Errorf("-base %s is neither a directory nor a revision of this repository. A shallow clone has "+
				"few: git fetch origin BRANCH brings one", base)
	case err != nil:
		return nil, "", fmt.Errorf("reading -base %s: %w", base, err)
	}
	return tree, ".", nil
}

// earlier reads the spec to compare with. One that there is not decides nothing, so that everything is new.
func (a *app) earlier(o lang.Options, dir, base string) (review.Side, diag.Diagnostics) {
	names, err := fs.Glob(o.Files, "*.hcl")
	if err != nil || len(names) == 0 {
		var ds diag.Diagnostics
		ds.Warnf(nil, "There is no spec to compare with", "%s has no *.hcl file in this directory: all is new.", base)
		return review.Side{Project: &spec.Project{}}, ds
	}
	o.Earlier, o.Version, o.Runner, o.LookupEnv = true, version, a.runner, a.environment()
	project, ds := lang.Load(dir, o)
	if ds.HasErrors() {
		return review.Side{}, ofBase(base, ds, diag.Error)
	}
	lock, err := readLock(project)
	if err != nil {
		ds = nil
		ds.AppendErr("The schema lock cannot be read", err)
		return review.Side{}, ofBase(base, ds, diag.Error)
	}
	if lock == nil {
		lock = &schemalock.File{}
	}
	refreshes, ds := lock.Resolve(project)
	// What the base does not decide is new: that errs on the side of saying too much.
	return review.Side{Project: project, Refreshes: refreshes}, ofBase(base, ds, diag.Warning)
}

// ofBase returns the errors of the earlier spec as what they are here, and what it could not decide.
func ofBase(base string, ds diag.Diagnostics, severity diag.Severity) diag.Diagnostics {
	var out diag.Diagnostics
	for _, d := range ds {
		if d.Severity == diag.Error || d.Code == schemalock.UncheckedCode {
			d.Severity, d.Summary = severity, "In "+base+": "+d.Summary
			out.Append(d)
		}
	}
	return out
}

// decided returns the spec with what its lock decides. A refresh that the lock does not cover is an error: a review
// that left it out would look harmless.
func decided(project *spec.Project) (review.Side, diag.Diagnostics) {
	lock, err := readLock(project)
	var ds diag.Diagnostics
	switch {
	case err != nil:
		ds.AppendErr("The schema lock cannot be read", err)
		return review.Side{}, ds
	case lock == nil && len(project.Refreshes) > 0:
		ds.Errorf(&project.Refreshes[0].Range, "There is no schema lock",
			"Without %s nobody knows the columns. To get one: %s", schemalock.FileName,
			schemalock.InspectCommand(project.Refreshes[0].From))
		return review.Side{}, project.WithSnippets(ds)
	case lock == nil:
		lock = &schemalock.File{}
	}
	refreshes, ds := lock.Resolve(project)
	for i := range ds {
		if ds[i].Code == schemalock.UncheckedCode {
			ds[i].Severity = diag.Error
		}
	}
	ds = slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Severity != diag.Error })
	return review.Side{Project: project, Refreshes: refreshes}, ds
}
