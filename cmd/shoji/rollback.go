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
		Usage:     "make the previous copy of a refresh the live one; run it again to switch back",
		ArgsUsage: "REFRESH",
		Flags: append(projectFlags(in), lockFlag(), allowFlag(), heartbeatFlag(),
			&cli.BoolFlag{Name: "auto-approve", Usage: "do not ask for confirmation"}, &cli.BoolFlag{
				Name:  "json",
				Usage: "print JSON lines (needs -auto-approve)",
			}),
		Action: func(ctx context.Context, c *cli.Command) error {
			switch {
			case c.Args().Len() != 1:
				return errors.New("rollback takes the address of a refresh, such as refresh.nightly")
			case !c.Bool("auto-approve") && (c.Bool("json") || !a.streams.InTerminal):
				return errors.New("nobody can answer here: add -auto-approve")
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
	w, err := s.workflow(c)
	if err != nil {
		return err
	}
	if !c.Bool("auto-approve") {
		w.Confirm = s.app.confirm
	}
	return s.report(w.Rollback(ctx, func(ctx context.Context) (*engine.Plan, error) {
		p, err := s.postgres.PlanRollback(ctx, r)
		if err == nil {
			s.showRollback(p)
		}
		return p, err
	}))
}

func (s *session) showRollback(p *engine.Plan) {
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
