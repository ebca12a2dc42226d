package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/spec/lang"
)

// built is where the program is built for the tests.
var built string

func TestMain(m *testing.M) {
	var err error
	if built, err = os.MkdirTemp("", "shoji-docs-"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(built)
	os.Exit(code)
}

// prelude is what a part of a spec may take for granted: each block is added where the part lacks it.
var prelude = []struct{ header, text string }{
	{`secret "mask_key"`, `secret "mask_key" { env = "SHOJI_MASK_KEY" }`},
	{`secret "external_id"`, `secret "external_id" { env = "EXTERNAL_ID" }`},
	{`secret "ro_password"`, `secret "ro_password" { env = "RO_PASSWORD" }`},
	{`database "prod"`, `database "prod" { url = "postgres://masker@prod.example/app" }`},
	{`database "staging"`, `database "staging" { url = "postgres://refresher@staging.example/app" }`},
	{`database "staging_admin"`, `database "staging_admin" { url = "postgres://refresher@staging.example/postgres" }`},
	{
		`refresh "nightly"`,
		"refresh \"nightly\" {\n  from = database.prod\n  to   = database.staging\n  key  = secret.mask_key\n}",
	},
	{`role "oltp_ro"`, `role "oltp_ro" { in = database.staging }`},
}

// TestSpecsLoad loads every spec of the documentation, and holds it to be formatted.
func TestSpecsLoad(t *testing.T) {
	specs := fences(t, "hcl")
	if len(specs) < 12 {
		t.Fatalf("only %d specs were found", len(specs))
	}
	for _, f := range specs {
		if formatted, ds := lang.Format([]byte(f.text), "main.hcl"); ds.HasErrors() || string(formatted) != f.text {
			t.Errorf("%s:%d is not as shoji fmt writes it: %v\n%s", f.page, f.line, ds, formatted)
		}
		text := f.text
		// These begin with nothing: what they show is whole.
		if page := filepath.Base(f.page); page != "README.md" && page != "aurora.md" {
			for _, p := range prelude {
				if !strings.Contains(f.text, p.header) {
					text += "\n" + p.text + "\n"
				}
			}
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, env := range []string{"", "ci"} {
			if env != "" && !strings.Contains(text, `env "ci"`) {
				continue
			}
			if _, ds := lang.Load(dir, lang.Options{Env: env}); len(ds) > 0 {
				t.Errorf("%s:%d does not load: %v", f.page, f.line, ds)
			}
		}
	}
}

var (
	inline   = regexp.MustCompile("`(shoji [^`]+)`")
	typed    = regexp.MustCompile(`(?m)(?:^\$ |run: |<\(|"\$\()(shoji [^\n#|>)]+)`)
	flagText = regexp.MustCompile(`(?:^|\s)--?([a-z][a-z-]*)`)
)

// TestCommandsExist finds every command line in the documentation and looks for its command and flags in the help.
func TestCommandsExist(t *testing.T) {
	known := map[string]string{}
	for _, c := range commands(t) {
		known[c.name] = c.usage
	}
	global := section(shoji(t, "help"), "GLOBAL OPTIONS")
	n := 0
	for _, page := range pages(t) {
		text := read(t, page)
		for _, m := range append(inline.FindAllStringSubmatch(text, -1), typed.FindAllStringSubmatch(text, -1)...) {
			n++
			words := strings.Fields(m[1])[1:]
			for len(words) > 0 && strings.HasPrefix(words[0], "-") { // -chdir DIR
				words = words[2:]
			}
			if len(words) == 0 {
				continue
			}
			name := words[0]
			if name == "lab" && len(words) > 1 {
				name += " " + words[1]
			}
			usage, ok := known[name]
			if !ok && name != "help" && name != "completion" && name != "COMMAND" {
				t.Errorf("%s: %q: there is no command %q", page, m[1], name)
				continue
			}
			for _, f := range flagText.FindAllStringSubmatch(strings.Join(words, " "), -1) {
				if !strings.Contains(usage+global, "--"+f[1]) {
					t.Errorf("%s: %q: %s has no flag %q", page, m[1], name, f[1])
				}
			}
		}
	}
	if n < 40 {
		t.Errorf("only %d command lines were found", n)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// TestLinksLead follows the links between the pages, to their headings too.
func TestLinksLead(t *testing.T) {
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			file, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: the link %s leads nowhere", page, m[1])
				continue
			}
			if anchor != "" && !slugs(read(t, target))[anchor] {
				t.Errorf("%s: the link %s leads to no heading", page, m[1])
			}
		}
	}
}

// slugs are the anchors that GitHub gives the headings of a page.
func slugs(text string) map[string]bool {
	out := map[string]bool{}
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		out[strings.ReplaceAll(notSlug.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return out
}
