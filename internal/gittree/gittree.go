// Package gittree reads the files of a directory as a revision of its git repository has them. They come from the
// object store, by the git program: nothing is checked out, and no filter, hook or attribute of the repository runs.
package gittree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBytes is how large a file may be that is read, and maxLinks how many links are followed to one.
const (
	maxBytes = 256 << 20
	maxLinks = 10
)

// Tree is a directory in a commit. It is an fs.FS and reads when it is asked. A link may lead to another file of the
// tree and nowhere else.
type Tree struct {
	ctx    context.Context
	dir    string
	prefix string // of dir in the repository, with a slash at its end; "" at the top
	// Commit is the name of the commit's object.
	Commit string
	listed map[string][]entry
}

// ErrNoRevision is why a revision cannot be opened: the repository does not have it.
var ErrNoRevision = errors.New("there is no such revision in the repository")

// Open returns the tree of dir at a revision, in any of the forms that git knows. Its methods end with ctx.
func Open(ctx context.Context, dir, revision string) (*Tree, error) {
	t := &Tree{ctx: ctx, dir: dir, listed: map[string][]entry{}}
	prefix, err := t.git("rev-parse", "--show-prefix")
	if err != nil {
		return nil, err
	}
	t.prefix = strings.TrimSuffix(string(prefix), "\n")
	commit, err := t.git("rev-parse", "--verify", "--quiet", "--end-of-options", revision+"^{commit}")
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return nil, fmt.Errorf("%w: %q", ErrNoRevision, revision)
	}
	if err != nil {
		return nil, err
	}
	t.Commit = strings.TrimSpace(string(commit))
	return t, nil
}

// git runs the program, and returns what it prints. Objects that a partial clone lacks are not fetched.
func (t *Tree) git(args ...string) ([]byte, error) {
	cmd := exec.CommandContext(t.ctx, "git", args...)
	cmd.Dir = t.dir
	cmd.Env = append(os.Environ(), "GIT_NO_LAZY_FETCH=1", "GIT_NO_REPLACE_OBJECTS=1", "GIT_OPTIONAL_LOCKS=0",
		"LC_ALL=C")
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		if text := strings.TrimSpace(problem.String()); text != "" {
			return nil, fmt.Errorf("running git %s: %w: %s", args[0], err, text)
		}
		return nil, fmt.Errorf("running git %s: %w", args[0], err)
	}
	return out.Bytes(), nil
}

// entry is one file or directory of a tree.
type entry struct {
	name string
	mode string // git's: "100644", "120000" for a link, "040000" for a directory, "160000" for a submodule
	id   string
	size int64
}

const (
	modeLink      = "120000"
	modeDirectory = "040000"
)

func (e entry) regular() bool { return strings.HasPrefix(e.mode, "100") }

// list returns what is in a directory of the tree, sorted by name.
func (t *Tree) list(dir string) ([]entry, error) {
	if out, done := t.listed[dir]; done {
		return out, nil
	}
	within := strings.TrimSuffix(t.prefix, "/")
	if dir != "." {
		within = path.Join(within, dir)
	}
	raw, err := t.git("ls-tree", "-z", "-l", "--full-tree", t.Commit+":"+within)
	if err != nil {
		var failed *exec.ExitError
		if errors.As(err, &failed) { // the commit is there, so the directory is not
			return nil, fs.ErrNotExist
		}
		return nil, err
	}
	var out []entry
	for line := range strings.SplitSeq(string(raw), "\x00") {
		facts, name, ok := strings.Cut(line, "\t")
		field := strings.Fields(facts)
		if !ok || len(field) != 4 {
			continue
		}
		size, _ := strconv.ParseInt(field[3], 10, 64) // "-" for what is no file
		out = append(out, entry{name: name, mode: field[0], id: field[2], size: size})
	}
	slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	t.listed[dir] = out
	return out, nil
}

// find returns the entry of a name, and of what a link leads to in place of the link.
func (t *Tree) find(name string) (entry, error) {
	if name == "." {
		return entry{name: ".", mode: modeDirectory}, nil
	}
	for range maxLinks {
		list, err := t.list(path.Dir(name))
		if err != nil {
			return entry{}, err
		}
		i := slices.IndexFunc(list, func(e entry) bool { return e.name == path.Base(name) })
		if i < 0 {
			return entry{}, fs.ErrNotExist
		}
		if list[i].mode != modeLink {
			return list[i], nil
		}
		target, err := t.blob(list[i])
		if err != nil {
			return entry{}, err
		}
		to := path.Join(path.Dir(name), string(target))
		if path.IsAbs(string(target)) || !fs.ValidPath(to) {
			return entry{}, fmt.Errorf("%s is a link that leads out of the project's directory", name)
		}
		name = to
	}
	return entry{}, fmt.Errorf("%s is a link to a link, and so on", name)
}

func (t *Tree) blob(e entry) ([]byte, error) {
	if e.size > maxBytes {
		return nil, fmt.Errorf("%s is larger than %d MiB", e.name, maxBytes>>20)
	}
	return t.git("cat-file", "blob", e.id)
}

// Open opens a file or a directory of the tree.
func (t *Tree) Open(name string) (fs.File, error) {
	fail := func(err error) (fs.File, error) { return nil, &fs.PathError{Op: "open", Path: name, Err: err} }
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	e, err := t.find(name)
	if err != nil {
		return fail(err)
	}
	e.name = path.Base(name)
	switch {
	case e.mode == modeDirectory:
		list, err := t.list(name)
		if err != nil {
			return fail(err)
		}
		return &directory{file: file{entry: e}, left: list}, nil
	case e.regular():
		text, err := t.blob(e)
		if err != nil {
			return fail(err)
		}
		return &file{entry: e, Reader: bytes.NewReader(text)}, nil
	}
	return fail(errors.New("not a regular file"))
}

// file is an open file, and what is known of one.
type file struct {
	entry
	*bytes.Reader
}

func (f *file) Stat() (fs.FileInfo, error) { return info{f.entry}, nil }
func (f *file) Close() error               { return nil }

// directory is an open directory.
type directory struct {
	file
	left []entry
}

func (d *directory) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errors.New("is a directory")}
}

// ReadDir returns the next n entries; all that are left where n is not positive.
func (d *directory) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 || n > len(d.left) {
		if n > 0 && len(d.left) == 0 {
			return nil, io.EOF
		}
		n = len(d.left)
	}
	out := make([]fs.DirEntry, n)
	for i, e := range d.left[:n] {
		out[i] = fs.FileInfoToDirEntry(info{e})
	}
	d.left = d.left[n:]
	return out, nil
}

// info is what is known of an entry. A commit has no times of its files.
type info struct{ entry }

func (i info) Name() string       { return i.name }
func (i info) Size() int64        { return i.size }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return i.mode == modeDirectory }
func (i info) Sys() any           { return nil }

func (i info) Mode() fs.FileMode {
	switch {
	case i.mode == modeDirectory:
		return fs.ModeDir | 0o755
	case i.mode == modeLink:
		return fs.ModeSymlink | 0o777
	case i.regular():
		return 0o644
	}
	return fs.ModeIrregular
}
