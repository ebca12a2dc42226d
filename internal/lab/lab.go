// Package lab keeps two PostgreSQL servers, production and staging, in one directory: for trying shoji
// by hand and for the demo. The servers outlive the process that started them; Down ends them.
package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/shop"
)

// The databases and users of a lab. Masker reads production, Refresher writes staging. Both may
// create databases and roles, so that somebody can try a database of their own; neither is a superuser.
const (
	Database  = "shop"
	Masker    = "masker"
	Refresher = "refresher"
)

// Options says what lab to make.
type Options struct {
	// Dir becomes the lab's. It is made, or is there and empty.
	Dir string
	// Installation holds the server's programs: pgserver.Find finds one.
	Installation pgserver.Installation
	// Shop fills production's database; nil leaves it empty. Staging has no database of that name:
	// the first refresh in mode swap creates it.
	Shop *shop.Options
	// Note is told what begins, in a few words. It may be nil.
	Note func(string)
}

// Lab is a pair of servers.
type Lab struct {
	dir   string
	state state
}

// Up makes a lab and starts its servers. Where it fails or ctx ends, nothing is left behind; where the
// process is killed, Down clears what there is.
func Up(ctx context.Context, o Options) (*Lab, error) {
	note := o.Note
	if note == nil {
		note = func(string) {}
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("finding the lab's directory: %w", err)
	}
	made, err := claim(dir)
	if err != nil {
		return nil, err
	}
	l, err := up(ctx, dir, o, note)
	if err == nil {
		return l, nil
	}
	// What was begun is taken back even when ctx is what ended it.
	cleanup := context.WithoutCancel(ctx)
	if down := Down(cleanup, dir); down != nil {
		return nil, errors.Join(err, fmt.Errorf("clearing the unfinished lab: %w", down))
	}
	if !made {
		// The directory was the caller's: give it back empty.
		err = errors.Join(err, os.MkdirAll(dir, 0o755))
	}
	return nil, err
}

func up(ctx context.Context, dir string, o Options, note func(string)) (*Lab, error) {
	s := state{Kind: kind, Version: stateVersion}
	for _, secret := range []*string{&s.Key, &s.AdminPassword, &s.MaskerPassword, &s.RefresherPassword} {
		*secret = randomHex()
	}
	var err error
	s.Production = pgserver.Server{Dir: productionDir(dir), Installation: o.Installation}
	s.Staging = pgserver.Server{Dir: stagingDir(dir), Installation: o.Installation}
	if s.Production.Port, s.Staging.Port, err = freePorts(); err != nil {
		return nil, err
	}
	// Written before anything starts: from here on Down knows what to end.
	if err := s.write(dir); err != nil {
		return nil, err
	}
	note(fmt.Sprintf("starting two servers of PostgreSQL %s", o.Installation.Version))
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	l := &Lab{dir: dir, state: s}
	if err := l.populate(ctx, o.Shop, note); err != nil {
		return nil, err
	}
	l.state.Ready = true
	if err := l.state.write(dir); err != nil {
		return nil, err
	}
	return l, nil
}

// Open finds the lab in dir.
func Open(dir string) (*Lab, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the lab's directory: %w", err)
	}
	s, err := read(dir)
	if err != nil {
		return nil, err
	}
	if !s.Ready {
		return nil, fmt.Errorf("the lab in %s was not finished: end it with `shoji lab down -dir %s` and make it again",
			dir, dir)
	}
	return &Lab{dir: dir, state: s}, nil
}

// Down ends the lab in dir, finished or not, and removes what it made. A directory that is no lab is
// refused; files that somebody else put into a lab's directory stay, and then the directory does.
func Down(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("finding the lab's directory: %w", err)
	}
	s, err := read(dir)
	if err != nil {
		return err
	}
	s.Production.Dir, s.Staging.Dir = productionDir(dir), stagingDir(dir)
	// Where a server does not stop its data stays, so that Down can be tried again.
	if err := errors.Join(stop(ctx, &s.Production), stop(ctx, &s.Staging)); err != nil {
		return err
	}
	for _, path := range []string{
		productionDir(dir), stagingDir(dir), filepath.Join(dir, stateFile+".new"), filepath.Join(dir, stateFile),
	} {
		if err := remove(path); err != nil {
			return fmt.Errorf("removing the lab: %w", err)
		}
	}
	if left, err := os.ReadDir(dir); err == nil && len(left) > 0 {
		return nil
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing the lab: %w", err)
	}
	return nil
}

// Down ends this lab: see the function Down.
func (l *Lab) Down(ctx context.Context) error { return Down(ctx, l.dir) }

// remove is RemoveAll with patience: what an interrupted initdb left running can write for a moment.
func remove(path string) error {
	var err error
	for range 20 {
		if err = os.RemoveAll(path); err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func randomHex() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // it never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b[:])
}
