package decide

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
)

// bindLink finds the tables that a link applies to. What it names without a pattern must exist; a pattern that matches
// nothing is a warning, as with rules.
func (r *resolver) bindLink(l *spec.Link) {
	if l.From.Columns == nil || len(l.To) == 0 {
		return // reported when the spec was read
	}
	schema, name, column := spec.CompileGlob(l.From.Schema), spec.CompileGlob(l.From.Table),
		spec.CompileGlob(l.From.Columns[0])
	if schema.Literal() && name.Literal() && !r.checkNames(l) {
		return
	}
	found := false
	for _, t := range r.order {
		partition := t.Source.PartitionOf != "" && !(schema.Literal() && name.Literal())
		if partition || !schema.Match(t.Source.Schema) || !name.Match(t.Source.Name) {
			continue
		}
		if t.Source.Withheld { // its columns are unknown
			found = found || name.Literal()
			continue
		}
		if !column.Literal() {
			for _, c := range t.columns {
				if column.Match(c.source.Name) {
					found = r.tie(l, t, []string{c.source.Name}) || found
				}
			}
			continue
		}
		found = r.tie(l, t, l.From.Columns) || found
	}
	if !found {
		at := l.From.Range
		r.warnf(LinkMatchesNothing, &at, "Link matches nothing", "%s matches no column on the source of %s.",
			l.Address(), r.Refresh.Address())
	}
}

// checkNames checks the table and the columns of a link that are written without patterns.
func (r *resolver) checkNames(l *spec.Link) bool {
	at := l.From.Range
	t := r.sideTable(l, l.From, l.From.Schema)
	if t == nil {
		return false
	}
	known := true
	for _, name := range l.From.Columns {
		if spec.CompileGlob(name).Literal() && t.byName[name] == nil {
			r.unknownColumn(&at, t, name)
			known = false
		}
	}
	if l.Type != "" && t.byName[l.Type] == nil {
		r.unknownColumn(&l.At.Type.Range, t, l.Type)
		known = false
	}
	return known
}

// sideTable returns the table of one side, and reports one that does not exist.
func (r *resolver) sideTable(l *spec.Link, s spec.Side, schema string) *tableNode {
	ref := catalog.Ref{Schema: schema, Name: s.Table}
	if t := r.tables[ref]; t != nil {
		return t
	}
	at := s.Range
	if r.inSchemas(schema) {
		r.unknownTable(&at, ref)
	} else {
		r.errorf(OutsideRefresh, &at, "Link leads out of the refresh",
			"%s names %s, but %s selects only the schemas %v. Add its schema, or list with refreshes = […] the "+
				"refreshes that the link is for.", l.Address(), ref, r.Refresh.Address(), r.Refresh.Schemas)
	}
	return nil
}

func (r *resolver) unknownColumn(at *diag.Range, t *tableNode, name string) {
	if t.Source.Withheld {
		return
	}
	r.errorf(UnknownColumn, at, "Unknown column", "%s has no column %q.%s", t.FullName(), name,
		diag.DidYouMean(name, t.siblings))
}

// tie links columns of one table to the keys of a link. It returns false if a pattern matched a table that the link
// does not apply to.
func (r *resolver) tie(l *spec.Link, t *tableNode, columns []string) bool {
	for _, name := range columns {
		if t.byName[name] == nil {
			return false
		}
	}
	if l.Type != "" && t.byName[l.Type] == nil {
		return false
	}
	var rels []*relation
	for _, target := range l.To {
		schema := target.Schema
		if !spec.CompileGlob(schema).Literal() {
			schema = t.Source.Schema
		}
		to := r.sideTable(l, target.Side, schema)
		if to == nil || !r.hasColumns(to, target.Side) {
			return true // reported
		}
		rels = append(rels, &relation{
			from:      t,
			to:        to,
			columns:   columns,
			key:       target.Columns,
			name:      l.Address(),
			link:      l,
			when:      target.When,
			unchecked: true,
		})
		if to == t && strings.Join(columns, "\x00") == strings.Join(target.Columns, "\x00") {
			return false // a pattern that matches the key itself
		}
	}
	if l.Type != "" {
		r.addChoice(l, t, columns, rels)
	} else {
		r.addRelation(rels[0])
		r.partsOf(rels[0])
	}
	for _, part := range t.parts { // those without a block follow it
		if part.root == part {
			r.tie(l, part, columns)
		}
	}
	return true
}

func (r *resolver) hasColumns(t *tableNode, s spec.Side) bool {
	known := true
	for _, name := range s.Columns {
		if t.byName[name] == nil {
			at := s.Range
			r.unknownColumn(&at, t, name)
			known = false
		}
	}
	return known
}

// partsOf adds a link to the partitions of its key that have a block of their own, as the catalog does for foreign
// keys.
func (r *resolver) partsOf(rel *relation) {
	for _, part := range rel.to.parts {
		deeper := *rel
		deeper.to, deeper.part = part, true
		if part.root == part {
			r.addRelation(&deeper)
		}
		r.partsOf(&deeper)
	}
}

// addChoice adds a link whose key depends on the type column of the row.
func (r *resolver) addChoice(l *spec.Link, t *tableNode, columns []string, rels []*relation) {
	r.relations = append(r.relations, rels...)
	if !t.crosses() {
		return
	}
	for i, name := range columns {
		c := t.byName[name]
		if c.choice != nil {
			at := l.Range
			r.errorf(TwoKeys, &at, "Column is in two links with a type", "%s is also in %s. Merge the two links.",
				c.fullName(), c.choice.link.Address())
			continue
		}
		c.choice = &choice{link: l}
		for _, rel := range rels {
			f := reference{rel: rel}
			if rel.to.crosses() && i < len(rel.key) {
				f.key = rel.to.byName[rel.key[i]]
			}
			c.choice.refs = append(c.choice.refs, f)
		}
	}
}
