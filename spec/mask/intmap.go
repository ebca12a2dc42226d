package mask

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// intMap is int_map(): a permutation of the integers of a type, or of those from min to max and of the others.
type intMap struct{ min, max *big.Int } // nil without options

func decodeIntMap(a *args) (kind, error) {
	o, err := a.options("min", "max")
	if err != nil {
		return nil, err
	}
	m := intMap{}
	if m.min, err = o.bound("min"); err != nil {
		return nil, err
	}
	if m.max, err = o.bound("max"); err != nil {
		return nil, err
	}
	if m.max != nil && m.min == nil {
		m.min = big.NewInt(0)
	}
	if m.min != nil && m.max != nil && m.min.Cmp(m.max) >= 0 {
		return nil, errors.New("min must be below max")
	}
	return m, nil
}

// bound reads an integer of any size.
func (o options) bound(name string) (*big.Int, error) {
	v, ok := o[name]
	if !ok {
		return nil, nil
	}
	if v.IsNull() || v.Type() != cty.Number || !v.AsBigFloat().IsInt() {
		return nil, fmt.Errorf("%s must be a whole number", name)
	}
	n, _ := v.AsBigFloat().Int(nil)
	return n, nil
}

// segment is a run of integers that is permuted in itself: as many pairs below sides (a, b) as there are integers, or a
// few more.
type segment struct{ first, last, a, b *big.Int }

func (s segment) exact() bool {
	return new(big.Int).Mul(s.a, s.b).Cmp(new(big.Int).Add(s.top(), big.NewInt(1))) == 0
}

// top is the last place in the segment, from 0.
func (s segment) top() *big.Int { return new(big.Int).Sub(s.last, s.first) }

func newSegment(first, last *big.Int) segment {
	n := new(big.Int).Sub(last, first)
	n.Add(n, big.NewInt(1))
	if bits := n.BitLen() - 1; n.TrailingZeroBits() == uint(bits) {
		return segment{
			first, last, new(big.Int).Lsh(big.NewInt(1), uint(bits+1)/2), new(big.Int).Lsh(big.NewInt(1), uint(bits)/2),
		}
	}
	// The sides are as near to each other as can be, so that hardly any pair is beyond the end.
	a := new(big.Int).Add(new(big.Int).Sqrt(new(big.Int).Sub(n, big.NewInt(1))), big.NewInt(1))
	b := new(big.Int).Div(new(big.Int).Sub(new(big.Int).Add(n, a), big.NewInt(1)), a)
	return segment{first, last, a, b}
}

// segments divides a type: what is negative stays negative, and what is outside of min and max outside. With either of
// them integers beyond the type's smaller brother stay beyond, so that a narrower column can refer to the key.
func (m intMap) segments(u Type) ([]segment, error) {
	one := big.NewInt(1)
	limit := new(big.Int).Lsh(one, uint(8*u.width()-1))
	low, high := new(big.Int).Neg(limit), new(big.Int).Sub(limit, one)
	starts := []*big.Int{low, big.NewInt(0)}
	if m.min != nil || m.max != nil {
		from, to := m.min, m.max
		if to == nil {
			to = high
		}
		if from.Cmp(low) < 0 || to.Cmp(high) > 0 || from.Cmp(to) >= 0 {
			return nil, fmt.Errorf("min and max must be within the type's range, %s to %s", low, high)
		}
		if new(big.Int).Sub(to, from).Cmp(big.NewInt(math.MaxInt64)) > 0 {
			return nil, errors.New("from min to max must be no more than 2^63 integers")
		}
		after := new(big.Int).Add(to, one)
		starts = append(starts, from, after)
		if narrow := new(big.Int).Lsh(one, 31); narrow.Cmp(high) < 0 {
			starts = append(starts, new(big.Int).Neg(narrow), narrow)
		}
		starts = slices.DeleteFunc(starts, func(n *big.Int) bool {
			return n.Cmp(from) > 0 && n.Cmp(after) < 0 || n.Cmp(high) > 0
		})
	}
	slices.SortFunc(starts, (*big.Int).Cmp)
	starts = slices.CompactFunc(starts, func(a, b *big.Int) bool { return a.Cmp(b) == 0 })
	var out []segment
	for i, first := range starts {
		last := high
		if i+1 < len(starts) {
			last = new(big.Int).Sub(starts[i+1], one)
		}
		out = append(out, newSegment(first, last))
	}
	return out, nil
}

// within reports whether no integer of t is mapped out of t, as a column that refers to a wider key needs it.
func (m intMap) fitsWithin(t Type) bool {
	limit := new(big.Int).Lsh(big.NewInt(1), uint(8*t.width()-1))
	return t.width() == 4 && m.max != nil && m.max.Cmp(limit) < 0 && m.min.Cmp(new(big.Int).Neg(limit)) >= 0
}

func (m intMap) compile(c Column) (Expr, error) {
	segments, err := m.segments(c.Type.Underlying())
	if err != nil {
		return Expr{}, err
	}
	steps := append([]string{
		c.value() + "::bigint AS x, " + subkey("int_map") + " AS secret",
		bySegment(segments, func(s segment) *big.Int { return s.first }) + " AS f, " +
			bySegment(segments, segment.top) + " AS t, " +
			bySegment(segments, func(s segment) *big.Int { return s.a }) + " AS a, " +
			bySegment(segments, func(s segment) *big.Int { return s.b }) + " AS b",
		"(x - f) / b AS l, (x - f) % b AS r, secret || int8send(f) AS k",
	}, addition("a", "b")...)
	body := "f + l2 * b + r2"
	if slices.ContainsFunc(segments, func(s segment) bool { return !s.exact() }) {
		// A pair beyond the end of its segment is permuted on until it is within: on the way back the same pairs are
		// met.
		again := strings.TrimSuffix(strings.TrimPrefix(let("l2, r2",
			append([]string{"l, r, k, f, a, b FROM w WHERE (l, r) > (t / b, t % b)"}, addition("a", "b")...)...), "("),
			")")
		body = "CASE WHEN (l2, r2) <= (t / b, t % b) THEN " + body +
			" ELSE (WITH RECURSIVE w(l, r) AS (SELECT l2, r2 UNION ALL " + again +
			") SELECT f + l * b + r FROM w WHERE (l, r) <= (t / b, t % b)) END"
	}
	return Expr{
		SQL: c.cast(let(body, steps...)),
		Properties: Properties{Null: NullKept, Unique: Preserved, Deterministic: true, Keyed: Strong, MaxLength: -1,
			Strength: Pseudonym, MayEqualRaw: true},
	}, nil
}

// bySegment returns a number of the segment that x is in.
func bySegment(segments []segment, of func(segment) *big.Int) string {
	literal := func(s segment) string { return "'" + of(s).String() + "'::bigint" }
	same := !slices.ContainsFunc(segments, func(s segment) bool { return of(s).Cmp(of(segments[0])) != 0 })
	if last := segments[len(segments)-1]; same {
		return literal(last)
	}
	var b strings.Builder
	b.WriteString("CASE")
	for i, s := range segments[:len(segments)-1] {
		fmt.Fprintf(&b, " WHEN x < '%s'::bigint THEN %s", segments[i+1].first, literal(s))
	}
	return b.String() + " ELSE " + literal(segments[len(segments)-1]) + " END"
}
