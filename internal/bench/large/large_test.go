package large_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/bench/large"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec/lang"
)

func written(t *testing.T, tables int) string {
	t.Helper()
	dir := t.TempDir()
	if err := large.Write(dir, tables); err != nil {
		t.Fatal(err)
	}
	return dir
}

// judged reads a project as lint does.
func judged(t *testing.T, dir string) lint.Result {
	t.Helper()
	project, ds := lang.Load(dir, lang.Options{})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	lock, err := schemalock.Read(filepath.Join(dir, schemalock.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return lint.Run(lint.Input{Project: project, Lock: lock})
}

// TestMemory holds reading and judging a project to what a column may cost. It allocates 25 kB a column; a parser that
// is started for each call, or a list that is made anew for each column, is several times that.
func TestMemory(t *testing.T) {
	const tables, most = 300, 40_000
	dir := written(t, tables)
	// Compiling the parser, which a text of this length makes it do, costs the same for every project.
	if _, err := pgparse.Parse("SELECT '" + strings.Repeat("x", 100_000) + "'"); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	judged(t, dir)
	runtime.ReadMemStats(&after)
	each := (after.TotalAlloc - before.TotalAlloc) / (tables * large.Columns)
	t.Logf("%d bytes a column", each)
	if each > most {
		t.Errorf("%d bytes were allocated for each column; no more than %d are expected", each, most)
	}
}

// TestProject: what is measured is a project in good order, of which lint has something to say.
func TestProject(t *testing.T) {
	dir := written(t, 100)
	codes := map[string]int{}
	for _, f := range judged(t, dir).Findings {
		if f.Severity == diag.Error {
			t.Errorf("%s: %s", f.Summary, f.Detail)
		}
		codes[f.Code]++
	}
	if codes["personal_kept"] == 0 || codes["check_unknown"] == 0 {
		t.Errorf("lint finds %v", codes)
	}
	again := written(t, 100)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		a, errA := os.ReadFile(filepath.Join(dir, f.Name()))
		b, errB := os.ReadFile(filepath.Join(again, f.Name()))
		if errA != nil || errB != nil || !bytes.Equal(a, b) {
			t.Errorf("%s is not the same twice: %v, %v", f.Name(), errA, errB)
		}
	}
}
