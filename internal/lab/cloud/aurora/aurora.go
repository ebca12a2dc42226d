// Package aurora is the lab's AWS with servers behind its clusters: clones copy data, parameter groups reach the
// server, and the databases have aws_s3 and aws_commons with Aurora's signatures and errors.
package aurora

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// Config says what there is beside the API.
type Config struct {
	// Dir holds installation, data and snapshots; it is made. As root, everybody must be able to pass the directories
	// above it.
	Dir string
	// Installation is what clusters run on: pgserver.Find finds one. It is extended in Dir.
	Installation pgserver.Installation
	// Servers are there already, by the identifier of the cluster that is made of each: CreateDBCluster of that name
	// takes it instead of a new server. They must run on what Extend gave, and are never stopped or removed.
	Servers map[string]Server
	// PartSize is what a file of an export holds before the next begins; 0 is Aurora's 6 GB.
	PartSize int64
	// Settings are added to the postgresql.conf of new servers.
	Settings map[string]string
}

// Server is a running server and the password of pgserver.Admin.
type Server struct {
	*pgserver.Server
	Password string
}

// Lab is the stand-in and its servers.
type Lab struct {
	*cloud.Cloud
	config       Config
	installation pgserver.Installation
	release      func() // the guard

	mu        sync.Mutex
	clusters  map[string]*storage // by ARN
	copies    map[string]string   // directories of snapshots, by what the API calls their data
	passwords map[string]string   // of the copies' superusers
}

// storage is a cluster's data, and the server on it when it has an instance.
type storage struct {
	mu       sync.Mutex // held while something is done to it
	dir      string
	server   *pgserver.Server // nil where there is no instance
	idle     *pgserver.Server // one that was made with the data, and waits for the first instance
	password string
	lent     bool // somebody else's server
	set      map[string]bool
	stop     context.CancelFunc // of the watch over its spool
}

// patience bounds what hooks wait for.
const patience = 2 * time.Minute

// Start starts the API of c with servers behind it. Close ends both.
func Start(ctx context.Context, c cloud.Config, own Config) (*Lab, error) {
	if err := os.MkdirAll(own.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the lab's directory: %w", err)
	}
	installation, err := Extend(ctx, own.Installation, filepath.Join(own.Dir, "installation"))
	if err != nil {
		return nil, err
	}
	if own.PartSize == 0 {
		own.PartSize = 6 << 30
	}
	lab := &Lab{
		config:       own,
		installation: installation,
		clusters:     map[string]*storage{},
		copies:       map[string]string{},
		passwords:    map[string]string{},
	}
	c.Hooks = cloud.Hooks{
		OnCreate:         lab.create,
		OnClone:          lab.clone,
		OnSnapshot:       lab.snapshot,
		OnRestore:        lab.restore,
		OnInstance:       lab.instance,
		OnParameters:     lab.parameters,
		OnReboot:         lab.reboot,
		OnDeleteInstance: lab.deleteInstance,
		OnDelete:         lab.remove,
	}
	if lab.release, err = guard(own.Dir); err != nil {
		return nil, err
	}
	if lab.Cloud, err = cloud.Start(c); err != nil {
		lab.release()
		return nil, err
	}
	return lab, nil
}

// Close ends the API and the servers, but for those that were lent, and removes their data.
func (l *Lab) Close() error {
	err := l.Cloud.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.clusters {
		err = errors.Join(err, s.end())
	}
	l.release()
	return errors.Join(err, os.RemoveAll(l.config.Dir))
}

// end stops a cluster's server, unless it was lent.
func (s *storage) end() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.halt()
}

func (s *storage) halt() error {
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
	runs := s.runs()
	if runs == nil || s.lent {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := runs.Stop(ctx)
	s.server, s.idle = nil, nil
	return err
}

// runs is the server on the data, seen or not; nil where there is none.
func (s *storage) runs() *pgserver.Server {
	if s.server == nil {
		return s.idle
	}
	return s.server
}

// AdminURL gives the superuser's URL of a database on a cluster that runs, for tests and the demo.
func (l *Lab) AdminURL(clusterARN, database string) (string, error) {
	s, err := l.at(clusterARN)
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server == nil {
		return "", fmt.Errorf("the cluster %s has no instance that runs", clusterARN)
	}
	return s.url(database), nil
}

func (s *storage) url(database string) string {
	return s.runs().URL(pgserver.Admin, s.password, database)
}

// at finds a cluster's storage.
func (l *Lab) at(arn string) (*storage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.clusters[arn]; s != nil {
		return s, nil
	}
	return nil, fmt.Errorf("the lab has no data of %s", arn)
}

func (l *Lab) keep(arn string, s *storage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.clusters[arn] = s
}
