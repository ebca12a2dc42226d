package mask

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// creditCard is credit_card(): the digits of a card's number become others, but for one that makes the check digit
// hold.
type creditCard struct{ first, last int }

func decodeCreditCard(a *args) (kind, error) {
	o, err := a.options("keep_first", "keep_last")
	if err != nil {
		return nil, err
	}
	k := creditCard{}
	if k.first, err = o.integer("keep_first", 0, 0, 6); err != nil {
		return nil, err
	}
	k.last, err = o.integer("keep_last", 0, 0, 4)
	return k, err
}

// compile masks all free digits but the last one, which follows from the others. What is kept is kept where four digits
// and more are hidden.
func (k creditCard) compile(c Column) (Expr, error) {
	few := k.first + k.last + 3
	keep := func(n int, end string) string {
		if n == 0 {
			return "''"
		}
		return fmt.Sprintf("CASE WHEN length(d) > %d THEN %s(d, %d) ELSE '' END", few, end, n)
	}
	steps := append(digitsOf(c),
		keep(k.first, "left")+" AS a, "+keep(k.last, "right")+
			" AS z, CASE WHEN length(d) BETWEEN 8 AND 19 THEN 1 ELSE 0 END AS checked",
		"substr(d, 1 + length(a), length(d) - length(a) - length(z) - checked) AS m")
	steps = append(steps, permutedDigits()...)
	// Every second digit from the right counts twice, its own digits summed. The free one stands left of what is kept,
	// or last.
	steps = append(steps, "lpad(a || m2 || '0' || z, 20, '0') AS card",
		"convert_to(card, 'UTF8') AS once, convert_to(translate(card, '0123456789', '0246813579'), 'UTF8') AS twice")
	var sum []string
	for i := range 10 {
		sum = append(sum, fmt.Sprintf("get_byte(twice, %d) + get_byte(once, %d)", 2*i, 2*i+1))
	}
	steps = append(steps, "(10 - ("+strings.Join(sum, " + ")+") % 10) % 10 AS missing")
	free := "missing::text"
	if k.last > 0 {
		free = fmt.Sprintf("CASE WHEN length(z) %% 2 = 0 THEN missing::text ELSE " +
			"substr('0516273849', missing + 1, 1) END")
	}
	return Expr{
		SQL: c.maskNonEmpty(let("CASE WHEN d = '' THEN repeat('*', char_length(x)) ELSE "+
			spliced("a || m2 || CASE checked WHEN 1 THEN "+free+" ELSE '' END || z")+" END", steps...)),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     -1,
			KeepsLength:   true,
			Strength:      Pseudonym,
			MayEqualRaw:   true,
			Collisions: "two valid numbers of one form never meet; numbers that differ in the check digit alone do, " +
				"and texts of one length without a digit",
		},
	}, nil
}

// iban is iban(): the country and the length stay, the account becomes another, the check digits are those of the
// result.
type iban struct{}

func decodeIBAN(*args) (kind, error) { return iban{}, nil }

func (iban) compile(c Column) (Expr, error) {
	// The country as the number that ISO 7064 has for it, and the check digits of an account and its country.
	checked := func(account, number string) string {
		return "country || lpad((98 - (" + number +
			" || ascii(country) - 55 || ascii(right(country, 1)) - 55 || '00')::numeric % 97)::text, 2, '0') || " +
			account
	}
	// An account of digits is a number like any other.
	digits := let(checked("m2", "m2"),
		append([]string{subkey("iban") + " AS secret, m, country, country AS a, '' AS z"}, permutedDigits()...)...)
	// What shape() would do, for capitals and digits alone; each also as a number.
	letters := let(checked("array_to_string(made, '')", "array_to_string(numbers, '')"),
		"convert_to(m, 'UTF8') AS w, sha256("+subkey("iban")+" || convert_to(v, 'UTF8')) AS h, m, country",
		"ARRAY(SELECT CASE WHEN o < 58 THEN 48 + (o - 47 + b % 9) % 10 ELSE 65 + (o - 64 + b % 25) % 26 END FROM "+
			"(SELECT i, get_byte(w, i) AS o, get_byte(h, i) AS b FROM generate_series(0, length(m) - 1) AS i OFFSET "+
			"0) AS e ORDER BY i) AS o",
		"ARRAY(SELECT chr(e) FROM unnest(o) WITH ORDINALITY AS e(e, i) ORDER BY i) AS made, ARRAY(SELECT CASE WHEN e "+
			"< 58 THEN chr(e) ELSE (e - 55)::text END FROM unnest(o) WITH ORDINALITY AS e(e, i) ORDER BY i) AS numbers")
	// Printed in groups of four it stays so.
	grouped := func(x string) string {
		return "rtrim(regexp_replace(" + x + ", '(.{4})', " + sqltext.Literal(`\1 `) + ", 'g'))"
	}
	sql := let("CASE WHEN y IS NULL THEN "+sameShape("x", "own")+" WHEN strpos(x, ' ') > 0 AND upper(x) = "+
		grouped("v")+" THEN "+grouped("y")+" ELSE y END",
		"upper(translate("+c.text()+", ' ', '')) AS v, "+c.text()+" AS x, "+c.same()+" AS own",
		"left(v, 2) AS country, substr(v, 5) AS m",
		"CASE WHEN v !~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$' THEN NULL WHEN m ~ '^[0-9]+$' THEN "+digits+" ELSE "+letters+
			" END AS y")
	return Expr{
		SQL: c.maskNonEmpty(sql),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     -1,
			KeepsLength:   true,
			Strength:      Pseudonym,
			MayEqualRaw:   true,
			Collisions: "two accounts of digits alone never meet where their check digits are valid; others by a " +
				"chance of 1 in 25 for each letter, times 1 in 9 for each digit",
		},
	}, nil
}
