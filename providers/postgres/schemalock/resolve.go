package schemalock

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec"
)

// Resolution is one refresh as decided from the lock.
type Resolution struct {
	Refresh *spec.Refresh
	Source  *catalog.Catalog
	Tables  []decide.Table
	// Literals are the values in the source's structure that look personal.
	Literals []literal.Literal
}

// Resolve decides every refresh of a project from the lock, as a plan does from its source. A refresh whose source is
// not in the lock is a warning, and is left out.
func (f *File) Resolve(p *spec.Project) ([]Resolution, diag.Diagnostics) {
	var out []Resolution
	var ds diag.Diagnostics
	sources := map[*Database]*catalog.Catalog{}
	for _, r := range p.Refreshes {
		d := f.Databases[r.From.Address()]
		if !d.Covers(r.Schemas) {
			at := r.Range
			ds.Append(diag.Diagnostic{
				Severity: diag.Warning,
				Code:     UncheckedCode,
				Summary:  "Columns could not be checked",
				Range:    &at,
				Detail: FileName + " does not contain all that " + r.Address() + " selects from " + r.From.Address() +
					". Rewrite it: " + InspectCommand(r.From),
			})
			continue
		}
		if sources[d] == nil {
			sources[d] = d.Catalog()
		}
		tables, problems := decide.Resolve(decide.InputFor(p, r, sources[d]))
		literals := crossing(d.found(), r, tables)
		out = append(out, Resolution{Refresh: r, Source: sources[d], Tables: tables, Literals: literals})
		ds.Append(problems...)
		ds.Append(decide.Open(tables)...)
		ds.Append(withheld(r, tables)...)
	}
	ds = p.WithSnippets(ds)
	ds.Sort()
	return out, ds
}

// crossing returns the literals in the schemas of a refresh, except in tables that it skips.
func crossing(found []literal.Literal, r *spec.Refresh, tables []decide.Table) []literal.Literal {
	skipped := map[string]bool{}
	for i := range tables {
		if tables[i].Treatment == decide.Skip {
			skipped[tables[i].Source.Schema+"."+tables[i].Source.Name] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(found), func(l literal.Literal) bool {
		return skipped[l.Table] || l.Schema != "" && r.Schemas != nil && !slices.Contains(r.Schemas, l.Schema)
	})
}

// withheld returns an error for each table that the refresh copies although the lock does not hold it: it was skipped
// when the lock was written.
func withheld(r *spec.Refresh, tables []decide.Table) diag.Diagnostics {
	var ds diag.Diagnostics
	for i := range tables {
		if t := &tables[i]; t.Source.Withheld && t.Treatment != decide.Skip {
			at := diag.FirstRange(t.Range, &r.Range)
			ds.Append(diag.Diagnostic{
				Severity: diag.Error,
				Code:     WithheldCode,
				Summary:  "Table is not in the schema lock",
				Detail: FileName + " does not describe " + t.FullName() +
					", which the spec skipped when it was written. Rewrite it: " + InspectCommand(r.From),
				Range: at,
			})
		}
	}
	return ds
}

// UncheckedCode is the code of a refresh whose source the lock does not contain.
const UncheckedCode = "schema_lock"

// WithheldCode is the code of a table that is not in the lock because it was skipped.
const WithheldCode = "schema_lock_withheld"

// Covers reports whether the lock covers these schemas (nil: all).
func (d *Database) Covers(schemas []string) bool {
	if d == nil || d.Selected == nil {
		return d != nil
	}
	return schemas != nil &&
		!slices.ContainsFunc(schemas, func(s string) bool { return !slices.Contains(d.Selected, s) })
}

// InspectCommand returns the command that rewrites the lock of a database.
func InspectCommand(db *spec.Database) string {
	if db.EachKey != "" {
		return "shoji inspect '" + db.Address() + "'"
	}
	return "shoji inspect " + db.Address()
}

// SelectedSchemas returns the schemas that the refreshes of a project take from a database, sorted; nil for all.
func SelectedSchemas(p *spec.Project, db *spec.Database) []string {
	var out []string
	for _, r := range p.Refreshes {
		if r.From == db && r.Schemas == nil {
			return nil
		}
		if r.From == db {
			out = append(out, r.Schemas...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
