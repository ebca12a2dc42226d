package decide

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

// Condition returns which rows cross, "" for all: those that the spec selects, and of an extension's configuration
// table only the users', because the extension brings its own to the copy.
func (t *Table) Condition() string {
	switch own := t.Own(); {
	case own == "":
		return t.Rows
	case t.Rows == "":
		return own
	default:
		return "(" + t.Rows + ") AND (" + own + ")"
	}
}

// Own returns the condition that tells the users' rows of an extension's configuration table from those that the
// extension brings; "" where all are the users', and for other tables.
func (t *Table) Own() string {
	if t.Source.Configuration == nil {
		return ""
	}
	return t.Source.Configuration.Condition
}

// unknownExtensions reports names of extensions to skip that the source does not have.
func (r *resolver) unknownExtensions() {
	var known []string
	for _, e := range r.Source.Extensions {
		known = append(known, e.Name)
	}
	for _, name := range r.Refresh.SkippedExtensions() {
		if !slices.Contains(known, name) {
			r.errorf(UnknownExtension, &r.Refresh.Extensions.At.Skip.Range, "Unknown extension",
				"The source of %s has no extension %s.%s", r.Refresh.Address(), sqltext.Plain(name),
				diag.DidYouMean(name, known))
		}
	}
}

// checkConfiguration reports configuration tables whose rows could be taken for those that the extension brings: the
// copy tells them apart by the same condition.
func (r *resolver) checkConfiguration() {
	for _, t := range r.order {
		c := t.Source.Configuration
		if c == nil || !t.crosses() {
			continue
		}
		if c.Obscure {
			r.errorf(ExtensionRows, t.Range, "Rows of an extension cannot be told apart",
				"%s is a configuration table of extension %s, whose filter for its users' rows is more than a WHERE "+
					"clause. Copy the table without rows: data = false.", t.FullName(), sqltext.Plain(c.Extension))
			continue
		}
		if c.Condition == "" {
			continue
		}
		condition, err := sqltree.Expression("(" + c.Condition + ")")
		if err != nil {
			continue // it was parsed when the catalog was read
		}
		for _, name := range sqltree.Columns(condition) {
			if d := t.byName[name].masked(); d != nil {
				r.errorf(ExtensionRows, d.Range, "Rows of an extension cannot be told apart",
					"%s tells the rows of %s that extension %s brings from the others, so it cannot be masked. Keep "+
						"it, or copy the table without rows (data = false).", t.byName[name].fullName(), t.FullName(),
					sqltext.Plain(c.Extension))
			}
		}
	}
}

// isKeptByExtension reports whether a table has only the rows that its extension brings to the copy, or is left out
// with the extension.
func (t *tableNode) isKeptByExtension() bool { return t.Source.Configuration != nil && !t.crosses() }

// warnConfigurationKey warns of references to rows that only the source's copy of an extension's table has. Where the
// extension is skipped, the foreign key goes with it.
func (r *resolver) warnConfigurationKey(rel *relation) {
	extension := rel.to.Source.Configuration.Extension
	if rel.from.Treatment == Structure || r.Refresh.SkipsExtension(extension) || rel.refersToNothing() {
		return
	}
	r.warnf(KeyRows, diag.FirstRange(rel.to.Range, rel.from.Range), "Rows may refer to rows that are not copied",
		"%s refers to %s, of which the copy has only the rows that extension %s brings. The run fails if one refers "+
			"to another row; copy the rows of %s, too.", rel, rel.to.FullName(), sqltext.Plain(extension),
		rel.to.FullName())
}
