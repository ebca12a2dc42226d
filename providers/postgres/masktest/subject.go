package masktest

import (
	"errors"
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// subject is what a test is about: a column of a row, and the expressions that are computed from it.
type subject struct {
	name    string
	typ     mask.Type
	expr    string
	sameAs  string // "" without
	sibling []sibling
}

// sibling is another column of the row.
type sibling struct {
	name, typ string
	value     spec.TestValue
}

// placed is a problem at a place of the spec.
type placed struct {
	error
	at *diag.Range
}

func placeOf(err error) *diag.Range {
	var p placed
	if errors.As(err, &p) {
		return p.at
	}
	return nil
}

// subject returns what a test is about.
func (r *runner) subject(t *spec.Test) (subject, error) {
	if t.Column != nil {
		return r.columnOf(t)
	}
	typ, ok := r.types[t.Type]
	if !ok {
		return subject{}, placed{fmt.Errorf("the server has no type %q", t.Type), &t.At.Type.Range}
	}
	column := mask.Column{
		Schema: "test", Table: t.Name, Name: "value", Type: typ,
		Siblings: []string{"value"}, Types: map[string]mask.Type{"value": typ},
	}
	s := subject{name: column.Name, typ: typ}
	for _, w := range t.With {
		column.Siblings = append(column.Siblings, w.Name)
		column.Types[w.Name] = r.types[w.Type]
		s.sibling = append(s.sibling, sibling{w.Name, w.Type, w.Value})
	}
	e, err := t.Mask.Compile(column)
	if err != nil {
		return subject{}, placed{err, &t.At.Mask.Range}
	}
	s.expr = e.SQL
	return s, s.compare(t, column)
}

// compare compiles the mask that must have the same results.
func (s *subject) compare(t *spec.Test, column mask.Column) error {
	if t.Checks.SameAs == nil {
		return nil
	}
	e, err := t.Checks.SameAs.Compile(column)
	if err != nil {
		return placed{err, &t.At.SameAs.Range}
	}
	s.sameAs = e.SQL
	return nil
}

// columnOf returns the column of a test as its refresh copies it.
func (r *runner) columnOf(t *spec.Test) (subject, error) {
	side, at := t.Column, &t.At.Column.Range
	name := side.Columns[0]
	var table *decide.Table
	for i := range r.lock {
		if found := tableIn(&r.lock[i], t, side); found != nil {
			if table != nil {
				return subject{}, placed{fmt.Errorf("several refreshes copy %s; name one: refresh = %s",
					table.FullName(), r.lock[i].Refresh.Address()), at}
			}
			table = found
		}
	}
	if table == nil {
		return subject{}, placed{fmt.Errorf("no refresh copies a table %s.%s that is in %s", side.Schema, side.Table,
			schemalock.FileName), at}
	}
	var decided *decide.Column
	for i := range table.Columns {
		if table.Columns[i].Name == name {
			decided = &table.Columns[i]
		}
	}
	switch {
	case decided == nil:
		return subject{}, placed{fmt.Errorf("%s has no column %q that is copied.%s", table.FullName(), name,
			diag.DidYouMean(name, namesOf(table.Source.Columns))), at}
	case decided.Decision == decide.Generated:
		return subject{}, placed{fmt.Errorf("%s.%s is computed by the copy itself; test what it is computed from",
			table.FullName(), name), at}
	}
	s := subject{name: name, typ: decided.Type, expr: decided.Expr.SQL}
	types, err := s.addSiblings(t, table, decided)
	if err != nil {
		return subject{}, placed{err, at}
	}
	return s, s.compare(t, mask.Column{Schema: side.Schema, Table: side.Table, Name: name, Type: decided.Type,
		Siblings: namesOf(table.Source.Columns), Types: types})
}

// addSiblings adds the columns that the mask reads, or that the test gives: NULL where it does not.
func (s *subject) addSiblings(
	t *spec.Test, table *decide.Table, decided *decide.Column,
) (map[string]mask.Type, error) {
	types, values := map[string]mask.Type{}, map[string]spec.TestValue{}
	for _, c := range table.Source.Columns {
		types[c.Name] = c.Type
	}
	for _, w := range t.With {
		if _, ok := types[w.Name]; !ok || w.Name == s.name {
			return nil, fmt.Errorf("%s has no other column %q.%s", table.FullName(), w.Name,
				diag.DidYouMean(w.Name, namesOf(table.Source.Columns)))
		}
		values[w.Name] = w.Value
	}
	for _, name := range namesOf(table.Source.Columns) {
		value, given := values[name]
		read := false
		for _, other := range decided.Expr.Reads {
			read = read || other == name
		}
		if name == s.name || !given && !read {
			continue
		}
		if !given {
			value.Null = true
		}
		s.sibling = append(s.sibling, sibling{name, types[name].Formatted, value})
	}
	return types, nil
}

// tableIn returns the table of a side in a refresh, nil if the refresh does not copy its rows.
func tableIn(r *schemalock.Resolution, t *spec.Test, side *spec.Side) *decide.Table {
	if t.Refresh != nil && t.Refresh != r.Refresh {
		return nil
	}
	for i := range r.Tables {
		d := &r.Tables[i]
		if d.Source.Schema == side.Schema && d.Source.Name == side.Table && len(d.Columns) > 0 {
			return d
		}
	}
	return nil
}

func namesOf(columns []catalog.Column) []string {
	out := make([]string, len(columns))
	for i, c := range columns {
		out[i] = c.Name
	}
	return out
}

// statement returns the SELECT that computes the results. Its parameters are the inputs, the expected results and the
// pattern.
func (s subject) statement() string {
	typ, result := s.typ.Formatted, s.typ.Formatted
	if s.isText() {
		result = "text" // a cast to varchar(n) would cut a long value
	}
	same := "NULL::text"
	if s.sameAs != "" {
		same = s.comparable(s.sameAs, result)
	}
	row := []string{fmt.Sprintf("u.n AS shoji_n, u.v::%s AS %s", typ, sqltext.Ident(s.name)),
		fmt.Sprintf("u.e::%s AS shoji_expected", result)}
	for _, b := range s.sibling {
		value := "NULL"
		if !b.value.Null {
			value = sqltext.Literal(b.value.Text)
		}
		row = append(row, fmt.Sprintf("%s::%s AS %s", value, b.typ, sqltext.Ident(b.name)))
	}
	return fmt.Sprintf(`SELECT %s, %s, %s, %s, coalesce((%s)::text ~ nullif($3, ''), true)
FROM (SELECT %s FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u(v, e, n)) AS r ORDER BY shoji_n`,
		s.comparable(sqltext.Ident(s.name), result), s.comparable(s.expr, result),
		s.comparable("shoji_expected", result), same, s.expr, strings.Join(row, ", "))
}

func (s subject) isText() bool { return s.typ.Underlying().Category == 'S' }

// comparable returns the SQL of a text that is equal for equal values: 1.0 is 1.00, and json is compared as a value.
func (s subject) comparable(expr, typ string) string {
	switch s.typ.Underlying().Name {
	case "numeric":
		return "trim_scale((" + expr + ")::numeric)::text"
	case "json":
		return "(" + expr + ")::jsonb::text"
	}
	return "(" + expr + ")::" + typ + "::text"
}
