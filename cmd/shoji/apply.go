package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) applyCommand() *cli.Command {
	in := &inputs{}
	flags := append(projectFlags(in), planningFlags()...)
	flags = append(append(flags, halfFlags()...), allowFlag(), lockFlag(), parallelismFlag(),
		&cli.BoolFlag{Name: "auto-approve", Usage: "do not ask"},
		&cli.BoolFlag{Name: "resume", Usage: "go on with the run that was interrupted"},
		&cli.BoolFlag{Name: "json", Usage: "print JSON lines (needs a saved plan or -auto-approve)"},
	)
	return &cli.Command{
		Name:      "apply",
		Usage:     "run a saved plan, or plan, ask and run",
		ArgsUsage: "[PLAN]",
		Flags:     flags,
		Action: func(ctx context.Context, c *cli.Command) error {
			switch {
			case c.Args().Len() > 1:
				return fmt.Errorf("apply takes one saved plan at most, but was given %d arguments", c.Args().Len())
			case c.Bool("resume") && c.Args().Present():
				return errors.New("-resume goes on with the plan of the interrupted run; it takes no saved plan")
			case c.Args().Present():
				if err := refuseBesidePlan(c, "target", "exclude", "var", "var-file", "env", "only",
					"manifest"); err != nil {
					return err
				}
			case !c.Bool("resume") && !c.Bool("auto-approve") && (c.Bool("json") || !a.streams.InTerminal):
				return errors.New("nobody can be asked here: give -auto-approve, or a saved " +
					"plan (shoji plan -out FILE)")
			}
			return a.apply(ctx, c, in)
		},
	}
}

func (a *app) apply(ctx context.Context, c *cli.Command, in *inputs) error {
	var saved *engine.Plan
	out := a.output(c)
	defer out.Close()
	env := c.String("env")
	if file := c.Args().First(); file != "" {
		p, err := engine.ReadPlan(file)
		if err != nil {
			return reported(out, "The plan file cannot be used", err)
		}
		saved, env = p, p.Env
	}
	given := in.list
	if saved != nil {
		given = savedInputs(saved)
	}
	h, err := halfOf(c, saved)
	if err != nil {
		return err
	}
	s, err := a.openHalf(ctx, c, env, given, out, h)
	if err != nil {
		return err
	}
	defer s.Close()
	s.takesUp = c.Bool("resume")
	if saved == nil && s.project.Protected && !c.Bool("resume") {
		return fmt.Errorf("env %q is protected: it wants a saved plan (shoji plan -env %s -out "+
			"FILE, then shoji apply FILE)", env, env)
	}
	return s.whileLocked(ctx, c, "apply", func(ctx context.Context) error { return s.applyLocked(ctx, c, saved) })
}

func (s *session) applyLocked(ctx context.Context, c *cli.Command, saved *engine.Plan) error {
	if c.Bool("resume") {
		return s.resume(ctx, c)
	}
	if err := s.recoverUnfinished(ctx); err != nil {
		return err
	}
	p, err := s.planToApply(ctx, c, saved)
	if err != nil || p == nil {
		return err
	}
	return s.run(ctx, c, p)
}

// planToApply gives the plan to run: the saved one where it still holds, else a new one that the
// user has agreed to. Nil means that there is nothing to do, or that the user said no.
func (s *session) planToApply(ctx context.Context, c *cli.Command, saved *engine.Plan) (*engine.Plan, error) {
	allowed, err := s.allowed(c)
	if err != nil {
		return nil, err
	}
	sel := selection(c)
	if saved != nil {
		sel = engine.Selection{Targets: saved.Targets, Excludes: saved.Excludes}
		allowed = append(allowed, saved.Allowed...)
		if _, err := saved.CheckSeal(s.keyOf); err != nil {
			return nil, s.fail("The plan file cannot be used", err)
		}
	}
	fresh, ds := s.build(ctx, sel, allowed)
	if s.app.stopped() {
		return nil, s.interrupted()
	}
	if saved != nil {
		// What could not be looked at is no move: its own errors say more.
		if moved := engine.Stale(saved, fresh); moved.HasErrors() && !(ds.HasErrors() && unseen(saved, fresh)) {
			s.out.Diagnostics(append(moved, ds...)) // what stands in the way of a new plan says why something is gone
			return nil, exitCode(exitError)
		}
	}
	if ds.HasErrors() {
		s.out.Diagnostics(ds)
		return nil, exitCode(exitError)
	}
	p := fresh
	if saved != nil {
		var changed diag.Diagnostics
		if _, err := saved.CheckSealAs(fresh, s.keyOf); err != nil {
			return nil, s.fail("The plan file cannot be used", err)
		}
		if p, changed = engine.ResolveSaved(saved, fresh, s.providers); changed.HasErrors() {
			s.out.Diagnostics(changed)
			return nil, exitCode(exitError)
		}
	} else if err := s.out.Plan(p); err != nil {
		return nil, fmt.Errorf("printing the plan: %w", err)
	}
	if !p.HasChanges() {
		return nil, nil
	}
	if refused := fresh.CheckHazards(allowed); refused.HasErrors() {
		s.out.Diagnostics(refused)
		return nil, exitCode(exitError)
	}
	if saved == nil && !c.Bool("auto-approve") && !s.app.confirm("Do you want to perform these actions?") {
		s.out.Say("Nothing was done.")
		return nil, exitCode(exitError)
	}
	return p, nil
}

// unseen reports whether a database or an account of the saved plan could not be looked at.
func unseen(saved, fresh *engine.Plan) bool {
	for _, was := range saved.Endpoints {
		if !slices.ContainsFunc(fresh.Endpoints, func(e engine.Endpoint) bool { return e.Address == was.Address }) {
			return true
		}
	}
	for _, was := range saved.Accounts {
		if !slices.ContainsFunc(fresh.Accounts, func(a engine.Account) bool { return a.Address == was.Address }) {
			return true
		}
	}
	return false
}

// savedInputs are the variables as the plan was made with them. Sensitive ones are not in it: they come from where they
// came from.
func savedInputs(p *engine.Plan) []spec.Input {
	var out []spec.Input
	for _, name := range slices.Sorted(maps.Keys(p.Variables)) {
		if text, ok := p.Variables[name].(string); ok && text != secret.Redacted {
			out = append(out, spec.Input{Kind: spec.InputJSON, Value: name + "=" + text})
		}
	}
	return out
}

// confirm asks on the terminal; only "yes" is yes. An interrupt is no.
func (a *app) confirm(question string) bool {
	_, _ = fmt.Fprintf(a.streams.Out, "\n%s\n  Only \"yes\" is taken as yes: ", question)
	answers := make(chan string, 1)
	go func() { // the read itself cannot be ended; the process does so when the answer is no longer wanted
		answer, err := bufio.NewReader(a.streams.In).ReadString('\n')
		if err != nil {
			answer = ""
		}
		answers <- answer
	}()
	select {
	case answer := <-answers:
		return strings.TrimSpace(answer) == "yes"
	case <-a.stop:
		_, _ = fmt.Fprintln(a.streams.Out)
		return false
	}
}
