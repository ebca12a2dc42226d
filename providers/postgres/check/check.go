// Package check decides offline whether masked values satisfy the CHECK and EXCLUDE constraints of a source. It reports
// that a constraint fails or holds only if that is certain; the rest is unknown.
package check

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Verdict is what is known about a constraint.
type Verdict int

const (
	Holds   Verdict = iota
	Unknown         // it may fail
	Fails           // it fails for every row that is not NULL
)

// MaskedTable is what is known of a table for judging its constraints.
type MaskedTable struct {
	// Masked are the results of masks by column. Other columns are kept.
	Masked map[string]Results
	// Generated are the expressions of generated columns.
	Generated map[string]*pg.Node
}

// Reads returns the masked columns that expressions look at, through generated columns too.
func (t MaskedTable) Reads(nodes ...*pg.Node) []string {
	var out []string
	for _, name := range sqltree.Columns(nodes...) {
		if made := t.Generated[name]; made != nil {
			for _, inner := range t.Reads(made) {
				if !slices.Contains(out, inner) {
					out = append(out, inner)
				}
			}
			continue
		}
		if r, masked := t.Masked[name]; masked && !(r.raw && r.others == nil) && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Check judges a condition that holds for every row of the source. witness is a value that violates it, "" if none is
// known.
func (t MaskedTable) Check(n *pg.Node) (v Verdict, witness string) {
	if b := n.GetBoolExpr(); b != nil && b.Boolop == pg.BoolExprType_AND_EXPR {
		for _, a := range b.Args { // each of them holds
			if one, w := t.Check(a); one > v {
				v, witness = one, w
			}
		}
		return v, witness
	}
	reads := t.Reads(n)
	if len(reads) == 0 || t.keeps(n).implied {
		return Holds, ""
	}
	can, witness := t.outcomes(n, reads, false)
	switch {
	case can&isFalse == 0:
		return Holds, ""
	case can == isFalse:
		return Fails, witness
	}
	return Unknown, witness
}

// Never reports whether a condition is true for no row, so that a partial index with it is empty.
func (t MaskedTable) Never(n *pg.Node) bool {
	reads := t.Reads(n)
	if len(reads) == 0 {
		return false
	}
	can, _ := t.outcomes(n, reads, true)
	return can&isTrue == 0
}

// Same reports whether a condition has the same result for every masked row as for the raw one.
func (t MaskedTable) Same(n *pg.Node) bool { return t.keeps(n).same }

// outcomes returns the results that a condition can have over all values of one masked column; where it reads several,
// over what is known of each. A NULL that stays one, and an empty text, leave the row as it was, and count where raw.
func (t MaskedTable) outcomes(n *pg.Node, reads []string, raw bool) (can outcomes, witness string) {
	e := evaluator{columns: map[string]value{}, generated: t.Generated}
	if len(reads) > 1 {
		for _, name := range reads {
			r := t.Masked[name]
			if list := r.possible(); r.others == nil && len(list) == 1 && list[0].in == nil &&
				(r.null == mask.NullAlways || r.null == mask.NullNever) {
				e.columns[name] = list[0]
			}
		}
		return e.condition(n), ""
	}
	r := t.Masked[reads[0]]
	for _, one := range append([]Results{r}, r.others...) {
		if one.raw {
			can |= isTrue
			if raw {
				can = anything
			}
			continue
		}
		list := one.possible()
		if one.null == mask.NullUnknown || raw && one.null == mask.NullKept {
			list = append(list, value{sort: null})
		}
		if raw && isText(one.typ) && one.values == nil {
			list = append(list, textOf(""))
		}
		for _, v := range list {
			e.columns[reads[0]] = v
			o := e.condition(n)
			if can |= o; o == isFalse && v.one && witness == "" {
				witness = v.exact
			}
		}
	}
	return can, witness
}
