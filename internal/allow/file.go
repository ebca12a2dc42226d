package allow

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/projectfile"
)

// maxFile is far more than any password or key has.
const maxFile = 1 << 20

// ReadFile reads a file that a spec names, relative to the project's directory: one that lies in a directory that the
// spec may read, wherever links lead to. Devices, pipes and what git keeps for itself are nobody's secret.
func (r Runner) ReadFile(name string) ([]byte, error) {
	dir, inside, err := r.find(name)
	if err != nil {
		return nil, err
	}
	raw, err := projectfile.Read(dir, inside, maxFile) // a link that is made meanwhile leads out of it no more
	return raw, plain(err)
}

// CheckFile returns why a spec may not name a file; nil where it may. A file that is not there may be named.
func (r Runner) CheckFile(name string) error {
	_, _, err := r.find(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// LimitsFiles reports whether the environment says which directories may be read.
func (r Runner) LimitsFiles() bool { return r.files.set }

// find returns the directory of the list in which a file really lies, and its path from there.
func (r Runner) find(name string) (dir, inside string, err error) {
	if r.Untrusted {
		return "", "", ErrUntrusted
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(r.dir, name)
	}
	dirs, refusal := []string{"."}, "it is not in the project's directory. Where it is meant to be read, set "+
		Files+"=.,"+filepath.Dir(name)+" in the environment of shoji"
	if r.files.set {
		dirs, refusal = r.files.entries, Files+" does not hold its directory"
	}
	resolvedPath, missing := resolved(name)
	for _, d := range dirs {
		if !filepath.IsAbs(d) {
			d = filepath.Join(r.dir, d)
		}
		top, err := resolved(d)
		inside := within(top, resolvedPath)
		switch {
		case err != nil && missing == nil || inside == "": // a directory that is not there holds nothing
			continue
		case slices.Contains(strings.Split(filepath.ToSlash(resolvedPath), "/"), ".git"):
			return "", "", errors.New("what git keeps in .git is no secret of a spec")
		}
		return top, inside, plain(missing)
	}
	return "", "", errors.New(refusal)
}

// within returns the path from a directory to a file in it; "" where it is not in it.
func within(dir, file string) string {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	if file, err = filepath.Abs(file); err != nil {
		return ""
	}
	rel, err := filepath.Rel(dir, file)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return rel
}

// resolved returns the absolute path of what a name leads to. Of what is not there it is the path where it would be.
func resolved(name string) (string, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	resolvedPath, err := filepath.EvalSymlinks(abs)
	if parent := filepath.Dir(abs); errors.Is(err, os.ErrNotExist) && parent != abs {
		above, _ := resolved(parent) // that it is not there either is known already
		return filepath.Join(above, filepath.Base(abs)), err
	}
	return resolvedPath, err
}

// plain takes the path out of an error: the caller says the file as the spec does.
func plain(err error) error {
	var p *os.PathError
	if errors.As(err, &p) {
		return fmt.Errorf("%w", p.Err)
	}
	return err
}
