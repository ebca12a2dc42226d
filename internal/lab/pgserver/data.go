package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// Open starts a server on data that is in c.Dir already, such as CopyData puts there. The settings of c are added,
// c.Port among them.
func Open(ctx context.Context, c Config) (*Server, error) {
	if c.Port == 0 {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		c.Port = port
	}
	s := &Server{Dir: c.Dir, Port: c.Port, Installation: c.Installation}
	lines := fmt.Sprintf("port = %d\n", c.Port)
	for k, v := range c.Settings {
		lines += fmt.Sprintf("%s = '%s'\n", k, strings.ReplaceAll(v, "'", "''"))
	}
	f, err := os.OpenFile(filepath.Join(s.Data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("writing postgresql.conf: %w", err)
	}
	_, err = f.WriteString(lines)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("writing postgresql.conf: %w", err)
	}
	if err := s.run(ctx, "start"); err != nil {
		return nil, fmt.Errorf("starting PostgreSQL: %w\n%s", err, s.logTail())
	}
	return s, nil
}

// Data is the server's data directory.
func (s *Server) Data() string { return s.data() }

// Bounce stops the server and starts it again, as a reboot does.
func (s *Server) Bounce(ctx context.Context) error { return s.run(ctx, "restart", "-m", "fast") }

// CopyData copies a directory with the owners and modes of what is in it; skip leaves paths out, which are relative.
// Files that go while it runs are left out: a server that runs may remove some.
func CopyData(from, to string, skip func(path string) bool) error {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		inner, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if inner != "." && skip(inner) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		return copyEntry(path, filepath.Join(to, inner), d)
	})
	if err != nil {
		return fmt.Errorf("copying a server's data: %w", err)
	}
	return nil
}

func copyEntry(from, to string, d fs.DirEntry) error {
	info, err := d.Info()
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		if err := os.MkdirAll(to, info.Mode().Perm()); err != nil {
			return err
		}
	} else if err := copyFile(from, to, info.Mode().Perm()); err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		if err := os.Chown(to, int(owner.Uid), int(owner.Gid)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

// Share gives the directory of the installation's data files, where extensions are.
func (i Installation) Share(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, i.program("initdb"), "-s", "-D", "/nonexistent")
	cmd.Dir = "/"
	AsUnprivileged(cmd)
	out, err := cmd.CombinedOutput() // it prints the settings to stderr
	if err != nil {
		return "", fmt.Errorf("asking initdb for its settings: %w: %s", err, out)
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		if share, ok := strings.CutPrefix(line, "share_path="); ok {
			return strings.TrimSpace(share), nil
		}
	}
	return "", fmt.Errorf("initdb does not say where its data files are: %s", out)
}
