package lang

import (
	"os"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/allow"
)

const reaching = `project "p" {
  journal { path = "/var/lib/journal" }
}
secret "listed" { env = "SHOJI_KEY" }
secret "other" { env = "AWS_SECRET_ACCESS_KEY" }
secret "outside" { file = "/proc/self/environ" }
secret "each" {
  for_each = toset(["HOME", "SHOJI_X"])
  env      = each.value
}
aws "prod" {
  account  = "111111111111"
  region   = "eu-west-1"
  endpoint = "https://evil.example"
}
database "good" { url = "postgres://a@db.example/x" }
database "evil" { url = "postgres://a@db.example,evil.example:5433/x" }
`

// TestWhatIsOutOfReachIsSaidAtOnce: each block that asks for what is not on a list, at its place, before anything is
// read.
func TestWhatIsOutOfReachIsSaidAtOnce(t *testing.T) {
	lists := map[string]string{allow.Variables: "SHOJI_*", allow.Hosts: "db.example"}
	runner, err := allow.FromEnvironment(func(name string) (string, bool) { v, ok := lists[name]; return v, ok })
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, map[string]string{"main.hcl": reaching})
	_, ds := Load(dir, Options{Runner: runner})
	for address, line := range map[string]int{
		"secret.other":        5,
		"secret.outside":      6,
		`secret.each["HOME"]`: 7,
		"aws.prod":            11,
		"database.evil":       17,
	} {
		found := 0
		for _, d := range ds {
			if d.Address == address && d.Range != nil && d.Range.Start.Line == line && d.Snippet != nil &&
				strings.Contains(d.Summary, "out of reach") {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%s is named %d times at line %d", address, found, line)
		}
	}
	if len(ds) != 5 {
		t.Errorf("%d problems:\n%s", len(ds), render(ds))
	}
	// The same lists hold where a secret is read, whoever asks.
	p, _ := Load(dir, Options{Runner: runner, LookupEnv: func(string) (string, bool) { return "planted", true }})
	for _, s := range p.Secrets {
		v, err := p.ReadSecret(s)
		if reached := err == nil; reached != strings.HasPrefix(s.Env, "SHOJI_") || reached != p.Reaches(s) ||
			reached != (v.Len() > 0) {
			t.Errorf("%s: %v", s.Address(), err)
		}
	}
}

// TestWithoutListsOnlyFilesAreOutOfReach: an environment that says nothing keeps a spec in its directory.
func TestWithoutListsOnlyFilesAreOutOfReach(t *testing.T) {
	_, ds := Load(write(t, map[string]string{"main.hcl": reaching}), Options{})
	if len(ds) != 1 || ds[0].Address != "secret.outside" {
		t.Errorf("the problems are:\n%s", render(ds))
	}
}

// TestTheJournalIsAFileToo where the environment says which directories there are.
func TestTheJournalIsAFileToo(t *testing.T) {
	for list, want := range map[string]bool{".": false, "/var/lib": true, ". /var/lib/journal": true} {
		runner, err := allow.FromEnvironment(func(name string) (string, bool) { return list, name == allow.Files })
		if err != nil {
			t.Fatal(err)
		}
		_, ds := Load(write(t, map[string]string{"main.hcl": reaching}), Options{Runner: runner})
		if refused := strings.Contains(render(ds), "The journal may not be kept in /var/lib/journal"); refused == want {
			t.Errorf("with %s:\n%s", list, render(ds))
		}
	}
}

// TestAnUntrustedSpecIsRead, and nothing that it names.
func TestAnUntrustedSpecIsRead(t *testing.T) {
	dir := write(t, map[string]string{
		"main.hcl": reaching + "secret \"inside\" { file = \"key\" }\n",
		"key":      "planted",
	})
	p, ds := Load(dir, Options{Runner: allow.Runner{Untrusted: true}, LookupEnv: os.LookupEnv})
	if ds.HasErrors() {
		t.Fatal(render(ds))
	}
	for _, s := range p.Secrets {
		if v, err := p.ReadSecret(s); err == nil || v.Len() > 0 || p.Reaches(s) {
			t.Errorf("%s is read: %v", s.Address(), err)
		}
	}
	for _, a := range p.AWS {
		if a.Reach() == nil {
			t.Errorf("%s is asked", a.Address())
		}
	}
}
