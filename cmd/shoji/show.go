package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
)

func (a *app) showCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "print a saved plan as plan printed it",
		ArgsUsage: "PLAN",
		Flags: []cli.Flag{
			&cli.BoolFlag{Name: "json", Usage: "print the whole plan as JSON"},
			&cli.BoolFlag{Name: "markdown", Usage: "print Markdown for a pull request's comment"},
		},
		Action: func(_ context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return errors.New("show takes one saved plan (shoji plan -out FILE makes one)")
			}
			p, err := engine.ReadPlan(c.Args().First())
			if err != nil {
				return err
			}
			if c.Bool("json") {
				enc := json.NewEncoder(a.streams.Out)
				enc.SetIndent("", "  ")
				enc.SetEscapeHTML(false)
				return enc.Encode(p)
			}
			out := a.output(c)
			defer out.Close()
			if err := out.Plan(p); err != nil {
				return fmt.Errorf("printing the plan: %w", err)
			}
			return nil
		},
	}
}
