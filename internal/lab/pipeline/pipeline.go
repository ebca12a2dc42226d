// Package pipeline is the lab's AWS as a team has it before its first refresh: an account with a production cluster
// that holds a shop, an account with an empty staging cluster, a role in each that shoji works as, and nothing else.
// For the demo and for tests of the whole.
package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/shop"
)

// The accounts, and what is in them before the first refresh.
const (
	Production = "111111111111"
	Staging    = "222222222222"
	// Runner is the role in each account that shoji assumes. A profile of each account, prod and staging, may.
	Runner = "shoji-runner"
)

// Options says what accounts to make.
type Options struct {
	// Dir is made, and removed at the end.
	Dir          string
	Installation pgserver.Installation
	// Shop fills production; nil leaves it without a table.
	Shop *shop.Options
	// Cloud and PartSize are passed on.
	Cloud    cloud.Config
	PartSize int64
	// Settings are added to the servers'.
	Settings map[string]string
	// Note is told what begins. It may be nil.
	Note func(string)
}

// Lab is both accounts.
type Lab struct {
	*aurora.Lab
	dir       string
	key       string
	family    string            // of parameter groups
	passwords map[string]string // by database user
	profiles  map[string]cloud.Credentials
	sdk       map[string]string
	clusters  map[string]*cluster // by profile
}

// Up makes the accounts. Where it fails or ctx ends, nothing is left behind.
func Up(ctx context.Context, o Options) (*Lab, error) {
	if o.Note == nil {
		o.Note = func(string) {}
	}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the lab's directory: %w", err)
	}
	l := &Lab{
		dir:       o.Dir,
		key:       random(),
		family:    fmt.Sprintf("aurora-postgresql%d", o.Installation.Major),
		passwords: map[string]string{},
		profiles:  map[string]cloud.Credentials{},
		clusters:  map[string]*cluster{},
	}
	o.Note("starting the lab's AWS")
	var err error
	l.Lab, err = aurora.Start(ctx, o.Cloud, aurora.Config{
		Dir:          filepath.Join(o.Dir, "aws"),
		Installation: o.Installation,
		PartSize:     o.PartSize,
		Settings:     o.Settings,
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(o.Dir))
	}
	if err := l.furnish(ctx, o); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// furnish makes what is in the accounts.
func (l *Lab) furnish(ctx context.Context, o Options) (err error) {
	l.passwords[master] = random()
	for profile, account := range map[string]string{"prod": Production, "staging": Staging} {
		if l.profiles[profile], err = l.Credentials(account); err != nil {
			return err
		}
	}
	if l.sdk, err = cloud.SignIn(l.dir, l.profiles); err != nil {
		return err
	}
	o.Note(fmt.Sprintf("creating the clusters shop-prod in account %s and shop-staging in account %s", Production,
		Staging))
	group, both := errgroup.WithContext(ctx)
	for profile := range l.profiles {
		c := &cluster{
			name:     "shop-" + profile,
			api:      l.Config(profile),
			major:    o.Installation.Major,
			password: l.passwords[master],
		}
		l.clusters[profile] = c
		group.Go(func() error {
			if err := makeRunner(both, c.api); err != nil {
				return err
			}
			return c.create(both)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return l.populate(ctx, o.Shop, o.Note)
}

// Close ends everything and removes it.
func (l *Lab) Close() error {
	return errors.Join(l.Lab.Close(), os.RemoveAll(l.dir))
}

// Secrets are the key of the masks and the keys of the profiles: they must be found nowhere but in the environment.
func (l *Lab) Secrets() []string {
	out := []string{l.key}
	for _, c := range l.profiles {
		out = append(out, c.AccessKey, c.Secret)
	}
	return out
}

// Passwords are those of database users. Who refreshes has none.
func (l *Lab) Passwords() []string { return slices.Sorted(maps.Values(l.passwords)) }

// Logs returns what the servers of both clusters, and of the clones that exist, have logged, by the path of the log.
func (l *Lab) Logs() map[string]string {
	logs := map[string]string{}
	files, _ := filepath.Glob(filepath.Join(l.dir, "aws", "clusters", "*", "server.log"))
	for _, file := range files {
		if text, err := os.ReadFile(file); err == nil { // a clone may go meanwhile
			logs[file] = string(text)
		}
	}
	return logs
}

func random() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // it never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}
