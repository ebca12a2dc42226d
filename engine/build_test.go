package engine_test

import (
	"context"
	"slices"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// making is a provider that only plans.
type making struct {
	engine.Provider
	name  string
	draft engine.Draft
}

type nothing struct{}

func (nothing) Fingerprints() []engine.Fingerprint { return nil }
func (nothing) Endpoints() []engine.Endpoint       { return nil }
func (nothing) Accounts() []engine.Account         { return nil }

func (m making) Name() string { return m.name }
func (m making) Inspect(context.Context, engine.Selected) (engine.Observed, diag.Diagnostics) {
	return nothing{}, nil
}
func (m making) Diff(engine.Observed, engine.Selected) (*engine.Draft, diag.Diagnostics) {
	return &m.draft, nil
}

// TestRefreshFollowsWhatItRefersTo: the first steps of a refresh wait for what another provider makes of its bucket,
// through that for the key, and for nothing else. A step of the refresh that is that provider's own waits too, and not
// for the refresh itself.
func TestRefreshFollowsWhatItRefersTo(t *testing.T) {
	databases := making{
		name: "postgres",
		draft: engine.Draft{Refreshes: []engine.Refresh{{Address: `refresh.nightly["eu"]`}}, Steps: []engine.Step{
			{ID: "first", Address: `refresh.nightly["eu"]`, Provider: "postgres", Needs: []string{"role"}},
			{ID: "second", Address: `refresh.nightly["eu"]`, Provider: "postgres", Needs: []string{"first"}},
			{ID: "role", Address: "role.reader", Provider: "postgres"},
		}},
	}
	accounts := making{name: "aws", draft: engine.Draft{Steps: []engine.Step{
		{ID: "clone", Address: `refresh.nightly["eu"]`, Provider: "aws"},
		{ID: "key", Address: "kms_key.transfer", Provider: "aws"},
		{ID: "bucket", Address: "bucket.transfer", Provider: "aws", Needs: []string{"key"}},
		{ID: "other", Address: "bucket.other", Provider: "aws"},
	}}}
	plan, ds := engine.Build(context.Background(), []engine.Provider{databases, accounts}, engine.BuildOptions{
		Needs: map[string][]string{
			"refresh.nightly":  {"bucket.transfer", "database.prod"},
			"bucket.transfer":  {"kms_key.transfer"},
			"kms_key.transfer": {"bucket.transfer"},
		},
	})
	if ds.HasErrors() {
		t.Fatal(ds)
	}
	needs := map[string][]string{}
	for _, s := range plan.Steps {
		needs[s.ID] = s.Needs
	}
	if !slices.Equal(needs["first"], []string{"bucket", "key", "role"}) ||
		!slices.Equal(needs["second"], []string{"first"}) || len(needs["role"]) > 0 ||
		!slices.Equal(needs["clone"], []string{"bucket", "key"}) {
		t.Errorf("%v", needs)
	}
}
