package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
)

func (a *app) applyCommand() *cli.Command {
	in := &inputs{}
	flags := append(projectFlags(in), planningFlags()...)
	flags = append(append(flags, halfFlags()...), allowFlag(), lockFlag(), parallelismFlag(), heartbeatFlag(),
		&cli.BoolFlag{Name: "auto-approve", Usage: "do not ask for confirmation"},
		&cli.BoolFlag{Name: "resume", Usage: "resume the run that was interrupted"},
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
				if err := refuseWithSavedPlan(c, "target", "exclude", "var", "var-file", "env", "only",
					"manifest"); err != nil {
					return err
				}
			case !c.Bool("resume") && !c.Bool("auto-approve") && (c.Bool("json") || !a.streams.InTerminal):
				return errors.New("nobody can answer here: add -auto-approve, or a saved " +
					"plan (shoji plan -out FILE)")
			}
			return a.apply(ctx, c, in)
		},
	}
}

func (a *app) apply(ctx context.Context, c *cli.Command, in *inputs) error {
	out := a.output(c)
	defer out.Close()
	sc, err := scopeOf(c, in)
	if err != nil {
		return err
	}
	var saved *engine.Plan
	if file := c.Args().First(); file != "" {
		if saved, err = engine.ReadPlan(file); err != nil {
			return reportError(out, "The plan file cannot be used", err)
		}
		sc = scopeOfPlan(saved)
	}
	s, err := a.open(ctx, c, sc, out)
	if err != nil {
		return err
	}
	defer s.Close()
	w, err := s.workflow(c)
	if err != nil {
		return err
	}
	switch {
	case c.Bool("resume"):
		return s.report(w.Resume(ctx))
	case saved != nil:
		return s.report(w.ApplySaved(ctx, saved))
	case s.project.Protected:
		return fmt.Errorf("env %q is protected: it needs a saved plan (shoji plan -env %s -out FILE, then "+
			"shoji apply FILE)", sc.env, sc.env)
	}
	if !c.Bool("auto-approve") {
		w.Confirm = a.confirm
	}
	return s.report(w.Apply(ctx))
}

// confirm asks on the terminal. Only "yes" is yes; an interrupt is no.
func (a *app) confirm(question string) bool {
	_, _ = fmt.Fprintf(a.streams.Out, "\n%s\n  Only \"yes\" is accepted: ", question)
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
