package acl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// target is one thing that a selector stands for: an object, or a column of a table.
type target struct {
	object *Object
	column string
}

// String returns the target as notes name it.
func (t target) String() string {
	if t.column != "" {
		return t.object.Path() + "." + sqltext.Plain(t.column)
	}
	return t.object.Path()
}

// list is the target's own access list.
func (t target) list() []Entry {
	if t.column == "" {
		return t.object.Grants
	}
	for _, c := range t.object.Columns {
		if c.Name == t.column {
			return c.Grants
		}
	}
	return nil
}

// resolve expands a selector to what exists. What does not is a diagnostic with the nearest name. Objects that
// an extension brought have to be named to be meant.
func (s *State) resolve(sel spec.Selector, at diag.Range, diags *diag.Diagnostics) []target {
	kind := Kind(sel.Kind)
	switch kind {
	case Database:
		return s.matching(func(o *Object) bool { return o.Kind == Database })
	case Schema:
		found := s.matching(func(o *Object) bool { return o.Kind == Schema && o.Name == sel.Name })
		if found == nil {
			s.unknown(diags, at, Schema, "", sel.Name)
		}
		return found
	}
	if s.matching(func(o *Object) bool { return o.Kind == Schema && o.Name == sel.Schema }) == nil {
		s.unknown(diags, at, Schema, "", sel.Schema)
		return nil
	}
	inSchema := func(o *Object) bool { return o.Kind == kind && o.Schema == sel.Schema }
	switch {
	case sel.All:
		return s.matching(func(o *Object) bool { return inSchema(o) && !o.Extension })
	case kind == Function:
		return s.function(sel, at, diags)
	}
	found := s.matching(func(o *Object) bool { return inSchema(o) && o.Name == sel.Name })
	switch {
	case found == nil:
		s.unknown(diags, at, kind, sel.Schema, sel.Name)
	case len(sel.Columns) > 0:
		return columnsOf(found[0].object, sel.Columns, at, diags)
	}
	return found
}

func (s *State) matching(is func(*Object) bool) []target {
	var out []target
	for i := range s.Objects {
		if is(&s.Objects[i]) {
			out = append(out, target{object: &s.Objects[i]})
		}
	}
	return out
}

// unknown reports a name that does not exist, with a name that is near, or the kind that it really has.
func (s *State) unknown(diags *diag.Diagnostics, at diag.Range, kind Kind, schema, name string) {
	var known []string
	hint := ""
	for i := range s.Objects {
		o := &s.Objects[i]
		if o.Schema != schema {
			continue
		}
		if o.Kind == kind {
			known = append(known, o.Name)
		} else if o.Name == name && schema != "" {
			hint = fmt.Sprintf(" There is a %s of that name: use %s(%q, %q).", o.Detail, o.Kind, schema, name)
		}
	}
	if hint == "" {
		hint = diag.DidYouMean(name, known)
	}
	if kind == Schema && (strings.HasPrefix(name, "pg_") || name == "information_schema") {
		hint = " Privileges in the system's own schemas are not managed."
	}
	where := "database " + sqltext.Plain(s.Database)
	if schema != "" {
		where = "schema " + sqltext.Plain(schema) + " of " + where
	}
	diags.Errorf(&at, "Unknown "+string(kind), "There is no %s %q in %s.%s", kind, name, where, hint)
}

// function finds one function by its signature. A name alone will do where it is not overloaded.
func (s *State) function(sel spec.Selector, at diag.Range, diags *diag.Diagnostics) []target {
	name, types, hasTypes := parseSignature(sel.Name)
	named := s.matching(func(o *Object) bool { return o.Kind == Function && o.Schema == sel.Schema && o.Name == name })
	var found []target
	for _, t := range named {
		if !hasTypes || sameTypes(types, t.object.Types) {
			found = append(found, t)
		}
	}
	if exact := slices.DeleteFunc(slices.Clone(found), func(t target) bool {
		return !slices.Equal(t.object.Types, types)
	}); len(exact) == 1 {
		found = exact // a written type without its schema can mean several
	}
	switch {
	case len(found) == 1:
		return found
	case len(named) == 0:
		s.unknown(diags, at, Function, sel.Schema, name)
	default:
		var signatures []string
		for _, t := range named {
			signatures = append(signatures, t.object.Name+signature(t.object.Types))
		}
		diags.Errorf(&at, "Unknown function",
			"%q is not the signature of one function in schema %s of database %s. There are: %s.",
			sel.Name, sqltext.Plain(sel.Schema), sqltext.Plain(s.Database), strings.Join(signatures, "; "))
	}
	return nil
}

func columnsOf(o *Object, names []string, at diag.Range, diags *diag.Diagnostics) []target {
	var known []string
	for _, c := range o.Columns {
		known = append(known, c.Name)
	}
	var out []target
	for _, n := range names {
		if !slices.Contains(known, n) {
			diags.Errorf(&at, "Unknown column", "%s has no column %q.%s", o, n, diag.DidYouMean(n, known))
			continue
		}
		out = append(out, target{o, n})
	}
	return out
}
