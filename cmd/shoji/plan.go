package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
)

func (a *app) planCommand() *cli.Command {
	in := &inputs{}
	flags := append(projectFlags(in), planningFlags()...)
	flags = append(append(flags, halfFlags()...), allowFlag(),
		&cli.StringFlag{Name: "out", Usage: "save the plan to `FILE`, for apply FILE"},
		&cli.BoolFlag{Name: "json", Usage: "print JSON lines, the whole plan in the last"},
		&cli.BoolFlag{Name: "markdown", Usage: "print Markdown for a pull request's comment"},
		&cli.BoolFlag{Name: "detailed-exitcode", Usage: "exit 2 when there is something to do"},
	)
	return &cli.Command{
		Name:  "plan",
		Usage: "show what a refresh would do",
		Flags: flags,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			h, err := halfOf(c, nil)
			if err != nil {
				return err
			}
			out := a.output(c)
			defer out.Close()
			s, err := a.openHalf(ctx, c, c.String("env"), in.list, out, h)
			if err != nil {
				return err
			}
			defer s.Close()
			return s.plan(ctx, c)
		},
	}
}

func (s *session) plan(ctx context.Context, c *cli.Command) error {
	allowed, err := s.allowed(c)
	if err != nil {
		return err
	}
	p, ds := s.build(ctx, selection(c), allowed)
	if s.app.stopped() {
		return s.interrupted()
	}
	if ds.HasErrors() {
		s.out.Diagnostics(ds)
		return exitCode(exitError)
	}
	if err := s.out.Plan(p); err != nil {
		return fmt.Errorf("printing the plan: %w", err)
	}
	if file := c.String("out"); file != "" {
		if err := engine.WritePlan(file, p); err != nil {
			return err
		}
		s.out.Say("\nSaved the plan to %s. To perform exactly these actions, run:\n  shoji apply %s", file, file)
	}
	if c.Bool("detailed-exitcode") && p.HasChanges() {
		return exitCode(exitChanges)
	}
	return nil
}
