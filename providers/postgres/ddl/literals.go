package ddl

import (
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Literals returns the values in the SQL of a script that look personal, with their places.
func (s *Script) Literals() []literal.Literal {
	var out []literal.Literal
	for i := range s.Entries {
		e := &s.Entries[i]
		if len(personal.FindValues(e.SQL)) > 0 { // parsing every statement would take long
			out = append(out, e.literals()...)
		}
	}
	return literal.Sort(out)
}

func (e *Entry) literals() []literal.Literal {
	at := literal.Literal{Where: e.Object(), Schema: e.Schema, Part: e.part(), Name: e.name()}
	if table := tableName(e); table != "" {
		at.Table = e.Schema + "." + table
	}
	pieces, err := sqltree.Pieces(e.SQL)
	if err != nil { // newer than the parser: the text holds them all the same, without their places
		return literal.Scan(at, e.SQL)
	}
	var out []literal.Literal
	for _, p := range pieces {
		out = append(out, literal.Scan(e.within(at, p), p.Texts...)...)
	}
	return out
}

// within returns the place of a clause in an entry that creates a table or a domain.
func (e *Entry) within(at literal.Literal, p sqltree.Piece) literal.Literal {
	if e.Type != "TABLE" && e.Type != "DOMAIN" {
		return at
	}
	named := func(part spec.Part, what string) literal.Literal {
		at.Part, at.Where = part, what+" of "+at.Where
		if p.Name != "" {
			at.Where, at.Name = what+" "+quoted(p.Name)+" of "+e.Object(), at.Name+"."+p.Name
		}
		return at
	}
	switch p.Clause {
	case sqltree.Default:
		return named(spec.Defaults, "default")
	case sqltree.Check:
		return named(spec.Checks, "check")
	case sqltree.Generated:
		return named(spec.Fixed, "expression")
	}
	return at
}
