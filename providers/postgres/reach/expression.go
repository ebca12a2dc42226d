package reach

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Reached is a function that a SELECT would run, with the way that leads to it.
type Reached struct {
	*Function
	Through string // "the cast from mal.mood to pg_catalog.text"
	// Called is the qualified name of an operator that the expression has, "" for what else leads to the function.
	Called string
}

// Expression is SQL over the columns of one table.
type Expression struct {
	Table   catalog.Ref
	Columns map[string]mask.Type // of the table
	SQL     string
	// Written: somebody wrote it, and not the catalogue of masks, whose constants never become values of a column's own
	// type.
	Written bool
	// Condition: the planner estimates how many rows it holds for.
	Condition bool
}

// walker looks at one expression.
type walker struct {
	*Code
	Expression
	seen  types // that it reads or names, with all that they are made of
	found []Reached
	reads map[string]bool // columns
	names map[string]bool // qualified names that it calls
	// beside are the types that stand beside a constant in quotes in a call of a function whose parameters take any
	// type.
	beside types
	// byName are the types of columns and their parts, outputs what the columns of the expression's own sub-selects are
	// made of.
	byName  map[typeName]*mask.Type
	outputs map[string][]protoreflect.Message
	asking  map[string]bool // outputs whose types are being looked for
}

// Reach returns the untrusted functions that an expression would run, and the qualified names that it calls, both
// sorted. An expression that cannot be read is an error.
func (c *Code) Reach(e Expression) ([]Reached, []string, error) {
	tree, err := pgparse.Parse("SELECT " + e.SQL)
	if err != nil {
		return nil, nil, fmt.Errorf("reading an expression: %w", err)
	}
	w := walker{
		Code:       c,
		Expression: e,
		seen:       types{},
		reads:      map[string]bool{},
		names:      map[string]bool{},
		beside:     types{},
		byName:     map[typeName]*mask.Type{},
		outputs:    map[string][]protoreflect.Message{},
		asking:     map[string]bool{},
	}
	for _, t := range e.Columns {
		w.name(&t)
	}
	w.gather(tree.ProtoReflect())
	w.look(tree.ProtoReflect())
	if w.Condition { // it becomes a boolean
		for _, n := range tree.Stmts[0].GetStmt().GetSelectStmt().GetTargetList() {
			w.coerced(w.possible(n.GetResTarget().GetVal().ProtoReflect()))
		}
	}
	w.ofTypes()
	slices.SortFunc(w.found, func(a, b Reached) int {
		return strings.Compare(a.Signature()+a.Through, b.Signature()+b.Through)
	})
	return slices.Compact(w.found), slices.Sorted(maps.Keys(w.names)), nil
}

func (w *walker) reach(through string, functions ...*Function) {
	for _, f := range functions {
		w.found = append(w.found, Reached{Function: f, Through: through})
	}
}

// look finds what the nodes of an expression call.
func (w *walker) look(m protoreflect.Message) {
	switch n := m.Interface().(type) {
	case *pg.FuncCall:
		w.function(n)
	case *pg.A_Expr:
		w.operator(qualified(n.Name), n.Lexpr, n.Rexpr)
	case *pg.SubLink:
		w.operator(qualified(n.OperName), n.Testexpr)
	case *pg.SortBy:
		w.operator(qualified(n.UseOp), n.Node)
	case *pg.A_Indirection:
		for _, i := range n.Indirection { // value.name may be name(value)
			w.called("pg_catalog." + i.GetString_().GetSval())
		}
	case *pg.TypeCast:
		w.cast(n)
		w.look(n.Arg.ProtoReflect())
		w.modifiers(n.TypeName)
		return
	case *pg.TypeName:
		w.make(n)
	case *pg.ColumnRef:
		if functions := w.generated[columnName{w.Table, last(n)}]; functions != nil {
			w.reach("the generated column "+last(n), functions...)
		}
	case *pg.CaseExpr, *pg.CaseWhen, *pg.CoalesceExpr, *pg.MinMaxExpr, *pg.A_ArrayExpr, *pg.BoolExpr, *pg.BooleanTest,
		*pg.A_Indices:
		each(m, func(below protoreflect.Message) { w.coerced(w.possible(below)) })
	default:
		if strings.HasPrefix(string(m.Descriptor().Name()), "Json") {
			w.castTo(types{"pg_catalog.json": true}, w.possible(m))
		}
	}
	each(m, w.look)
}

// modifiers looks at the expressions in a type's modifiers.
func (w *walker) modifiers(t *pg.TypeName) {
	if t == nil {
		return
	}
	for _, m := range append(slices.Clone(t.Typmods), t.ArrayBounds...) {
		w.look(m.ProtoReflect())
	}
}

func (w *walker) called(name string) {
	if _, ok := own(name); !ok {
		w.names[name] = true
	}
	w.reach("the call of "+name+"()", w.named[name]...)
}

func (w *walker) function(n *pg.FuncCall) {
	name := qualified(n.Funcname)
	w.called(name)
	w.made("the type "+name, types{typeName(name): true})
	short, isOwn := own(name)
	args := types{}
	for _, a := range n.Args {
		args.add(w.possible(a.ProtoReflect()))
	}
	if !isOwn || !w.anyArgument[short] {
		w.coerced(args)
	}
	switch {
	case !isOwn:
	case strings.Contains(short, "json"): // of a value that has a cast to json, json is what that makes of it
		w.castTo(types{"pg_catalog.json": true}, args)
	case short == "quote_literal" || short == "quote_nullable": // functions in SQL that cast their argument to text
		w.castTo(types{"pg_catalog.text": true}, args)
	}
	if isOwn && w.polymorphic[short] && slices.ContainsFunc(n.Args, isUntyped) {
		w.beside.add(args)
	}
}

// isUntyped reports a constant in quotes, or NULL, whose type what stands beside it decides.
func isUntyped(n *pg.Node) bool {
	c := n.GetAConst()
	return c != nil && (c.Isnull || c.GetSval() != nil)
}

func (w *walker) operator(name string, args ...*pg.Node) {
	if name == "" {
		return
	}
	if _, ok := own(name); !ok {
		w.names[name] = true
	}
	for _, f := range w.operators[name] {
		w.found = append(w.found, Reached{Function: f, Through: "the operator " + name, Called: name})
	}
	of := types{}
	for _, a := range args {
		if a != nil {
			of.add(w.possible(a.ProtoReflect()))
		}
	}
	w.coerced(of)
	short, isOwn := own(name)
	if isOwn && short == "||" { // text || any value is a function in SQL that casts the value to text
		w.castTo(types{"pg_catalog.text": true}, of)
	}
}

func (w *walker) cast(n *pg.TypeCast) {
	from := w.possible(n.Arg.ProtoReflect())
	fields := n.Arg.GetRowExpr().GetArgs()
	for i, name := range namesOfType(n.TypeName) {
		of, isArray := w.byName[name], i > 0 || len(n.TypeName.ArrayBounds) > 0
		switch {
		case isArray:
			w.castTo(types{name + array: true}, from)
			if from[array] { // element by element
				w.castTo(w.parts(name), from)
			}
		case of != nil && len(fields) > 0 && len(of.Fields) == len(fields):
			for k, field := range of.Fields {
				w.castTo(types{}.closure(field.Type), w.possible(fields[k].ProtoReflect()))
			}
		case from[row]: // field by field
			w.castTo(w.parts(name), from)
		case of != nil:
			w.castTo(types{name: true, nameOf(of.Underlying()): true}, from)
		default: // of a domain, what it stands on
			w.castTo(w.parts(name), from)
		}
	}
	if c := n.Arg.GetAConst(); c == nil || !c.Isnull || !w.composed(n.TypeName) {
		w.make(n.TypeName)
	}
}

// parts are a type and what its values are made of.
func (w *walker) parts(name typeName) types {
	out := types{}
	w.closure(out, name)
	if of := w.byName[name]; of != nil {
		out.closure(*of)
	}
	return out
}

// composed reports whether a type is an array, or a column's composite type: NULL is made without what it would be made
// of.
func (w *walker) composed(t *pg.TypeName) bool {
	if len(t.ArrayBounds) > 0 {
		return true
	}
	return slices.ContainsFunc(namesOfType(t), func(name typeName) bool {
		return w.byName[name] != nil && w.byName[name].Kind == 'c'
	})
}

// make finds what runs where a value of a type is made that the expression names.
func (w *walker) make(t *pg.TypeName) {
	for _, name := range namesOfType(t) {
		w.made("the type "+string(name), types{name: true})
	}
}

func (w *walker) made(through string, of types) {
	all := types{}
	for name := range of {
		w.closure(all, name)
	}
	for name := range all {
		what := through
		if !of[name] {
			what += " with " + string(name)
		}
		w.reach("a check of "+what, w.types[name].made...)
	}
}

// castTo finds the casts from some types to others.
func (w *walker) castTo(to, from types) {
	for _, c := range w.casts {
		if to[c.target] && from.holds(c.source) {
			w.reach(c.way(), c.function)
		}
	}
}

// ofTypes finds what the types of an expression bring along without a name.
func (w *walker) ofTypes() {
	for name := range w.seen {
		w.reach("the type "+string(name), w.types[name].handled...)
		if w.Condition {
			w.reach("the planner's estimates for the type "+string(name), w.types[name].estimated...)
		}
	}
	if w.Written {
		w.ofConstants()
	}
}

// ofConstants finds the checks of domains that a constant beside a column's value may become a value of: '{a}' beside
// an array of a domain is one. Beside a domain itself that takes a function whose parameters take any type.
func (w *walker) ofConstants() {
	for name, t := range w.Columns {
		if !w.reads[name] {
			continue
		}
		if u := t.Underlying(); t.Base != nil && u.Elem == nil && len(u.Fields) == 0 && !w.beside[nameOf(t)] {
			continue
		}
		parts := types{}
		parts.closure(t)
		for part := range parts {
			w.reach("a check of the type "+string(part), w.types[part].made...)
		}
	}
}

// coerced finds the casts that PostgreSQL adds by itself to values of some types, where it looks for a function or for
// a common type.
func (w *walker) coerced(from types) {
	for _, c := range w.casts {
		_, toOwn := own(string(c.target))
		if c.implicit && from.holds(c.source) && (toOwn || w.seen[c.target]) {
			w.reach(c.way(), c.function)
		}
	}
}

func (c cast) way() string { return fmt.Sprintf("the cast from %s to %s", c.source, c.target) }
