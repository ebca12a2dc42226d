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
	flags = append(append(flags, halfFlags()...), allowFlag(), heartbeatFlag(),
		&cli.StringFlag{Name: "out", Usage: "save the plan to `FILE`, for apply FILE"},
		&cli.BoolFlag{Name: "json", Usage: "print JSON lines, the whole plan in the last"},
		&cli.BoolFlag{Name: "markdown", Usage: "print Markdown for a pull request's comment"},
		&cli.BoolFlag{Name: "detailed-exitcode", Usage: "exit 2 if there is something to do"},
	)
	return &cli.Command{
		Name:  "plan",
		Usage: "show what a refresh would do",
		Flags: flags,
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.inSession(ctx, c, in, func(s *session) error { return s.plan(ctx, c) })
		},
	}
}

func (s *session) plan(ctx context.Context, c *cli.Command) error {
	w, err := s.workflow(c)
	if err != nil {
		return err
	}
	p, err := w.Plan(ctx)
	if err != nil {
		return s.report(err)
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
