package main

import (
	"context"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
)

func (a *app) recoverCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "recover",
		Usage: "put back what runs that did not end have left",
		Flags: append(projectFlags(in), lockFlag(),
			&cli.BoolFlag{
				Name:  "unsealed",
				Usage: "put back runs too whose journal is not sealed with the keys of the spec",
			}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.inSession(ctx, c, in, func(s *session) error {
				s.takesUp = true
				return s.whileLocked(ctx, c, "recover", func(ctx context.Context) error {
					return s.recoverAll(ctx, c.Bool("unsealed"))
				})
			})
		},
	}
}

// recoverAll puts back what there is, and says so where there is nothing. unsealed trusts the journal, whatever seals
// it bears.
func (s *session) recoverAll(ctx context.Context, unsealed bool) error {
	runs, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		s.out.Say("Nothing to put back: every run of this project ended.")
		return nil
	}
	if unsealed {
		return s.recoverRuns(ctx, runs, func(ctx context.Context, info engine.RunInfo) (*engine.SavedRun, error) {
			return engine.ReadUnsealed(ctx, s.store, info)
		})
	}
	return s.recoverRuns(ctx, runs, s.readSealed)
}
