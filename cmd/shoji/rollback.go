package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) rollbackCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:      "rollback",
		Usage:     "make the previous copy of a refresh the live one; twice is back again",
		ArgsUsage: "REFRESH",
		Flags: append(projectFlags(in), lockFlag(), allowFlag(),
			&cli.BoolFlag{Name: "auto-approve", Usage: "do not ask"}, &cli.BoolFlag{
				Name:  "json",
				Usage: "print JSON lines (needs -auto-approve)",
			}),
		Action: func(ctx context.Context, c *cli.Command) error {
			switch {
			case c.Args().Len() != 1:
				return errors.New("rollback takes the address of a refresh, such as refresh.nightly")
			case !c.Bool("auto-approve") && (c.Bool("json") || !a.streams.InTerminal):
				return errors.New("nobody can be asked here: give -auto-approve")
			}
			return a.inSession(ctx, c, in, func(s *session) error { return s.rollback(ctx, c) })
		},
	}
}

func (s *session) rollback(ctx context.Context, c *cli.Command) error {
	r, err := findRefresh(s.project, c.Args().First())
	if err != nil {
		return err
	}
	return s.whileLocked(ctx, c, "rollback", func(ctx context.Context) error { return s.rollbackLocked(ctx, c, r) })
}

func (s *session) rollbackLocked(ctx context.Context, c *cli.Command, r *spec.Refresh) error {
	if err := s.recoverUnfinished(ctx); err != nil {
		return err
	}
	p, err := s.postgres.PlanRollback(ctx, r)
	if err != nil {
		return s.fail("There is nothing to roll back to", err)
	}
	p.ShojiVersion = version
	allowed, err := s.allowed(c)
	if err != nil {
		return err
	}
	for _, refresh := range p.Refreshes {
		for _, note := range refresh.Notes {
			s.out.Say("%s: %s", refresh.Address, note)
		}
	}
	for _, step := range p.Steps {
		s.out.Say("%s: %s", step.ID, step.Title)
		for _, statement := range step.Statements {
			s.out.Say("  %s", statement.Text)
		}
	}
	if refused := p.CheckHazards(allowed); refused.HasErrors() {
		s.out.Diagnostics(refused)
		return exitCode(exitError)
	}
	if !c.Bool("auto-approve") && !s.app.confirm("Do you want to roll back?") {
		s.out.Say("Nothing was done.")
		return exitCode(exitError)
	}
	return s.runAs(ctx, c, p, engine.CommandRollback)
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
