package ddl

import (
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec"
)

// partOf maps a type of entry to the argument of a schema block that is about it.
var partOf = map[string]spec.Part{
	"COMMENT":  spec.Comments,
	"FUNCTION": spec.Functions, "PROCEDURE": spec.Functions, "AGGREGATE": spec.Functions,
	"VIEW": spec.Views, "MATERIALIZED VIEW": spec.Views,
	"TRIGGER": spec.Triggers, "EVENT TRIGGER": spec.Triggers,
	"RULE": spec.Rules, "POLICY": spec.Policies,
	"DEFAULT": spec.Defaults, "CHECK CONSTRAINT": spec.Checks,
	"INDEX": spec.Indexes, "STATISTICS": spec.Statistics,
}

// isViewQuery reports whether the entry is a rule that is the query of a view: pg_dump writes it as one where views and
// tables need each other.
func (e *Entry) isViewQuery() bool { return e.Type == "RULE" && e.Name == "_RETURN" }

// part returns the argument of a schema block that is about the whole entry.
func (e *Entry) part() spec.Part {
	if e.isViewQuery() {
		return spec.Views
	}
	return partOf[e.Type]
}

// name returns the qualified name of an entry without quotes and signature, which patterns are matched against.
func (e *Entry) name() string {
	parts := []string{e.Schema}
	switch {
	case e.Type == "COMMENT":
		if about, ok := sqltree.ParseComment(e.SQL); ok {
			return strings.Join(about.Names, ".")
		}
		parts = append(parts, e.Name)
	case e.isViewQuery():
		parts = append(parts, e.Table)
	case partOf[e.Type] == spec.Functions:
		parts = append(parts, withoutSignature(e.Name))
	case e.Table != "" && e.Type != "INDEX":
		parts = append(parts, e.Table, e.Name)
	default:
		parts = append(parts, e.Name)
	}
	return strings.TrimPrefix(strings.Join(parts, "."), ".")
}

// withoutSignature returns the name in a function's signature: `slugify(text)`, `"Slug (old)"(text)`.
func withoutSignature(signature string) string {
	w := words{rest: signature}
	name := w.next()
	if quoted := strings.TrimPrefix(name, `"`); quoted != name {
		return strings.ReplaceAll(strings.TrimSuffix(quoted, `"`), `""`, `"`)
	}
	return name
}
