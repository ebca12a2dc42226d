package lang

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// TestNotAFile: what is no file of the project is not read, whatever a pipe, a device or a link would give: nothing of
// it is shown.
func TestNotAFile(t *testing.T) {
	top := t.TempDir()
	if err := os.WriteFile(filepath.Join(top, "environ"), []byte("TOKEN=hunter2\x00x = \"hunter2\"\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "project")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"device.hcl":        "/dev/zero",
		"null.hcl":          os.DevNull,
		"environ.hcl":       "/proc/self/environ",
		"out.hcl":           "../environ",
		"shoji.vars.hcl":    "../environ",
		"out.auto.vars.hcl": "/proc/self/environ",
		"in.hcl":            "file.txt",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"pipe.hcl", "pipe.auto.vars.hcl"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "file.txt"), []byte("variable \"x\" {\n  default = 1\n}\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := Load(dir, Options{Version: "0.1.0", Inputs: []Input{{InputFile, filepath.Join(dir, "out.hcl")}}})
	got := render(ds)
	for _, want := range []string{
		"device.hcl is a link that leads out", "environ.hcl is a link that leads out", "null.hcl is a link",
		"file cannot be read: out.hcl is a link", "shoji.vars.hcl is a link", "out.auto.vars.hcl is a link",
		"pipe.hcl is not a regular file",
		"pipe.auto.vars.hcl is not a regular file", "A variable file cannot be read: out.hcl is a link",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if strings.Contains(got, "hunter2") || len(p.Variables) != 1 {
		t.Errorf("%d variables, and:\n%s", len(p.Variables), got)
	}
}

// TestNoHCL: of a file that is something else nothing is shown, and neither are its values of one that could be HCL.
func TestNoHCL(t *testing.T) {
	for name, src := range map[string]string{
		"an environment":      "PATH=/bin\x00TOKEN=hunter2\x00",
		"a file of variables": "TOKEN=hunter2\n",
		"quoted variables":    "export TOKEN=\"hunter2\"\n",
		"a key":               "-----BEGIN KEY-----\nhunter2hunter2\n-----END KEY-----\n",
		"passwords":           "host:5432:app:user:hunter2\n",
		"YAML":                "token: hunter2\n",
		"JSON":                "{\"token\": \"hunter2\"}",
		"one word":            "hunter2",
	} {
		_, ds := Load(write(t, map[string]string{"x.hcl": src}), Options{})
		if got := render(ds); !ds.HasErrors() || strings.Contains(got, "hunter2") {
			t.Errorf("%s: %s", name, got)
		}
		if _, ds := Format([]byte(src), "x.hcl"); strings.Contains(render(ds), "hunter2") {
			t.Errorf("fmt: %s: %s", name, render(ds))
		}
	}
}

// TestManyProblems: a spec of a hundred thousand mistakes is reported in time, and says that it has more.
func TestManyProblems(t *testing.T) {
	_, ds := Load(write(t, map[string]string{"x.hcl": "locals {}\n" + strings.Repeat("oops {}\n", 20_000)}), Options{})
	if len(ds) != maxReported+1 || !strings.Contains(ds[maxReported].Detail, "19000 more") {
		t.Errorf("%d are reported, the last %v", len(ds), ds[len(ds)-1])
	}
}
