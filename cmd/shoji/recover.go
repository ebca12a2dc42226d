package main

import (
	"context"

	"github.com/urfave/cli/v3"
)

func (a *app) recoverCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "recover",
		Usage: "put back what unfinished runs left",
		Flags: append(projectFlags(in), lockFlag(), heartbeatFlag(),
			&cli.BoolFlag{
				Name:  "unsealed",
				Usage: "also put back runs whose journal is not sealed with the keys of the spec",
			}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			return a.inSession(ctx, c, in, func(s *session) error {
				w, err := s.workflow(c)
				if err != nil {
					return err
				}
				return s.report(w.Recover(ctx, c.Bool("unsealed")))
			})
		},
	}
}
