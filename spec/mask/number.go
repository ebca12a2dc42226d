package mask

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// truncate is truncate(unit): a date to its year, a number to its hundreds, a text to its first characters.
type truncate struct {
	unit string     // of a date; "" otherwise
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
		units := []string{"second", "minute", "hour", "day", "week", "month", "quarter", "year", "decade", "century"}
		if !slices.Contains(units, v.AsString()) {
			return nil, fmt.Errorf("there is no unit %q; a date is cut to one of %v", v.AsString(), units)
		}
		return truncate{unit: v.AsString()}, nil
	case v.Type() == cty.Number && v.AsBigFloat().Sign() > 0:
		return truncate{step: v.AsBigFloat()}, nil
	}
	return nil, errors.New("the unit must be a word for dates, such as \"year\", or a number above 0")
}

func (t truncate) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	p := Properties{Null: NullKept, Unique: Lossy, Deterministic: true, MaxLength: -1, Strength: Generalised, MayEqualRaw: true}
	switch {
	case u.isTime() && t.unit != "":
		// The infinities have no year. (date_trunc passes them, but not in every release.)
		return Expr{SQL: c.cast(fmt.Sprintf("CASE WHEN isfinite(%s) THEN date_trunc(%s, %s::%s) ELSE %s END", c.value(), sqltext.Literal(t.unit), c.value(), wide(u), c.value()+"::"+wide(u))), Properties: p}, nil
	case u.isTime():
		return Expr{}, errors.New(`a date is cut to a unit, such as truncate("year")`)
	case t.unit != "":
		return Expr{}, errors.New("a unit of time is for dates; a number is cut to steps, such as truncate(100), a text to its first characters")
	case u.isNumber():
		step := t.step.Text('f', -1)
		sql := fmt.Sprintf("floor(%s::numeric / %s) * %s", c.value(), step, step)
		if !u.isInteger() {
			sql = fmt.Sprintf("CASE WHEN %s::text IN ('NaN', 'Infinity', '-Infinity') THEN %s::numeric ELSE %s END", c.value(), c.value(), sql)
			if u.isFloat() {
				sql = fmt.Sprintf("CASE WHEN %s::text IN ('NaN', 'Infinity', '-Infinity') THEN %s ELSE (floor(%s::float8 / %s) * %s) END", c.value(), c.value()+"::float8", c.value(), step, step)
			}
			return Expr{SQL: c.cast(sql), Properties: p}, nil
		}
		if !t.step.IsInt() {
			return Expr{}, errors.New("a whole number is cut to steps of whole numbers")
		}
		return Expr{SQL: c.keepNull(c.cast(clampInteger(sql, u))), Properties: p}, nil
	case u.isText():
		if !t.step.IsInt() {
			return Expr{}, errors.New("a text is cut to a whole number of characters")
		}
		p.KeepsLength = true
		n, _ := t.step.Int64()
		return Expr{SQL: c.cast(fmt.Sprintf("left(%s, %d)", c.text(), n)), Properties: p}, nil
	}
	return Expr{}, c.unforeseen()
}

// wide is the type that date_trunc works on. A date goes through timestamp, not through timestamptz, which would
// bring a time zone in.
func wide(u Type) string {
	if u.Name == "date" {
		return "timestamp"
	}
	return u.Formatted
}

// clampInteger keeps a numeric within the range of an integer type.
func clampInteger(sql string, u Type) string {
	low, high := map[string]string{"int2": "-32768", "int4": "-2147483648", "int8": "-9223372036854775808"}[u.Name],
		map[string]string{"int2": "32767", "int4": "2147483647", "int8": "9223372036854775807"}[u.Name]
	return fmt.Sprintf("greatest(%s, least(%s, %s))", low, high, sql)
}

// noise is noise(ratio): a number up to that part away from the value, the same for the same value.
type noise struct{ ratio *big.Float }

func decodeNoise(a *args) (kind, error) {
	v, err := a.take("the ratio")
	if err != nil {
		return nil, err
	}
	if v.IsNull() || v.Type() != cty.Number || v.AsBigFloat().Sign() <= 0 || v.AsBigFloat().Cmp(big.NewFloat(1)) > 0 {
		return nil, errors.New("the ratio must be a number above 0, up to 1: 0.1 is up to a tenth")
	}
	return noise{v.AsBigFloat()}, nil
}

func (n noise) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	x := c.value()
	ratio := n.ratio.Text('f', -1)
	// -1 up to 1 in steps of 2^-31.
	unit := fmt.Sprintf("(%s / 2147483648.0 - 1)", number(digest("noise", x+"::text"), 1, 32))
	p := Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong, MaxLength: -1, Strength: Generalised, MayEqualRaw: true}
	var sql string
	switch {
	case u.isInteger():
		sql = clampInteger(fmt.Sprintf("round(%s + %s::numeric * %s * %s)", x, x, ratio, unit), u)
	case u.isFloat():
		sql = fmt.Sprintf("%s + %s * (%s * %s)::float8", x, x, ratio, unit)
		if u.Name == "float4" {
			sql = fmt.Sprintf("greatest(-3.4e38::float8, least(3.4e38::float8, %s))", sql)
		}
		sql = fmt.Sprintf("CASE WHEN %s::text IN ('NaN', 'Infinity', '-Infinity') THEN %s::float8 WHEN abs(%s::float8) > 8e307 THEN %s::float8 ELSE (%s)::float8 END", x, x, x, x, sql)
	default:
		sql = fmt.Sprintf("%s + %s * %s * %s", x, x, ratio, unit)
		if u.Precision > 0 {
			limit := fmt.Sprintf("(10::numeric ^ %d - 10::numeric ^ %d)", u.Precision-u.Scale, -u.Scale)
			sql = fmt.Sprintf("greatest(-%s, least(%s, round(%s, %d)))", limit, limit, sql, u.Scale)
		} else {
			sql = fmt.Sprintf("round(%s, scale(%s))", sql, x)
		}
		sql = fmt.Sprintf("CASE WHEN %s::text IN ('NaN', 'Infinity', '-Infinity') THEN %s ELSE %s END", x, x, sql)
	}
	// greatest and least pass over NULL.
	return Expr{SQL: c.keepNull(c.cast(sql)), Properties: p}, nil
}

// jitter is jitter(interval): a date up to that far away, the same for the same value.
type jitter struct{ seconds int64 }

var span = regexp.MustCompile(`^(\d{1,6}) (second|minute|hour|day|week|year)s?$`)

func decodeJitter(a *args) (kind, error) {
	text, err := a.str("the span")
	if err != nil {
		return nil, err
	}
	m := span.FindStringSubmatch(text)
	if m == nil {
		return nil, fmt.Errorf("%q is not a span of time; write \"30 days\" or \"12 hours\"", text)
	}
	var n int64
	if _, err := fmt.Sscan(m[1], &n); err != nil || n == 0 {
		return nil, errors.New("the span must be above 0")
	}
	per := map[string]int64{"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400, "year": 365 * 86400}
	return jitter{n * per[m[2]]}, nil
}

func (j jitter) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	p := Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong, MaxLength: -1, Strength: Generalised, MayEqualRaw: true}
	x := c.value()
	pick := number(digest("jitter", x+"::text"), 1, 52)
	switch {
	case u.Name == "date" && j.seconds < 86400:
		return Expr{}, errors.New("a date moves by whole days; say \"1 day\" or more")
	case u.Name == "date":
		days := j.seconds / 86400
		return Expr{SQL: c.cast(fmt.Sprintf("CASE WHEN isfinite(%s) THEN %s + (%s %% %d - %d)::int ELSE %s END", x, x, pick, 2*days+1, days, x)), Properties: p}, nil
	}
	return Expr{SQL: c.cast(fmt.Sprintf("CASE WHEN isfinite(%s) THEN %s + (%s %% %d - %d) * interval '1 second' ELSE %s END", x, x, pick, 2*j.seconds+1, j.seconds, x)), Properties: p}, nil
}

// ip is ip(): an address of a private network, equal for equal input.
type ip struct{}

func decodeIP(*args) (kind, error) { return ip{}, nil }

func (ip) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	p := Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong, MaxLength: -1, Strength: Pseudonym, MayEqualRaw: true}
	hex := digest("ip", c.value()+"::text")
	v4 := fmt.Sprintf("(inet '10.0.0.0' + %s)", number(hex, 1, 24))
	v6 := fmt.Sprintf("(inet 'fd00::' + %s)", number(hex, 1, 60))
	either := fmt.Sprintf("CASE WHEN family(%s) = 4 THEN %s ELSE %s END", c.value(), v4, v6)
	switch {
	case u.Name == "inet":
		return Expr{SQL: c.cast(fmt.Sprintf("set_masklen(%s, masklen(%s))", either, c.value())), Properties: p}, nil
	case u.Name == "cidr":
		return Expr{SQL: c.cast(fmt.Sprintf("network(set_masklen(%s, masklen(%s)))", either, c.value())), Properties: p}, nil
	case u.isText():
		p.MaxLength = 15
		return Expr{SQL: c.cast(keepEmpty(c.text(), "host("+v4+")")), Properties: p}, nil
	}
	return Expr{}, c.unforeseen()
}

// oneOf is one_of(values): a keyed pick; without values, of the enum's labels.
type oneOf struct{ values []string }

func decodeOneOf(a *args) (kind, error) {
	if !a.more() {
		return oneOf{}, nil
	}
	v, err := a.take("the values")
	if err != nil {
		return nil, err
	}
	if v.IsNull() || !(v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()) || v.LengthInt() == 0 {
		return nil, errors.New("the values must be a list that is not empty")
	}
	o := oneOf{}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		f, err := decodeFixed(&args{values: []cty.Value{e}})
		if err != nil {
			return nil, err
		}
		o.values = append(o.values, f.(fixed).literal)
	}
	return o, nil
}

func (o oneOf) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	values := o.values
	if len(values) == 0 {
		if values = u.Labels; len(values) == 0 {
			return Expr{}, errors.New("the values are missing; only an enum knows its own")
		}
	}
	longest := 0
	sql := "CASE " + fmt.Sprintf("%s %% %d", number(digest("one_of", c.value()+"::text"), 1, 52), len(values))
	for i, v := range values {
		if err := fits(v, u); err != nil {
			return Expr{}, err
		}
		longest = max(longest, len([]rune(v)))
		sql += fmt.Sprintf(" WHEN %d THEN %s", i, c.cast(sqltext.Literal(v)))
	}
	return Expr{SQL: c.keepNull(sql + " END"), Properties: Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong, MaxLength: longest, Strength: Synthetic, MayEqualRaw: true}, Reads: []string{c.Name}}, nil
}
