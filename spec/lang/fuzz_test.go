package lang_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/spec/lang"
	"github.com/shoji-pg/shoji/spec/mask"
)

// FuzzLoad: whatever stands in a file of a project, reading it ends, soon, and tells nothing of the environment that
// the spec has not asked for as a variable.
func FuzzLoad(f *testing.F) {
	for _, seed := range []string{
		"", "a", "{", "\x00", "table \"public\" \"t\" {\n  keep = [\"id\"]\n}\n",
		"secret \"k\" {\n  env = \"SHOJI_MASK_KEY\"\n}\ndatabase \"p\" {\n  url = \"postgres://a@b/c\"\n}\n" +
			"refresh \"r\" {\n  from = database.p\n  to = database.p\n  key = secret.k\n}\n",
		"variable \"a\" {\n  type = list(object({ b = optional(string, \"x\") }))\n}\nlocals {\n" +
			"  c = [for x in var.a : upper(x.b) if can(x)]\n}\n",
		"rule \"r\" {\n  match {\n    column = \"*_{a,b}\"\n  }\n" +
			"  mask = when(\"id > 1\", keep(), json({ \"$.a[*]\" = email() }))\n}\n",
		"mask \"m\" {\n  param \"n\" {\n    type = number\n  }\n  value = partial(param.n, \"*\", 0)\n}\n",
		"locals {\n  a = \"${b}%{if true}x%{endif}\"\n  d = <<-E\n    x\n  E\n}\n",
		strings.Repeat("(", 2000), strings.Repeat("${", 500), "locals { a = 1e999999999 }",
		"locals {\n  a = format(\"%0999999d\", 1)\n}\n",
		"role \"r\" {\n  in = database.d\n  grant {\n    on = all_tables(\"public\")\n    privileges = [\"SELECT\"]\n" +
			"  }\n}\n",
	} {
		f.Add([]byte(seed))
	}
	// Each worker compiles the parser of SQL, in part and whole, before its first input: an input has ten seconds.
	for _, text := range []string{"a > 1", "a >"} {
		_, _, _ = mask.ParseCondition(text)
	}
	const canary = "canary-of-the-environment"
	f.Fuzz(func(t *testing.T, raw []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.shoji.hcl"), raw, 0o600); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		_, ds := lang.Load(dir, lang.Options{
			Version: "0.1.0",
			LookupEnv: func(name string) (string, bool) {
				return canary, !strings.HasPrefix(name, "SHOJI_VAR_")
			},
		})
		if took := time.Since(begun); took > 20*time.Second {
			t.Errorf("reading took %s", took)
		}
		for _, d := range ds {
			if strings.Contains(d.Error(), canary) {
				t.Errorf("a value of the environment is told: %s", d.Error())
			}
		}
	})
}
