package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/refresh"
	"github.com/shoji-pg/shoji/spec"
)

// maxPreview is how many rows a preview may show: it is for reading, not for copying.
const maxPreview = 1000

func (a *app) previewCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:      "preview",
		Usage:     "print masked rows of a table, as its refresh would export them",
		ArgsUsage: "TABLE",
		Flags: append(projectFlags(in),
			&cli.IntFlag{Name: "rows", Aliases: []string{"n"}, Value: 10, Usage: "print `N` rows"},
			&cli.StringFlag{Name: "refresh", Usage: "the `ADDRESS` of the refresh, where the spec has several"},
			&cli.StringSliceFlag{
				Name:  "show",
				Usage: "show kept `COLUMNS` although they look personal (comma-separated, * for all)",
			},
			&cli.BoolFlag{Name: "json", Usage: "print the rows as JSON"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			n := c.Int("rows")
			switch {
			case c.Args().Len() != 1:
				return errors.New("preview takes one table, such as public.customers")
			case n < 1 || n > maxPreview:
				return fmt.Errorf("-rows is a number from 1 to %d", maxPreview)
			}
			return a.preview(ctx, c, in)
		},
	}
}

func (a *app) preview(ctx context.Context, c *cli.Command, in *inputs) error {
	out := view.New(a.streams, view.Text, version, a.now)
	defer out.Close()
	s, err := a.open(ctx, c, scope{env: c.String("env"), inputs: in.list}, out)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := oneRefresh(s.project, c.String("refresh"))
	if err != nil {
		return err
	}
	ctx, cancel := a.untilStop(ctx)
	defer cancel()
	p, ds := s.postgres.Preview(ctx, r, refresh.PreviewQuery{
		Table: c.Args().First(),
		Rows:  c.Int("rows"),
		Show:  c.StringSlice("show"),
	})
	out.Diagnostics(s.project.WithSnippets(ds))
	if ds.HasErrors() {
		return exitCode(exitError)
	}
	rows := previewRows(p)
	if c.Bool("json") {
		return view.PreviewJSON(a.streams.Out, rows)
	}
	view.PrintPreview(a.streams, rows)
	return nil
}

// oneRefresh returns the refresh of an address, the only one for "".
func oneRefresh(p *spec.Project, address string) (*spec.Refresh, error) {
	if address != "" {
		return findRefresh(p, address)
	}
	switch len(p.Refreshes) {
	case 0:
		return nil, errors.New("the spec has no refresh")
	case 1:
		return p.Refreshes[0], nil
	}
	return nil, fmt.Errorf("the spec has %d refreshes; choose one: -refresh %s", len(p.Refreshes),
		p.Refreshes[0].Address())
}

// previewRows returns a preview as it is shown.
func previewRows(p *refresh.Preview) view.Preview {
	out := view.Preview{Refresh: p.Refresh, Table: p.Table}
	for _, c := range p.Columns {
		out.Columns = append(out.Columns, view.PreviewColumn{
			Name:   c.Name,
			Type:   c.Type,
			Mask:   c.Mask,
			Masked: c.Masked,
			Hidden: c.Hidden,
		})
	}
	for _, row := range p.Rows {
		values := make([]view.PreviewValue, len(row))
		for i, v := range row {
			values[i] = view.PreviewValue{Text: v.Text, Unchanged: v.Unchanged}
		}
		out.Rows = append(out.Rows, values)
	}
	return out
}
