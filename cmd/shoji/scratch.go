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

// scratchPID is the file with the ID of the process that a scratch directory belongs to. A kept one has none.
const scratchPID = "shoji.pid"

// scratchNames are how the names of scratch directories begin.
func scratchNames() []string { return []string{demoPrefix, testPrefix} }

const (
	demoPrefix = "shoji-demo-"
	testPrefix = "shoji-tests-"
)

// scratchDir creates a directory for servers that live as long as this process, and first removes what killed ones
// left.
func (a *app) scratchDir(ctx context.Context, prefix string) (string, error) {
	for _, p := range scratchNames() {
		a.sweep(ctx, p)
	}
	dir, err := os.MkdirTemp("", prefix)
	if err != nil {
		return "", err
	}
	err = os.WriteFile(filepath.Join(dir, scratchPID), []byte(strconv.Itoa(os.Getpid())), 0o600)
	if err == nil {
		err = os.Chmod(dir, 0o755) // as root the servers run as another user
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

// sweep removes the scratch directories of this user whose processes are gone, with their servers: a server whose data
// directory is gone ends by itself. What may be something else stays.
func (a *app) sweep(ctx context.Context, prefix string) {
	found, err := filepath.Glob(filepath.Join(os.TempDir(), prefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range found {
		if !isAbandoned(dir) {
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
			a.say("A process that was killed left %s, which cannot be removed: %s", dir, err)
			continue
		}
		a.say("Removed %s, left by a process that was killed.", dir)
	}
}

// isAbandoned reports whether a directory is a scratch one of this user whose process has ended. An ID that another
// process has by now counts as alive.
func isAbandoned(dir string) bool {
	if !isOwn(dir, fs.ModeDir) || !isOwn(filepath.Join(dir, scratchPID), 0) {
		return false
	}
	text, err := os.ReadFile(filepath.Join(dir, scratchPID))
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

// keepScratch lets a scratch directory outlive its process.
func keepScratch(dir string) error {
	if err := os.Remove(filepath.Join(dir, scratchPID)); err != nil {
		return fmt.Errorf("keeping %s: %w", dir, err)
	}
	return nil
}
