package lang

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

const twoDatabases = `
project "shop" {
  required_version = ">= 0.1, < 2"
  journal {
    database = database.admin
  }
}
secret "url" {
  env = "PROD_URL"
}
secret "key" {
  file = "key.txt"
}
database "prod" {
  url = secret.url
}
database "admin" {
  url = "postgres://refresher@staging.example/postgres"
}
database "staging" {
  url = "postgres://refresher@staging.example/app"
}
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.key
}
`

func load(t *testing.T, files map[string]string, o Options) *spec.Project {
	t.Helper()
	o.Version = "0.1.0"
	p, ds := Load(write(t, files), o)
	if ds.HasErrors() {
		t.Fatalf("loading: %s", render(ds))
	}
	return p
}

func TestVariablePrecedence(t *testing.T) {
	text := `
variable "a" {
  default = "default"
}
variable "b" {
  default = "default"
}
variable "c" {
  default = "default"
}
variable "d" {
  default = "default"
}
variable "e" {
  default = "default"
}
env "staging" {
  variables = { a = "env block", b = "env block", c = "env block", d = "env block" }
  allow     = ["DELETES_DATA"]
  protected = true
}
`
	environment := map[string]string{
		"SHOJI_VAR_b":  "environment",
		"SHOJI_VAR_c":  "environment",
		"SHOJI_VAR_d":  "environment",
		"SHOJI_VAR_zz": "ignored",
	}
	p := load(t, map[string]string{"main.hcl": text, "x.auto.vars.hcl": "c = \"auto\"\nd = \"auto\""}, Options{
		Env:       "staging",
		Inputs:    []Input{{InputVar, "d=first"}, {InputVar, "d=command line"}},
		LookupEnv: func(n string) (string, bool) { v, ok := environment[n]; return v, ok },
	})
	var got []string
	for _, v := range p.Variables {
		got = append(got, v.Name+"="+v.Text)
	}
	want := `a="env block" b="environment" c="auto" d="command line" e="default"`
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	if len(p.Allow) != 1 || !p.Protected {
		t.Errorf("the env block was not read: %v %v", p.Allow, p.Protected)
	}
}

func TestForEachAndRoles(t *testing.T) {
	p := load(t, map[string]string{"main.hcl": twoDatabases + `
locals {
  tenants = ["b", "a"]
}
mask "staff_email" {
  value = when("is_staff", keep(), email())
}
table "tenant" "users" {
  for_each  = toset(local.tenants)
  schema    = "tenant_${each.key}"
  refreshes = [refresh.nightly]
  keep      = ["id"]
  column "email" {
    mask = staff_email()
  }
  column "other" {
    mask = mask.staff_email
  }
}
role "ro" {
  for_each = { one = 1, two = 2 }
  in       = database.staging
  name     = "ro_${each.key}"
  grant {
    on         = table("public", "a", ["id", "b"])
    privileges = ["select"]
  }
}
role "user" {
  in        = database.staging
  login     = true
  member_of = [role.ro["one"], "pg_monitor", { role = role.ro["two"], admin = true }]
}
rule "names" {
  match {
    column = "*_name"
    type   = ["text", "character varying"]
  }
  mask = full_name("ja")
}
`}, Options{})
	if len(p.Tables) != 2 || p.Tables[0].Schema != "tenant_a" ||
		p.Tables[0].Columns[0].Mask.Definition != "staff_email" ||
		p.Tables[0].Columns[1].Mask.Definition != "staff_email" {
		t.Fatalf("tables: %+v", p.Tables)
	}
	if got := p.Roles[0].Address(); got != `role.ro["one"]` {
		t.Errorf("address %s", got)
	}
	user := p.Roles[2]
	if len(user.MemberOf) != 3 || user.MemberOf[1].Role != "ro_one" || user.MemberOf[2].Role != "ro_two" ||
		user.MemberOf[2].Admin == nil {
		t.Errorf("memberships: %+v", user.MemberOf)
	}
	if g := p.Roles[0].Grants[0]; g.On.Kind != "table" || len(g.On.Columns) != 2 || g.Privileges[0] != "SELECT" {
		t.Errorf("grant: %+v", g)
	}
	if p.Journal.Database != p.Databases[0] || p.Refreshes[0].From != p.Databases[1] {
		t.Error("references are not the blocks themselves")
	}
}

// TestSecretsStayOut plants values in every place a secret can come from and looks for them in
// everything that a Project prints as.
func TestSecretsStayOut(t *testing.T) {
	const planted = "planted-0123456789"
	files := map[string]string{
		"main.hcl": twoDatabases +
			"variable \"v\" {\n  type = string\n  sensitive = true\n}\nlocals {\n  l = \"${var.v} and more\"\n}\n",
		"key.txt":         planted + "key\n",
		"a.auto.vars.hcl": `v = "` + planted + `var"`,
	}
	p := load(t, files, Options{LookupEnv: func(n string) (string, bool) { return planted + "url", n == "PROD_URL" }})
	key, err := p.ReadKey(p.Refreshes[0])
	if err != nil || key.Reveal() != planted+"key" {
		t.Fatalf("reading the key: %v", err)
	}
	sources := p.Sources
	p.Sources = nil
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%+v %#v %s %v %s", *p, key, raw, key, p.Variables[0].Text)
	for name, src := range sources {
		text += name + string(src)
	}
	if strings.Contains(text, planted) {
		t.Errorf("a secret is in the project: %s", text)
	}
	if p.Variables[0].Text != secret.Redacted {
		t.Errorf("the sensitive variable shows as %s", p.Variables[0].Text)
	}
}

func TestReadKeyRefuses(t *testing.T) {
	for name, text := range map[string]string{"short": "fifteen bytes!!", "empty": "\n"} {
		p := load(t, map[string]string{"main.hcl": twoDatabases, "key.txt": text}, Options{})
		if _, err := p.ReadKey(p.Refreshes[0]); err == nil || strings.Contains(err.Error(), "fifteen") {
			t.Errorf("%s: %v", name, err)
		} else {
			t.Log(err)
		}
		if _, err := p.ReadSecret(p.Secrets[1]); err == nil || !strings.Contains(err.Error(), "PROD_URL") {
			t.Errorf("an unset variable: %v", err)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*_name", "first_name", true},
		{"*_name", "name", false},
		{"public.{album,artist}", "public.artist", true},
		{"t?", "ta", true},
		{"t?", "t", false},
		{"*", "", true},
		{"a*b*c", "aXbYbc", true},
		{"a.b", "aXb", false},
		{"名*", "名前", true},
	} {
		if got := spec.CompileGlob(c.pattern).Match(c.s); got != c.want {
			t.Errorf("%s on %s: %v", c.pattern, c.s, got)
		}
	}
}

func TestFormat(t *testing.T) {
	got, ds := Format([]byte("table \"a\" \"b\" {\nkeep=[\"x\"]\n}\n"), "x.hcl")
	if ds.HasErrors() || string(got) != "table \"a\" \"b\" {\n  keep = [\"x\"]\n}\n" {
		t.Errorf("%s %v", got, ds)
	}
	if _, ds := Format([]byte("table {"), "x.hcl"); !ds.HasErrors() {
		t.Error("broken HCL was formatted")
	}
}
