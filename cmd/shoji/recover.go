package main

import (
	"context"

	"github.com/urfave/cli/v3"
)

func (a *app) recoverCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "recover",
		Usage: "put back what runs that did not end have left",
		Flags: append(projectFlags(in), lockFlag()),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.inSession(ctx, c, in, func(s *session) error {
				s.takesUp = true
				return s.whileLocked(ctx, c, "recover", s.recoverAll)
			})
		},
	}
}

// recoverAll puts back what there is, and says so where there is nothing.
func (s *session) recoverAll(ctx context.Context) error {
	runs, err := s.unfinished(ctx)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		s.out.Say("Nothing to put back: every run ended.")
		return nil
	}
	return s.recoverUnfinished(ctx)
}
