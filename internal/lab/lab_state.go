package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// stateFile is what makes a directory a lab. It holds passwords, so only its owner may read it.
const (
	stateFile    = "lab.json"
	kind         = "shoji lab"
	stateVersion = 1
)

// state is what a later process needs to know.
type state struct {
	Kind              string          `json:"kind"`
	Version           int             `json:"version"`
	Ready             bool            `json:"ready"`
	Production        pgserver.Server `json:"production"`
	Staging           pgserver.Server `json:"staging"`
	Key               string          `json:"key"`
	AdminPassword     string          `json:"admin_password"`
	MaskerPassword    string          `json:"masker_password"`
	RefresherPassword string          `json:"refresher_password"`
}

// write replaces the state file in one step, so that a kill leaves the old one or the new one.
func (s state) write(dir string) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("writing %s: %w", stateFile, err)
	}
	fresh := filepath.Join(dir, stateFile+".new")
	if err := os.WriteFile(fresh, append(text, '\n'), 0o600); err != nil {
		return fmt.Errorf("writing the lab's state: %w", err)
	}
	if err := os.Rename(fresh, filepath.Join(dir, stateFile)); err != nil {
		return fmt.Errorf("writing the lab's state: %w", err)
	}
	return nil
}

// read gives the state of the lab in dir. A lab that was killed before it began has none yet: that is
// the zero state.
func read(dir string) (state, error) {
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, fmt.Errorf("there is no lab in %s (no %s): `shoji lab up -dir %s` makes one", dir, stateFile,
			dir)
	}
	if err != nil {
		return state{}, fmt.Errorf("reading the lab's state: %w", err)
	}
	if len(text) == 0 {
		return state{}, nil
	}
	var s state
	if err := json.Unmarshal(text, &s); err != nil || s.Kind != kind {
		return state{}, fmt.Errorf("%s is not a lab's: %s holds something else", dir, stateFile)
	}
	if s.Version != stateVersion {
		return state{}, fmt.Errorf("the lab in %s was made by another version of shoji (its format is %d, not %d)", dir,
			s.Version, stateVersion)
	}
	return s, nil
}

func productionDir(dir string) string { return filepath.Join(dir, "prod") }
func stagingDir(dir string) string    { return filepath.Join(dir, "staging") }

// start starts both servers at once: making a cluster is most of the time.
func (s *state) start(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for name, server := range map[string]*pgserver.Server{"production": &s.Production, "staging": &s.Staging} {
		group.Go(func() error {
			started, err := pgserver.Start(ctx, pgserver.Config{
				Installation: server.Installation,
				Dir:          server.Dir,
				Port:         server.Port,
				Settings:     map[string]string{"cluster_name": "shoji lab: " + name},
			})
			if err != nil {
				return fmt.Errorf("starting the lab's %s: %w", name, err)
			}
			*server = *started
			return nil
		})
	}
	return group.Wait()
}

// freePorts gives two ports that nobody listens on. Both are held until both are known, so they differ.
func freePorts() (a, b int, err error) {
	var ports [2]int
	for i := range ports {
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", "0"))
		if err != nil {
			return 0, 0, fmt.Errorf("finding a free port: %w", err)
		}
		defer func() { _ = l.Close() }()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			return 0, 0, fmt.Errorf("finding a free port: %w", err)
		}
		if ports[i], err = strconv.Atoi(port); err != nil {
			return 0, 0, fmt.Errorf("finding a free port: %w", err)
		}
	}
	return ports[0], ports[1], nil
}
