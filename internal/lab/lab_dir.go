package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// claim makes dir the lab's: it must be new or empty. Of two processes one wins. It says whether dir
// was made.
func claim(dir string) (made bool, err error) {
	if err := passable(filepath.Dir(dir)); err != nil {
		return false, err
	}
	switch entries, err := os.ReadDir(dir); {
	case errors.Is(err, fs.ErrNotExist):
		made = true
	case err != nil:
		return false, fmt.Errorf("looking at the lab's directory: %w", err)
	case len(entries) > 0:
		if _, err := os.Stat(filepath.Join(dir, stateFile)); err == nil {
			return false, already(dir)
		}
		return false, fmt.Errorf("%s is not empty: a lab needs a directory of its own", dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return false, fmt.Errorf("making the lab's directory: %w", err)
	}
	// As root the servers' user must get through; else nobody but this user has business here.
	mode := fs.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o711
	}
	if err := os.Chmod(dir, mode); err != nil {
		return false, fmt.Errorf("making the lab's directory: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, stateFile), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, already(dir)
	}
	if err != nil {
		return false, fmt.Errorf("making the lab's state: %w", err)
	}
	return made, f.Close()
}

// Is reports whether dir is a lab's, finished or not.
func Is(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, stateFile))
	return err == nil
}

func already(dir string) error {
	return fmt.Errorf("there is a lab in %s already: `shoji lab env -dir %s` says how to reach it, "+
		"`shoji lab down -dir %s` ends it", dir, dir, dir)
}

// passable says whether servers can work below dir. As root they run as another user, who must be
// able to pass every directory above theirs.
func passable(dir string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	for d := dir; ; d = filepath.Dir(d) {
		if info, err := os.Stat(d); err == nil && info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("as root, servers run as an unprivileged user, who cannot enter %s: choose a directory "+
				"that everybody can reach, such as one in /var/tmp", d)
		}
		if d == filepath.Dir(d) {
			return nil
		}
	}
}

// stop ends a server if it runs. A file with its process id can outlive it (a crash, a restart of the
// machine), and that number may be another process's by now: only what also listens is taken for it.
func stop(ctx context.Context, s *pgserver.Server) error {
	text, err := os.ReadFile(filepath.Join(s.Dir, "data", "postmaster.pid"))
	if err != nil {
		return nil
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	pid, err := strconv.Atoi(string(bytes.TrimSpace(first)))
	if err != nil || pid <= 0 {
		return nil
	}
	// A server that was just started writes the file a moment before it listens.
	for deadline := time.Now().Add(2 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			return nil
		}
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp",
			net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)))
		if err == nil {
			_ = conn.Close()
			return s.Stop(ctx)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("stopping PostgreSQL: %w", ctx.Err())
		}
		if time.Now().After(deadline) {
			return nil
		}
	}
}
