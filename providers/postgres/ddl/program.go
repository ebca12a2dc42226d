package ddl

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Program is a pg_dump with its version.
type Program struct {
	Path    string
	Version string // "15.18"
	Major   int    // 15
}

// Finder looks for pg_dump in the places that its fields name.
type Finder struct {
	// Bin is SHOJI_PG_BIN: the only directory to use, if set.
	Bin string
	// Path is PATH.
	Path string
	// Globs match the directories where packages install the programs of each major version.
	Globs []string
}

// SystemFinder returns a Finder for the directories of the environment and those of the packages of Debian, Red Hat,
// Homebrew and Postgres.app.
func SystemFinder() Finder {
	return Finder{Bin: os.Getenv("SHOJI_PG_BIN"), Path: os.Getenv("PATH"), Globs: []string{
		"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
	}}
}

// Find returns the pg_dump for a server of the given major version: that in SHOJI_PG_BIN if it is set, else the oldest
// that is not older than the server. pg_dump refuses servers newer than itself (manual, pg_dump, Notes). If there is
// none, the error names what was found and how to install the right one.
func (f Finder) Find(ctx context.Context, server int) (Program, error) {
	var found []Program
	var failures []error
	for _, dir := range f.dirs() {
		path := filepath.Join(dir, "pg_dump")
		if info, err := os.Stat(path); err != nil || info.IsDir() {
			continue
		}
		p, err := Probe(ctx, path)
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, p)
	}
	var best *Program
	for i, p := range found {
		if p.Major >= server && (best == nil || p.Major < best.Major) {
			best = &found[i]
		}
	}
	if best != nil {
		return *best, nil
	}
	return Program{}, errors.Join(append([]error{f.notFound(server, found)}, failures...)...)
}

func (f Finder) notFound(server int, found []Program) error {
	install := fmt.Sprintf("install the client programs of PostgreSQL %d or later (Debian and Ubuntu: apt install "+
		"postgresql-client-%d; "+
		"macOS: brew install postgresql@%d), or set SHOJI_PG_BIN to the directory that holds pg_dump", server, server,
		server)
	if len(found) == 0 {
		if f.Bin != "" {
			return fmt.Errorf("no pg_dump in SHOJI_PG_BIN (%s) for a source with PostgreSQL %d: %s", f.Bin, server,
				install)
		}
		return fmt.Errorf("no pg_dump found, with which mode swap reads the structure of "+
			"the source (PostgreSQL %d): %s", server, install)
	}
	names := make([]string, len(found))
	for i, p := range found {
		names[i] = p.Path + " is " + p.Version
	}
	return fmt.Errorf("pg_dump is older than the source, which is PostgreSQL %d (%s), and cannot dump it: %s",
		server, strings.Join(names, ", "), install)
}

// Client returns the path of another client program of PostgreSQL.
func (f Finder) Client(name string) (string, error) {
	for _, dir := range f.dirs() {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "",
		fmt.Errorf("no %s found: install the client programs of PostgreSQL (Debian and Ubuntu: apt install "+
			"postgresql-client; macOS: brew install libpq), or set SHOJI_PG_BIN to the directory that holds it", name)
}

// dirs returns the directories to look in, each once.
func (f Finder) dirs() []string {
	if f.Bin != "" {
		return []string{f.Bin}
	}
	dirs := filepath.SplitList(f.Path)
	for _, glob := range f.Globs {
		matches, _ := filepath.Glob(glob) // fails for malformed patterns only
		slices.Sort(matches)
		dirs = append(dirs, matches...)
	}
	var once []string
	for _, d := range dirs {
		if d != "" && !slices.Contains(once, d) {
			once = append(once, d)
		}
	}
	return once
}

// dumpVersion matches "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "… 18beta1".
var dumpVersion = regexp.MustCompile(`\(PostgreSQL\) ((\d+)[.\w]*)`)

// Probe runs one of PostgreSQL's programs with --version.
func Probe(ctx context.Context, path string) (Program, error) {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return Program{}, fmt.Errorf("asking %s for its version: %w", path, err)
	}
	m := dumpVersion.FindStringSubmatch(string(out))
	if m == nil {
		return Program{}, fmt.Errorf("asking %s for its version: unexpected output", path)
	}
	major, err := strconv.Atoi(m[2])
	if err != nil {
		return Program{}, fmt.Errorf("asking %s for its version: %w", path, err)
	}
	return Program{Path: path, Version: m[1], Major: major}, nil
}
