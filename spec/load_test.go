package spec

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/shoji-pg/shoji/internal/diag"
)

var update = flag.Bool("update", false, "write the expected diagnostics anew")

// write puts files into a directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func render(ds diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range ds {
		b.WriteString(d.Error() + "\n")
		if d.Snippet != nil {
			b.WriteString("    | " + d.Snippet.Code + "\n    | " + strings.Repeat(" ", d.Snippet.HighlightStart) +
				strings.Repeat("^", max(1, d.Snippet.HighlightEnd-d.Snippet.HighlightStart)) + "\n")
		}
	}
	return b.String()
}

// TestDiagnostics reads each testdata/diagnostics/*.txtar and compares all that is reported.
func TestDiagnostics(t *testing.T) {
	files, err := filepath.Glob("testdata/diagnostics/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("finding cases: %d, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			texts := map[string]string{}
			want := -1
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = i
					continue
				}
				texts[f.Name] = string(f.Data)
			}
			_, ds := Load(write(t, texts), Options{Version: "0.1.0"})
			if !ds.HasErrors() {
				t.Fatal("nothing was reported")
			}
			got := render(ds)
			if strings.Contains(got, "hunter2") || strings.Contains(got, "planted-secret") {
				t.Errorf("a secret is shown:\n%s", got)
			}
			if *update {
				archive.Files[want].Data = []byte(got)
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(archive.Files[want].Data), got); d != "" {
				t.Errorf("diagnostics differ (-want +got):\n%s", d)
			}
		})
	}
}

// TestNotAFile: a pipe or a device with the ending of a spec would never end, so it is not read.
func TestNotAFile(t *testing.T) {
	dir := write(t, map[string]string{"main.hcl": `secret "key" { env = "KEY" }`})
	if err := os.Symlink(os.DevNull, filepath.Join(dir, "pipe.hcl")); err != nil {
		t.Fatal(err)
	}
	_, ds := Load(dir, Options{Version: "0.1.0"})
	if got, want := render(ds), "A spec file cannot be read: pipe.hcl is not a file: move it, or give it another ending than .hcl\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
