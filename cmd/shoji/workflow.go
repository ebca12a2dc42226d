package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/spec"
)

// workflow returns the workflow of the session, with the flags of a command.
func (s *session) workflow(c *cli.Command) (*engine.Workflow, error) {
	allowed, err := s.allowedHazards(c)
	if err != nil {
		return nil, err
	}
	p := s.project
	w := &engine.Workflow{
		Runner: engine.Runner{
			Providers:   s.providers,
			Store:       s.store,
			Parallelism: parallelism(c, p),
			Stop:        s.app.stop,
			Interrupt:   s.app.interrupt,
			KeyOf:       s.keyOf,
			Held:        s.guards.Check,
			Events:      s.out.Event,
			Ticks:       ticks(s.out, c.Duration("heartbeat")),
			Now:         s.app.now,
		},
		Options: engine.BuildOptions{
			ShojiVersion:    version,
			Project:         p.Name,
			Env:             p.Env,
			SpecDigest:      p.Digest,
			VariablesDigest: p.VariablesDigest,
			Variables:       variablesForPlan(p),
			Selection:       engine.Selection{Targets: c.StringSlice("target"), Excludes: c.StringSlice("exclude")},
			Allowed:         allowed,
			Only:            s.scope.only,
			Manifest:        s.scope.manifest,
			Addresses:       addresses(p),
			Needs:           needs(p),
			Companions:      companions(p),
		},
		Named:       p.Named,
		LockServer:  s.lockServer,
		LockTimeout: s.lockTimeout,
		KeepRuns:    cmp.Or(p.Journal.Keep, spec.KeepRuns),
		Provide:     s.provide,
		View:        s.out,
		Who:         userAtHost(),
		PID:         os.Getpid(),
		Random:      s.app.random,
	}
	for _, block := range p.AWS {
		w.Accounts = append(w.Accounts, block.Address())
	}
	for _, db := range p.Databases {
		if slices.ContainsFunc(p.Refreshes, func(r *spec.Refresh) bool { return r.To == db }) ||
			slices.ContainsFunc(p.Roles, func(r *spec.Role) bool { return r.In == db }) {
			w.Databases = append(w.Databases, db.Address())
		}
	}
	return w, nil
}

// report prints what a workflow returned, and chooses the exit code.
func (s *session) report(err error) error {
	var ds diag.Diagnostics
	switch {
	case errors.Is(err, engine.ErrNotDone):
		return exitCode(exitError)
	case errors.As(err, &ds):
		s.out.Diagnostics(s.project.WithSnippets(ds))
		return exitCode(exitError)
	}
	return err
}

// lockServer takes the lock on the server of a database.
func (s *session) lockServer(ctx, patience context.Context, address string, holder engine.Holder,
	wait time.Duration) (held context.Context, release func(), err error) {
	db, err := databaseNamed(s.project, address)
	if err != nil {
		return nil, nil, err
	}
	guard, err := s.postgres.Guard(patience, db, holder, wait)
	if err != nil {
		return nil, nil, err
	}
	return guard.Watch(ctx), func() { guard.Release(ctx) }, nil
}

// ticks returns what sets the times of heartbeats: the pace of the output, or every interval where lines are printed.
func ticks(out view.Output, every time.Duration) func() (<-chan time.Time, func()) {
	pace := out.Pace()
	if every > 0 && !pace.Drawn {
		pace.Every = every
	}
	return func() (<-chan time.Time, func()) {
		ticker := time.NewTicker(pace.Every)
		return ticker.C, ticker.Stop
	}
}

// userAtHost returns the user and the host of this process, for locks and journals.
func userAtHost() string {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return name + "@" + host
}

// parallelism returns how many steps may run at a time.
func parallelism(c *cli.Command, p *spec.Project) int {
	n := c.Int("parallelism")
	if n <= 0 {
		n = 4
		for _, r := range p.Refreshes {
			n = max(n, r.Jobs)
		}
	}
	return n
}

// keyOf returns the key that seals the plans and journals of a refresh, which is the key of its masks.
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

// unreadKey is the error for a key that cannot be read.
type unreadKey struct{ error }

func (e unreadKey) Is(target error) bool { return target == engine.ErrKeyUnread }
func (e unreadKey) Unwrap() error        { return e.error }

// addresses returns what -target and -exclude can name.
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

// needs returns what each block refers to.
func needs(p *spec.Project) map[string][]string {
	out := map[string][]string{}
	for _, r := range p.References {
		out[r.From] = append(out[r.From], r.To)
	}
	return out
}

// companions returns the roles of each refresh's target: a copy is of no use without its privileges, so a targeted
// refresh brings them. An excluded role does not exclude the refresh.
func companions(p *spec.Project) map[string][]string {
	out := map[string][]string{}
	for _, r := range p.Refreshes {
		for _, role := range p.Roles {
			if role.In == r.To {
				out[r.Address()] = append(out[r.Address()], role.Address())
			}
		}
	}
	return out
}

// variablesForPlan returns the variables as a plan shows them: of a sensitive one only the name.
func variablesForPlan(p *spec.Project) map[string]any {
	if len(p.Variables) == 0 {
		return nil
	}
	shown := make(map[string]any, len(p.Variables))
	for _, v := range p.Variables {
		shown[v.Name] = v.Text
	}
	return shown
}

// allowedHazards returns the hazards that the env block or -allow allows.
func (s *session) allowedHazards(c *cli.Command) ([]engine.HazardName, error) {
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
