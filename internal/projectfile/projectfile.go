// Package projectfile reads and writes the files that a project's directory brings with it. Whoever wrote the project
// may have made one of them a link, a pipe or a device: a link may lead to another file of the directory and nowhere
// else, and only regular files are opened. It imports nothing of this project.
package projectfile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// FS returns the files of dir. Reading one follows the rules of this package.
func FS(dir string) fs.FS { return tree(dir) }

// tree is a directory as an fs.FS.
type tree string

func (t tree) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	root, err := os.OpenRoot(string(t))
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(name) // what a device does when it is opened is not found out
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, notRegular(name)
	}
	if err != nil {
		return nil, explain(root, name, err)
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, explain(root, name, err)
	}
	return f, nil
}

// Read returns the text of a file of dir, which may have at most limit bytes. Where there is none, the error is
// fs.ErrNotExist.
func Read(dir, name string, limit int64) ([]byte, error) {
	return ReadFS(FS(dir), filepath.ToSlash(filepath.Clean(name)), limit)
}

// ReadFS returns the text of a regular file of files, as Read does.
func ReadFS(files fs.FS, name string, limit int64) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, notRegular(name)
	}
	return bounded(f, name, limit)
}

// ReadAny returns the text of a file that the command line names, wherever it is: a pipe may be meant. What lies in the
// directory dir is read as Read does, because the command line names it and the project's author has made it.
func ReadAny(dir, path string, limit int64) ([]byte, error) {
	if name, err := within(dir, path); err == nil {
		return Read(dir, name, limit)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return bounded(f, path, limit)
}

// Replace writes text in the place of a file of dir that there is, or of the one that a link leads to, with its mode:
// whole or not at all.
func Replace(dir, name string, text []byte) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	info, err := root.Stat(name)
	if err != nil {
		return explain(root, name, err)
	}
	if !info.Mode().IsRegular() {
		return notRegular(name)
	}
	target, err := filepath.EvalSymlinks(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	if target, err = within(dir, target); err != nil {
		return err
	}
	return put(root, target, text, info.Mode().Perm())
}

// Write writes a file of dir whole or not at all; a link in its place is replaced, not followed.
func Write(dir, name string, text []byte, mode fs.FileMode) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	return put(root, name, text, mode)
}

func put(root *os.Root, name string, text []byte, mode fs.FileMode) error {
	fresh := filepath.Join(filepath.Dir(name), ".shoji-"+rand.Text())
	f, err := root.OpenFile(fresh, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = root.Remove(fresh) }()
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return root.Rename(fresh, name)
}

// CheckInside returns an error where a path of dir leads out of it by a link. What there is not yet stays.
func CheckInside(dir, path string) error {
	name, err := within(dir, path)
	if err != nil { // it was never said to be in it
		return nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	if _, err := root.Stat(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return explain(root, name, err)
	}
	return nil
}

func bounded(f io.Reader, name string, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("%s is larger than %d MiB, which is more than such a file may have", name, limit>>20)
	}
	return raw, nil
}

// within returns the path from dir to a file below it.
func within(dir, path string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if resolvedPath, err := filepath.EvalSymlinks(dir); err == nil && filepath.IsAbs(path) {
		if name, err := filepath.Rel(resolvedPath, path); err == nil && filepath.IsLocal(name) {
			return name, nil
		}
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	name, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(name) {
		return "", fmt.Errorf("%s is outside of %s", path, dir)
	}
	return name, nil
}

func notRegular(name string) error {
	return fmt.Errorf("%s is not a regular file: move it away, or give it another name", name)
}

// explain says of a link why it is not followed: how an os.Root says it is not for people.
func explain(root *os.Root, name string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if info, lerr := root.Lstat(name); lerr == nil && info.Mode()&fs.ModeSymlink != 0 {
		return fmt.Errorf("%s is a link that leads out of the project's directory: "+
			"put the file itself there, or a relative link to a file of the directory", name)
	}
	return err
}
