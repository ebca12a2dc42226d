// Package reach finds the user-defined code that a SELECT on a source runs: functions, operators and casts that an
// expression names, and what runs implicitly: casts, checks of domains and comparisons of types, and constant
// expressions that the planner evaluates. Users of the source can write such code; in the session that masks, it could
// read every table and the key of the masks. Everything is read from the catalog, and nothing is run. Code that came
// with the server is trusted, and so are members of an extension that a superuser owns: other owners of an extension
// could add functions of their own.
package reach

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Function is a function that is not trusted.
type Function struct {
	catalog.Ref
	Arguments string // as pg_get_function_identity_arguments writes them
	Owner     string
	// inlined: the planner may replace a call by the body of the function.
	inlined bool
	body    string // of one that may be inlined
	digest  string // of all that defines what it does
}

// Name returns the function's name as in calls = […].
func (f *Function) Name() string { return f.Schema + "." + f.Ref.Name }

// Signature returns the function's name with its arguments.
func (f *Function) Signature() string { return f.Ref.String() + "(" + f.Arguments + ")" }

// Code is all untrusted code of a database that a SELECT could run.
type Code struct {
	functions map[uint32]*Function
	named     map[string][]*Function // by schema.name
	bodies    map[string][]string    // of trusted functions that may be inlined, by schema.name
	operators map[string][]*Function // by schema.operator
	casts     []cast
	types     map[typeName]typeCode
	generated map[columnName][]*Function // of virtual generated columns
	planned   map[catalog.Ref][]planned
	logins    []login
	// altered: somebody added a function or an operator to pg_catalog, or a cast between built-in types.
	altered bool
	// polymorphic are the built-in functions and operators whose result type follows their arguments.
	polymorphic map[string]bool
	// anyArgument are those with one argument of any type, which is not cast.
	anyArgument map[string]bool
}

// typeName is schema.name of a type; an array has the name of its elements' type.
type typeName string

// typeCode is the code of a type.
type typeCode struct {
	// of are the types that its values consist of: the base of a domain, the fields of a composite type.
	of []typeName
	// made runs when a value of the type is made: the checks of a domain.
	made []*Function
	// handled may run on any value of the type: the functions of a base type, comparisons, the canonical form of a
	// range.
	handled []*Function
	// estimated runs when the planner estimates a condition: the difference of a range's bounds.
	estimated []*Function
}

// cast is a cast with a function. implicit: PostgreSQL may add it.
type cast struct {
	source, target typeName
	implicit       bool
	function       *Function
}

type columnName struct {
	table catalog.Ref
	name  string
}

// login is an event trigger that runs at the start of a session.
type login struct {
	name     string
	function *Function
}

// Read returns the untrusted code of the database that q is connected to, with a constant number of queries on the
// system catalogs. q's search_path must be pg_catalog, so that names are written in full.
func Read(ctx context.Context, q catalog.Queryer) (*Code, error) {
	r := reader{ctx: ctx, q: q, Code: &Code{
		functions:   map[uint32]*Function{},
		named:       map[string][]*Function{},
		bodies:      map[string][]string{},
		operators:   map[string][]*Function{},
		types:       map[typeName]typeCode{},
		generated:   map[columnName][]*Function{},
		planned:     map[catalog.Ref][]planned{},
		polymorphic: map[string]bool{},
		anyArgument: map[string]bool{},
	}}
	for _, part := range []struct {
		what string
		read func() error
	}{
		{"the version", r.readVersion},
		{"functions", r.readFunctions},
		{"trusted functions", r.readBodies},
		{"operators", r.readOperators},
		{"casts", r.readCasts},
		{"types", r.readTypes},
		{"what types are made of", r.readParts},
		{"generated columns", r.readGenerated},
		{"indexes and statistics", r.readPlanned},
		{"event triggers", r.readLogins},
		{"polymorphic functions", r.readPolymorphic},
	} {
		if err := part.read(); err != nil {
			return nil, fmt.Errorf("reading what code the source has: %s: %w", part.what, conn.Redact(err))
		}
		if part.what == "functions" && len(r.functions) == 0 {
			break // nothing can be reached
		}
	}
	r.findAltered()
	return r.Code, nil
}

// findAltered looks for code behind built-in names and types, which only a superuser can create.
func (c *Code) findAltered() {
	for _, names := range []map[string][]*Function{c.named, c.operators} {
		for name := range names {
			if _, ok := own(name); ok {
				c.altered = true
			}
		}
	}
	for _, k := range c.casts {
		_, from := own(string(k.source))
		_, to := own(string(k.target))
		c.altered = c.altered || from && to
	}
	for name := range c.types {
		if _, ok := own(string(name)); ok {
			c.altered = true
		}
	}
}

// Empty reports whether the database has no untrusted code at all.
func (c *Code) Empty() bool { return len(c.functions) == 0 }
