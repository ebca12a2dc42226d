package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/review"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) explainCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "explain",
		Usage: "show how a column crosses and why: what decides it, what that beats, the SQL, its properties, its cost",
		Description: "Works from the spec and the schema lock; it connects to nothing and " +
			"reads no secret. The schema may " +
			"be left out where one table has the name.",
		ArgsUsage: "TABLE.COLUMN",
		Flags: append(projectFlags(in),
			&cli.StringFlag{Name: "refresh", Usage: "the `ADDRESS` of the refresh, where the spec has several"},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON document"},
		),
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return errors.New("explain takes one column, such as public.customers.email")
			}
			return a.explainColumn(c, in)
		},
	}
}

func (a *app) explainColumn(c *cli.Command, in *inputs) error {
	out := a.documentOutput(c)
	defer out.Close()
	project, err := a.loadValid(c.String("env"), in.list, out)
	if err != nil {
		return err
	}
	r, err := oneRefresh(project, c.String("refresh"))
	if err != nil {
		return err
	}
	project.Refreshes = slices.DeleteFunc(slices.Clone(project.Refreshes), func(x *spec.Refresh) bool { return x != r })
	head, ds := decided(project)
	if len(head.Refreshes) == 0 {
		out.Diagnostics(ds)
		return exitCode(exitError)
	}
	e, err := review.Explain(project, &head.Refreshes[0], c.Args().First())
	if err != nil {
		return err
	}
	// Of what is wrong elsewhere in the spec, validate tells.
	ds = slices.DeleteFunc(ds, func(d diag.Diagnostic) bool {
		return d.Code == schemalock.WithheldCode || !slices.ContainsFunc(e.Claims, func(x engine.Claim) bool {
			return d.Range != nil && x.Range != nil && *d.Range == *x.Range
		})
	})
	out.Diagnostics(ds)
	format := view.Text
	if c.Bool("json") {
		format = view.JSONDocument
	}
	if err := view.ExplainColumn(a.streams, format, e); err != nil {
		return err
	}
	switch {
	case ds.HasErrors():
		return exitCode(exitError)
	case e.Undecided():
		return fmt.Errorf("nothing in the spec decides %s: give it a column block with a mask, or keep it by name",
			e.Name)
	}
	return nil
}
