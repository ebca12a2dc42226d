package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/lab"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/internal/view"
)

func (a *app) labCommand() *cli.Command {
	dir := func() cli.Flag {
		return &cli.StringFlag{Name: "dir", Usage: "the lab's `DIR`", Required: true}
	}
	return &cli.Command{
		Name:  "lab",
		Usage: "run a production and a staging server of your own to try shoji with",
		Commands: []*cli.Command{
			{
				Name:  "up",
				Usage: "start both servers",
				Flags: []cli.Flag{
					dir(), &cli.BoolFlag{
						Name:  "empty",
						Usage: "leave production empty instead of filling it with the shop",
					},
				},
				Action: func(ctx context.Context, c *cli.Command) error { return a.labUp(ctx, c) },
			},
			{
				Name:   "env",
				Usage:  "print export lines for the shell: eval \"$(shoji lab env -dir DIR)\"",
				Flags:  []cli.Flag{dir()},
				Action: func(_ context.Context, c *cli.Command) error { return a.labEnv(c) },
			},
			{Name: "down", Usage: "stop both servers and remove them", Flags: []cli.Flag{dir()},
				Action: func(ctx context.Context, c *cli.Command) error {
					if err := lab.Down(ctx, c.String("dir")); err != nil {
						return err
					}
					_, err := fmt.Fprintln(a.streams.Out, "The lab is stopped and removed.")
					return err
				}},
		},
	}
}

func (a *app) labUp(ctx context.Context, c *cli.Command) error {
	installation, err := pgserver.Find(a.lookupEnv)
	if err != nil {
		return err
	}
	o := lab.Options{Dir: c.String("dir"), Installation: installation, Shop: &shop.Options{}, Note: a.note}
	if c.Bool("empty") {
		o.Shop = nil
	}
	if _, err := lab.Up(ctx, o); err != nil {
		return err
	}
	_, err = fmt.Fprintf(a.streams.Out,
		"The lab is up.\nFor the shell:  eval \"$(shoji lab env -dir %s)\"\nTo end it:      shoji lab down -dir %s\n",
		c.String("dir"), c.String("dir"))
	return err
}

// note prints progress to standard error, where no program reads it as a result.
func (a *app) note(text string) { _, _ = fmt.Fprintln(a.streams.Err, text) }

func (a *app) labEnv(c *cli.Command) error {
	l, err := lab.Open(c.String("dir"))
	if err != nil {
		return err
	}
	for _, pair := range l.Env() {
		name, value, _ := strings.Cut(pair, "=")
		if _, err := fmt.Fprintln(a.streams.Out, view.Export(name, value)); err != nil {
			return err
		}
	}
	return nil
}
