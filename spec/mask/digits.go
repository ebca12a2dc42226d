package mask

import (
	"errors"
	"fmt"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// digits is digits(): all digits of a value, read as one number, become another number of as many.
type digits struct {
	first, last int
	token       int // of how many characters the token is that stands for what has no digit; 0: it is hidden
}

func decodeDigits(a *args) (kind, error) {
	o, err := a.options("keep_first", "keep_last", "unmatched", "length")
	if err != nil {
		return nil, err
	}
	d := digits{}
	if d.first, err = o.integer("keep_first", 0, 0, 64); err != nil {
		return nil, err
	}
	if d.last, err = o.integer("keep_last", 0, 0, 64); err != nil {
		return nil, err
	}
	unmatched, err := o.str("unmatched", "hide")
	if err == nil && unmatched != "hide" && unmatched != "token" {
		err = errors.New(`unmatched must be "hide" or "token"`)
	}
	if err != nil {
		return nil, err
	}
	length, err := o.integer("length", 16, shortest, 32)
	switch {
	case unmatched == "token":
		d.token = length
	case o["length"] != cty.NilVal:
		err = errors.New(`length is that of the token: it goes with unmatched = "token"`)
	}
	return d, err
}

func (d digits) compile(c Column) (Expr, error) {
	if k := c.Type.Collation; k != nil && k.Numeric {
		return Expr{}, fmt.Errorf("under the collation %s numbers with and without zeros before them are equal, and "+
			"would not stay so; use token()", k.Name)
	}
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Deterministic: true,
		Keyed:         Strong,
		MaxLength:     -1,
		KeepsLength:   true,
		Strength:      Pseudonym,
		MayEqualRaw:   true,
		Collisions:    "two values of one form never meet; two texts of one length without a digit do",
	}
	other := "repeat('*', char_length(x))"
	if d.token > 0 {
		other = fmt.Sprintf("substr(%s, 1, %d)", digest("token", "own"), d.token)
		p.Unique, p.Bits, p.MaxLength, p.KeepsLength = Likely, 4*d.token, c.longest(d.token), false
		p.Collisions = fmt.Sprintf("two values of one form never meet; two texts without a "+
			"digit do by a chance of %d bits", p.Bits)
	}
	steps := append(digitsOf(c),
		fmt.Sprintf("%s AS a, %s AS z", endIfLonger(d.first, d.last, "left(d, %d)", d.first),
			endIfLonger(d.first, d.last, "right(d, %d)", d.last)),
		"substr(d, 1 + length(a), length(d) - length(a) - length(z)) AS m")
	steps = append(steps, permutedDigits()...)
	// What has no digit is no number: a name in a field for phones must not pass.
	return Expr{
		SQL: c.maskNonEmpty(let("CASE WHEN d = '' THEN "+other+" ELSE "+spliced("a || m2 || z")+" END",
			steps...)),
		Properties: p,
	}, nil
}

// shorter returns the form that a column of so many characters has room for, with what it costs; "" for none.
func (d digits) shorter(room int) string {
	if d.token == 0 || room < shortest {
		return ""
	}
	return fmt.Sprintf("digits({ unmatched = \"token\", length = %d }) fits, under which two values without a digit "+
		"meet by a chance of %d bits", room, 4*room)
}

// endIfLonger returns one end of the digits if there are more digits than in both ends, so that no short value passes
// whole.
func endIfLonger(first, last int, end string, n int) string {
	if n == 0 {
		return "''"
	}
	return fmt.Sprintf("CASE WHEN length(d) > %d THEN "+end+" ELSE '' END", first+last, n)
}

// digitsOf returns the value with plain digits (x), what is the same for equal values (own), its digits (d), and the
// key.
func digitsOf(c Column) []string {
	return []string{
		plainDigits(c.text()) + " AS x, " + c.same() + " AS own, " + subkey("digits") + " AS secret",
		"translate(x, translate(x, '0123456789', ''), '') AS d",
	}
}

// plainDigits writes full-width and Arabic digits as 0 to 9. They are given as bytes, and looked for only in a text
// that has characters of more than one, because a server of another encoding may have no such characters.
func plainDigits(x string) string {
	return fmt.Sprintf("CASE WHEN octet_length(%[1]s) = char_length(%[1]s) THEN %[1]s WHEN getdatabaseencoding() = "+
		"'UTF8' THEN translate(%[1]s, %[2]s, '012345678901234567890123456789') ELSE "+
		"translate(%[1]s, %[3]s, '0123456789') END",
		x, unicodeText("０１２３４５６７８９٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"), unicodeText("０１２３４５６７８９"))
}

// permutedDigits permutes the digits m to m2: up to 36 by a network over two halves, whose sizes are powers of ten, and
// those beyond by digits from a function of all. How many they are and what is kept (a, z) decide which permutation it
// is, but not what stands between them: a number becomes the same with and without separators. A single digit always
// changes.
func permutedDigits() []string {
	network := addition("p", "q")
	network[3] = "CASE u WHEN 0 THEN (r + 1 + " + round(2, "l") + " % 9) % q ELSE " +
		strings.TrimSuffix(network[3], " AS r2") + " END AS r2"
	return append(append([]string{
		"least(length(m), 36) / 2 AS u, least(length(m), 36) - least(length(m), 36) / 2 AS v",
		"('0' || left(m, u))::bigint AS l, ('0' || substr(m, u + 1, v))::bigint AS r, rpad('1', u + 1, '0')::bigint " +
			"AS p, rpad('1', v + 1, '0')::bigint AS q, " +
			"secret || convert_to(length(m) || ':' || a || ':' || z || substr(m, 37), 'UTF8') AS k",
	}, network...),
		"CASE WHEN m = '' THEN '' ELSE lpad(l2::text, u, '0') || lpad(r2::text, v, '0') END || CASE WHEN length(m) > "+
			"36 THEN left(repeat(lpad(("+round(5, "l2")+
			" % 1000000000000000000)::text, 18, '0'), length(m) / 18), length(m) - 36) ELSE '' END AS m2")
}

// spliced puts as many digits as x has in their places, by the form of x as a format for them.
func spliced(digits string) string {
	const form = `replace(replace(translate(x, '%0123456789', E'\001%%%%%%%%%%'), '%', '%s'), E'\001', '%%')`
	return "CASE WHEN x = d THEN " + digits + " ELSE format(" + form + ", VARIADIC string_to_array(" + digits +
		", NULL)) END"
}
