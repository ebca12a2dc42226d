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
	// demoPID is the file with the ID of the process that a demo's directory belongs to. A kept one has none.
	demoPID = "demo.pid"
)

// demoDir creates the directory of a demo, and first removes what killed demos left.
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

// sweepDemos removes what demos of this user left whose processes are gone, with their servers. What may be something
// else stays.
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
		a.say("Removed %s, left by a demo that was killed.", dir)
	}
}

// deadDemo reports whether a directory is that of a demo of this user that has ended. An ID that another process has by
// now counts as alive.
func deadDemo(dir string) bool {
	if !isOwn(dir, fs.ModeDir) || !isOwn(filepath.Join(dir, demoPID), 0) {
		return false
	}
	text, err := os.ReadFile(filepath.Join(dir, demoPID))
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && pid > 0 && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// isOwn reports whether a file is of a type, not behind a link, and owned by this user: others write to the directory
// for temporary files too.
func isOwn(path string, kind fs.FileMode) bool {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != kind {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Geteuid()
}

// keepDemo lets the directory of a demo outlive its process.
func keepDemo(dir string) error {
	if err := os.Remove(filepath.Join(dir, demoPID)); err != nil {
		return fmt.Errorf("keeping the demo: %w", err)
	}
	return nil
}
