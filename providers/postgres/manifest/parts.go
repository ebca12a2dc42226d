package manifest

import (
	"context"
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// parts says what of the manifest does not fit the rest of it: each table that was copied has one record, no other has
// one, and no object stands twice.
func (m *Manifest) parts() []string {
	var wrong []string
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	copied := map[catalog.Ref]bool{}
	for _, d := range m.Decisions {
		ref := catalog.Ref{Schema: d.Schema, Name: d.Name}
		if _, twice := copied[ref]; twice {
			say("table %s is decided twice.", ref)
		}
		copied[ref] = d.Treatment == decide.Copy
	}
	recorded := map[catalog.Ref]bool{}
	objects := map[string]bool{}
	for i := range m.Records {
		r := &m.Records[i]
		ref := catalog.Ref{Schema: r.Schema, Name: r.Table}
		switch {
		case recorded[ref]:
			say("table %s has two records.", ref)
		case !copied[ref]:
			say("table %s has a record, and its rows were not exported.", ref)
		}
		recorded[ref] = true
		if err := r.Valid(); err != nil {
			say("%s.", err)
		}
		for _, f := range r.Files() {
			if objects[f.Name] {
				say("object %s stands twice.", f.Name)
			}
			objects[f.Name] = true
		}
	}
	for _, d := range m.Decisions {
		if ref := (catalog.Ref{Schema: d.Schema, Name: d.Name}); copied[ref] && !recorded[ref] {
			say("table %s was exported, and has no record.", ref)
		}
	}
	return wrong
}

// strangers are objects beside those of the export: nobody reads them, but an export leaves none, so somebody else
// writes there.
func (m *Manifest) strangers(ctx context.Context, o stage.Objects) ([]string, error) {
	names := m.Names()
	there, err := o.List(ctx, m.Place.Prefix, len(names)+1)
	if err != nil {
		return nil, fmt.Errorf("listing what is at %s: %w", m.Place.URL(""), err)
	}
	var wrong []string
	for _, key := range there {
		if name := key[len(m.Place.Prefix):]; !slices.Contains(names, name) {
			wrong = append(wrong, fmt.Sprintf("%s is not of the export.", m.Place.URL(name)))
		}
	}
	return wrong, nil
}
