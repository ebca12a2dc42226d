package draft

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec/personal"
)

// pattern recognises values of one kind.
type pattern struct {
	kind personal.Kind
	// within patterns match part of a text.
	within bool
	// test returns a SQL condition on a text expression.
	test func(value string) string
	// words complete "one value …".
	words string
	// weak patterns match by chance: they count only if most values match.
	weak bool
	// checked patterns have a check digit, so that they are looked for in numbers, too.
	checked bool
	// unicode patterns have characters that some encodings lack.
	unicode bool
}

// matches returns a test by regular expression.
func matches(expression string) func(string) string {
	return func(v string) string { return v + " ~ " + sqltext.Literal(expression) }
}

const emailForm = `[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}`

// patterns returns what is counted, in the order of the statement.
func patterns() []pattern {
	return []pattern{
		{kind: personal.Email, test: matches(`^\s*` + emailForm + `\s*$`), words: "looks like an e-mail address"},
		{kind: personal.Email, within: true, test: matches(emailForm), words: "has an e-mail address in it"},
		{
			kind: personal.Phone,
			test: matches(`^\s*(\+[0-9][0-9 ().-]{6,18}[0-9]|(?=([ -]?[0-9]){10,11}\s*$)0[0-9]{1,4}[ -]?[0-9]{1,4}[ ` +
				`-]?[0-9]{3,4}|\(?[0-9]{3}\)?[ .-][0-9]{3}[ .-][0-9]{4})\s*$`),
			words: "looks like a phone number",
			weak:  true,
		},
		{
			kind:    personal.CreditCard,
			test:    luhn,
			words:   "has the form and the check digit of a card number",
			weak:    true,
			checked: true,
		},
		{kind: personal.IBAN, test: iban, words: "has the form and the check digits of an IBAN"},
		{
			kind:    personal.NationalID,
			test:    myNumber,
			words:   "has the form and the check digit of a My Number",
			weak:    true,
			checked: true,
		},
		{
			kind:  personal.NationalID,
			test:  matches(`^(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}$`),
			words: "looks like a US social security number",
		},
		{
			kind: personal.IP,
			test: matches(`^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|` +
				`1?[0-9]?[0-9])(/[0-9]{1,2})?$|^([0-9a-fA-F]{1,4}:){7}[0-9a-fA-F]{1,4}$|` +
				`^[0-9a-fA-F:]*::[0-9a-fA-F:]*$`),
			words: "looks like an address of a network",
		},
		{
			kind:  personal.MAC,
			test:  matches(`^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$`),
			words: "looks like a MAC address",
		},
		{kind: personal.URL, test: matches(`^https?://`), words: "looks like a URL", weak: true},
		{
			kind:  personal.Password,
			test:  matches(`^\$(2[abxy]?|argon2[a-z]*|5|6|scrypt|pbkdf2[a-z0-9-]*)\$|^pbkdf2_sha`),
			words: "looks like the hash of a password",
		},
		{
			kind: personal.Token,
			test: matches(`^eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.|^(sk|pk|rk)_(live|test)_|` +
				`^gh[pousr]_[A-Za-z0-9]{20,}|^AKIA[0-9A-Z]{16}$`),
			words: "looks like a secret of an interface",
		},
		{
			kind:  personal.UserAgent,
			test:  matches(`^Mozilla/[0-9]\.`),
			words: "looks like what a browser says of itself",
		},
		{
			kind:  personal.Postcode,
			test:  matches(`^[0-9]{3}-[0-9]{4}$|^[0-9]{5}-[0-9]{4}$|^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$`),
			words: "looks like a postcode",
			weak:  true,
		},
		{
			kind:    personal.Address,
			test:    matches(`^(〒?[0-9]{3}-?[0-9]{4}[ 　]*)?(北海道|東京都|大阪府|京都府|.{2,3}県).+[市区町村郡]`),
			words:   "looks like an address in Japan",
			unicode: true,
		},
		{
			kind:    personal.FullName,
			test:    matches(`^[一-龠々]{1,4}[ 　][一-龠々ぁ-んァ-ヶ]{1,4}$`),
			words:   "looks like a Japanese name",
			weak:    true,
			unicode: true,
		},
		{
			kind:    personal.Kana,
			test:    matches(`^[ァ-ヶーｦ-ﾟ]{1,8}[ 　][ァ-ヶーｦ-ﾟ]{1,8}$`),
			words:   "looks like the reading of a name",
			weak:    true,
			unicode: true,
		},
		{
			kind:  personal.FreeText,
			test:  matches(`\S+\s+\S+\s+\S+\s+\S+\s+\S+\s+\S+|[^\s0-9A-Za-z]{30}`),
			words: "is a sentence",
			weak:  true,
		},
	}
}

// describe returns what n matching values look like.
func (p pattern) describe(n int64) string {
	if n == 1 {
		return p.words
	}
	return strings.NewReplacer("looks like", "look like", "is a sentence", "are sentences", "has ", "have ", " in it",
		" in them").Replace(p.words)
}

// luhn: 13 to 19 digits in groups, beginning as those of card networks do, whose check digit is right.
func luhn(v string) string {
	digits := fmt.Sprintf("translate(%s, ' -', '')", v)
	return fmt.Sprintf(`CASE WHEN %s ~ '^[3-6][0-9]([ -]?[0-9]){11,17}$' THEN (SELECT sum(CASE
		WHEN (length(d.s) - g.i) %% 2 = 1 THEN x.n * 2 - CASE WHEN x.n > 4 THEN 9 ELSE 0 END ELSE x.n END) %% 10 = 0 `+
		`FROM (SELECT %s AS s) AS d, generate_series(1, length(d.s)) AS g(i),
			LATERAL (SELECT substr(d.s, g.i, 1)::int AS n) AS x) ELSE false END`, v, digits)
}

// iban: country, check digits and account, which give 1 modulo 97 with the first four characters put last and letters
// written as numbers.
func iban(v string) string {
	plain := fmt.Sprintf("upper(translate(%s, ' ', ''))", v)
	return fmt.Sprintf(`CASE WHEN %s ~ '^[A-Za-z]{2}[0-9]{2}( ?[A-Za-z0-9]){11,30}$' THEN (SELECT string_agg(CASE
		WHEN c.c BETWEEN '0' AND '9' COLLATE "C" THEN c.c ELSE (ascii(c.c) - 55)::text END, ''
		ORDER BY c.i)::numeric %% 97 = 1 `+
		`FROM (SELECT substr(%s, 5) || substr(%s, 1, 4) AS s) AS d, unnest(string_to_array(d.s, NULL))
			WITH ORDINALITY AS c(c, i)) ELSE false END`, v, plain, plain)
}

// myNumber: twelve digits, the last of them by weights 2 to 7 and 2 to 6 from the right over the others, modulo 11.
func myNumber(v string) string {
	digits := fmt.Sprintf("translate(%s, ' -', '')", v)
	return fmt.Sprintf(`CASE WHEN %s ~ '^[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}$' THEN (SELECT (CASE
		WHEN sum(x.n * x.w) %% 11 <= 1 THEN 0 ELSE 11 - sum(x.n * x.w) %% 11 END) = substr(d.s, 12, 1)::int `+
		`FROM (SELECT %s AS s) AS d, generate_series(1, 11) AS g(i), LATERAL (SELECT substr(d.s, 12 - g.i, 1)::int AS n,
			CASE WHEN g.i <= 6 THEN g.i + 1 ELSE g.i - 5 END AS w) AS x GROUP BY d.s) ELSE false END`, v, digits)
}
