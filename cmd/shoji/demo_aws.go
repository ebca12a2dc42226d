package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/examples"
	"github.com/shoji-pg/shoji/internal/lab/accounts"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/internal/view"
)

// demoAWS runs the pipeline between two accounts of the lab's AWS, which live in this process: they are gone when it ends.
func (a *app) demoAWS(ctx context.Context, c *cli.Command) (err error) {
	installation, err := pgserver.Find(a.lookupEnv)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "shoji-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil { // as root the servers run as another user
		return err
	}
	begun := a.now()
	a.heading("Two AWS accounts, stood in for on this machine (clusters are PostgreSQL %s)", installation.Version)
	starting, cancel := a.untilStop(ctx)
	l, err := accounts.Up(starting, accounts.Options{Dir: filepath.Join(dir, "lab"), Installation: installation, Shop: &shop.Options{}, Cloud: cloud.Config{}, Note: func(text string) { a.say("  %s", text) }})
	cancel()
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
	if err := a.in(project, l.Env()); err != nil {
		return err
	}
	for name, value := range l.SDK() { // the SDK asks the process, not the app
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	out := view.New(a.streams, view.Text, version, a.now)
	defer out.Close()
	s, err := a.open(ctx, c, "", nil, out)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.demonstrate(ctx, c, engine.Selection{}, nil); err != nil {
		return err
	}
	if err := a.compare(ctx, l.Peek); err != nil {
		return err
	}
	_ = begun
	_ = time.Second
	return nil
}
