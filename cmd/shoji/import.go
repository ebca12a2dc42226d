package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/importer"
	"github.com/shoji-pg/shoji/spec/lang"
)

// maxRules is the largest size of a file of rules: those of the anon extension are a dump.
const maxRules = 256 << 20

// formats are the values of -from.
var formats = map[string]func([]byte) (*importer.Result, error){
	"anon":      importer.Anon,
	"greenmask": importer.Greenmask,
	"pgstream":  importer.Pgstream,
}

func (a *app) importCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:      "import",
		Usage:     "write the masking rules of another tool as table blocks",
		ArgsUsage: "[FILE ...]",
		Flags: append(projectFlags(in),
			&cli.StringFlag{
				Name:  "from",
				Usage: "the `TOOL`: anon (SQL with security labels), greenmask or pgstream (YAML)",
			},
			&cli.StringFlag{Name: "database", Usage: "with -from anon: read the labels of the spec's database `NAME`"},
			&cli.StringFlag{Name: "out", Usage: "write to a new `FILE` instead of the standard output"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			read := formats[c.String("from")]
			switch {
			case !c.IsSet("from"):
				return errors.New("name the tool with -from: anon, greenmask or pgstream")
			case read == nil:
				return fmt.Errorf("-from takes anon, greenmask or pgstream, not %q", c.String("from"))
			case c.IsSet("database") && c.String("from") != "anon":
				return errors.New("-database reads security labels: it goes with -from anon")
			case c.Args().Len() == 0 && !c.IsSet("database"):
				return errors.New("there is nothing to import: name a file")
			}
			out := a.outputAs(view.Text)
			defer out.Close()
			var r *importer.Result
			for _, name := range c.Args().Slice() {
				src, err := projectfile.ReadAny(".", name, maxRules)
				if err != nil {
					return fmt.Errorf("reading the rules: %w", err)
				}
				more, err := read(src)
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				r = appendResult(r, more)
			}
			if c.IsSet("database") {
				more, err := a.liveLabels(ctx, c.String("database"), c.String("env"), in.list, out)
				if err != nil {
					return err
				}
				r = appendResult(r, more)
			}
			return a.writeImport(r, c.String("out"))
		},
	}
}

func appendResult(r, more *importer.Result) *importer.Result {
	if r == nil {
		return more
	}
	r.Append(more)
	return r
}

// liveLabels reads the labels of a database of the spec.
func (a *app) liveLabels(ctx context.Context, name, env string, in []lang.Input,
	out view.Output) (*importer.Result, error) {
	project, err := a.loadValid(env, in, out)
	if err != nil {
		return nil, err
	}
	db, err := databaseNamed(project, name)
	if err != nil {
		return nil, err
	}
	ctx, cancel := a.untilStop(ctx)
	defer cancel()
	labels, err := postgres.Labels(ctx, a.connectors(project)(db))
	if err != nil {
		return nil, reportError(out, "The labels cannot be read", err)
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%s has no security label", db.Address())
	}
	return importer.AnonLabels(labels), nil
}

// writeImport writes the blocks, and reports to standard error how many rules could be mapped.
func (a *app) writeImport(r *importer.Result, file string) error {
	src, err := r.HCL()
	if err != nil {
		return err
	}
	if file == "" {
		_, err = a.streams.Out.Write(src)
	} else {
		err = writeSpecFile(file, src, false)
	}
	if err != nil {
		return err
	}
	mapped, approximate, unmapped := r.Counts()
	_, err = fmt.Fprintf(a.streams.Err, "%d rules of %s: %d mapped, %d approximate, %d unmapped.\n", len(r.Items),
		r.Tool, mapped, approximate, unmapped)
	return err
}
