package mask

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"

	"github.com/zclconf/go-cty/cty"
)

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
	u, x := c.Type.Underlying(), c.value()
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "neighbouring values may meet",
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		Strength:      Generalised,
		MayEqualRaw:   true,
	}
	// -1 up to 1 in steps of 2^-31.
	part := fmt.Sprintf("%s * (%s / 2147483648.0 - 1)", n.ratio.Text('f', -1), number(digest("noise", c.same()), 1, 32))
	var sql string
	switch {
	case u.isInteger():
		sql = clamped(fmt.Sprintf("round(%s + %s::numeric * %s)", x, x, part), u)
	case u.is("money"):
		sql = clamped(fmt.Sprintf("%s::numeric + %s::numeric * %s", x, x, part), u)
	case u.is("interval"):
		sql = fmt.Sprintf("CASE WHEN isfinite(%s) THEN justify_interval(date_part('epoch', %s) * (1 + %s)::float8 * "+
			"interval '1 second') ELSE %s END", x, x, part, x)
	case u.isFloat():
		sql = fmt.Sprintf("%s + %s * (%s)::float8", x, x, part)
		if u.is("float4") {
			sql = fmt.Sprintf("greatest(-3.4e38::float8, least(3.4e38::float8, %s))", sql)
		}
		sql = fmt.Sprintf("CASE WHEN %s IN ('NaN'::float8, 'Infinity', '-Infinity') OR abs(%s) > 8e307 THEN "+
			"%s::float8 ELSE (%s)::float8 END", x, x, x, sql)
	default:
		sql = fmt.Sprintf("%s + %s * %s", x, x, part)
		if u.Precision > 0 {
			sql = clamped(fmt.Sprintf("round(%s, %d)", sql, u.Scale), u)
		} else {
			sql = fmt.Sprintf("round(%s, scale(%s))", sql, x)
		}
		sql = fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", noNumber(x), x, sql)
	}
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
	per := map[string]int64{
		"second": 1,
		"minute": 60,
		"hour":   3600,
		"day":    86400,
		"week":   7 * 86400,
		"year":   365 * 86400,
	}
	return jitter{n * per[m[2]]}, nil
}

func (j jitter) compile(c Column) (Expr, error) {
	u, x := c.Type.Underlying(), c.value()
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "neighbouring values may meet",
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		Strength:      Generalised,
		MayEqualRaw:   true,
	}
	away := func(most int64) string {
		return fmt.Sprintf("(%s %% %d - %d)", number(digest("jitter", c.same()), 1, 52), 2*most+1, most)
	}
	moved := x + " + " + away(j.seconds) + " * interval '1 second'"
	switch {
	case u.is("time", "timetz"):
		if j.seconds > 43200 {
			return Expr{}, errors.New("a time of day moves by 12 hours at the most; it goes round at midnight")
		}
		return Expr{SQL: c.cast(moved), Properties: p}, nil
	case u.is("date") && j.seconds < 86400:
		return Expr{}, errors.New("a date moves by whole days; say \"1 day\" or more")
	case u.is("date"):
		moved = x + " + " + away(j.seconds/86400) + "::int"
	}
	return Expr{SQL: c.cast(fmt.Sprintf("CASE WHEN isfinite(%s) THEN %s ELSE %s END", x, moved, x)), Properties: p}, nil
}
