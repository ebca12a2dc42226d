package mask

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// partial is partial(left, pad, right): the ends of the value stay, its middle does not.
type partial struct {
	left, right int
	pad         string
}

func decodePartial(a *args) (kind, error) {
	p := partial{}
	var err error
	if p.left, err = a.integer("how many characters stay on the left", 0, 1000); err != nil {
		return nil, err
	}
	if p.pad, err = a.str("the padding"); err != nil {
		return nil, err
	}
	if p.pad == "" || strings.ContainsRune(p.pad, 0) {
		return nil, errors.New("the padding must not be empty: nothing would be hidden")
	}
	p.right, err = a.integer("how many characters stay on the right", 0, 1000)
	return p, err
}

// compile hides a whole value that has no more characters than would stay. One character of padding is
// repeated to the value's length; more stand as they are.
func (p partial) compile(c Column) (Expr, error) {
	x, pad := c.text(), sqltext.Literal(p.pad)
	props := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "values with the same ends get the same result",
		Deterministic: true,
		MaxLength:     -1,
		KeepsLength:   true,
		Strength:      Partial,
		MayEqualRaw:   true,
	}
	middle, whole := fmt.Sprintf("repeat(%s, char_length(%s) - %d)", pad, x, p.left+p.right),
		fmt.Sprintf("repeat(%s, char_length(%s))", pad, x)
	if n := utf8.RuneCountInString(p.pad); n > 1 {
		middle, whole = pad, pad
		props.KeepsLength, props.MaxLength = false, p.left+n+p.right
	}
	sql := fmt.Sprintf("CASE WHEN char_length(%s) > %d THEN left(%s, %d) || %s || right(%s, %d) "+
		"WHEN %s IS NOT NULL THEN %s END", x, p.left+p.right, x, p.left, middle, x, p.right, x, whole)
	return Expr{SQL: c.maskNonEmpty(sql), Properties: props}, nil
}

// pattern is regex(pattern, replacement): what matches is replaced. A value that does not match at all is
// hidden whole, because its form is unexpected.
type pattern struct {
	pattern, replacement, flags string
	unmatched                   string // "hide" or "keep"
}

func decodeRegex(a *args) (kind, error) {
	p := pattern{}
	var err error
	if p.pattern, err = a.str("the pattern"); err != nil {
		return nil, err
	}
	if p.pattern == "" {
		return nil, errors.New("the pattern is empty: it matches everywhere and replaces nothing")
	}
	// PostgreSQL's expressions are not Go's, but what is broken here is nearly always broken there too.
	if _, err := syntax.Parse(p.pattern, syntax.Perl); err != nil && !strings.Contains(p.pattern, "(?") &&
		!strings.Contains(p.pattern, `\`) {
		return nil, fmt.Errorf("the pattern is not a regular expression: %w", err)
	}
	if p.replacement, err = a.str("the replacement"); err != nil {
		return nil, err
	}
	o, err := a.options("flags", "unmatched")
	if err != nil {
		return nil, err
	}
	if p.flags, err = o.str("flags", "g"); err != nil {
		return nil, err
	}
	if strings.Trim(p.flags, "gi") != "" {
		return nil, fmt.Errorf("the flags %q are not known; g (everywhere) and i (ignoring case) are", p.flags)
	}
	if p.unmatched, err = o.str("unmatched", "hide"); err != nil {
		return nil, err
	}
	if p.unmatched != "hide" && p.unmatched != "keep" {
		return nil, errors.New(`unmatched must be "hide" or "keep"`)
	}
	return p, nil
}

func (p pattern) compile(c Column) (Expr, error) {
	x := c.text()
	sql := fmt.Sprintf("regexp_replace(%s, %s, %s, %s)", x, sqltext.Literal(p.pattern), sqltext.Literal(p.replacement),
		sqltext.Literal(p.flags))
	if p.unmatched == "hide" {
		operator := "~"
		if strings.Contains(p.flags, "i") {
			operator = "~*"
		}
		sql = fmt.Sprintf("CASE WHEN %s %s %s THEN %s ELSE repeat('*', char_length(%s)) END", x, operator,
			sqltext.Literal(p.pattern), sql, x)
	}
	props := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "values that differ in what is replaced get the same result",
		Deterministic: true,
		MaxLength:     -1,
		Strength:      Partial,
		MayEqualRaw:   true,
	}
	if n := c.Type.Underlying().limit(); n > 0 {
		// of a masked value, so nothing is lost that was promised
		sql, props.MaxLength = fmt.Sprintf("left(%s, %d)", sql, n), n
	}
	return Expr{SQL: c.cast(sql), Properties: props}, nil
}
