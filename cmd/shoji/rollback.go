package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) rollbackCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:      "rollback",
		Usage:     "make the previous copy of a refresh the live one; twice is back again",
		ArgsUsage: "REFRESH",
		Flags:     append(projectFlags(in), lockFlag(), &cli.BoolFlag{Name: "auto-approve", Usage: "do not ask"}, &cli.BoolFlag{Name: "json", Usage: "print JSON lines (needs -auto-approve)"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			switch {
			case c.Args().Len() != 1:
				return errors.New("rollback takes the address of a refresh, such as refresh.nightly")
			case !c.Bool("auto-approve") && (c.Bool("json") || !a.streams.InTerminal):
				return errors.New("nobody can be asked here: give -auto-approve")
			}
			return a.rollback(ctx, c, in)
		},
	}
}

func (a *app) rollback(ctx context.Context, c *cli.Command, in *inputs) error {
	out := a.output(c)
	defer out.Close()
	s, err := a.open(ctx, c, c.String("env"), in.list, out)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := findRefresh(s.project, c.Args().First())
	if err != nil {
		return err
	}
	ctx, unlock, err := s.lock(ctx, "rollback", c.Duration("lock-timeout"))
	if err != nil {
		return s.fail("The lock cannot be taken", err)
	}
	defer unlock()
	if err := s.recoverUnfinished(ctx); err != nil {
		return err
	}
	p, err := s.postgres.PlanRollback(ctx, r)
	if err != nil {
		return s.fail("There is nothing to roll back to", err)
	}
	p.ShojiVersion = version
	for _, step := range p.Steps {
		out.Say("%s: %s", step.ID, step.Title)
		for _, statement := range step.Statements {
			out.Say("  %s", statement.Text)
		}
	}
	if !c.Bool("auto-approve") && !a.confirm("Do you want to roll back?") {
		out.Say("Nothing was done.")
		return exitCode(exitError)
	}
	return s.runAs(ctx, c, p, "rollback")
}

func findRefresh(p *spec.Project, address string) (*spec.Refresh, error) {
	var known []string
	for _, r := range p.Refreshes {
		if r.Address() == address {
			return r, nil
		}
		known = append(known, r.Address())
	}
	return nil, fmt.Errorf("there is no %s.%s", address, diag.DidYouMean(address, known))
}
