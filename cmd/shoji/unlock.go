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
		Usage:     "remove the lock of a run that has died",
		ArgsUsage: "ID",
		Flags:     projectFlags(in),
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 {
				return errors.New("unlock takes the ID of a lock (shoji status lists them)")
			}
			return a.inSession(ctx, c, in, func(s *session) error {
				if err := s.store.Break(ctx, c.Args().First()); err != nil {
					return reportError(s.out, "The lock cannot be removed", err)
				}
				s.out.Say("Removed the lock %s.", c.Args().First())
				return nil
			})
		},
	}
}
