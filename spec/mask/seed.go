package mask

import (
	"errors"
	"fmt"
	"slices"

	"github.com/zclconf/go-cty/cty"
)

// by names the columns of the row that a pick is derived from instead of its own value, so that the names, the address
// and the e-mail address of one person agree. Their raw values are read, and only their digest is used.
type by []string

// by reads the option { by = ["id"] }.
func (o options) by() (by, error) {
	v, ok := o["by"]
	if !ok {
		return nil, nil
	}
	wrong := errors.New(`by must be a list of columns, such as ["id"]`)
	if v.IsNull() || !(v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()) || v.LengthInt() == 0 {
		return nil, wrong
	}
	var columns by
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() || e.Type() != cty.String {
			return nil, wrong
		}
		if slices.Contains(columns, e.AsString()) {
			return nil, fmt.Errorf("by names %q twice", e.AsString())
		}
		columns = append(columns, e.AsString())
	}
	return columns, nil
}

// seed returns the text that a pick is derived from: own where no columns are named. It is not NULL where the value is
// not.
func (b by) seed(c Column, own string) (string, error) {
	if err := (expression{reads: b}).checkColumns(c); err != nil {
		return "", err
	}
	switch len(b) {
	case 0:
		return own, nil
	case 1:
		return "coalesce(" + c.sibling(b[0]) + ", '')", nil
	}
	list := ""
	for i, name := range b {
		if i > 0 {
			list += ", "
		}
		list += c.sibling(name)
	}
	return "ARRAY[" + list + "]::text", nil
}

// finish adjusts the properties of an expression to its columns: if they tell rows apart, the results of different rows
// differ too.
func (b by) finish(c Column, e Expr) Expr {
	e.Reads = []string{c.Name}
	if len(b) == 0 {
		return e
	}
	e.Reads = unite(e.Reads, b)
	tellRowsApart := slices.ContainsFunc(c.Keys, func(key []string) bool {
		return !slices.ContainsFunc(key, func(name string) bool { return !slices.Contains(b, name) })
	})
	if e.Unique == Likely && !tellRowsApart {
		e.Unique, e.Bits = Lossy, 0
		e.Collisions = "rows with equal " + enumerate(b, "and") + " get the same result"
	}
	return e
}
