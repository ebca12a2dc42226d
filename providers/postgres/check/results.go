package check

import (
	"math/big"
	"strconv"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Results is what is known, without a server, of the values that a mask gives for a column. What is not known is left
// out: every statement of this package about a constraint rests on these.
type Results struct {
	column string
	typ    mask.Type
	// odd: the column has a collation of its own, by which other texts may be equal.
	odd bool
	// values are all of them, where they are few; form is what every text matches whole; low and high bound numbers.
	values    []string
	form      string
	low, high *big.Rat
	null      mask.NullHandling
	// digits: of the value, only digits change, into others. A value without one is hidden.
	digits bool
	// sameLength and noLonger compare with the value's characters; step: a number is cut down to a multiple; sign: it
	// keeps its sign.
	sameLength, noLonger, sign bool
	negative                   bool // what is negative stays negative, and what is not does not become it
	positive                   bool // what is above or below zero stays there
	step                       *big.Rat
	unit                       string // of a date, which is cut to its first day
	raw                        bool   // the value as it is
	apart                      bool   // different values stay different
	// others are further masks that may be the one for a row, as under when().
	others []Results
}

// ResultsOf returns what is known of a mask that was compiled for a column.
func ResultsOf(column string, t mask.Type, collation string, m *mask.Mask, e mask.Expr) Results {
	r := Results{
		column:   column,
		typ:      t,
		odd:      collation != "",
		null:     e.Null,
		noLonger: e.KeepsLength,
		apart:    e.Unique != mask.Lossy,
	}
	a := m.Arguments()
	text := isText(t)
	switch m.Name {
	case "keep":
		r.raw, r.sameLength = true, true
	case "null_value":
		r.null = mask.NullAlways
	case "fixed":
		if s, ok := scalar(a, 0); ok {
			r.values = []string{s}
		}
	case "one_of":
		r.values = t.Underlying().Labels
		if list, ok := argument(a, 0).([]any); ok {
			r.values = nil
			for i := range list {
				if s, ok := scalar(list, i); ok {
					r.values = append(r.values, s)
				}
			}
			if len(r.values) != len(list) {
				r.values = nil
			}
		}
	case "enum":
		r.values = t.Underlying().Labels
	case "when":
		yes, _ := argument(a, 1).(*mask.Mask)
		no, _ := argument(a, 2).(*mask.Mask)
		if yes == nil || no == nil {
			break
		}
		inner := mask.Expr{Properties: mask.Properties{Null: e.Null, Unique: e.Unique}}
		r = ResultsOf(column, t, collation, yes, inner)
		r.others = append(r.others, ResultsOf(column, t, collation, no, inner))
	case "digits", "credit_card":
		r.digits, r.sameLength, r.form = text, text && optionText(a, "unmatched", "hide") == "hide", `.+`
	case "shape":
		r.sameLength, r.form = text, `.+`
	case "partial":
		if pad, ok := argument(a, 1).(string); ok && text {
			r.sameLength, r.form = len([]rune(pad)) == 1, `.+`
		}
	case "int_map":
		low, bounded := options(a)["min"].(float64)
		r.negative = !bounded || low >= 0
	case "truncate":
		if f, ok := argument(a, 0).(float64); ok && !text {
			r.step = new(big.Rat).SetFloat64(f)
		}
		if unit, ok := argument(a, 0).(string); ok && t.Underlying().Name == "date" {
			r.unit = unit
		}
	case "noise":
		r.sign = true
		if ratio, ok := argument(a, 0).(float64); ok && ratio < 0.5 {
			r.positive = true // a step of the type is not rounded away
		}
	case "token", "hash":
		switch t.Underlying().Name {
		case "int4":
			r.low, r.high = new(big.Rat), big.NewRat(1<<28-1, 1)
		case "int8":
			r.low, r.high = new(big.Rat), big.NewRat(1<<60-1, 1)
		}
	}
	if text && r.form == "" {
		r.form = form(m.Name, a, e.MaxLength)
	}
	return r
}

func isText(t mask.Type) bool {
	switch t.Underlying().Name {
	case "text", "varchar", "bpchar", "citext", "name":
		return true
	}
	return false
}

func argument(a []any, i int) any {
	if i < len(a) {
		return a[i]
	}
	return nil
}

// scalar returns an argument as SQL would write it.
func scalar(a []any, i int) (string, bool) {
	switch v := argument(a, i).(type) {
	case string:
		return v, true
	case float64:
		if v > 1<<53 || v < -1<<53 { // written otherwise than it was meant
			return "", false
		}
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(v), true
	}
	return "", false
}

// Literals returns SQL for each of the values, without NULL; ok is false where they are not known one by one.
func (r Results) Literals() (values []string, ok bool) {
	if r.values == nil || r.others != nil {
		return nil, false
	}
	storage := r.typ.Underlying().Formatted
	if isText(r.typ) {
		storage = "text"
	}
	for _, v := range r.values {
		values = append(values, sqltext.Literal(v)+"::"+storage)
	}
	return values, true
}

// possible returns the values that a result can be, NULL aside, one after the other where they are known one by one.
func (r Results) possible() []value {
	u := r.typ.Underlying()
	switch {
	case r.null == mask.NullAlways:
		return []value{{sort: null}}
	case r.values != nil:
		var out []value
		for _, s := range r.values {
			v := ofType(s, r.typ)
			v.odd, v.column = r.odd, r.column
			out = append(out, v)
		}
		return out
	}
	v := value{column: r.column, odd: r.odd}
	switch {
	case isText(r.typ):
		v.sort, v.fold, v.padded = text, u.Name == "citext", u.Name == "bpchar"
		v.width = u.MaxLength
		if r.form != "" {
			if l, err := parseLanguage(r.form); err == nil {
				v.in = l
			}
		}
	case u.Schema == "pg_catalog" && (u.Name == "int2" || u.Name == "int4" || u.Name == "int8" || u.Name == "numeric"):
		v.sort, v.low, v.high = number, r.low, r.high
	case u.Name == "bool":
		v.sort, v.set = truth, either
	}
	return []value{v}
}
