package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) validateCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "validate",
		Usage: "check the spec without connecting to anything; with schema.lock.json, every column",
		Flags: append(projectFlags(in), &cli.BoolFlag{Name: "json", Usage: "print diagnostics as JSON"}),
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.validate(c, in)
		},
	}
}

func (a *app) validate(c *cli.Command, in *inputs) error {
	project, ds := a.load(c.String("env"), in.list)
	checked := ""
	if !ds.HasErrors() {
		var problems diag.Diagnostics
		checked, problems = validateColumns(project)
		ds.Append(problems...)
		ds.Append(lint.CheckSettings(project)...)
	}
	if c.Bool("json") {
		if err := view.ValidationJSON(a.streams.Out, ds); err != nil {
			return err
		}
	} else {
		view.Diagnostics(a.streams.Err, a.streams.ErrStyle(), ds)
	}
	if ds.HasErrors() {
		return exitCode(exitError)
	}
	if !c.Bool("json") {
		_, err := fmt.Fprintln(a.streams.Out, "The spec is valid."+checked)
		return err
	}
	return nil
}

// validateColumns decides the columns of every refresh from the schema lock, and returns a sentence about what could be
// checked.
func validateColumns(project *spec.Project) (checked string, ds diag.Diagnostics) {
	if len(project.Refreshes) == 0 {
		return "", nil
	}
	lock, err := schemalock.ReadFS(project.Files)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Sprintf(" Its columns could not be checked: there is no %s. To get one: %s", schemalock.FileName,
			schemalock.InspectCommand(project.Refreshes[0].From)), nil
	}
	if err != nil {
		ds.AppendErr("The schema lock cannot be read", err)
		return "", ds
	}
	decided, ds := lock.Resolve(project)
	tables, columns := 0, 0
	for _, d := range decided {
		tables += len(d.Tables)
		for _, t := range d.Tables {
			columns += len(t.Source.Columns)
		}
	}
	if len(decided) == 0 {
		return "", ds
	}
	return fmt.Sprintf(" Checked against %s: %d tables, %d columns.", schemalock.FileName, tables, columns), ds
}

// noArguments refuses arguments that the command would otherwise ignore.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return fmt.Errorf("%s takes no argument, but was given %q", c.Name, c.Args().First())
	}
	return nil
}
