package mask

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// truncate is truncate(unit): a date to its year, a number to its hundreds, a text to its first characters.
type truncate struct {
	unit string     // of a date or time; "" otherwise
	step *big.Float // of a number or a text
}

func decodeTruncate(a *args) (kind, error) {
	v, err := a.take("the unit")
	if err != nil {
		return nil, err
	}
	switch {
	case v.IsNull():
		return nil, errors.New("the unit is null")
	case v.Type() == cty.String:
		if units := unitsOf(Type{}); !slices.Contains(units, v.AsString()) {
			return nil, fmt.Errorf("there is no unit %q; a date is cut to one of %s", v.AsString(),
				strings.Join(units, ", "))
		}
		return truncate{unit: v.AsString()}, nil
	case v.Type() == cty.Number && v.AsBigFloat().Sign() > 0:
		return truncate{step: v.AsBigFloat()}, nil
	}
	return nil, errors.New("the unit must be a word for dates, such as \"year\", or a number above 0")
}

// unitsOf are the units that a type can be cut to, and that leave less of it than there was.
func unitsOf(u Type) []string {
	all := []string{"second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century"}
	switch {
	case u.is("date"):
		return all[4:]
	case u.is("time", "timetz"):
		return all[:3]
	case u.is("interval"):
		return slices.DeleteFunc(all, func(unit string) bool { return unit == "week" })
	}
	return all
}

func (t truncate) compile(c Column) (Expr, error) {
	u, x := c.Type.Underlying(), c.value()
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "values that are cut to one get the same result",
		Deterministic: true,
		MaxLength:     -1,
		Strength:      Generalised,
		MayEqualRaw:   true,
	}
	switch number := u.isNumber() || u.is("money"); {
	case number && t.unit != "":
		return Expr{}, errors.New("a unit of time is for dates; a number is cut to steps, such as truncate(100)")
	case number:
		sql, err := t.number(c)
		return Expr{SQL: sql, Properties: p}, err
	case u.isText() && t.unit != "":
		return Expr{},
			errors.New("a unit of time is for dates; a text is cut to its first characters, such as truncate(3)")
	case u.isText():
		if !t.step.IsInt() {
			return Expr{}, errors.New("a text is cut to a whole number of characters")
		}
		n, _ := t.step.Int64()
		p.KeepsLength, p.Strength, p.Collisions = true, Partial, "texts with the same beginning get the same result"
		return Expr{SQL: c.cast(fmt.Sprintf("left(%s, %d)", c.text(), n)), Properties: p}, nil
	case t.unit == "":
		return Expr{}, errors.New(`a date or time is cut to a unit, such as truncate("year")`)
	case !slices.Contains(unitsOf(u), t.unit):
		return Expr{}, fmt.Errorf("cutting %s to the %s is not possible or changes nothing; cut it to the %s",
			c.Type.Formatted, t.unit, enumerate(unitsOf(u), "or"))
	}
	unit := sqltext.Literal(t.unit)
	switch u.Name {
	case "time":
		return Expr{SQL: c.cast(fmt.Sprintf("date_trunc(%s, %s::interval)", unit, x)), Properties: p}, nil
	case "timetz": // there is no date_trunc for it; what is beyond the unit is taken away, and the zone stays
		return Expr{
			SQL: c.cast(fmt.Sprintf("%s - (%s::time - date_trunc(%s, %s::time::interval)::time)", x, x, unit,
				x)),
			Properties: p,
		}, nil
	}
	cut := map[string]string{
		// not through timestamptz, which would bring a time zone in
		"date":        fmt.Sprintf("date_trunc(%s, %s::timestamp)::date", unit, x),
		"timestamp":   fmt.Sprintf("date_trunc(%s, %s)", unit, x),
		"timestamptz": fmt.Sprintf("date_trunc(%s, %s, 'UTC')", unit, x),
		"interval":    fmt.Sprintf("date_trunc(%s, %s)", unit, x),
	}[u.Name]
	// The infinities have no year. (date_trunc passes them, but not in every release.)
	return Expr{SQL: c.cast(fmt.Sprintf("CASE WHEN isfinite(%s) THEN %s ELSE %s END", x, cut, x)), Properties: p}, nil
}

// number cuts to steps, downwards, and stays within what the type can hold.
func (t truncate) number(c Column) (string, error) {
	u, x, step := c.Type.Underlying(), c.value(), t.step.Text('f', -1)
	unit := new(big.Rat).SetInt64(1) // what the values are multiples of
	switch {
	case u.isInteger() && !t.step.IsInt():
		return "", errors.New("a whole number is cut to steps of whole numbers")
	case u.is("numeric") && u.Precision > 0:
		unit.SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(0, u.Scale))), nil))
	case !u.isInteger():
		unit = nil
	}
	if exact, _ := new(big.Rat).SetString(step); unit != nil && new(big.Rat).Quo(unit, exact).IsInt() {
		return "", fmt.Errorf("a step of %s leaves every value as it is; choose a larger one", step)
	}
	if u.isFloat() {
		return c.cast(fmt.Sprintf("CASE WHEN %s IN ('NaN'::float8, 'Infinity', '-Infinity') OR abs(%s) > 1e300 THEN "+
			"%s::float8 ELSE floor(%s::float8 / %s) * %s END", x, x, x, x, step, step)), nil
	}
	sql := fmt.Sprintf("floor(%s::numeric / %s) * %s", x, step, step)
	if u.is("numeric") {
		return c.keepNull(c.cast(fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", noNumber(x), x, clamped(sql, u)))), nil
	}
	return c.keepNull(c.cast(clamped(sql, u))), nil
}

// noNumber returns the condition for a numeric that is NaN or infinite: it has no scale.
func noNumber(x string) string { return "scale(" + x + ") IS NULL" }

// clamped keeps a numeric in the range of a type. greatest and least pass over NULL.
func clamped(sql string, u Type) string {
	low, high := "", ""
	switch {
	case u.isInteger():
		limit := new(big.Int).Lsh(big.NewInt(1), uint(8*u.width()-1))
		low, high = "-"+limit.String(), new(big.Int).Sub(limit, big.NewInt(1)).String()
	case u.is("money"):
		// in hundredths; a locale may have other parts, and then more room
		low, high = "-92233720368547758", "92233720368547758"
	case u.Precision > 0 && u.Scale >= 0 && u.Scale <= u.Precision:
		high = strings.Repeat("9", u.Precision)
		if high = "0" + high[:u.Precision-u.Scale] + "." + high[u.Precision-u.Scale:]; u.Scale == 0 {
			high = strings.TrimSuffix(high, ".")
		}
		low = "-" + high
	default:
		return sql
	}
	return fmt.Sprintf("greatest(%s, least(%s, %s))", low, high, sql)
}
