package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/examples"
	"github.com/shoji-pg/shoji/internal/lab/pipeline"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/internal/view"
)

// demoAWS refreshes a copy between two accounts of the lab's AWS. They live in this process and end with it.
func (a *app) demoAWS(ctx context.Context, c *cli.Command) (err error) {
	installation, dir, err := a.prepareDemo(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	begun := a.now()
	a.heading("Two AWS accounts, stood in for on this machine (their clusters are PostgreSQL %s)", installation.Version)
	starting, cancel := a.untilStop(ctx)
	l, err := pipeline.Up(starting, pipeline.Options{
		Dir:          filepath.Join(dir, "lab"),
		Installation: installation,
		Shop:         &shop.Options{},
		Note:         func(text string) { a.say("  %s", text) },
	})
	cancel()
	if err != nil && a.stopped() {
		a.say("Interrupted. Nothing is left.")
		return exitCode(exitError)
	}
	if err != nil {
		return err
	}
	defer func() {
		if failed := l.Close(); failed != nil && err == nil {
			err = failed
		}
	}()
	project := filepath.Join(dir, "shop")
	if err := examples.WriteAurora(project); err != nil {
		return err
	}
	if err := a.enterLab(project, l.Env()); err != nil {
		return err
	}
	for name, value := range l.SDK() { // the SDK asks the process, not the app
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	if err := a.refreshAWS(ctx, c, l); err != nil {
		if a.stopped() {
			a.say("\nThis was the demo: its accounts and clusters are gone, and so is what the run made.")
		}
		return err
	}
	a.heading("Done in %d s", int(a.now().Sub(begun).Round(time.Second).Seconds()))
	if !c.Bool("keep") {
		a.say("Accounts and clusters are gone again. To keep them and try more:  shoji demo -aws -keep")
		a.say("Your own: examples/aurora is the spec that ran here; docs/aurora.md goes from " +
			"nothing to the first refresh.")
		return nil
	}
	return a.keepAWS(ctx, l, dir, project)
}

// refreshAWS creates everything in empty accounts and refreshes as the commands do, then plans again.
func (a *app) refreshAWS(ctx context.Context, c *cli.Command, l *pipeline.Lab) error {
	if err := a.refreshDemo(ctx, c, l.Peek); err != nil {
		return err
	}
	out := a.outputAs(view.Text)
	defer out.Close()
	s, err := a.open(ctx, c, scope{}, out) // nothing is remembered
	if err != nil {
		return err
	}
	defer s.Close()
	a.heading("shoji plan -exclude refresh.nightly, again")
	w, err := s.workflow(c)
	if err != nil {
		return err
	}
	w.Options.Selection.Excludes = []string{"refresh.nightly"}
	p, err := w.Plan(ctx)
	if err != nil {
		return s.report(err)
	}
	return out.Plan(p)
}

// keepAWS waits for an interrupt: the accounts live in this process.
func (a *app) keepAWS(ctx context.Context, l *pipeline.Lab, dir, project string) error {
	var b strings.Builder
	for _, pair := range l.Env() {
		name, value, _ := strings.Cut(pair, "=")
		fmt.Fprintln(&b, view.Export(name, value))
	}
	file := filepath.Join(dir, "env")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		return err
	}
	a.say(`The accounts live as long as this process: Ctrl-C ends them. In another terminal, try:
  cd %s && . %s
  shoji connect staging
  shoji connect staging -as analyst -- -c 'SELECT first_name, email FROM customers LIMIT 3'
  shoji plan
  shoji apply
  shoji plan -only export -out export.plan && shoji apply export.plan
  shoji status`, project, file)
	select {
	case <-a.stop:
	case <-ctx.Done():
	}
	return nil
}
