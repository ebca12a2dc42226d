package mask

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// oneOf is one_of(values), enum() and bool(): a keyed pick of a few values; without values, of the enum's labels.
type oneOf struct {
	values []string
	by     by
}

func decodeOneOf(a *args) (kind, error) {
	o := oneOf{}
	var err error
	if a.more() && !isObject(a.values[a.next]) {
		v, _ := a.take("the values")
		if o.values, err = constantsOf(v, "the values"); err != nil {
			return nil, err
		}
	}
	opts, err := a.options("by")
	if err != nil {
		return nil, err
	}
	o.by, err = opts.by()
	return o, err
}

// decodeLabels is for enum(), whose values are those of the column's type.
func decodeLabels(a *args) (kind, error) {
	opts, err := a.options("by")
	if err != nil {
		return nil, err
	}
	by, err := opts.by()
	return oneOf{by: by}, err
}

// decodeCoin is for bool().
func decodeCoin(a *args) (kind, error) {
	k, err := decodeLabels(a)
	if err != nil {
		return nil, err
	}
	o := k.(oneOf)
	o.values = []string{"true", "false"}
	return o, nil
}

func isObject(v cty.Value) bool {
	return !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType())
}

// constantsOf reads a list of constants, as fixed() reads one.
func constantsOf(v cty.Value, what string) ([]string, error) {
	if v.IsNull() || !(v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()) || v.LengthInt() == 0 {
		return nil, fmt.Errorf("%s must be a list that is not empty", what)
	}
	var out []string
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		f, err := decodeFixed(&args{values: []cty.Value{e}})
		if err != nil {
			return nil, err
		}
		out = append(out, f.(fixed).literal)
	}
	return out, nil
}

func (o oneOf) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	values := o.values
	if len(values) == 0 {
		if values = u.Labels; len(values) == 0 {
			return Expr{}, errors.New("the values are missing; only an enum knows its own")
		}
	}
	seed, err := o.by.seed(c, c.same())
	if err != nil {
		return Expr{}, err
	}
	longest := -1
	sql := "CASE " + fmt.Sprintf("%s %% %d", number(digest("one_of", seed), 1, 52), len(values))
	for i, v := range values {
		if err := checkLiteral(v, u); err != nil {
			return Expr{}, err
		}
		if u.isText() {
			longest = max(longest, utf8.RuneCountInString(v))
		}
		sql += fmt.Sprintf(" WHEN %d THEN %s", i, c.cast(sqltext.Literal(v)))
	}
	return o.by.finish(c, Expr{
		SQL: c.keepNull(sql + " END"),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Collisions:    fmt.Sprintf("one of %d", len(values)),
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     longest,
			Strength:      Synthetic,
			MayEqualRaw:   true,
		},
	}), nil
}
