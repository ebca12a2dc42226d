package schemalock

import (
	"maps"
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec"
)

// found returns the literals of the lock. One of format 1 does not list them: they are looked for in its texts.
func (d *Database) found() []literal.Literal {
	if d.Searched {
		return d.Literals
	}
	out := []literal.Literal{}
	for name, t := range d.Types {
		at := literal.Literal{Where: "type " + name, Schema: t.Schema, Name: t.Schema + "." + t.Name}
		out = append(out, literal.Scan(at, t.Labels...)...)
		at.Part = spec.Checks
		out = append(out, literal.Scan(at, t.Checks...)...)
	}
	for _, schema := range slices.Sorted(maps.Keys(d.Tables)) {
		for name, t := range d.Tables[schema] {
			out = append(out, t.literals(catalog.Ref{Schema: schema, Name: name})...)
		}
	}
	return literal.Sort(out)
}

func (t *LockedTable) literals(ref catalog.Ref) []literal.Literal {
	var out []literal.Literal
	table := ref.Schema + "." + ref.Name
	look := func(part spec.Part, where, name, text string) {
		at := literal.Literal{Where: where, Schema: ref.Schema, Table: table, Part: part, Name: name}
		out = append(out, literal.Scan(at, text)...)
	}
	look(spec.Comments, "comment on table "+ref.String(), table, t.Comment)
	for _, c := range t.Columns {
		column := table + "." + c.Name
		look(spec.Comments, "comment on column "+ref.String()+"."+c.Name, column, c.Comment)
		if c.Generated == "" {
			look(spec.Defaults, "default of "+ref.String()+"."+c.Name, column, c.Default)
		} else {
			look(spec.Fixed, "expression of "+ref.String()+"."+c.Name, column, c.Default)
		}
	}
	for _, k := range t.Constraints {
		part := spec.Fixed
		if k.Kind == constraintKinds[catalog.CheckRule] {
			part = spec.Checks
		}
		look(part, "constraint "+k.Name+" of "+ref.String(), table+"."+k.Name, k.Definition)
	}
	for _, i := range t.Indexes {
		look(spec.Indexes, "index "+ref.Schema+"."+i.Name, ref.Schema+"."+i.Name, i.Definition)
	}
	return out
}
