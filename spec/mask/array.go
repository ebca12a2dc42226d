package mask

import (
	"errors"
	"fmt"
)

// array is array(mask): the mask on each element. An array of several dimensions comes out with one.
type array struct{ of *Mask }

func decodeArray(a *args) (kind, error) {
	m, err := a.mask("the mask of the elements")
	return array{m}, err
}

func (a array) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	if u.Elem == nil || u.Kind == 'r' || u.Kind == 'm' {
		return Expr{}, errors.New("this mask is for arrays; write the inner mask alone")
	}
	e, err := a.of.Compile(Column{Schema: c.Schema, Table: c.Table, Name: c.Name, Type: *u.Elem, Value: "e.v", Siblings: c.Siblings})
	if err != nil {
		return Expr{}, err
	}
	elem := u.Elem.Formatted
	if u.Elem.Underlying().isText() {
		elem = "text"
	}
	sql := fmt.Sprintf("CASE WHEN cardinality(%s) > 0 THEN (SELECT array_agg((%s)::%s ORDER BY e.i) FROM unnest(%s) WITH ORDINALITY AS e(v, i)) ELSE %s::%s[] END",
		c.value(), e.SQL, elem, c.value(), c.value(), elem)
	p := e.Properties
	p.Null, p.MaxLength, p.KeepsLength = NullKept, -1, false
	p.MayEqualRaw = true // an empty array is an empty array
	return Expr{SQL: sql, Reads: unite([]string{c.Name}, e.Reads), Properties: p}, nil
}
