package preview

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/reach"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// question is one number that a statement asks for: how often a constraint does not hold for the masked rows. Without a
// constraint it asks whether the mask of its one column can be computed for them.
type question struct {
	constraint *decide.Constraint
	// reads are the columns that it needs, those that generated ones are computed from in their place; generated are
	// these.
	reads, generated []string
	count            string // SQL for the number, over masked
}

// ask returns what finds out about a constraint in a table; reason says why that cannot be asked.
func (r *round) ask(k *decide.Constraint) (q question, reason string) {
	q = question{constraint: k, reads: slices.Clone(k.Columns)}
	column := ""
	if len(k.Columns) == 1 {
		column = sqltext.Ident(k.Columns[0])
	}
	switch k.Kind {
	case decide.NotNullRule:
		q.count = r.counting(column + " IS NULL")
		return q, ""
	case decide.LengthRule: // spaces at the end are cut off
		q.count = r.counting(fmt.Sprintf("char_length(rtrim(%s::text, ' ')) > %d", column,
			r.column(k.Columns[0]).Type.Underlying().MaxLength))
		return q, ""
	case decide.UniqueRule:
		return r.askUnique(q)
	}
	read, err := sqltree.ParseConstraint(k.Definition)
	if err != nil {
		return q, err.Error()
	}
	if k.Kind == decide.ExcludeRule {
		return r.askExclude(q, read)
	}
	condition, err := sqltree.Text(read.Check)
	if err != nil {
		return q, err.Error()
	}
	if k.Kind == decide.DomainRule {
		t := r.column(k.Columns[0]).Type
		q.count = fmt.Sprintf("(SELECT count(*) FROM (SELECT %s AS value FROM masked) AS v WHERE (%s) IS FALSE)",
			column,
			condition)
		return q, r.reached(map[string]mask.Type{"value": t.Underlying()}, condition)
	}
	q.count = r.counting("(" + condition + ") IS FALSE")
	return q, r.needs(&q, read.Check)
}

// counting counts the masked rows for which a condition is true.
func (r *round) counting(condition string) string {
	return fmt.Sprintf("(SELECT count(*) FROM masked AS %s WHERE %s)", sqltext.Ident(r.table.Source.Name), condition)
}

// askUnique counts the values of a key that more than one masked row has: raw, they differ.
func (r *round) askUnique(q question) (question, string) {
	read, err := sqltree.ParseIndex(q.constraint.Definition)
	if err != nil {
		return q, err.Error()
	}
	keys, err := texts(read.Keys)
	if err != nil {
		return q, err.Error()
	}
	var where []string
	if !read.NullsEqual {
		for _, key := range keys {
			where = append(where, "("+key+") IS NOT NULL")
		}
	}
	nodes := read.Keys
	if read.Predicate != nil {
		predicate, err := sqltree.Text(read.Predicate)
		if err != nil {
			return q, err.Error()
		}
		where, nodes = append(where, "("+predicate+")"), append(slices.Clone(nodes), read.Predicate)
	}
	condition := ""
	if where != nil {
		condition = " WHERE " + strings.Join(where, " AND ")
	}
	for i, key := range keys {
		keys[i] = fmt.Sprintf("(%s) AS k%d", key, i)
	}
	names := make([]string, len(keys))
	for i := range keys {
		names[i] = fmt.Sprintf("k%d", i)
	}
	q.count = fmt.Sprintf("(SELECT count(*) FROM (SELECT FROM (SELECT %s FROM masked AS %s%s) AS keys GROUP BY %s "+
		"HAVING count(*) > 1) AS twice)", strings.Join(keys, ", "), sqltext.Ident(r.table.Source.Name), condition,
		strings.Join(names, ", "))
	return q, r.needs(&q, nodes...)
}

// askExclude counts the pairs of masked rows that exclude each other.
func (r *round) askExclude(q question, read sqltree.Constraint) (question, string) {
	var keys, on, compared []string
	var nodes []*sqltree.Node
	for i, e := range read.Exclude {
		key, err := sqltree.Text(e.Expr)
		if err != nil {
			return q, err.Error()
		}
		schema := e.Schema
		if schema == "" {
			schema = "pg_catalog"
		}
		keys = append(keys, fmt.Sprintf("(%s) AS k%d", key, i))
		operator := fmt.Sprintf("OPERATOR(%s.%s)", sqltext.Ident(schema), e.Operator)
		on = append(on, fmt.Sprintf("a.k%d %s b.k%d", i, operator, i))
		compared = append(compared, fmt.Sprintf("(%s) %s (%s)", key, operator, key))
		nodes = append(nodes, e.Expr)
	}
	where := ""
	if read.Predicate != nil {
		predicate, err := sqltree.Text(read.Predicate)
		if err != nil {
			return q, err.Error()
		}
		where, nodes = " WHERE ("+predicate+")", append(nodes, read.Predicate)
	}
	rows := fmt.Sprintf("(SELECT row_number() OVER () AS n, %s FROM masked AS %s%s)", strings.Join(keys, ", "),
		sqltext.Ident(r.table.Source.Name), where)
	q.count = fmt.Sprintf("(SELECT count(*) FROM %s AS a JOIN %s AS b ON a.n < b.n AND %s)", rows, rows,
		strings.Join(on, " AND "))
	if reason := r.needs(&q, nodes...); reason != "" {
		return q, reason
	}
	return q, r.reached(r.types(), compared...)
}

func texts(nodes []*sqltree.Node) ([]string, error) {
	out := make([]string, len(nodes))
	for i, n := range nodes {
		var err error
		if out[i], err = sqltree.Text(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// needs adds the columns that expressions read to a question. It returns why it must not be asked, "" where it may be.
func (r *round) needs(q *question, nodes ...*sqltree.Node) string {
	run, err := texts(nodes)
	if err != nil {
		return err.Error()
	}
	for _, name := range sqltree.Columns(nodes...) {
		made := r.generated(name)
		if made == "" {
			q.reads = append(q.reads, name)
			continue
		}
		n, err := sqltree.Expression(made)
		if err != nil {
			return err.Error()
		}
		q.generated = append(q.generated, name)
		q.reads = append(q.reads, sqltree.Columns(n)...)
		run = append(run, made)
	}
	slices.Sort(q.reads)
	q.reads = slices.Compact(q.reads)
	for _, name := range q.reads {
		if r.column(name) == nil {
			return "the spec does not decide " + name
		}
	}
	return r.reached(r.types(), run...)
}

// reached returns why expressions must not be run: they would run code of the source that the spec does not name.
func (r *round) reached(columns map[string]mask.Type, expressions ...string) string {
	if r.Code.Empty() {
		return ""
	}
	for _, sql := range expressions {
		found, _, err := r.Code.Reach(reach.Expression{
			Table:     r.table.Source.Ref(),
			Columns:   columns,
			SQL:       "(" + sql + ")",
			Written:   true,
			Condition: true,
		})
		if err != nil {
			return err.Error()
		}
		for _, f := range found {
			if !slices.Contains(r.table.Calls, f.Name()) && !slices.Contains(r.table.Calls, f.Called) {
				return fmt.Sprintf("it would run %s, owned by %s", f.Signature(), sqltext.Plain(f.Owner))
			}
		}
	}
	return ""
}

// column returns the decision on a column that crosses, nil for others.
func (r *round) column(name string) *decide.Column {
	for i := range r.table.Columns {
		if c := &r.table.Columns[i]; c.Name == name && c.Decision != decide.Generated && c.Expr.SQL != "" {
			return c
		}
	}
	return nil
}

// generated returns the expression of a generated column, "" for others.
func (r *round) generated(name string) string {
	for _, c := range r.table.Source.Columns {
		if c.Name == name && c.Generated != "" {
			return c.Default
		}
	}
	return ""
}

func (r *round) types() map[string]mask.Type {
	out := make(map[string]mask.Type, len(r.table.Columns))
	for _, c := range r.table.Columns {
		out[c.Name] = c.Type
	}
	return out
}
