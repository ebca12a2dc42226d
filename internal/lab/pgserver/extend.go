package pgserver

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Extend gives an installation that also has the extensions whose files are in files. It is a mirror of the installed
// one in dir, made of links: PostgreSQL finds its files relative to where the program is, so the programs alone are
// copies. The installed one is left as it is.
func (i Installation) Extend(ctx context.Context, files fs.FS, dir string) (Installation, error) {
	share, err := i.Share(ctx)
	if err != nil {
		return i, err
	}
	bin, err := filepath.EvalSymlinks(i.Bin)
	if err != nil {
		return i, fmt.Errorf("finding the server's programs: %w", err)
	}
	if share, err = filepath.EvalSymlinks(share); err != nil {
		return i, fmt.Errorf("finding the server's files: %w", err)
	}
	m := mirror{
		root: common(bin, share), to: dir, bin: bin, extension: filepath.Join(share, "extension"), files: files,
	}
	if err := m.folder(m.root); err != nil {
		return i, fmt.Errorf("mirroring the installation: %w", err)
	}
	i.Bin = m.place(bin)
	return i, nil
}

// common gives the deepest directory that is above both.
func common(a, b string) string {
	for dir := a; ; dir = filepath.Dir(dir) {
		if within(b, dir) {
			return dir
		}
	}
}

func within(path, dir string) bool {
	return path == dir || dir == "/" || strings.HasPrefix(path, dir+"/")
}

type mirror struct {
	root, to, bin, extension string
	files                    fs.FS
}

func (m mirror) place(path string) string {
	inner, _ := filepath.Rel(m.root, path) // it is within
	return filepath.Join(m.to, inner)
}

// folder mirrors one: what leads to the programs or the extensions is made, everything else linked.
func (m mirror) folder(dir string) error {
	if err := os.MkdirAll(m.place(dir), 0o755); err != nil {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case e.IsDir() && (within(m.bin, path) || within(m.extension, path)):
			err = m.folder(path)
		case dir == m.bin && slices.Contains([]string{"postgres", "pg_ctl", "initdb"}, e.Name()):
			err = program(path, m.place(path))
		default:
			err = os.Symlink(path, m.place(path))
		}
		if err != nil {
			return err
		}
	}
	if dir == m.extension {
		return m.extend()
	}
	return nil
}

func program(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o755)
}

func (m mirror) extend() error {
	return fs.WalkDir(m.files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(m.files, path)
		if err != nil {
			return err
		}
		to := filepath.Join(m.place(m.extension), d.Name())
		_ = os.Remove(to) // a link to an installed one of that name
		return os.WriteFile(to, text, 0o644)
	})
}
