package mask

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// nullValue is null_value(): nothing at all.
type nullValue struct{}

func decodeNull(*args) (kind, error) { return nullValue{}, nil }

func (nullValue) compile(c Column) (Expr, error) {
	return Expr{
		SQL: c.cast("NULL"),
		Properties: Properties{
			Null:          NullAlways,
			Unique:        Lossy,
			Collisions:    "every value is NULL",
			Deterministic: true,
			MaxLength:     0,
			Strength:      Constant,
		},
	}, nil
}

// fixed is fixed(value): the same for every row, NULL included unless keep_null.
type fixed struct {
	literal  string
	keepNull bool
}

func decodeFixed(a *args) (kind, error) {
	v, err := a.take("the value")
	if err != nil {
		return nil, err
	}
	f := fixed{}
	switch {
	case v.IsNull():
		return nil, errors.New("the value is null; use null_value()")
	case v.Type() == cty.String:
		f.literal = v.AsString()
	case v.Type() == cty.Number:
		f.literal = v.AsBigFloat().Text('f', -1)
	case v.Type() == cty.Bool:
		f.literal = fmt.Sprint(v.True())
	default:
		return nil, errors.New("the value must be a string, a number or a bool; write json as a string (jsonencode)")
	}
	if strings.ContainsRune(f.literal, 0) {
		return nil, errors.New("the value has a NUL byte, which PostgreSQL does not store")
	}
	o, err := a.options("keep_null")
	if err != nil {
		return nil, err
	}
	f.keepNull, err = o.boolean("keep_null")
	return f, err
}

func (f fixed) compile(c Column) (Expr, error) {
	if err := checkLiteral(f.literal, c.Type.Underlying()); err != nil {
		return Expr{}, err
	}
	e := Expr{
		SQL: c.cast(sqltext.Literal(f.literal)),
		Properties: Properties{Null: NullNever, Unique: Lossy, Collisions: "one value for all", Deterministic: true,
			MaxLength: -1, Strength: Constant, MayEqualRaw: true},
	}
	if c.Type.Underlying().isText() {
		e.MaxLength = utf8.RuneCountInString(f.literal)
	}
	if f.keepNull {
		e.SQL, e.Null, e.Reads = c.keepNull(e.SQL), NullKept, []string{c.Name}
	}
	return e, nil
}

// checkLiteral checks a constant against a type as far as that can be known without a server; the plan's
// PREPARE finds the rest.
func checkLiteral(literal string, t Type) error {
	switch {
	case t.isEnum() && !slices.Contains(t.Labels, literal):
		return fmt.Errorf("%q is not a label of the enum; its labels are %s", literal, strings.Join(t.Labels, ", "))
	case t.is("bool") &&
		!slices.Contains([]string{"true", "false", "t", "f", "yes", "no", "on", "off", "1", "0"},
			strings.ToLower(literal)):
		return fmt.Errorf("%q is not a boolean", literal)
	case t.is("json", "jsonb") && !json.Valid([]byte(literal)):
		return errors.New("the value is not valid json; use jsonencode()")
	case t.isInteger() || t.is("numeric") && !strings.EqualFold(literal, "NaN"):
		n, ok := new(big.Rat).SetString(literal)
		if !ok {
			return fmt.Errorf("%q is not a number", literal)
		}
		if t.isInteger() && !n.IsInt() {
			return fmt.Errorf("%q is not a whole number", literal)
		}
		if t.isInteger() {
			limit := new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(8*t.width()-1)))
			if n.Cmp(limit) >= 0 || n.Cmp(new(big.Rat).Neg(limit)) < 0 {
				return fmt.Errorf("%s is out of the type's range", literal)
			}
		}
		if t.Precision > 0 && t.Precision >= t.Scale {
			limit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision-t.Scale)), nil))
			if n.Abs(n).Cmp(limit) >= 0 {
				return fmt.Errorf("%s has more digits than %s holds", literal, t.Formatted)
			}
		}
	}
	return nil
}

// defaultValue is default(): the default of the column.
type defaultValue struct{}

func decodeDefault(*args) (kind, error) { return defaultValue{}, nil }

func (defaultValue) compile(c Column) (Expr, error) {
	switch {
	case c.Default == "":
		return Expr{}, errors.New("the column has no default; use null_value() or fixed()")
	case strings.Contains(c.Default, "nextval("):
		return Expr{},
			errors.New("the column's default takes the next value of a sequence, which a " +
				"read-only source cannot; use token()")
	}
	// The owner of the table wrote it, so it may do no more than sql() may. What it calls that is not PostgreSQL's own
	// is held against the source's catalog, where the owners of functions are known.
	x, err := parseExpression(c.Default, allowed{volatile: true, moments: true, anyCalls: true})
	if err != nil {
		return Expr{}, fmt.Errorf("the column's default is not one that a mask can be: %w; use fixed() or null_value()",
			err)
	}
	return Expr{SQL: c.cast(x.sql), Properties: Properties{
		Null:          defaultNull(c),
		Unique:        Lossy,
		Collisions:    "one value for all, as a rule",
		Deterministic: false,
		MaxLength:     -1,
		Strength:      Constant,
		MayEqualRaw:   true,
	}}, nil
}

// defaultNull returns whether a default can be NULL: that of a NOT NULL column is not, or no row could have been
// inserted with it.
func defaultNull(c Column) NullHandling {
	if c.NotNull {
		return NullNever
	}
	return NullUnknown
}

// keep is keep(): the value as it is.
type keep struct{}

func decodeKeep(*args) (kind, error) { return keep{}, nil }

func (keep) compile(c Column) (Expr, error) {
	return Expr{
		SQL: c.value(),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Preserved,
			Deterministic: true,
			MaxLength:     -1,
			KeepsLength:   true,
			Strength:      Raw,
			MayEqualRaw:   true,
		},
	}, nil
}
