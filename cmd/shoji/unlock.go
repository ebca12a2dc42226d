package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"
)

func (a *app) unlockCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:      "unlock",
		Usage:     "take away the lock of a run that is dead",
		ArgsUsage: "ID",
		Flags:     projectFlags(in),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return errors.New("unlock takes the ID of a lock (shoji status lists them)")
			}
			out := a.output(c)
			defer out.Close()
			s, err := a.open(ctx, c, c.String("env"), in.list, out)
			if err != nil {
				return err
			}
			defer s.Close()
			if err := s.store.Break(ctx, c.Args().First()); err != nil {
				return s.fail("The lock cannot be taken away", err)
			}
			out.Say("The lock %s is gone.", c.Args().First())
			return nil
		},
	}
}
