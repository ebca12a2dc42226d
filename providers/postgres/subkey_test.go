package postgres

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec/lang"
)

// subkey returns the subkey of the one refresh of a project with these blocks, in a directory of its own.
func subkey(t *testing.T, project, url string) string {
	t.Helper()
	dir := t.TempDir()
	text := project + `
secret "key" { env = "KEY" }
aws "prod" {
  account = "111111111111"
  region  = "eu-west-1"
}
cluster "prod" {
  in         = aws.prod
  identifier = "shop"
}
database "prod" {
  ` + url + `
}
database "staging" { url = "postgres://a@staging.example/app" }
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.key
}
`
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{
		LookupEnv: func(name string) (string, bool) { return "the same secret for everybody", name == "KEY" },
	})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	key, err := session.New(p, session.Options{}).Key(context.Background(), p.Refreshes[0])
	if err != nil {
		t.Fatal(err)
	}
	return key.Reveal()
}

// TestProjectsShareNoSubkey: one secret gives other subkeys in other projects, with a name or without, and the same one
// in the same.
func TestProjectsShareNoSubkey(t *testing.T) {
	here := `url = "postgres://masker@prod.example/app"`
	// A project and its source, and whether it is the first one again.
	seen := map[string]string{}
	for _, c := range [][2]string{
		{"", here},
		{"", `url = "postgres://masker@prod.example/other"`},
		{"", `url = "postgres://masker@other.example/app"`},
		{"", `url = "postgres://masker@prod.example:5433/app"`},
		{"", `url = "postgres://masker@prod.example,other.example/app"`},
		{"", "cluster = cluster.prod\n url = \"postgres://masker@/app\""},
		{"", "cluster = cluster.prod\n url = \"postgres://masker@/other\""},
		{`project "shop" {}`, here},
		{`project "other" {}`, here},
	} {
		key := subkey(t, c[0], c[1])
		if other, ok := seen[key]; ok {
			t.Errorf("%s %s has the subkey of %s", c[0], c[1], other)
		}
		seen[key] = c[0] + " " + c[1]
	}
	for _, same := range []string{
		`url = "postgres://another@prod.example:5432/app?sslmode=verify-full"`,
		`url = "host=PROD.example. user=masker dbname=app"`,
	} {
		if subkey(t, "", same) != subkey(t, "", here) {
			t.Errorf("values change with %s", same)
		}
	}
	if subkey(t, `project "shop" {}`,
		here) != subkey(t, `project "shop" {}`, `url = "postgres://masker@moved.example/app"`) {
		t.Error("values of a project with a name change where its source moves")
	}
	const pinned = "21c7ff22"
	if got := subkey(t, "", here); got[:8] != pinned {
		t.Errorf("the subkey begins with %s, and was %s: every masked value changes", got[:8], pinned)
	}
	const named = "66e107d6"
	if got := subkey(t, `project "shop" {}`, here); got[:8] != named {
		t.Errorf("the subkey begins with %s, and was %s: every masked value changes", got[:8], named)
	}
}
