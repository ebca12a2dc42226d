package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/manifest"
	pgsession "github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// load reads the spec of the working directory.
func (a *app) load(env string, in []lang.Input) (*spec.Project, diag.Diagnostics) {
	return lang.Load(".", lang.Options{
		Env:       env,
		Inputs:    in,
		LookupEnv: a.environment(),
		Version:   version,
		Runner:    a.runner,
	})
}

// environment returns how a spec looks up variables of the environment; nil where it may not: they are for a spec that
// somebody has read.
func (a *app) environment() func(string) (string, bool) {
	if a.runner.Untrusted {
		return nil
	}
	return a.lookupEnv
}

// loadValid reads the spec, prints its diagnostics, and fails if there are errors.
func (a *app) loadValid(env string, in []lang.Input, out view.Output) (*spec.Project, error) {
	project, ds := a.load(env, in)
	out.Diagnostics(ds)
	if ds.HasErrors() {
		return nil, exitCode(exitError)
	}
	return project, nil
}

// output returns the Output of a command for -json, -markdown, or text.
func (a *app) output(c *cli.Command) view.Output {
	format := view.Text
	switch {
	case c.Bool("json"):
		format = view.JSON
	case c.Bool("markdown"):
		format = view.Markdown
	}
	return a.outputAs(format)
}

// documentOutput returns the Output of a command whose -json is one document: problems are JSON lines, and nothing else
// is printed beside it.
func (a *app) documentOutput(c *cli.Command) view.Output {
	if c.Bool("json") {
		return a.outputAs(view.JSONDocument)
	}
	return a.outputAs(view.Text)
}

// documentFormat returns the format of a command that prints one report: as text, -json or -markdown.
func documentFormat(c *cli.Command) (view.Format, error) {
	switch {
	case c.Bool("json") && c.Bool("markdown"):
		return view.Text, errors.New("-json and -markdown are two formats: take one of them")
	case c.Bool("json"):
		return view.JSONDocument, nil
	case c.Bool("markdown"):
		return view.Markdown, nil
	}
	return view.Text, nil
}

func (a *app) outputAs(format view.Format) view.Output {
	a.out = view.New(a.streams, format, version, a.now)
	return a.out
}

// scope is what a session is about: an environment of the spec, its variables, and which half of refreshes through a
// bucket, for an import with the manifest of the export.
type scope struct {
	env      string
	inputs   []lang.Input
	only     engine.Half
	manifest string
}

// scopeOf reads the flags of a command.
func scopeOf(c *cli.Command, in *inputs) (scope, error) {
	sc := scope{
		env:      c.String("env"),
		inputs:   in.list,
		only:     engine.Half(c.String("only")),
		manifest: c.String("manifest"),
	}
	if err := checkHalf(sc.only); err != nil {
		return sc, err
	}
	switch {
	case sc.only == engine.OnlyImport && sc.manifest == "":
		return sc, errors.New("-only import needs -manifest, the URL that apply -only export printed")
	case sc.only != engine.OnlyImport && sc.manifest != "":
		return sc, errors.New("-manifest goes with -only import")
	case sc.manifest != "":
		_, err := manifest.ParseURL(sc.manifest)
		return sc, err
	}
	return sc, nil
}

// checkHalf returns an error for what is no half of a refresh.
func checkHalf(only engine.Half) error {
	halves := []string{string(engine.OnlyExport), string(engine.OnlyImport)}
	if only == engine.Whole || slices.Contains(halves, string(only)) {
		return nil
	}
	return fmt.Errorf("-only takes export or import, not %q.%s", only, diag.DidYouMean(string(only), halves))
}

// scopeOfPlan returns what a saved plan was made for. It does not hold sensitive variables: they are read again from
// where they came from.
func scopeOfPlan(p *engine.Plan) scope {
	sc := scope{env: p.Env, only: p.Only, manifest: p.Manifest}
	for _, name := range slices.Sorted(maps.Keys(p.Variables)) {
		if text, ok := p.Variables[name].(string); ok && text != secret.Redacted {
			sc.inputs = append(sc.inputs, lang.Input{Kind: lang.InputJSON, Value: name + "=" + text})
		}
	}
	return sc
}

// session is a loaded project with its providers and its journal. Close it.
type session struct {
	app       *app
	out       view.Output
	scope     scope
	project   *spec.Project
	postgres  *postgres.Provider
	providers engine.Providers
	guards    *postgres.Guards
	store     engine.Store
	// lockTimeout is how long to wait for locks of other runs, and of other sessions on a server.
	lockTimeout time.Duration
}

// open loads the spec, reports what is wrong with it, and makes the providers. Nothing is connected to before a command
// needs it, except a journal that is kept in a database.
func (a *app) open(ctx context.Context, c *cli.Command, sc scope, out view.Output) (*session, error) {
	s, err := a.openWithoutJournal(c, sc, out)
	if err != nil {
		return nil, err
	}
	if s.store, err = s.openStore(ctx); err != nil {
		s.Close()
		return nil, reportError(out, "The journal cannot be opened", err)
	}
	return s, nil
}

// openWithoutJournal is open for a command that runs nothing.
func (a *app) openWithoutJournal(c *cli.Command, sc scope, out view.Output) (*session, error) {
	project, err := a.loadValid(sc.env, sc.inputs, out)
	if err != nil {
		return nil, err
	}
	s := &session{
		app:         a,
		out:         out,
		scope:       sc,
		project:     project,
		guards:      &postgres.Guards{},
		lockTimeout: c.Duration("lock-timeout"),
	}
	s.provide(sc.only, sc.manifest)
	return s, nil
}

// inSession opens a session for what the flags say, calls f with it, and closes it.
func (a *app) inSession(ctx context.Context, c *cli.Command, in *inputs, f func(s *session) error) error {
	sc, err := scopeOf(c, in)
	if err != nil {
		return err
	}
	out := a.output(c)
	defer out.Close()
	s, err := a.open(ctx, c, sc, out)
	if err != nil {
		return err
	}
	defer s.Close()
	return f(s)
}

// provide makes the providers for a half of the refreshes, and closes the earlier ones.
func (s *session) provide(only engine.Half, manifest string) engine.Providers {
	accounts := aws.NewAccounts(s.project)
	sessions := pgsession.New(s.project, pgsession.Options{
		Clusters:    accounts,
		Origins:     accounts,
		LockTimeout: s.lockTimeout,
		Only:        only,
	})
	objects := aws.New(s.project, accounts, aws.Options{Only: only, Setting: sessions.Setting})
	databases := postgres.New(s.project, sessions, postgres.Options{
		Random:   s.app.random,
		Now:      s.app.now,
		Dump:     ddl.SystemFinder(),
		Version:  version,
		Only:     only,
		Manifest: manifest,
		Guards:   s.guards,
		Accounts: objects,
		Objects: func(ctx context.Context, b *spec.Bucket, as *spec.AWS) (stage.Objects, error) {
			return accounts.Bucket(ctx, b, as)
		},
	})
	s.Close()
	s.postgres, s.providers = databases, engine.Providers{databases}
	if len(s.project.AWS) > 0 {
		s.providers = append(s.providers, objects)
	}
	return s.providers
}

// openStore opens the store of the journal that the project block names.
func (s *session) openStore(ctx context.Context) (engine.Store, error) {
	if db := s.project.Journal.Database; db != nil {
		return s.postgres.JournalStore(ctx, db)
	}
	path := s.project.Journal.Path
	if path == "" {
		path = ".shoji"
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(s.project.Dir, path)
	}
	if err := projectfile.CheckInside(s.project.Dir, path); err != nil {
		return nil, fmt.Errorf("%w; for a journal elsewhere, write its place: journal { path = \"/…\" }", err)
	}
	return engine.OpenDir(path, engine.DirOptions{Now: s.app.now, Random: s.app.random})
}

// Close releases connections.
func (s *session) Close() {
	for _, p := range s.providers {
		p.Close()
	}
}

// reportError prints err as diagnostics, and returns the exit code.
func reportError(out view.Output, summary string, err error) error {
	var ds diag.Diagnostics
	ds.AppendErr(summary, err)
	out.Diagnostics(ds)
	return exitCode(exitError)
}
