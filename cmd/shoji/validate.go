package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/view"
)

func (a *app) validateCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "validate",
		Usage: "check the spec without connecting to anything",
		Flags: append(projectFlags(in), &cli.BoolFlag{Name: "json", Usage: "print diagnostics as JSON"}),
		Action: func(_ context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			_, ds := a.load(c.String("env"), in.list)
			if c.Bool("json") {
				if err := view.ValidationJSON(a.streams.Out, ds); err != nil {
					return err
				}
			} else {
				view.Diagnostics(a.streams.Err, a.streams.ErrColor, ds)
			}
			if ds.HasErrors() {
				return exitCode(exitError)
			}
			if !c.Bool("json") {
				_, err := fmt.Fprintln(a.streams.Out, "The spec is valid.")
				return err
			}
			return nil
		},
	}
}

// noArguments refuses words that the command would otherwise ignore.
func noArguments(c *cli.Command) error {
	if c.Args().Present() {
		return fmt.Errorf("%s takes no argument, but was given %q", c.Name, c.Args().First())
	}
	return nil
}
