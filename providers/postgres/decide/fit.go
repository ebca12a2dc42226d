package decide

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Apartness is what a unique key asks of the mask of a column.
type Apartness int

const (
	Together Apartness = iota // nothing
	Apart                     // different values stay different
	Within                    // they also do within an expression: a proof from a CHECK does not reach so far
	Lost                      // they also do within one that may itself make them equal: no mask is known to
)

// Fitting chooses a mask for a column while the others are taken as they are.
type Fitting struct {
	Table  *catalog.Table
	Column *catalog.Column
	As     mask.Column // what masks are compiled for
	Apart  Apartness
}

// Choose returns the first call that fits: one that compiles, keeps apart what must differ, and that no CHECK refuses.
// A call that all CHECKs certainly allow comes before one that they may refuse, and null_value() only where they do.
// The error is why the first does not fit.
func (f Fitting) Choose(calls ...string) (string, error) {
	var first error
	may := ""
	for _, call := range calls {
		verdict, err := f.judge(call)
		switch {
		case err == nil && verdict == check.Holds:
			return call, nil
		case err == nil && call == "null_value()":
			err = fmt.Errorf("a CHECK may refuse what %s gives", call)
		case err == nil && may == "":
			may = call
		}
		if first == nil {
			first = err
		}
	}
	switch {
	case may != "":
		return may, nil
	case first == nil:
		first = errors.New("no mask is for the type")
	}
	return "", first
}

// judge returns what the CHECKs say of a mask that fits otherwise.
func (f Fitting) judge(call string) (check.Verdict, error) {
	m, err := mask.Parse(call)
	if err != nil {
		return check.Fails, err
	}
	e, err := m.Compile(f.As)
	if err != nil {
		return check.Fails, err
	}
	if f.Apart != Together && e.Null != mask.NullAlways {
		switch {
		case f.Apart == Lost:
			return check.Fails, errors.New("an expression of a unique key reads it")
		case f.Apart == Apart && !KeepsDistinct(f.Table, f.Column, m, e), f.Apart == Within && e.Unique == mask.Lossy:
			return check.Fails, fmt.Errorf("%s may make equal what must differ", call)
		case meet(f.Table, e):
			return check.Fails, fmt.Errorf("%s has too few values for about %d rows", call, rowsOf(f.Table))
		}
	}
	verdict := f.checked(m, e)
	if verdict == check.Fails {
		return verdict, fmt.Errorf("a CHECK refuses what %s gives", call)
	}
	return verdict, nil
}

// checked judges a mask by all CHECKs that look at the column.
func (f Fitting) checked(m *mask.Mask, e mask.Expr) check.Verdict {
	worst := check.Holds
	for _, c := range f.conditions(func(k catalog.Constraint) bool {
		return slices.Contains(k.Columns, f.Column.Name) || slices.ContainsFunc(k.Columns, f.madeOfColumn)
	}) {
		as := check.MaskedTable{
			Masked: map[string]check.Results{
				c.column: check.ResultsOf(c.column, f.Column.Type, f.Column.Collation, m, e),
			},
			Generated: generatedIn(f.Table),
		}
		verdict, _ := as.Check(c.node)
		worst = max(worst, verdict)
	}
	return worst
}

// condition is a CHECK that every row of the source satisfies, with what it calls the column.
type condition struct {
	column string
	node   *sqltree.Node
}

// conditions returns those of the column's domains, and those of the table's constraints that are taken.
func (f Fitting) conditions(take func(catalog.Constraint) bool) []condition {
	var out []condition
	add := func(column, definition string) {
		read, err := sqltree.ParseConstraint(definition)
		if err == nil && read.Check != nil && !strings.HasSuffix(definition, " NOT VALID") {
			out = append(out, condition{column, read.Check})
		}
	}
	for of := &f.Column.Type; of != nil; of = of.Base {
		for _, definition := range of.Checks {
			add("value", definition)
		}
	}
	for _, k := range f.Table.Constraints {
		if k.Kind == catalog.CheckRule && k.Validated && take(k) {
			add(f.Column.Name, k.Definition)
		}
	}
	return out
}

// madeOfColumn reports whether a generated column is computed from the column.
func (f Fitting) madeOfColumn(name string) bool {
	made := generatedIn(f.Table)[name]
	return made != nil && slices.Contains(sqltree.Columns(made), f.Column.Name)
}

// generatedIn returns the expressions of the generated columns of a table; nil where there are none.
func generatedIn(t *catalog.Table) map[string]*sqltree.Node {
	var out map[string]*sqltree.Node
	for _, c := range t.Columns {
		if c.Generated == "" {
			continue
		}
		if made, err := sqltree.Expression(c.Default); err == nil {
			if out == nil {
				out = map[string]*sqltree.Node{}
			}
			out[c.Name] = made
		}
	}
	return out
}

// allowed returns what the CHECKs of the column alone say of its values.
func (f Fitting) allowed() check.Allowed {
	var all check.Allowed
	for _, c := range f.conditions(func(k catalog.Constraint) bool {
		return slices.Equal(k.Columns, []string{f.Column.Name})
	}) {
		all = all.And(check.AllowedBy(c.column, c.node))
	}
	return all
}

// Suggest returns calls for values of a kind in the column, the best first: what fits its type, and the room and the
// values that its CHECKs leave.
func (f Fitting) Suggest(k personal.Kind, japanese bool) []string {
	a, narrow := f.allowed(), f.Column.Type.Underlying()
	var out []string
	propose := func(t mask.Type, ja bool) {
		if m, ok := personal.Propose(k, t, ja); ok && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	propose(f.Column.Type, japanese)
	propose(f.Column.Type, !japanese) // a CHECK may be for the forms of another country
	if narrow.Category == 'S' && a.Longest > 0 && (narrow.MaxLength == 0 || a.Longest < narrow.MaxLength) {
		narrow.MaxLength = a.Longest
		propose(narrow, japanese)
		propose(narrow, !japanese)
	}
	switch k {
	case personal.Phone, personal.Postcode, personal.NationalID, personal.TaxID, personal.BankAccount,
		personal.CreditCard,
		personal.CardCode:
		if narrow.Category == 'S' {
			out = append(out, "digits()")
		}
	}
	return append(out, f.fromChecks(a)...)
}

// fromChecks returns calls that give nothing but values which CHECKs name.
func (f Fitting) fromChecks(a check.Allowed) []string {
	var out []string
	write := mask.Quote
	if f.Column.Type.Underlying().Category == 'N' {
		write = func(s string) string { return s }
	}
	if len(a.Values) > 1 {
		values := make([]string, len(a.Values))
		for i, v := range a.Values {
			values[i] = write(v)
		}
		out = append(out, "one_of(["+strings.Join(values, ", ")+"])")
	}
	if a.Known {
		out = append(out, "fixed("+write(a.Example)+")")
	}
	return out
}

// Distinct returns calls that keep different values different, the best first.
func (f Fitting) Distinct() []string {
	room := f.Column.Type.Underlying().MaxLength
	if a := f.allowed(); a.Longest > 0 && (room == 0 || a.Longest < room) {
		room = a.Longest
	}
	calls := []string{"int_map()", "digits()", "token()"}
	if room >= 8 && room < 16 {
		calls = append(calls, fmt.Sprintf("token({ length = %d })", room))
	}
	return append(calls, "uuid()", "mac()", "email()")
}

// rowsOf estimates how many rows a table has.
func rowsOf(t *catalog.Table) int64 {
	if t.EstimatedRows < 0 {
		return t.Bytes / 100
	}
	return t.EstimatedRows
}

// meet reports whether two of the rows of a table are likely to get one value: with a chance of more than one in a
// thousand.
func meet(t *catalog.Table, e mask.Expr) bool {
	rows := float64(rowsOf(t))
	return e.Unique == mask.Likely && e.Bits > 0 && rows*rows/math.Exp2(float64(e.Bits+1)) > 0.001
}
