package mask

import (
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// bucket is bucket(bounds): a number or a date becomes the lower bound of the bucket that it is in, or the bucket's
// label. What is below the first bound is in the first bucket.
type bucket struct {
	bounds, labels []string
	dates          bool
}

func decodeBucket(a *args) (kind, error) {
	v, err := a.take("the bounds")
	if err != nil {
		return nil, err
	}
	b := bucket{}
	if b.bounds, err = constantsOf(v, "the bounds"); err != nil {
		return nil, err
	}
	if err := b.checkAscending(); err != nil {
		return nil, err
	}
	o, err := a.options("labels")
	if err != nil {
		return nil, err
	}
	if l, ok := o["labels"]; ok {
		if b.labels, err = constantsOf(l, "the labels"); err != nil {
			return nil, err
		}
		if len(b.labels) != len(b.bounds) {
			return nil, fmt.Errorf("there are %d labels for %d buckets: each bound begins one", len(b.labels),
				len(b.bounds))
		}
	}
	return b, nil
}

// checkAscending checks that the bounds are numbers, or dates such as 2001-05-06, each above the one before.
func (b *bucket) checkAscending() error {
	var numbers []*big.Rat
	for i, bound := range b.bounds {
		n, ok := new(big.Rat).SetString(bound)
		if _, err := time.Parse(time.DateOnly, bound); err == nil {
			ok, b.dates = true, true
		}
		numbers = append(numbers, n)
		switch {
		case !ok || b.dates && (n != nil || numbers[0] != nil):
			return errors.New(`the bounds must be all numbers, or all dates such as "2001-05-06"`)
		case i > 0 && (b.dates && b.bounds[i-1] >= bound || !b.dates && numbers[i-1].Cmp(n) >= 0):
			return errors.New("each bound must be above the one before it")
		}
	}
	return nil
}

func (b bucket) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	isDate, isText := u.isTime(), u.isText()
	results := b.bounds
	switch {
	case isDate != b.dates && !isText:
		return Expr{}, errors.New(`the bounds of numbers are numbers, those of dates are dates such as "2001-05-06"`)
	case isText && b.dates:
		return Expr{}, errors.New("a text is looked at as a number; for a date in a text use sql()")
	case b.labels != nil:
		results = b.labels
	}
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    fmt.Sprintf("one of %d buckets", len(results)),
		Deterministic: true,
		MaxLength:     -1,
		Strength:      Generalised,
		MayEqualRaw:   true,
	}
	for _, r := range results {
		if err := checkLiteral(r, u); err != nil {
			return Expr{}, err
		}
		p.MaxLength = max(p.MaxLength, utf8.RuneCountInString(r))
	}
	typ := u.Formatted
	if isText || u.isNumber() {
		typ = "numeric"
	}
	if u.isFloat() {
		typ = "float8"
	}
	list := func(values []string, typ string) string {
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = sqltext.Literal(v)
		}
		return "(ARRAY[" + strings.Join(quoted, ", ") + "]::" + typ + "[])"
	}
	chosen := func(x string) string {
		out := typ
		if b.labels != nil || isText {
			out = "text"
		}
		return fmt.Sprintf("%s[greatest(1, width_bucket(%s::%s, %s))]", list(results, out), x, typ, list(b.bounds, typ))
	}
	if !isText {
		p.MaxLength = -1
		return Expr{SQL: c.keepNull(c.cast(chosen(c.value()))), Properties: p}, nil
	}
	// A text that is not a number is hidden: a cast would stop the run and show the value.
	p.KeepsLength = false
	return Expr{
		SQL: c.maskNonEmpty(fmt.Sprintf("CASE WHEN %s ~ '^[+-]?[0-9]{1,30}([.][0-9]{1,30})?$' THEN %s ELSE '*' END",
			c.text(), chosen(c.text()))),
		Properties: p,
	}, nil
}
