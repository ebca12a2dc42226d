package pgtest

import (
	"os"
	"path/filepath"
	"testing"
)

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
