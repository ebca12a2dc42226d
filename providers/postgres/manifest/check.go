package manifest

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// Expected is what the importer's own spec says.
type Expected struct {
	Project, Refresh string
	Mode             engine.Mode
	// Place is that of the refresh, for any run.
	Place stage.Place
	// Key is the address of the bucket's key.
	Key string
}

// Belongs makes sure that a manifest is of this refresh and lies where its objects are. Objects of another place are
// never read, whatever a manifest says.
func (m *Manifest) Belongs(at URL, e Expected) error {
	wrong := func(format string, args ...any) error {
		return diag.Diagnostic{
			Severity: diag.Error,
			Code:     "manifest_foreign",
			Summary:  "The manifest is of another refresh",
			Detail:   fmt.Sprintf(format, args...),
		}
	}
	switch {
	case at.Bucket != e.Place.Bucket:
		return wrong("%s is in bucket %s, and %s stages in %s.", at, at.Bucket, e.Refresh, e.Place.Bucket)
	case m.Project != e.Project || m.Refresh != e.Refresh:
		return wrong("%s is of %s of project %q, not of %s of project %q.", at, m.Refresh, m.Project, e.Refresh,
			e.Project)
	case m.Mode != e.Mode:
		return wrong("%s was exported for mode %s, and %s has mode %s. Export again.", at, m.Mode, e.Refresh, e.Mode)
	}
	run, ok := at.run(e.Place)
	own := e.Place.Of(m.Run)
	switch {
	case !ok:
		return wrong("%s is not below %s, where %s stages.", at, e.Place.URL(""), e.Refresh)
	case run != m.Run || m.Place.Bucket != own.Bucket || m.Place.Prefix != own.Prefix:
		return wrong("%s describes what lies at %s: it was copied from there. Give the manifest "+
			"that lies beside its objects.", at, m.Place.URL(""))
	}
	return nil
}

// Compare holds what the exporter decided against what the importer's spec decides of the same tables. Every difference
// is named: rows that were masked otherwise than the importer's spec says are not loaded.
func (m *Manifest) Compare(tables []decide.Table, at *diag.Range) diag.Diagnostics {
	var differences []string
	say := func(format string, args ...any) { differences = append(differences, fmt.Sprintf(format, args...)) }
	theirs := map[catalog.Ref]Decision{}
	for _, d := range m.Decisions {
		theirs[catalog.Ref{Schema: d.Schema, Name: d.Name}] = d
	}
	for _, ours := range Decide(tables) {
		ref := catalog.Ref{Schema: ours.Schema, Name: ours.Name}
		their, ok := theirs[ref]
		delete(theirs, ref)
		switch {
		case !ok:
			say("table %s was not in the export", ref)
		case their.Treatment != ours.Treatment:
			say("table %s was exported as %q, and this spec says %q", ref, their.Treatment, ours.Treatment)
		case their.Rows != ours.Rows:
			say("rows of table %s were those where %q, and this spec says %q", ref, their.Rows, ours.Rows)
		default:
			compareColumns(ref.String(), their.Columns, ours.Columns, say)
		}
	}
	left := make([]string, 0, len(theirs))
	for ref := range theirs {
		left = append(left, ref.String())
	}
	sort.Strings(left)
	for _, name := range left {
		say("table %s was exported, and this spec does not take it", name)
	}
	var ds diag.Diagnostics
	if len(differences) > 0 {
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     "manifest_spec",
			Summary:  "The export was decided otherwise",
			Range:    at,
			Detail: "What is staged is not what this spec says:\n  " + strings.Join(differences, "\n  ") +
				"\nNothing was loaded. Bring both specs together, and export again.",
		})
	}
	return ds
}

func compareColumns(table string, theirs, ours []Column, say func(string, ...any)) {
	there := map[string]Column{}
	for _, c := range theirs {
		there[c.Name] = c
	}
	for _, c := range ours {
		their, ok := there[c.Name]
		delete(there, c.Name)
		switch {
		case !ok:
			say("column %s.%s was not in the export", table, c.Name)
		case their.words() != c.words():
			say("column %s.%s was exported as %s, and this spec says %s", table, c.Name, their.words(), c.words())
		case their.Type != c.Type:
			say("column %s.%s was exported as %s, not %s", table, c.Name, their.Type, c.Type)
		}
	}
	for _, c := range theirs {
		if _, extra := there[c.Name]; extra {
			say("column %s.%s was exported, and this spec does not decide it", table, c.Name)
		}
	}
}

func (c Column) words() string {
	if c.Mask != "" {
		return c.Mask
	}
	return string(c.Decision)
}

// Decide returns the decisions of tables in words.
func Decide(tables []decide.Table) []Decision {
	out := make([]Decision, 0, len(tables))
	for _, t := range tables {
		d := Decision{Schema: t.Source.Schema, Name: t.Source.Name, Treatment: t.Treatment, Rows: t.Rows}
		for _, c := range t.Columns {
			column := Column{Name: c.Name, Type: c.Type.Formatted, Decision: c.Decision}
			if c.Mask != nil && c.Decision == decide.Masked {
				column.Mask = c.Mask.Text
			}
			d.Columns = append(d.Columns, column)
		}
		out = append(out, d)
	}
	return out
}

// Record finds what was staged of a table.
func (m *Manifest) Record(t catalog.Ref) (*stage.Record, bool) {
	for i := range m.Records {
		if m.Records[i].Schema == t.Schema && m.Records[i].Table == t.Name {
			return &m.Records[i], true
		}
	}
	return nil, false
}

// Names are those of all objects of the export, the manifest first: without it the others are none.
func (m *Manifest) Names() []string {
	out := []string{stage.ManifestName}
	for i := range m.Records {
		r := &m.Records[i]
		stem := stage.Encode(r.Schema) + "." + stage.Encode(r.Table)
		out = append(out, stem+".json", stem+".ranges")
		for _, f := range r.Files() {
			out = append(out, f.Name)
		}
		for n, part := range r.Ranges {
			if part.Rows == 0 && r.Compression == stage.Plain { // a server may have left an object of no bytes
				out = append(out, fmt.Sprintf("%s.%04d", stem, n+1))
			}
		}
	}
	return out
}

// Staged makes sure that every object is there and is the one that was exported, and that the rows add up. All that is
// wrong is named.
func (m *Manifest) Staged(ctx context.Context, o stage.Objects) error {
	var ds diag.Diagnostics
	wrong := func(detail string) {
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     "manifest_objects",
			Summary:  "What was staged is not there as it was",
			Detail:   detail,
		})
	}
	others, err := m.strangers(ctx, o)
	if err != nil {
		return err
	}
	for _, what := range append(m.parts(), others...) {
		wrong(what)
	}
	var files []stage.File
	for i := range m.Records {
		files = append(files, m.Records[i].Files()...)
	}
	found := make([]error, len(files))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(16)
	for i, f := range files {
		all.Go(func() error {
			found[i] = stage.Present(ctx, o, m.Place, f)
			return nil
		})
	}
	_ = all.Wait()
	for _, err := range found {
		if err != nil {
			wrong(err.Error() + ". Nothing was loaded; export again.")
		}
	}
	return ds.Err()
}
