package mask

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// creditCard is credit_card(): the digits of a card's number become others, but for one that makes the check digit hold.
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

// compile masks all free digits but the last one, which follows from the others. What is kept is kept where four digits and more
// are hidden.
func (k creditCard) compile(c Column) (Expr, error) {
	few := k.first + k.last + 3
	keep := func(n int, end string) string {
		if n == 0 {
			return "''"
		}
		return fmt.Sprintf("CASE WHEN length(d) > %d THEN %s(d, %d) ELSE '' END", few, end, n)
	}
	steps := append(digitsOf(c),
		keep(k.first, "left")+" AS a, "+keep(k.last, "right")+" AS z, CASE WHEN length(d) BETWEEN 8 AND 19 THEN 1 ELSE 0 END AS checked",
		"substr(d, 1 + length(a), length(d) - length(a) - length(z) - checked) AS m")
	steps = append(steps, permutedDigits()...)
	// Every second digit from the right counts twice, its own digits summed. The free one stands left of what is kept, or last.
	steps = append(steps, "lpad(a || m2 || '0' || z, 20, '0') AS card", "convert_to(card, 'UTF8') AS once, convert_to(translate(card, '0123456789', '0246813579'), 'UTF8') AS twice")
	var sum []string
	for i := range 10 {
		sum = append(sum, fmt.Sprintf("get_byte(twice, %d) + get_byte(once, %d)", 2*i, 2*i+1))
	}
	steps = append(steps, "(10 - ("+strings.Join(sum, " + ")+") % 10) % 10 AS missing")
	free := "missing::text"
	if k.last > 0 {
		free = fmt.Sprintf("CASE WHEN length(z) %% 2 = 0 THEN missing::text ELSE substr('0516273849', missing + 1, 1) END")
	}
	return Expr{SQL: c.masked(let("CASE WHEN d = '' THEN repeat('*', char_length(x)) ELSE "+spliced("a || m2 || CASE checked WHEN 1 THEN "+free+" ELSE '' END || z")+" END", steps...)),
		Properties: Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong, MaxLength: -1, KeepsLength: true, Strength: Pseudonym, MayEqualRaw: true,
			Collisions: "two valid numbers of one form never meet; numbers that differ in the check digit alone do, and texts of one length without a digit"}}, nil
}

// iban is iban(): the country and the length stay, the account becomes another, the check digits are those of the result.
type iban struct{}

func decodeIBAN(*args) (kind, error) { return iban{}, nil }

func (iban) compile(c Column) (Expr, error) {
	// What shape() would do, for capitals and digits alone; each also as the number that ISO 7064 has for it.
	account := "(SELECT ARRAY[string_agg(chr(o), '' ORDER BY i), string_agg(CASE WHEN o < 58 THEN chr(o) ELSE (o - 55)::text END, '' ORDER BY i)] " +
		"FROM (SELECT i, CASE WHEN o < 58 THEN 48 + (o - 47 + b % 9) % 10 ELSE 65 + (o - 64 + b % 25) % 26 END AS o " +
		"FROM (SELECT i, get_byte(w, i + 3) AS o, get_byte(h, i) AS b FROM generate_series(1, length(v) - 4) AS i) AS e) AS e)"
	masked := let("left(v, 2) || lpad((98 - (n[2] || ascii(v) - 55 || ascii(substr(v, 2)) - 55 || '00')::numeric % 97)::text, 2, '0') || n[1]",
		"upper(translate("+c.text()+", ' ', '')) AS v",
		"convert_to(v, 'UTF8') AS w, sha256("+subkey("iban")+" || convert_to(v, 'UTF8')) AS h",
		account+" AS n")
	compact := "upper(translate(" + c.text() + ", ' ', ''))"
	grouped := func(x string) string {
		return "rtrim(regexp_replace(" + x + ", '(.{4})', " + sqltext.Literal(`\1 `) + ", 'g'))"
	}
	sql := fmt.Sprintf("CASE WHEN %s !~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}$' THEN %s WHEN upper(%s) = %s THEN %s ELSE %s END",
		compact, sameShape(c), c.text(), grouped(compact), grouped(masked), masked)
	return Expr{SQL: c.masked(sql), Properties: Properties{Null: NullKept, Unique: Lossy, Deterministic: true, Keyed: Strong, MaxLength: -1, KeepsLength: true,
		Strength: Pseudonym, MayEqualRaw: true, Collisions: "two accounts of one country meet by chance: for 18 digits 1 in 10^17"}}, nil
}
