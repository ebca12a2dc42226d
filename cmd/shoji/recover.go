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
			out := a.output(c)
			defer out.Close()
			s, err := a.open(ctx, c, c.String("env"), in.list, out)
			if err != nil {
				return err
			}
			defer s.Close()
			ctx, unlock, err := s.lock(ctx, "recover", c.Duration("lock-timeout"))
			if err != nil {
				return s.fail("The lock cannot be taken", err)
			}
			defer unlock()
			runs, err := s.unfinished(ctx)
			if err != nil {
				return err
			}
			if len(runs) == 0 {
				out.Say("Nothing to put back: every run ended.")
				return nil
			}
			return s.recoverUnfinished(ctx)
		},
	}
}
