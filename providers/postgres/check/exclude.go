package check

import (
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Exclude judges an EXCLUDE constraint: no two rows may answer to all of its operators.
func (t MaskedTable) Exclude(c sqltree.Constraint) Verdict {
	if c.Predicate != nil && t.Never(c.Predicate) {
		return Holds
	}
	same, all := c.Predicate == nil || t.Same(c.Predicate), c.Predicate == nil
	for _, e := range c.Exclude {
		name, column := sqltree.Column(e.Expr.GetColumnRef())
		r := t.Masked[name]
		switch reads := t.Reads(e.Expr); {
		case len(reads) == 0:
			all = false
		case !column || t.Generated[name] != nil:
			same, all = false, false
		case r.null == mask.NullAlways:
			return Holds // NULL excludes nothing
		default:
			equality := e.Operator == "=" || e.Operator == "<>"
			same = same && equality && r.apart && r.others == nil
			all = all && r.meetsItself(e.Operator)
		}
	}
	switch {
	case same:
		return Holds
	case all:
		return Fails
	}
	return Unknown
}

// meetsItself reports a mask that gives every row one value which an operator finds in conflict with itself.
func (r Results) meetsItself(operator string) bool {
	return len(r.values) == 1 && r.others == nil && r.null == mask.NullNever &&
		(operator == "=" || operator == "&&" && strings.TrimSpace(r.values[0]) != "empty")
}
