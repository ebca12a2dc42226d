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
	"github.com/shoji-pg/shoji/internal/lab"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/internal/view"
)

func (a *app) demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "a masked copy of a shop's database, from nothing, in a minute",
		Flags: []cli.Flag{
			&cli.BoolFlag{
				Name: "aws",
				Usage: "the same between two AWS accounts, which the lab stands in for: clone, aws_s3, KMS, import " +
					"in the other account",
			},
			&cli.BoolFlag{Name: "keep", Usage: "leave the lab running"},
			parallelismFlag(),
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if c.Bool("aws") {
				return a.demoAWS(ctx, c)
			}
			return a.demo(ctx, c)
		},
	}
}

// demo refreshes a copy between two servers of its own, and leaves nothing behind without -keep.
func (a *app) demo(ctx context.Context, c *cli.Command) (err error) {
	installation, dir, err := a.prepareDemo(ctx)
	if err != nil {
		return err
	}
	keep := false
	defer func() {
		if !keep {
			_ = os.RemoveAll(dir)
		}
	}()
	ctx, cancel := a.untilStop(ctx)
	defer cancel()
	begun := a.now()
	a.heading("Starting a production and a staging server (PostgreSQL %s)", installation.Version)
	l, err := lab.Up(ctx, lab.Options{
		Dir:          filepath.Join(dir, "lab"),
		Installation: installation,
		Shop:         &shop.Options{},
		Note:         func(text string) { a.say("  %s", text) },
	})
	if err != nil {
		return err
	}
	defer func() {
		if keep {
			return
		}
		down, done := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer done()
		if failed := l.Down(down); failed != nil && err == nil {
			err = failed
		}
	}()
	project := filepath.Join(dir, "shop")
	if err := examples.WriteShop(project); err != nil {
		return err
	}
	if err := a.enterLab(project, l.Env()); err != nil {
		return err
	}
	if err := a.refreshDemo(ctx, c, l.Peek); err != nil {
		return err
	}
	if c.Bool("keep") {
		if err := keepScratch(dir); err != nil {
			return err
		}
		keep = true
	}
	a.printNextSteps(dir, project, keep, a.now().Sub(begun))
	return nil
}

// prepareDemo finds PostgreSQL, and creates the directory of a demo.
func (a *app) prepareDemo(ctx context.Context) (pgserver.Installation, string, error) {
	installation, err := pgserver.Find(a.lookupEnv)
	if err != nil {
		return installation, "", err
	}
	dir, err := a.scratchDir(ctx, demoPrefix)
	return installation, dir, err
}

// enterLab makes the app see the environment of a lab, and work in a directory from now on.
func (a *app) enterLab(project string, environment []string) error {
	values := map[string]string{}
	for _, pair := range environment {
		name, value, _ := strings.Cut(pair, "=")
		values[name] = value
	}
	outer := a.lookupEnv
	a.lookupEnv = func(name string) (string, bool) {
		if v, ok := values[name]; ok {
			return v, true
		}
		return outer(name)
	}
	return os.Chdir(project)
}

// refreshDemo plans and applies as the commands do, and shows rows of both sides.
func (a *app) refreshDemo(ctx context.Context, c *cli.Command, peek func(context.Context) ([]lab.Row, error)) error {
	out := a.outputAs(view.Text)
	defer out.Close()
	s, err := a.open(ctx, c, scope{}, out)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.planAndApply(ctx, c); err != nil {
		return err
	}
	a.heading("The same customers in production and in the copy")
	rows, err := peek(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		view.Compare(a.streams, r.Columns, r.Production, r.Staging)
	}
	return nil
}

// planAndApply plans and applies as the commands do.
func (s *session) planAndApply(ctx context.Context, c *cli.Command) error {
	w, err := s.workflow(c)
	if err != nil {
		return err
	}
	s.app.heading("shoji plan")
	p, err := w.Plan(ctx)
	if err != nil {
		return s.report(err)
	}
	if err := s.out.Plan(p); err != nil {
		return err
	}
	s.app.heading("shoji apply")
	return s.report(w.Run(ctx, p))
}

func (a *app) printNextSteps(dir, project string, keep bool, took time.Duration) {
	a.heading("Done in %d s", int(took.Round(time.Second).Seconds()))
	if !keep {
		a.say("The servers are gone again. To keep them and try more:  shoji demo -keep")
		a.say("Your own database: examples/shop is the spec that ran here; docs/spec.md explains it.")
		return
	}
	a.say("The servers run on. Try:\n  cd %s\n  eval \"$(shoji lab env -dir %s/lab)\"\n"+
		"  psql \"$SHOJI_STAGING_URL\"\n  shoji status\n  shoji plan\n  shoji apply\n"+
		"  shoji rollback refresh.nightly\nTo end it:\n  shoji lab down -dir %s/lab && rm -r %s", project, dir, dir,
		dir)
}

func (a *app) heading(format string, args ...any) {
	view.Heading(a.streams, fmt.Sprintf(format, args...))
}
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintf(a.streams.Out, format+"\n", args...)
}
