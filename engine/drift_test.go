package engine

import (
	"context"
	"testing"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
)

// looking is a provider that has changes to plan, and more to find.
type looking struct {
	Provider
	name     string
	changes  []Change
	found    []Drifted
	problems diag.Diagnostics
	selected Selected
}

func (l *looking) Name() string { return l.name }
func (l *looking) Inspect(_ context.Context, s Selected) (Observed, diag.Diagnostics) {
	l.selected = s
	return unbound{}, l.problems
}
func (l *looking) Diff(Observed, Selected) (*Draft, diag.Diagnostics) {
	return &Draft{Changes: l.changes}, nil
}
func (l *looking) FindDrift(context.Context) ([]Drifted, diag.Diagnostics) { return l.found, nil }

type unbound struct{}

func (unbound) Fingerprints() []Fingerprint { return nil }
func (unbound) Endpoints() []Endpoint       { return nil }
func (unbound) Accounts() []Account         { return nil }

func TestFindDrift(t *testing.T) {
	at := &diag.Range{Filename: "a.hcl"}
	p := &looking{name: "p", changes: []Change{
		{Address: "role.same", Action: NoOp, Range: at},
		{Address: "role.new", Action: Create, After: map[string]any{"login": true}, Range: at},
		{Address: "role.gone", Action: Update, Before: map[string]any{"login": true}},
		{Address: "role.gone2", Action: Delete, Range: at},
		{Address: "role.changed", Action: Update, Range: at,
			Before:    map[string]any{"login": true, "in": []string{"a"}, "password": "planted", "id": "1"},
			After:     map[string]any{"login": false, "in": []any{"a"}, "password": secret.Redacted, "new": nil},
			Sensitive: []string{"password"}, Unknown: []string{"id"}},
	}, found: []Drifted{{State: DriftExtra, Kind: DriftKindSchema, Address: "database.prod"}}}
	broken := &looking{name: "broken", changes: p.changes,
		problems: diag.Diagnostics{{Severity: diag.Error, Summary: "down"}}}
	d := FindDrift(t.Context(), Providers{broken, p}, BuildOptions{Project: "shop"}, []string{"refresh.nightly"})

	if p.selected.Has("refresh.nightly") || !p.selected.Has("role.new") || !p.selected.AllObjects() {
		t.Error("the refreshes are selected, or not all objects are")
	}
	if d.Complete() || d.Summary() != "1 missing, 1 changed, 3 extra" {
		t.Errorf("complete: %v; %s", d.Complete(), d.Summary())
	}
	want := []string{"database.prod", "role.changed", "role.gone", "role.gone2", "role.new"}
	if len(d.Drifted) != len(want) {
		t.Fatalf("got %+v", d.Drifted)
	}
	for i, address := range want {
		if d.Drifted[i].Address != address {
			t.Errorf("number %d is %s, want %s", i, d.Drifted[i].Address, address)
		}
	}
	attributes := d.Drifted[1].Attributes
	if len(attributes) != 3 || attributes[0] != (DriftedAttribute{Name: "id", Live: "1", Unknown: true}) ||
		attributes[1] != (DriftedAttribute{Name: "login", Live: true, Declared: false}) ||
		attributes[2] != (DriftedAttribute{Name: "password", Sensitive: true}) {
		t.Errorf("got %+v", attributes)
	}
}
