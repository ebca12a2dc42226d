package mask

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// shape is shape(): a code of the same form.
type shape struct{}

func decodeShape(*args) (kind, error) { return shape{}, nil }

func (shape) compile(c Column) (Expr, error) {
	return Expr{
		SQL: c.maskNonEmpty(sameShape(c.text(), c.same())),
		Properties: Properties{
			Null:          NullKept,
			Unique:        Lossy,
			Deterministic: true,
			Keyed:         Strong,
			MaxLength:     -1,
			KeepsLength:   true,
			Strength:      Pseudonym,
			MayEqualRaw:   true,
			Collisions: "two values of one form meet by chance: 1 in 25 for each letter, times 1 in 9 for each " +
				"digit; texts of one length without either do",
		},
	}, nil
}

// run is a run of code points whose members become others of the run.
type run struct{ first, last int }

// runs are the letters and digits that have others of their kind. They are code points rather than letters of the
// server's locale, so that all servers agree.
func runs() []run {
	return []run{
		{'0', '9'},
		{'A', 'Z'},
		{'a', 'z'},
		{'ぁ', 'ん'},
		{'ァ', 'ン'},
		{'ｦ', 'ﾝ'},
		{'０', '９'},
		{'Ａ', 'Ｚ'},
		{'ａ', 'ｚ'},
		{'А', 'Я'},
		{'а', 'я'},
		{'가', '힣'},
	}
}

const kanji = "山川田中村木林森石水火土金月日星空海島花草竹松梅桜桃東西南北上下左右前後内外大小高長新古青赤白黒明光春夏秋冬雨雪風雲一二三四五六"

// sameShape returns a text of the form of another, from a digest of what is the same for equal values: each character
// moves within its run by a byte of the digest. A value that would come through as it is, because it has neither letter
// nor digit, is hidden.
func sameShape(text, same string) string {
	var cases strings.Builder
	for _, r := range runs() {
		n := r.last - r.first + 1
		fmt.Fprintf(&cases, " WHEN o BETWEEN %d AND %d THEN chr(%d + (o - %d + b %% %d) %% %d)", r.first, r.last,
			r.first, r.first-1, n-1, n)
	}
	// A kanji becomes one of a list. Of all other letters something is made that is one: a letter from a to z.
	list := base64.StdEncoding.EncodeToString([]byte(kanji))
	fmt.Fprintf(&cases,
		" WHEN o BETWEEN 13312 AND 40959 OR o BETWEEN 63744 AND 64255 OR o BETWEEN 131072 AND 205743 OR o = 12293 "+
			"THEN convert_from(substr(decode('%s', 'base64'), 1 + 3 * (b %% %d), 3), 'UTF8')", list, len(kanji)/3)
	cases.WriteString(" WHEN o < 170 OR o IN (171, 215, 247) OR o BETWEEN 172 AND 180 OR o BETWEEN 182 AND 185 OR o " +
		"BETWEEN 187 AND 191 OR o BETWEEN 8192 AND 11263 OR o BETWEEN 12288 AND 12352 OR o IN (12539, 65438, 65439)" +
		" OR o BETWEEN 65024 AND 65135 OR o BETWEEN 65280 AND 65381 OR o BETWEEN 126976 AND 131071 OR o BETWEEN " +
		"917504 AND 1114111 THEN ch ELSE chr(97 + b % 26)")
	return let("CASE WHEN y = x THEN repeat('*', char_length(x)) ELSE y END",
		text+" AS x, sha256("+subkey("shape")+" || convert_to("+same+", 'UTF8')) AS first",
		// One byte a character: 32 of the digest, then more of its own digests.
		"CASE WHEN char_length(x) <= 32 THEN first ELSE (SELECT string_agg(sha256(first || int4send(g)), '' ORDER BY "+
			"g) FROM generate_series(1, (char_length(x) + 31) / 32) AS g) END AS h",
		"array_to_string(ARRAY(SELECT CASE"+cases.String()+
			" END FROM (SELECT ch, i, get_byte(h, i::int - 1) AS b, CASE WHEN octet_length(ch) = 1 OR "+
			"getdatabaseencoding() = 'UTF8' THEN ascii(ch) ELSE 65536 END AS o "+
			"FROM unnest(string_to_array(x, NULL)) WITH ORDINALITY AS e(ch, i) OFFSET 0) AS e ORDER BY i), '') AS y")
}
