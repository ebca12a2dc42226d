// Package pgserver starts and stops PostgreSQL servers from binaries that are installed, for tests,
// the demo and the lab. As root the servers run as an unprivileged user, because PostgreSQL refuses to
// run as root.
package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
)

// Installation is a directory of PostgreSQL programs.
type Installation struct {
	Bin     string
	Major   int
	Version string // "15.18"
}

// errNotFound is what Find gives when no server is installed.
var errNotFound = errors.New("no PostgreSQL server binaries (13 to 18) were found: install PostgreSQL (make demo and " +
	"make test do), or name their directory in SHOJI_PG_BIN")

// places are where packages put the server's programs.
func places() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
		"/Applications/Postgres.app/Contents/Versions/*/bin",
		"/usr/local/pgsql/bin",
	}
}

// Find gives the newest installation of major 13 to 18: SHOJI_PG_BIN alone where it is set, else PATH and
// the usual places. lookupEnv reads the environment.
func Find(lookupEnv func(string) (string, bool)) (Installation, error) {
	if dir, ok := lookupEnv("SHOJI_PG_BIN"); ok && dir != "" {
		i, err := inspect(dir)
		if err != nil {
			return Installation{}, fmt.Errorf("reading SHOJI_PG_BIN: %w", err)
		}
		return i, nil
	}
	var found []Installation
	for _, dir := range candidates(lookupEnv) {
		if i, err := inspect(dir); err == nil && i.Major >= 13 && i.Major <= 18 {
			found = append(found, i)
		}
	}
	if len(found) == 0 {
		return Installation{}, errNotFound
	}
	sort.SliceStable(found, func(a, b int) bool { return found[a].Major > found[b].Major })
	return found[0], nil
}

func candidates(lookupEnv func(string) (string, bool)) []string {
	var dirs []string
	if path, ok := lookupEnv("PATH"); ok {
		for _, dir := range filepath.SplitList(path) {
			if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
				dirs = append(dirs, filepath.Dir(real))
			}
		}
	}
	for _, pattern := range places() {
		matches, _ := filepath.Glob(pattern)
		sort.Strings(matches)
		dirs = append(dirs, matches...)
	}
	return dirs
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)(\.\d+)?`)

func inspect(dir string) (Installation, error) {
	for _, program := range []string{"postgres", "initdb", "pg_ctl"} {
		if info, err := os.Stat(filepath.Join(dir, program)); err != nil || info.IsDir() {
			return Installation{}, fmt.Errorf("%s has no %s", dir, program)
		}
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Installation{}, fmt.Errorf("running postgres --version: %w", err)
	}
	m := versionText.FindStringSubmatch(string(out))
	if m == nil {
		return Installation{}, fmt.Errorf("reading the version from %q", strings.TrimSpace(string(out)))
	}
	major, err := strconv.Atoi(m[1])
	if err != nil {
		return Installation{}, fmt.Errorf("reading the version: %w", err)
	}
	return Installation{Bin: dir, Major: major, Version: m[1] + m[2]}, nil
}

// program gives the path of one of the installation's programs.
func (i Installation) program(name string) string { return filepath.Join(i.Bin, name) }
