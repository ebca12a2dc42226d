package main

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

// load reads the spec of the working directory.
func (a *app) load(env string, in []spec.Input) (*spec.Project, diag.Diagnostics) {
	lookup := a.lookupEnv
	if a.runner.Untrusted { // variables of the environment are for a spec that somebody has read
		lookup = nil
	}
	return spec.Load(".", spec.Options{
		Env:       env,
		Inputs:    in,
		LookupEnv: lookup,
		Version:   version,
		Runner:    a.runner,
	})
}

// loaded is load for commands that need a spec without errors: what is wrong with it is shown.
func (a *app) loaded(env string, in []spec.Input, out view.Output) (*spec.Project, error) {
	project, ds := a.load(env, in)
	out.Diagnostics(ds)
	if ds.HasErrors() {
		return nil, exitCode(exitError)
	}
	return project, nil
}

// output chooses how the command speaks: -json, -markdown or text.
func (a *app) output(c *cli.Command) view.Output {
	format := view.Text
	switch {
	case c.Bool("json"):
		format = view.JSON
	case c.Bool("markdown"):
		format = view.Markdown
	}
	return view.New(a.streams, format, version, a.now)
}

// session is a loaded project with what a command needs to look at databases and to keep a
// journal. Close it.
type session struct {
	app       *app
	out       view.Output
	project   *spec.Project
	postgres  *postgres.Provider
	providers []engine.Provider
	guards    *postgres.Guards
	store     engine.Store
	half      half
	// takesUp says that the command goes on with a run or puts it back, and begins none.
	takesUp bool
}

// open loads the spec, reports what is wrong with it, and makes the providers. Nothing is
// connected to before a command asks for it, but for a journal that is kept in a database.
func (a *app) open(ctx context.Context, c *cli.Command, env string, in []spec.Input,
	out view.Output) (*session, error) {
	return a.openHalf(ctx, c, env, in, out, half{})
}

func (a *app) openHalf(ctx context.Context, c *cli.Command, env string, in []spec.Input, out view.Output,
	h half) (*session, error) {
	project, err := a.loaded(env, in, out)
	if err != nil {
		return nil, err
	}
	s := &session{app: a, out: out, project: project, guards: &postgres.Guards{}}
	s.provide(c, h)
	store, err := s.openStore(ctx)
	if err != nil {
		s.Close()
		return nil, s.fail("The journal cannot be opened", err)
	}
	s.store = store
	return s, nil
}

// provide makes the providers, for one half or for both. They connect to nothing before they are asked.
func (s *session) provide(c *cli.Command, h half) {
	var provider *postgres.Provider
	accounts := aws.New(s.project, aws.Options{
		Only: h.only,
		Setting: func(ctx context.Context, database, host string, port int, name string) (string, error) {
			return provider.Setting(ctx, database, host, port, name)
		},
	})
	provider = postgres.New(s.project, postgres.Options{
		Random:      s.app.random,
		Now:         s.app.now,
		LockTimeout: c.Duration("lock-timeout"),
		Dump:        ddl.SystemFinder(),
		Version:     version,
		Only:        h.only,
		Manifest:    h.manifest,
		Guards:      s.guards,
		Clusters:    accounts,
		Accounts:    accounts,
		Objects: func(ctx context.Context, b *spec.Bucket, as *spec.AWS) (stage.Objects, error) {
			return accounts.Bucket(ctx, b, as)
		},
	})
	s.Close()
	s.half, s.postgres, s.providers = h, provider, []engine.Provider{provider}
	if len(s.project.AWS) > 0 {
		s.providers = append(s.providers, accounts)
	}
}

// inSession is for commands that take the project as the flags say: it opens a session, calls f and closes it.
func (a *app) inSession(ctx context.Context, c *cli.Command, in *inputs, f func(s *session) error) error {
	out := a.output(c)
	defer out.Close()
	s, err := a.open(ctx, c, c.String("env"), in.list, out)
	if err != nil {
		return err
	}
	defer s.Close()
	return f(s)
}

// whileLocked runs f with the targets locked. The context that f gets ends when a lock is lost.
func (s *session) whileLocked(ctx context.Context, c *cli.Command, operation string,
	f func(ctx context.Context) error) error {
	ctx, unlock, err := s.lock(ctx, operation, c.Duration("lock-timeout"))
	if err != nil {
		return s.fail("The lock cannot be taken", err)
	}
	defer unlock()
	return f(ctx)
}

// openStore gives the journal's store that the project block names.
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

// fail reports err and gives the exit code.
func (s *session) fail(summary string, err error) error {
	return reported(s.out, summary, err)
}

// interrupted reports that a command was ended before it began to change anything.
func (s *session) interrupted() error {
	s.out.Say("Interrupted. Nothing was changed.")
	return exitCode(exitError)
}

// holder says who this process is, for locks and the journal.
func (a *app) holder(target, operation string) engine.Holder {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return engine.Holder{Target: target, Who: name + "@" + host, PID: os.Getpid(), Operation: operation, Since: a.now()}
}

// build makes the plan of the session's project.
func (s *session) build(ctx context.Context, sel engine.Selection,
	allowed []engine.HazardName) (*engine.Plan, diag.Diagnostics) {
	return s.buildAsBefore(ctx, "", sel, allowed)
}

// buildAsBefore is build as if a run had not begun, whose ID run is; "" is none.
func (s *session) buildAsBefore(ctx context.Context, run string, sel engine.Selection,
	allowed []engine.HazardName) (*engine.Plan, diag.Diagnostics) {
	ctx, cancel := s.app.untilStop(ctx) // there is nothing to finish before a plan
	defer cancel()
	p, ds := engine.Build(ctx, s.providers, engine.BuildOptions{
		ShojiVersion:    version,
		Project:         s.project.Name,
		Env:             s.project.Env,
		SpecDigest:      s.project.Digest,
		VariablesDigest: s.project.VariablesDigest,
		Variables:       shownVariables(s.project),
		Selection:       sel,
		Allowed:         allowed,
		Only:            s.half.only,
		Manifest:        s.half.manifest,
		Before:          run,
		Addresses:       addresses(s.project),
		Needs:           needs(s.project, len(sel.Targets) > 0),
	})
	if !ds.HasErrors() {
		ds.AppendErr("The plan cannot be sealed", p.SealWith(s.keyOf))
	}
	return p, ds
}

// keyOf finds the key that a refresh's plans and journals are sealed with: that of its masks.
func (s *session) keyOf(address string) (*sealed.Key, error) {
	i := slices.IndexFunc(s.project.Refreshes, func(r *spec.Refresh) bool { return r.Address() == address })
	if i < 0 {
		return nil, fmt.Errorf("the spec has no %s any more", address)
	}
	r := s.project.Refreshes[i]
	key, err := s.project.ReadKey(r)
	switch {
	case err != nil:
		return nil, unreadKey{err}
	case r.Key == nil:
		return nil, nil
	}
	return &sealed.Key{Address: r.Key.Address(), Value: key}, nil
}

// unreadKey is a diagnostic that says why a key is not there.
type unreadKey struct{ error }

func (e unreadKey) Is(target error) bool { return target == engine.ErrKeyUnread }
func (e unreadKey) Unwrap() error        { return e.error }

// addresses are what -target and -exclude can name.
func addresses(p *spec.Project) []string {
	var out []string
	for _, r := range p.Refreshes {
		out = append(out, r.Address())
	}
	for _, r := range p.Roles {
		out = append(out, r.Address())
	}
	for _, x := range aws.Objects(p) {
		out = append(out, x.Address())
	}
	return out
}

// needs gives what each block refers to. A refresh that is targeted brings the roles of its target: a copy without its
// privileges is none. An exclusion of a role does not exclude the refresh.
func needs(p *spec.Project, targeted bool) map[string][]string {
	out := map[string][]string{}
	for _, r := range p.References {
		out[r.From] = append(out[r.From], r.To)
	}
	if targeted {
		for _, r := range p.Refreshes {
			for _, role := range p.Roles {
				if role.In == r.To {
					out[r.Address()] = append(out[r.Address()], role.Address())
				}
			}
		}
	}
	return out
}

// shownVariables are the variables as the plan shows them: a sensitive one by its name only.
func shownVariables(p *spec.Project) map[string]any {
	if len(p.Variables) == 0 {
		return nil
	}
	shown := make(map[string]any, len(p.Variables))
	for _, v := range p.Variables {
		shown[v.Name] = v.Text
	}
	return shown
}

// allowed joins the hazards that the env block allows with those of -allow.
func (s *session) allowed(c *cli.Command) ([]engine.HazardName, error) {
	seen := map[engine.HazardName]bool{}
	for _, text := range append(append([]string(nil), s.project.Allow...), c.StringSlice("allow")...) {
		list, err := engine.ParseHazards(text)
		if err != nil {
			return nil, fmt.Errorf("reading -allow: %w", err)
		}
		for _, h := range list {
			seen[h] = true
		}
	}
	var out []engine.HazardName
	for _, h := range engine.HazardNames() {
		if seen[h] {
			out = append(out, h)
		}
	}
	return out, nil
}
