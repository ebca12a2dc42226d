package reach

import (
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// planned is an expression that hangs on a table and that the planner computes what is constant of whenever a SELECT
// reads the table: of an index, of its predicate, of statistics, of a partition key. (get_relation_info reads them
// through eval_const_expressions, and no setting keeps it from that. A function of a column's value is not run by it.)
type planned struct {
	of       string // "index x"
	function *Function
}

// Planned returns the functions that run when a SELECT on a table is planned, whatever it asks for.
func (c *Code) Planned(table catalog.Ref) []Reached {
	var out []Reached
	for _, p := range c.planned[table] {
		out = append(out, Reached{
			Function: p.function,
			Through:  p.of + ", of which the planner computes what is constant",
		})
	}
	return out
}

// readPlanned finds which of the expressions that mention untrusted functions have a call of one that can become
// constant.
func (r *reader) readPlanned() error {
	of := func(class, object string) string {
		return `ARRAY(SELECT d.function FROM (` + dependencies(class) + `) d WHERE d.object = ` + object + `)`
	}
	expressions := `SELECT n.nspname::text, c.relname::text, 'index ' || x.relname,
		concat_ws(', ', pg_catalog.pg_get_expr(i.indexprs, i.indrelid),
			pg_catalog.pg_get_expr(i.indpred, i.indrelid)), ` + of("pg_class", "i.indexrelid") +
		` FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
			JOIN pg_catalog.pg_class c ON c.oid = i.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE i.indexrelid IN (SELECT d.object FROM (` + dependencies("pg_class") + `) d)
		UNION ALL SELECT n.nspname::text, c.relname::text, 'the partition key', pg_catalog.pg_get_expr(p.partexprs,
			p.partrelid), ` + of("pg_class", "p.partrelid") + `
			FROM pg_catalog.pg_partitioned_table p JOIN pg_catalog.pg_class c ON c.oid = p.partrelid
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE p.partexprs IS NOT NULL AND p.partrelid IN (SELECT d.object FROM (` + dependencies("pg_class") +
		`) d)`
	if r.version >= 140000 {
		expressions += ` UNION ALL SELECT n.nspname::text, c.relname::text, 'statistics ' || s.stxname,
			array_to_string(pg_catalog.pg_get_statisticsobjdef_expressions(s.oid), ', '), ` +
			of("pg_statistic_ext", "s.oid") + `
			FROM pg_catalog.pg_statistic_ext s JOIN pg_catalog.pg_class c ON c.oid = s.stxrelid
			JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
			WHERE s.oid IN (SELECT d.object FROM (` + dependencies("pg_statistic_ext") + `) d)`
	}
	return r.each(expressions+` ORDER BY 1, 2, 3`, func(rows pgx.Rows) error {
		var at catalog.Ref
		var of, list string
		var mentioned []uint32
		if err := rows.Scan(&at.Schema, &at.Name, &of, &list, &mentioned); err != nil {
			return err
		}
		f := folding{Code: r.Code, found: map[*Function]bool{}, followed: map[followed]bool{}}
		if !f.text("SELECT "+list, false) {
			for _, function := range r.add(nil, mentioned...) {
				f.found[function] = true
			}
		}
		for _, function := range f.sorted() {
			r.planned[at] = append(r.planned[at], planned{of: of, function: function})
		}
		return nil
	})
}

// folding looks for calls of untrusted functions that can become constant, in an expression and in the bodies that the
// planner may put in place of calls, those of trusted functions too: a table may have to be read with a search_path in
// which the names of a body are looked up, and anybody's function can be found first there.
type folding struct {
	*Code
	found    map[*Function]bool
	followed map[followed]bool
	depth    int
}

// deepest is how far bodies are followed; what is deeper counts as found.
const deepest = 10

// text looks at a statement, and reports whether it could be read. constants says that a parameter in it may be a
// constant.
func (f *folding) text(sql string, constants bool) bool {
	tree, err := pgparse.Parse(sql)
	if err != nil {
		return false
	}
	f.look(tree.ProtoReflect(), constants)
	return true
}

func (f *folding) look(m protoreflect.Message, constants bool) {
	switch n := m.Interface().(type) {
	case *pg.FuncCall:
		f.call(meant(f, f.named, n.Funcname), n.Args, constants)
		f.trusted(n, constants)
	case *pg.A_Expr:
		f.call(meant(f, f.operators, n.Name), []*pg.Node{n.Lexpr, n.Rexpr}, constants)
	case *pg.TypeCast:
		for _, c := range f.casts {
			if slices.ContainsFunc(namesOfType(n.TypeName), func(name typeName) bool {
				return c.target == name || c.target == name+array
			}) {
				f.call([]*Function{c.function}, []*pg.Node{n.Arg}, constants)
			}
		}
	}
	each(m, func(below protoreflect.Message) { f.look(below, constants) })
}

// meant returns what a name may mean: without a schema in a body, what is called so in any of them.
func meant[T any](f *folding, names map[string][]T, name []*pg.Node) []T {
	if len(name) != 1 || f.depth == 0 {
		return names[qualified(name)]
	}
	var out []T
	suffix := "." + name[0].GetString_().GetSval()
	for _, known := range slices.Sorted(maps.Keys(names)) {
		if strings.HasSuffix(known, suffix) {
			out = append(out, names[known]...)
		}
	}
	return out
}

// trusted looks into the bodies that the planner may put in place of a call of a trusted function, each once.
func (f *folding) trusted(n *pg.FuncCall, constants bool) {
	fixed := slices.ContainsFunc(n.Args, func(a *pg.Node) bool { return !varies(a.ProtoReflect(), constants) })
	for _, body := range meant(f, f.bodies, n.Funcname) {
		if f.followed[followed{body, fixed}] || f.depth >= deepest {
			continue
		}
		f.followed[followed{body, fixed}] = true
		f.depth++
		f.text(statement(body), fixed)
		f.depth--
	}
}

// followed is the body of a trusted function, and whether one of its parameters is a constant.
type followed struct {
	body  string
	fixed bool
}

// call looks at a call of one of some functions.
func (f *folding) call(functions []*Function, args []*pg.Node, constants bool) {
	fixed := 0
	for _, a := range args {
		if a == nil || !varies(a.ProtoReflect(), constants) {
			fixed++
		}
	}
	for _, function := range functions {
		if fixed == len(args) {
			f.found[function] = true
		}
		if !function.inlined || f.found[function] {
			continue
		}
		f.depth++
		if f.depth > deepest || !f.text(statement(function.body), fixed > 0) {
			f.found[function] = true
		}
		f.depth--
	}
}

// statement is the body of a function in SQL as something that can be parsed: RETURN and BEGIN ATOMIC … END are parts
// of CREATE FUNCTION (manual, CREATE FUNCTION, sql_body).
func statement(body string) string {
	body = strings.TrimSpace(body)
	if rest, ok := strings.CutPrefix(body, "RETURN "); ok {
		return "SELECT " + rest
	}
	if rest, ok := strings.CutPrefix(body, "BEGIN ATOMIC"); ok {
		return strings.TrimSuffix(strings.TrimSpace(rest), "END")
	}
	return body
}

// varies reports whether an expression has a value of a row in it, or a parameter that is none of a call's constants.
func varies(m protoreflect.Message, constants bool) bool {
	switch m.Interface().(type) {
	case *pg.ColumnRef, *pg.ParamRef: // a parameter is called by its name or by its number
		return !constants
	}
	found := false
	each(m, func(below protoreflect.Message) { found = found || varies(below, constants) })
	return found
}

func (f *folding) sorted() []*Function {
	out := make([]*Function, 0, len(f.found))
	for function := range f.found {
		out = append(out, function)
	}
	slices.SortFunc(out, func(a, b *Function) int { return strings.Compare(a.Signature(), b.Signature()) })
	return out
}
