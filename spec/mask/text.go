package mask

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"strings"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// digits is digits(): every digit becomes another one by its place and the whole value; all else stays.
type digits struct{ first, last int }

func decodeDigits(a *args) (kind, error) {
	o, err := a.options("keep_first", "keep_last")
	if err != nil {
		return nil, err
	}
	d := digits{}
	if d.first, err = o.integer("keep_first", 0, 0, 64); err != nil {
		return nil, err
	}
	d.last, err = o.integer("keep_last", 0, 0, 64)
	return d, err
}

// compile replaces the i-th digit by the i-th of 60 that the digest gives. A value with no more digits than
// are kept is replaced whole: nothing may pass because it is short.
func (d digits) compile(c Column) (Expr, error) {
	hex := digest("digits", c.text())
	// Full-width and Arabic digits are digits too; they come out as 0 to 9.
	plain := fmt.Sprintf("translate(%s, '０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹', '012345678901234567890123456789')", c.text())
	// Three numbers below 10^15 out of 60 bits each: the bias is below 1 in 1000.
	stream := fmt.Sprintf("(SELECT lpad((%s %% 1000000000000000)::text, 15, '0') || lpad((%s %% 1000000000000000)::text, 15, '0') || lpad((%s %% 1000000000000000)::text, 15, '0') || lpad((%s %% 1000000000000000)::text, 15, '0') FROM (SELECT %s AS h) AS d)",
		number("d.h", 1, 60), number("d.h", 16, 60), number("d.h", 31, 60), number("d.h", 46, 60), hex)
	kept := "false"
	if d.first > 0 || d.last > 0 {
		kept = fmt.Sprintf("m.total > %d AND (m.n <= %d OR m.n > m.total - %d)", d.first+d.last, d.first, d.last)
	}
	masked := fmt.Sprintf("(SELECT string_agg(CASE WHEN strpos('0123456789', m.c) = 0 OR %s THEN m.c ELSE substr(s.d, (1 + (m.n - 1) %% 60)::int, 1) END, '' ORDER BY m.i) "+
		"FROM (SELECT u.c, u.i, count(*) FILTER (WHERE strpos('0123456789', u.c) > 0) OVER (ORDER BY u.i) AS n, count(*) FILTER (WHERE strpos('0123456789', u.c) > 0) OVER () AS total "+
		"FROM unnest(string_to_array(%s, NULL)) WITH ORDINALITY AS u(c, i)) AS m, (SELECT %s AS d) AS s)", kept, plain, stream)
	// What has no digit is no number: a name in a field for phones must not pass.
	masked = fmt.Sprintf("CASE WHEN %s ~ '[0-9]' THEN %s WHEN %s IS NOT NULL THEN repeat('*', char_length(%s)) END", plain, masked, c.text(), c.text())
	return Expr{SQL: c.cast(keepEmpty(c.text(), masked)), Properties: Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong,
		MaxLength: -1, KeepsLength: true, Strength: Pseudonym, MayEqualRaw: true}}, nil
}

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

// compile hides a value whole when it has no more characters than would stay. One character of padding is
// repeated to the value's length; more stand as they are.
func (p partial) compile(c Column) (Expr, error) {
	x, pad := c.text(), sqltext.Literal(p.pad)
	props := Properties{Null: NullKept, Unique: Lossy, Deterministic: true, MaxLength: -1, KeepsLength: true, Strength: Partial, MayEqualRaw: true}
	middle, whole := fmt.Sprintf("repeat(%s, char_length(%s) - %d)", pad, x, p.left+p.right), fmt.Sprintf("repeat(%s, char_length(%s))", pad, x)
	if n := utf8.RuneCountInString(p.pad); n > 1 {
		middle, whole = pad, pad
		props.KeepsLength, props.MaxLength = false, p.left+n+p.right
	}
	sql := fmt.Sprintf("CASE WHEN char_length(%s) > %d THEN left(%s, %d) || %s || right(%s, %d) WHEN %s IS NOT NULL THEN %s END", x, p.left+p.right, x, p.left, middle, x, p.right, x, whole)
	return Expr{SQL: c.cast(keepEmpty(x, sql)), Properties: props}, nil
}

// pattern is regex(pattern, replacement): what matches is replaced. A value that does not match at all is
// hidden whole, because nobody thought of its form.
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
	if _, err := syntax.Parse(p.pattern, syntax.Perl); err != nil && !strings.Contains(p.pattern, "(?") && !strings.Contains(p.pattern, `\`) {
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
	sql := fmt.Sprintf("regexp_replace(%s, %s, %s, %s)", x, sqltext.Literal(p.pattern), sqltext.Literal(p.replacement), sqltext.Literal(p.flags))
	if p.unmatched == "hide" {
		operator := "~"
		if strings.Contains(p.flags, "i") {
			operator = "~*"
		}
		sql = fmt.Sprintf("CASE WHEN %s %s %s THEN %s ELSE repeat('*', char_length(%s)) END", x, operator, sqltext.Literal(p.pattern), sql, x)
	}
	props := Properties{Null: NullKept, Unique: Lossy, Deterministic: true, MaxLength: -1, Strength: Partial, MayEqualRaw: true}
	if n := c.Type.Underlying().MaxLength; n > 0 {
		sql, props.MaxLength = fmt.Sprintf("left(%s, %d)", sql, n), n // of a masked value, so nothing is lost that was promised
	}
	return Expr{SQL: c.cast(sql), Properties: props}, nil
}
