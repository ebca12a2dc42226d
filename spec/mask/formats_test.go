package mask_test

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/spec/mask"
)

// results returns what a mask makes of the values that a query gives in v (and other columns of the row), in the order
// of n.
func results(t *testing.T, call, typ, rows string) []string {
	t.Helper()
	return pgtest.Rows(t, pgtest.Server(t).AdminURL("postgres"), maskedRows(t, call, typ, rows))
}

func maskedRows(t *testing.T, call, typ, rows string) string {
	t.Helper()
	c := mask.Column{
		Schema:   "public",
		Table:    "t",
		Name:     "v",
		Type:     mask.Type{Schema: "pg_catalog", Name: typ, Formatted: typ, Kind: 'b'},
		Siblings: []string{"n", "v", "id", "part"},
	}
	e, err := mustParse(t, call).Compile(c)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("SET search_path = pg_catalog; SET shoji.key = '%s'; SELECT %s FROM (%s) AS t ORDER BY n", keyA,
		e.SQL, rows)
}

func distinct(list []string) int {
	list = slices.Clone(list)
	slices.Sort(list)
	return len(slices.Compact(list))
}

// TestIntegersArePermuted tries every smallint, whose permutations are made as those of wider types are.
func TestIntegersArePermuted(t *testing.T) {
	const all = "SELECT n, n::int2 AS v FROM generate_series(-32768, 32767) AS n"
	for call, inside := range map[string][2]int{
		`int_map()`:                             {0, 32767},
		`int_map({ min = 1, max = 1000 })`:      {1, 1000},
		`int_map({ max = 32766 })`:              {0, 32766},
		`int_map({ min = 1 })`:                  {1, 32767},
		`int_map({ min = 7, max = 8 })`:         {7, 8},
		`int_map({ min = -32768, max = 32767})`: {-32768, 32767},
	} {
		got := results(t, call, "int2", all)
		if n := distinct(got); len(got) != 65536 || n != 65536 {
			t.Errorf("%s: 65536 integers became %d", call, n)
		}
		changed := 0
		for i, text := range got {
			var n int
			if _, err := fmt.Sscan(text, &n); err != nil {
				t.Fatal(err)
			}
			v := i - 32768
			in := func(n int) bool { return n >= inside[0] && n <= inside[1] }
			if in(v) != in(n) || !in(v) && inside[0] >= 0 && (v < 0) != (n < 0) {
				t.Errorf("%s: %d became %d", call, v, n)
			}
			if v != n {
				changed++
			}
		}
		if changed < 65000 {
			t.Errorf("%s: only %d integers changed", call, changed)
		}
	}
	for _, typ := range []string{"int4", "int8"} {
		rows := "SELECT n, n::" + typ + " AS v FROM generate_series(-20000, 20000) AS n"
		for _, call := range []string{
			`int_map()`, `int_map({ min = 1, max = 30000 })`, `int_map({ max = 2147483647 })`,
		} {
			if got := results(t, call, typ, rows); distinct(got) != 40001 {
				t.Errorf("%s for %s: values met", call, typ)
			}
		}
	}
}

// TestANarrowColumnRefersToAPermutedKey: with max, what an integer column refers to stays an integer.
func TestANarrowColumnRefersToAPermutedKey(t *testing.T) {
	key := mask.Type{Schema: "pg_catalog", Name: "int8", Formatted: "bigint", Kind: 'b'}
	column := mask.Column{
		Name:   "v",
		Type:   mask.Type{Schema: "pg_catalog", Name: "int4", Formatted: "integer", Kind: 'b'},
		Domain: &key,
	}
	if _, err := mustParse(t, `int_map()`).Compile(column); err == nil ||
		!strings.Contains(err.Error(), "do not fit here") {
		t.Errorf("a bigint in an integer: %v", err)
	}
	e, err := mustParse(t, `int_map({ min = 1, max = 2147483647 })`).Compile(column)
	if err != nil {
		t.Fatal(err)
	}
	url := pgtest.Database(t, pgtest.Server(t))
	got := pgtest.Rows(t, url,
		fmt.Sprintf("SET shoji.key = '%s'; SELECT %s FROM (SELECT unnest(ARRAY[0, 1, -1, 2147483647, "+
			"-2147483648, 77]) AS v) AS t", keyA, e.SQL))
	if want := results(t, `int_map({ min = 1, max = 2147483647 })`, "int8",
		"SELECT n, v::bigint FROM unnest(ARRAY[0, 1, -1, 2147483647, -2147483648, "+
			"77]) WITH ORDINALITY AS t(v, n)"); !slices.Equal(got, want) {
		t.Errorf("an integer became %v, a bigint %v", got, want)
	}
}

func TestUUIDsArePermuted(t *testing.T) {
	rows := "SELECT n, (left(md5((n / 300)::text), 20) || lpad(to_hex(n * 16777259), 12, '0'))::uuid AS v FROM " +
		"generate_series(1::bigint, 5000) AS n"
	got := results(t, `uuid()`, "uuid", rows)
	if distinct(got) != 5000 {
		t.Error("UUIDs met")
	}
	text := results(t, `uuid()`, "text", "SELECT n, v::text FROM ("+rows+") AS t")
	if !slices.Equal(got, text) {
		t.Error("a text that is a UUID becomes another than the UUID does")
	}
	got = results(t, `uuid()`, "uuid",
		"SELECT n, v::uuid FROM unnest(ARRAY['0190a6a0-1111-7000-8000-000000000001', "+
			"'c232ab00-9414-11ec-b3c8-9f6bdeced846']) WITH ORDINALITY AS t(v, n)")
	for i, version := range []byte{'7', '1'} {
		if got[i][14] != version || !strings.ContainsRune("89ab", rune(got[i][19])) {
			t.Errorf("the version and the variant are lost: %s", got[i])
		}
	}
	// All that differ in the free bits alone stay apart, and so do those that no standard knows.
	if n := distinct(results(t, `uuid()`, "uuid",
		"SELECT n, ('0190a6a0-1111-7000-' || to_hex(n) || '000-000000000001')::uuid AS v FROM "+
			"generate_series(0, 15) AS n")); n != 16 {
		t.Errorf("16 variants became %d", n)
	}
}

// TestDigitsOfOneFormNeverMeet tries all numbers of a few digits in several forms.
func TestDigitsOfOneFormNeverMeet(t *testing.T) {
	for form, many := range map[string]int{
		"%s":           10,
		"x%s%%":        10,
		"%s%s":         100,
		"a-%s%s.%s":    1000,
		"(%s) %s-%s%s": 10000,
	} {
		n := strings.Count(form, "%s")
		rows := fmt.Sprintf("SELECT n, format('%s', VARIADIC string_to_array(lpad(n::text, %d, '0'), NULL)) AS v "+
			"FROM generate_series(0, %d) AS n", form, n, many-1)
		for _, call := range []string{
			`digits()`, `digits({ keep_last = 1 })`, `digits({ keep_first = 1, keep_last = 1 })`,
		} {
			got := results(t, call, "text", rows)
			if distinct(got) != many {
				t.Errorf("%s on %s: %d values became %d", call, form, many, distinct(got))
			}
			shape := regexp.MustCompile(`\d`)
			for i, r := range got {
				raw := strings.ReplaceAll(fmt.Sprintf(strings.ReplaceAll(form, "%s", "%c"),
					anys(fmt.Sprintf("%0*d", n, i))...), "%%", "%")
				if shape.ReplaceAllString(r, "9") != shape.ReplaceAllString(raw, "9") {
					t.Fatalf("%s became %s", raw, r)
				}
				if n == 1 && r == raw {
					t.Errorf("%s: the single digit of %s came through", call, raw)
				}
			}
		}
	}
	for _, length := range []int{5, 12, 17, 36, 37, 60} {
		rows := fmt.Sprintf("SELECT n, lpad((n * 49)::text, %d, '7') AS v FROM generate_series(1, 2000) AS n", length)
		got := results(t, `digits()`, "text", rows)
		if distinct(got) != 2000 || len(got[0]) != length {
			t.Errorf("numbers of %d digits: %d of 2000 are left, such as %s", length, distinct(got), got[0])
		}
	}
}

func anys(s string) []any {
	var out []any
	for _, r := range s {
		out = append(out, r)
	}
	return out
}

func luhn(s string) bool {
	sum, twice := 0, false
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		d := int(s[i] - '0')
		if twice {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum, twice = sum+d, !twice
	}
	return sum%10 == 0
}

func TestCardsAreValid(t *testing.T) {
	for length := 8; length <= 19; length++ {
		for _, call := range []string{
			`credit_card()`, `credit_card({ keep_last = 4 })`, `credit_card({ keep_last = 3 })`,
			`credit_card({ keep_first = 6, keep_last = 4 })`, `credit_card({ keep_first = 2 })`,
		} {
			rows := fmt.Sprintf("SELECT n, '4' || lpad((n * 104729)::text, %d, '3') || '-' AS v FROM "+
				"generate_series(1, 60) AS n", length-1)
			raw := pgtest.Rows(t, pgtest.Server(t).AdminURL("postgres"), "SELECT v FROM ("+rows+") AS t ORDER BY n")
			for i, r := range results(t, call, "text", rows) {
				if !luhn(r) || len(r) != length+1 || !strings.HasSuffix(r, "-") {
					t.Fatalf("%s: %s became %s", call, raw[i], r)
				}
				if strings.Contains(call, "keep_last = 4") &&
					(length >= 14 || length >= 8 && !strings.Contains(call, "first")) &&
					r[length-4:] != raw[i][length-4:] {
					t.Errorf("%s: %s became %s", call, raw[i], r)
				}
			}
		}
	}
	// All valid numbers of eight digits that begin alike.
	rows := "SELECT n, '4111' || lpad(n::text, 4, '0') AS v FROM generate_series(0, 9999) AS n"
	raw := pgtest.Rows(t, pgtest.Server(t).AdminURL("postgres"), "SELECT v FROM ("+rows+") AS t ORDER BY n")
	var valid []string
	for i, r := range results(t, `credit_card({ keep_first = 4 })`, "text", rows) {
		if luhn(raw[i]) {
			valid = append(valid, r)
		}
	}
	if len(valid) != 1000 || distinct(valid) != 1000 {
		t.Errorf("%d valid numbers became %d", len(valid), distinct(valid))
	}
}

func TestAccountsAreValid(t *testing.T) {
	ibans := []string{
		"DE89370400440532013000", "DE89 3704 0044 0532 0130 00", "GB29NWBK60161331926819",
		"MT84MALT011000012345MTLCAST001S", "NO9386011117947", "fr1420041010050500013m02606",
	}
	rows := "SELECT n, v FROM unnest(ARRAY['" + strings.Join(ibans, "', '") + "']) WITH ORDINALITY AS t(v, n)"
	got := results(t, `iban()`, "text", rows)
	for i, r := range got {
		compact := strings.ReplaceAll(r, " ", "")
		var digits strings.Builder
		for _, c := range compact[4:] + compact[:4] {
			if c >= 'A' {
				fmt.Fprint(&digits, c-'A'+10)
			} else {
				digits.WriteRune(c)
			}
		}
		n, ok := new(big.Int).SetString(digits.String(), 10)
		if !ok || n.Mod(n, big.NewInt(97)).Int64() != 1 || len(r) != len(ibans[i]) ||
			!strings.EqualFold(r[:2], ibans[i][:2]) {
			t.Errorf("%s became %s", ibans[i], r)
		}
	}
	if strings.ReplaceAll(got[1], " ", "") != got[0] {
		t.Errorf("the same account is %s and %s", got[0], got[1])
	}
}

func TestPeopleAndPlacesAgree(t *testing.T) {
	const rows = "SELECT n, 'v' || n AS v, n % 7 AS id, 'p' AS part FROM generate_series(1, 50) AS n"
	get := func(call string) []string { return results(t, call, "text", rows) }
	kanji, last, first := get(`full_name("ja", { by = ["id"] })`), get(`last_name("ja", { by = ["id"] })`),
		get(`first_name("ja", { by = ["id"] })`)
	romaji, email := get(`full_name("ja", { by = ["id"], form = "romaji" })`), get(`email("ja", { by = ["id"] })`)
	kana, lastKana := get(`full_name("ja", { by = ["id"], form = "kana" })`),
		get(`last_name("ja", { by = ["id"], form = "kana" })`)
	address, city, region, code, street := get(`address("ja", { by = ["id"], postcode = true })`),
		get(`city("ja", { by = ["id"] })`), get(`city("ja", { by = ["id"], part = "region" })`),
		get(`postcode("ja", { by = ["id"] })`), get(`street("ja", { by = ["id"] })`)
	american, town, state, zip, house := get(`address({ by = ["id"], postcode = true })`), get(`city({ by = ["id"] })`),
		get(`city({ by = ["id"], part = "region_code" })`), get(`postcode({ by = ["id"] })`),
		get(`street({ by = ["id"] })`)
	for i := range kanji {
		family, given, _ := strings.Cut(romaji[i], " ")
		for _, pair := range [][2]string{
			{kanji[i], last[i] + " " + first[i]},
			{strings.Fields(kana[i])[0], lastKana[i]},
			{kanji[i], kanji[i%7]},
			{strings.Join(strings.Split(email[i], ".")[:2], "."), strings.ToLower(given + "." + family)},
			{address[i], code[i] + " " + region[i] + city[i] + street[i]},
			{american[i], house[i] + ", " + town[i] + ", " + state[i] + " " + zip[i]},
		} {
			if pair[0] != pair[1] {
				t.Errorf("row %d: %q and %q do not agree", i, pair[0], pair[1])
			}
		}
	}
	if distinct(kanji) < 4 {
		t.Error("seven people have nearly the same name")
	}
	unknown := mask.Column{
		Schema:   "public",
		Table:    "t",
		Name:     "v",
		Type:     textColumn("v", 0, false).Type,
		Siblings: []string{"v", "user_id"},
	}
	if _, err := mustParse(t, `last_name({ by = ["users_id"] })`).Compile(unknown); err == nil ||
		!strings.Contains(err.Error(), `Did you mean "user_id"?`) {
		t.Errorf("a misspelt column: %v", err)
	}
	keyed := textColumn("v", 0, false)
	for key, want := range map[string]mask.Uniqueness{"email": mask.Likely, "v": mask.Lossy} {
		keyed.Keys = [][]string{{key}}
		if e, err := mustParse(t, `email({ by = ["is_staff", "email"] })`).Compile(keyed); err != nil ||
			e.Unique != want || !slices.Equal(e.Reads, []string{"email", "is_staff", "v"}) {
			t.Errorf("by a key %s: %v %v %v", key, e.Unique, e.Reads, err)
		}
	}
}

func TestPhonesAreNobodys(t *testing.T) {
	rows := "SELECT n, v FROM unnest(ARRAY['+1 212-555-7788', '2125557788', '+12125557788', '(212) 555-7788']) WITH " +
		"ORDINALITY AS t(v, n)"
	for call, form := range map[string]string{
		`phone()`:     `^(\+1 \d{3}-555-01\d\d|\d{3}55501\d\d|\+1\d{3}55501\d\d|\d{3}-555-01\d\d)$`,
		`phone("ja")`: `^(\+81 90-0\d{3}-\d{4}|0900\d{7}|\+81900\d{7}|090-0\d{3}-\d{4})$`,
	} {
		got := results(t, call, "text", rows)
		for _, r := range got {
			if !regexp.MustCompile(form).MatchString(r) {
				t.Errorf("%s gives %s", call, r)
			}
		}
		if distinct(got) != 4 || strings.ReplaceAll(got[0], " ", "") == got[0] ||
			"+"+strings.TrimLeft(got[2], "+") != strings.NewReplacer(" ", "", "-", "").Replace(got[0]) {
			t.Errorf("%s: the forms are %v", call, got)
		}
	}
}

// TestPhonesOfOtherScripts: a number in full-width digits is a number, and the same one.
func TestPhonesOfOtherScripts(t *testing.T) {
	got := results(t, `phone("ja")`, "text",
		"SELECT n, v FROM unnest(ARRAY['090-1234-5678', '０９０-１２３４-５６７８', '０８０-１２３４-５６７８', '09012345678']) WITH "+
			"ORDINALITY AS t(v, n)")
	if got[0] != got[1] || got[1] == got[2] || strings.ReplaceAll(got[0], "-", "") != got[3] {
		t.Errorf("the numbers are %v", got)
	}
}

// TestOtherEncodings: a database that cannot hold every character is masked all the same, and alike.
func TestOtherEncodings(t *testing.T) {
	server := pgtest.Server(t)
	for _, encoding := range []string{"LATIN1", "EUC_JP", "SQL_ASCII"} {
		name := "e" + strings.ToLower(encoding)
		pgtest.Exec(t, server.AdminURL("postgres"),
			"CREATE DATABASE "+name+" ENCODING '"+encoding+"' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
		t.Cleanup(func() {
			pgtest.Exec(t, server.AdminURL("postgres"), "DROP DATABASE "+name+" WITH (FORCE)")
		})
		for _, call := range []string{
			`digits()`, `shape()`, `credit_card()`, `iban()`, `full_name()`, `company()`, `address()`, `country()`,
			`lorem({ words = 5 })`, `phone("ja")`, `email("ja")`, `token()`, `uuid()`, `bucket([0, 5])`,
		} {
			rows := "SELECT n, v FROM unnest(ARRAY['Ab-12 34', '5', " +
				"'DE89370400440532013000']) WITH ORDINALITY AS t(v, n)"
			got := pgtest.Rows(t, server.AdminURL(name), maskedRows(t, call, "text", rows))
			if want := results(t, call, "text", rows); !slices.Equal(got, want) {
				t.Errorf("%s in %s: %v, elsewhere %v", call, encoding, got, want)
			}
		}
		if encoding == "SQL_ASCII" {
			continue
		}
		// A letter that the server has and others have not.
		letter := map[string]string{
			"LATIN1": "chr(233)",
			"EUC_JP": "convert_from(decode('e5b1b1', 'hex'), 'UTF8')",
		}[encoding]
		for _, call := range []string{`digits()`, `shape()`, `iban()`, `token()`, `partial(1, "*", 0)`} {
			pgtest.Rows(t, server.AdminURL(name),
				maskedRows(t, call, "text", "SELECT 1 AS n, "+letter+" || '-12' AS v"))
		}
	}
	got := results(t, `full_name("ja")`, "text", "SELECT 1 AS n, 'x'::text AS v")
	if other := pgtest.Rows(t, server.AdminURL("eeuc_jp")+"&client_encoding=UTF8",
		maskedRows(t, `full_name("ja")`, "text", "SELECT 1 AS n, 'x'::text AS v")); !slices.Equal(got, other) {
		t.Errorf("%v in EUC_JP, %v elsewhere", other, got)
	}
}

// TestNamesOfColumnsDoNotMatter: what a mask calls its steps must not catch a column of the table.
func TestNamesOfColumnsDoNotMatter(t *testing.T) {
	m := matrix{conn: pgtest.Connect(t, pgtest.Server(t).AdminURL("postgres"))}
	m.exec(t, "SET search_path = pg_catalog; SET shoji.key = '"+keyA+"'")
	text := typeCases()[0]
	for name := range mask.Functions() {
		if name == "sql" || name == "when" || name == "default" {
			continue
		}
		list := calls(name, text)
		if list == nil {
			list = []string{name + "()"}
		}
		for _, call := range list {
			run := func(column, other string) (string, bool) {
				c := textColumn(column, 0, false)
				c.Siblings = []string{column, other}
				e, err := mustParse(t, strings.NewReplacer(`by = ["n"]`, fmt.Sprintf("by = [%q]", other),
					`by = ["n", "other"]`, fmt.Sprintf("by = [%q]", other)).Replace(call)).Compile(c)
				if err != nil {
					return "", false
				}
				named := func(n string) bool {
					return regexp.MustCompile(`AS ` + n + `\b|AS \w+\(.*\b` + n + `\b`).MatchString(e.SQL)
				}
				if column != "column" && !named(column) && !named(other) {
					return "", false
				}
				var got string
				sql := fmt.Sprintf(`SELECT coalesce(string_agg(%s, '|'), 'NULL')
					FROM (SELECT unnest(ARRAY['Ab-12', 'word', '4111 1111 1111 1111', 'DE89370400440532013000',
					'10.1.2.3']) AS "%s", 'r' AS "%s" OFFSET 0) AS t`, e.SQL, column, other)
				if err := m.conn.QueryRow(context.Background(), sql).Scan(&got); err != nil {
					t.Fatalf("%s on a column %s beside %s: %v", call, column, other, err)
				}
				return got, true
			}
			want, ok := run("column", "sibling")
			if !ok {
				continue
			}
			for _, names := range strings.Fields("x/d d/x v/m m/v h/s s/h a/z z/a k/secret secret/k own/o o/own u/w " +
				"w/u y/i i/y e/f f/e l/r r/l p/q q/p b/t t/b first/country country/first n/at at/n checked/card " +
				"ch/missing once/twice l1/r1 l2/m2 four/g") {
				column, other, _ := strings.Cut(names, "/")
				if got, ok := run(column, other); ok && got != want {
					t.Errorf("%s on a column %s beside %s: %s, elsewhere %s", call, column, other, got, want)
				}
			}
		}
	}
}

// TestFillerHasNoBlankAtItsEnds tries every length up to 600, which goes through the words more than once, from many
// places of the text.
func TestFillerHasNoBlankAtItsEnds(t *testing.T) {
	const lengths = "SELECT n, rpad(n::text, 1 + n % 600, 'x') AS v FROM generate_series(1, 12000) AS n"
	for _, call := range []string{`lorem()`, `lorem("ja")`, `lorem({ words = 3 })`} {
		for i, got := range results(t, call, "text", lengths) {
			if strings.TrimSpace(got) != got || strings.Contains(got, " .") || got == "" {
				t.Fatalf("%s gives %q", call, got)
			}
			if want := 1 + (i+1)%600; !strings.Contains(call, "words") && utf8.RuneCountInString(got) != want {
				t.Fatalf("%s gives %d characters, not %d: %q", call, utf8.RuneCountInString(got), want, got)
			}
		}
	}
}
