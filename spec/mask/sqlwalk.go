package mask

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// walker checks every node of an expression's tree.
type walker struct {
	allowed
	reads, tables, called map[string]bool
	problems              []string
}

func (w *walker) problem(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(w.problems, text) {
		w.problems = append(w.problems, text)
	}
}

// harmless are nodes that only compute with what is below them. Unknown nodes are rejected: the parser of a later
// PostgreSQL may have new ones.
var harmless = []string{
	"Node", "ResTarget", "List", "A_Const", "Integer", "Float", "Boolean", "String", "BitString", "NamedArgExpr",
	"A_Indices", "A_ArrayExpr", "RowExpr", "CaseExpr", "CaseWhen",
	"CoalesceExpr", "MinMaxExpr", "NullTest", "BooleanTest", "BoolExpr", "CollateClause", "XmlExpr", "XmlSerialize",
	"JsonFuncExpr", "JsonIsPredicate", "JsonObjectConstructor", "JsonArrayConstructor",
	"JsonParseExpr", "JsonScalarExpr", "JsonSerializeExpr", "JsonValueExpr", "JsonFormat", "JsonOutput",
	"JsonReturning", "JsonBehavior", "JsonKeyValue", "JsonArgument",
}

func (w *walker) walk(m protoreflect.Message) {
	switch kind := string(m.Descriptor().Name()); kind {
	case "SubLink", "SelectStmt", "RangeSubselect", "JsonArrayQueryConstructor":
		w.problem("a sub-select has no place in a mask: it could bring other rows' raw values in")
		return
	case "ParamRef":
		w.problem("there are no parameters")
	case "WindowDef", "GroupingFunc", "JsonObjectAgg", "JsonArrayAgg", "JsonAggConstructor":
		w.problem("aggregates, window functions and grouping look at other rows; a mask sees one")
		return
	case "SetToDefault", "CurrentOfExpr":
		w.problem("DEFAULT and CURRENT OF have no place in an expression")
	case "ColumnRef":
		w.column(m)
		return
	case "FuncCall":
		w.function(m)
	case "A_Indirection":
		w.fields(m)
	case "A_Expr":
		w.noteForeign(names(m, "name"), "operator")
	case "TypeCast":
		if w.cast(m) {
			return
		}
	case "TypeName":
		w.typeName(m)
		return
	case "A_Const":
		w.moment(m)
	case "SQLValueFunction":
		w.valueFunction(m)
	default:
		if !slices.Contains(harmless, kind) {
			w.problem("this kind of expression (%s) is not known to see the row alone", kind)
			return
		}
	}
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				w.walk(v.List().Get(i).Message())
			}
		case !f.IsList() && !f.IsMap() && f.Message() != nil:
			w.walk(v.Message())
		}
		return true
	})
}

// field returns a field of a node.
func field(m protoreflect.Message, name protoreflect.Name) protoreflect.Value {
	return m.Get(m.Descriptor().Fields().ByName(name))
}

// names reads a list of String nodes; what is none is "*".
func names(m protoreflect.Message, of protoreflect.Name) []string {
	list := field(m, of).List()
	var out []string
	for i := range list.Len() {
		name, ok := stringNode(list.Get(i).Message())
		if !ok {
			name = "*"
		}
		out = append(out, name)
	}
	return out
}

func stringNode(node protoreflect.Message) (string, bool) {
	inner := node.WhichOneof(node.Descriptor().Oneofs().Get(0))
	if inner == nil || inner.Message().Name() != "String" {
		return "", false
	}
	return field(node.Get(inner).Message(), "sval").String(), true
}

func (w *walker) column(m protoreflect.Message) {
	parts := names(m, "fields")
	name := parts[len(parts)-1]
	switch {
	case slices.Contains(parts, "*"):
		w.problem("* is all columns; name the one that is meant")
		return
	case len(parts) > 2:
		w.problem("write the column %q without its schema", name)
	case len(parts) == 2:
		w.tables[parts[0]] = true
	}
	w.reads[name] = true
}

// fields looks at (value).name: a field of a composite value, or, in the other notation that PostgreSQL knows, a
// function of it.
func (w *walker) fields(m protoreflect.Message) {
	list := field(m, "indirection").List()
	for i := range list.Len() {
		if name, ok := stringNode(list.Get(i).Message()); ok {
			w.checkName(name)
		} else if inner := list.Get(i).Message(); inner.Has(inner.Descriptor().Fields().ByName("a_star")) {
			w.problem("* is all fields; name the one that is meant")
		}
	}
}

// noteForeign notes functions and operators that are not PostgreSQL's own: no list can say what they read.
func (w *walker) noteForeign(parts []string, what string) {
	if len(parts) < 2 || parts[len(parts)-2] == "pg_catalog" {
		return
	}
	name := strings.Join(parts[len(parts)-2:], ".")
	w.called[name] = true
	switch {
	case reaching.MatchString(parts[len(parts)-2]):
		w.problem("the %s %s reaches beyond the row and is never allowed in a mask", what, name)
	case !w.anyCalls && !slices.Contains(w.calls, name):
		w.problem("the %s %s is not one of PostgreSQL's own, so what it reads is not known here; say { calls = [%q] "+
			"} where it sees nothing but its arguments", what, name, name)
	}
}

func (w *walker) function(m protoreflect.Message) {
	parts := names(m, "funcname")
	w.noteForeign(parts, "function")
	name := strings.ToLower(parts[len(parts)-1])
	w.checkName(name)
	for _, flag := range []protoreflect.Name{
		"agg_star", "agg_distinct", "agg_within_group", "agg_filter", "agg_order",
	} {
		if m.Has(m.Descriptor().Fields().ByName(flag)) {
			w.problem("%s() is called as an aggregate, which looks at other rows; a mask is one value from one row",
				name)
		}
	}
	if name == "age" && field(m, "args").List().Len() == 1 && !w.volatile && !w.moments {
		w.problem("age() of one argument counts from today; give it two, or say { volatile = true } if that is meant")
	}
}

// checkName judges a function by its name.
func (w *walker) checkName(name string) {
	switch {
	case refused.MatchString(name) && name != "pg_typeof" && name != "pg_column_size":
		w.problem("%s() reaches beyond the row and is never allowed in a mask", name)
	case otherRows.MatchString(name):
		w.problem("%s() looks at or makes other rows; a mask is one value from one row", name)
	case changing.MatchString(name) && !w.volatile && !(w.moments && momentFunctions[name]):
		w.problem("%s() gives another result each time; say { volatile = true } if that is meant", name)
	}
}

// typeName refuses types whose values are looked up in the catalog, and types that are those of something else.
func (w *walker) typeName(m protoreflect.Message) {
	parts := names(m, "names")
	name := parts[len(parts)-1]
	if lookedUp.MatchString(name) {
		w.problem("a cast to %s reads the catalog; a mask sees one row", name)
	}
	if field(m, "setof").Bool() || field(m, "pct_type").Bool() {
		w.problem("SETOF and %%TYPE have no place in a mask")
	}
	w.modifiers(m)
}

// modifiers looks at what stands in the brackets of a type: constants, and words such as those of geometry(Point,
// 4326).
func (w *walker) modifiers(typeName protoreflect.Message) {
	list := field(typeName, "typmods").List()
	for i := range list.Len() {
		node := list.Get(i).Message()
		inner := node.WhichOneof(node.Descriptor().Oneofs().Get(0))
		switch {
		case inner != nil && inner.Message().Name() == "A_Const":
		case inner != nil && inner.Message().Name() == "ColumnRef" &&
			len(names(node.Get(inner).Message(), "fields")) == 1:
		default:
			w.problem("the modifier of a type is a constant, such as numeric(8, 2)")
		}
	}
}

// valueFunction judges CURRENT_DATE, CURRENT_USER and their like.
func (w *walker) valueFunction(m protoreflect.Message) {
	op := m.Descriptor().Fields().ByName("op")
	name := strings.TrimPrefix(string(op.Enum().Values().ByNumber(m.Get(op).Enum()).Name()), "SVFOP_")
	switch {
	case strings.Contains(name, "USER") || strings.Contains(name, "ROLE") || strings.Contains(name, "CATALOG") ||
		strings.Contains(name, "SCHEMA"):
		w.problem("%s is of the session, not of the row, and is never allowed in a mask", name)
	case !w.volatile && !w.moments:
		w.problem("%s changes from run to run; say { volatile = true } if that is meant", name)
	}
}

// momentFunctions return the time at which a transaction began.
var momentFunctions = map[string]bool{"now": true, "transaction_timestamp": true}

var momentWords = []string{"now", "today", "tomorrow", "yesterday"}

// cast checks a constant with a type, and reports whether the node is just that: 'now'::text is a text, while
// timestamp 'tomorrow 12:00' means another time at each run.
func (w *walker) cast(m protoreflect.Message) (done bool) {
	word, ok := constant(field(m, "arg").Message())
	if !ok {
		return false
	}
	w.typeName(field(m, "type_name").Message())
	parts := names(field(m, "type_name").Message(), "names")
	if slices.Contains([]string{"text", "varchar", "bpchar", "name", "json", "jsonb"}, parts[len(parts)-1]) {
		return true
	}
	for _, part := range strings.Fields(word) {
		w.momentWord(part)
	}
	return true
}

// moment refuses a constant that is such a word alone: beside a timestamp it is taken for one.
func (w *walker) moment(m protoreflect.Message) {
	if s := m.Descriptor().Fields().ByName("sval"); m.Has(s) {
		w.momentWord(strings.TrimSpace(field(m.Get(s).Message(), "sval").String()))
	}
}

func (w *walker) momentWord(word string) {
	if word = strings.ToLower(word); slices.Contains(momentWords, word) && !w.volatile && !w.moments {
		w.problem("'%s' means another time at each run; say { volatile = true } if that is meant, or "+
			"'%s'::text where it is a text", word, word)
	}
}

// constant returns the text of a node that is a string constant.
func constant(node protoreflect.Message) (string, bool) {
	for _, step := range []protoreflect.Name{"a_const", "sval"} { // Node, A_Const
		f := node.Descriptor().Fields().ByName(step)
		if f == nil || !node.Has(f) {
			return "", false
		}
		node = node.Get(f).Message()
	}
	return field(node, "sval").String(), true
}
