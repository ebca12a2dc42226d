package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/shoji-pg/shoji/internal/lab"
)

const (
	demoPrefix = "shoji-demo-"
	// demoPID says whose a demo's directory is. One that is kept has none.
	demoPID = "demo.pid"
)

// demoDir makes the directory of a demo, and removes before what demos left that were killed.
func (a *app) demoDir(ctx context.Context) (string, error) {
	a.sweepDemos(ctx)
	dir, err := os.MkdirTemp("", demoPrefix)
	if err != nil {
		return "", err
	}
	err = os.WriteFile(filepath.Join(dir, demoPID), []byte(strconv.Itoa(os.Getpid())), 0o600)
	if err == nil {
		err = os.Chmod(dir, 0o755) // as root the servers run as another user
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// sweepDemos removes what this user's demos left whose processes are gone, servers included. What is not surely one of
// those stays.
func (a *app) sweepDemos(ctx context.Context) {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), demoPrefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		if !deadDemo(dir) {
			continue
		}
		var err error
		if servers := filepath.Join(dir, "lab"); lab.Is(servers) {
			err = lab.Down(ctx, servers)
		}
		if err == nil {
			err = os.RemoveAll(dir)
		}
		if err != nil {
			a.say("A demo that was killed left %s, which cannot be removed: %s", dir, err)
			continue
		}
		a.say("Removed %s, which a demo left that was killed.", dir)
	}
}

// deadDemo reports whether a directory is of a demo of this user that is no more. A number that another process has by
// now counts as alive.
func deadDemo(dir string) bool {
	if !ours(dir, fs.ModeDir) || !ours(filepath.Join(dir, demoPID), 0) {
		return false
	}
	text, err := os.ReadFile(filepath.Join(dir, demoPID))
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// ours reports whether something is of a type, not behind a link, and this user's: others write to the directory for
// temporary files too.
func ours(path string, kind fs.FileMode) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != kind {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// keepDemo lets a demo's directory outlive its process.
func keepDemo(dir string) error {
	if err := os.Remove(filepath.Join(dir, demoPID)); err != nil {
		return fmt.Errorf("keeping the demo: %w", err)
	}
	return nil
}
