package pgtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// memory is where Linux keeps files in memory, and enough is what must be free there.
const (
	memory = "/dev/shm"
	enough = 8 << 30
)

// MkdirTemp makes a directory that servers may be started in: as root they run as another user. The caller removes it.
// It is in memory where there is room for the data of many servers: making and removing their thousands of small files
// takes a third of the time of a test on a disk.
func MkdirTemp(pattern string) (string, error) {
	parent := ""
	var free syscall.Statfs_t
	const noExec = 8 // ST_NOEXEC of statvfs(3): the lab copies the server's programs
	if syscall.Statfs(memory, &free) == nil && free.Bavail*uint64(free.Bsize) >= enough && free.Flags&noExec == 0 {
		parent = memory
	}
	dir, err := os.MkdirTemp(parent, pattern)
	if err != nil {
		return "", err
	}
	return dir, os.Chmod(dir, 0o755)
}

// Installed returns the programs of PostgreSQL, and a directory of MkdirTemp that is removed when the test has ended.
func Installed(t testing.TB) (pgserver.Installation, string) {
	t.Helper()
	NeedsServer(t)
	installation, err := pgserver.Find(os.LookupEnv)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := MkdirTemp("shoji-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return installation, dir
}

// NeedsDump skips a test that takes a structure with pg_dump where SHOJI_PG_BIN names a directory without it: the
// servers that are fetched for other majors come without client programs.
func NeedsDump(t testing.TB) {
	t.Helper()
	dir := os.Getenv("SHOJI_PG_BIN")
	if dir == "" {
		return
	}
	if _, err := os.Stat(filepath.Join(dir, "pg_dump")); err != nil {
		t.Skipf("SHOJI_PG_BIN (%s) holds no pg_dump, which mode swap takes the structure of the source with", dir)
	}
}

// NeedsServer skips a test under -short (make quick), which leaves those that need no PostgreSQL. What tests get a
// server or its programs from calls it; a test that finds them itself has to.
func NeedsServer(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a PostgreSQL server")
	}
}

// Locales compiles locales of the operating system in UTF-8 for the servers that the test starts later; each is named
// like "ja_JP.UTF-8". The test is skipped where localedef or its sources are not installed.
func Locales(t testing.TB, names ...string) {
	t.Helper()
	dir, err := MkdirTemp("shoji-locales-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for _, name := range names {
		out, err := exec.Command("localedef", "-i", name, "-f", "UTF-8", filepath.Join(dir, name+".UTF-8")).
			CombinedOutput()
		if err != nil {
			t.Skipf("the locale %s cannot be made: %v: %s", name, err, out)
		}
	}
	t.Setenv("LOCPATH", dir)
}
