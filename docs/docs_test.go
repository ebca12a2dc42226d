// Package docs_test holds the documentation against the program: what is generated is current, the specs
// in it load, the commands in it exist, the links lead somewhere.
package docs_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated parts anew")

// pages are all Markdown files of the documentation, relative to this directory.
func pages(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.md", "../README.md", "../examples/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, found...)
	}
	if len(out) < 8 {
		t.Fatalf("only %v were found", out)
	}
	return out
}

func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// current compares a file with what it should be, or writes it.
func current(t *testing.T, name, want string) {
	t.Helper()
	got, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if string(got) == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not current: go test ./docs -update writes it", name)
	}
	if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// generated holds the part of a page between its two marks against text.
func generated(t *testing.T, page, text string) {
	t.Helper()
	const begin, end = "<!-- begin generated: go test ./docs -update -->\n", "<!-- end generated -->"
	before, rest, ok := strings.Cut(read(t, page), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no part between the marks %q and %q", page, begin, end)
	}
	current(t, page, before+begin+"\n"+strings.TrimSpace(text)+"\n\n"+end+after)
}

// fences are the code blocks of a page in one language, with the number of the line of each.
type fence struct {
	page string
	line int
	text string
}

func fences(t *testing.T, language string) []fence {
	t.Helper()
	var out []fence
	for _, page := range pages(t) {
		var open *fence
		for i, line := range strings.Split(read(t, page), "\n") {
			switch {
			case open == nil && line == "```"+language:
				open = &fence{page: page, line: i + 2}
			case open != nil && line == "```":
				out = append(out, *open)
				open = nil
			case open != nil:
				open.text += line + "\n"
			}
		}
	}
	return out
}
