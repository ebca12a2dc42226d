package mask

import (
	"fmt"
	"strings"
)

// entries is the catalogue, in the order of the documentation.
func entries() []entry {
	return []entry{
		{"null_value", "null_value()", "NULL for every row.", "every type that may be NULL", `null_value()`, decodeNull},
		{"fixed", "fixed(value[, { keep_null }])", "The same value for every row; NULL too, unless keep_null.", "every type; the value must fit it", `fixed("****")`, decodeFixed},
		{"default", "default()", "The column's own default.", "columns with a default", `default()`, decodeDefault},
		{"keep", "keep()", "The value as it is: a decision, not a mask.", "every type", `keep()`, decodeKeep},
		{"sql", "sql(expression[, { volatile, calls }])", "A SQL expression over the columns of the row. Parsed when the spec is read: one scalar expression, no sub-select, no aggregate, nothing volatile unless said.", "every type; the plan asks the source for the result's type", `sql("left(note, 2) || '****'")`, decodeSQL},
		{"when", "when(condition, mask, mask[, { calls }])", "The first mask where the SQL condition holds, else the second.", "what both masks accept", `when("is_staff", keep(), email())`, decodeWhen},
		{"token", "token([{ length, prefix }])", "An opaque keyed value, equal for equal input in every table: 16 hexadecimal digits for text, a positive number for integer and bigint.", "text, integer, bigint, uuid, bytea", `token({ prefix = "c_" })`, decodeToken},
		{"hash", "hash([{ length }])", "A keyed digest, 32 hexadecimal digits.", "text, integer, bigint, uuid, bytea", `hash()`, decodeHash},
		{"email", "email([{ domain, length }])", "An address at example.com. Letter case does not matter.", "text", `email({ domain = "example.org" })`, decodeEmail},
		{"first_name", "first_name([locale])", "A common given name, by the value.", "text", `first_name("ja")`, decodeName("first")},
		{"last_name", "last_name([locale])", "A common family name, by the value.", "text", `last_name()`, decodeName("last")},
		{"full_name", "full_name([locale])", "A whole name: given name first in en, family name first in ja.", "text", `full_name("ja")`, decodeName("full")},
		{"digits", "digits([{ keep_first, keep_last }])", "Every digit becomes another; all else, and the form, stays. A text without any digit is hidden.", "text", `digits({ keep_last = 2 })`, decodeDigits},
		{"partial", "partial(left, padding, right)", "The ends stay, the middle is padded; a value too short for that is padded whole.", "text", `partial(2, "*", 0)`, decodePartial},
		{"regex", "regex(pattern, replacement[, { flags, unmatched }])", "What matches is replaced; a value that does not match is hidden whole unless unmatched = \"keep\".", "text", `regex("[0-9]+", "#")`, decodeRegex},
		{"truncate", "truncate(unit or step)", "A date to its year (or month, day, …), a number to steps, a text to its first characters.", "dates, timestamps, numbers, text", `truncate("year")`, decodeTruncate},
		{"noise", "noise(ratio)", "A number up to that part away, by the value.", "numbers", `noise(0.1)`, decodeNoise},
		{"jitter", "jitter(span)", "A date up to that far away, by the value.", "dates, timestamps", `jitter("30 days")`, decodeJitter},
		{"uuid", "uuid()", "Another UUID, equal for equal input.", "uuid, text", `uuid()`, decodeUUID},
		{"ip", "ip()", "An address in 10.0.0.0/8 or fd00::/8; the length of the network's mask stays.", "inet, cidr, text", `ip()`, decodeIP},
		{"one_of", "one_of([values])", "One of the values by the value; an enum knows its own.", "every type that the values fit", `one_of(["a", "b"])`, decodeOneOf},
		{"json", "json({ path = mask }[, { otherwise }])", "Masks at places of a document: $.a.b, $.a[*].c, $[0], $.*, $..a (at any depth), $['a b']. What no path names is kept, unless otherwise masks each leaf of it or is \"drop\".", "json, jsonb", `json({ "$.contact.email" = email() }, { otherwise = null_value() })`, decodeJSON},
		{"array", "array(mask)", "The mask on each element. NULL elements and dimensions stay.", "arrays", `array(email())`, decodeArray},
		{"range", "range(mask)", "The mask on both bounds, in order. Empty and infinite stay so.", "ranges, multiranges", `range(jitter("30 days"))`, decodeRange},
		{"fields", "fields({ field = mask }[, { keep }])", "Masks by field of a composite value. A field without a mask must be named in keep.", "composite types", `fields({ street = token() }, { keep = ["country"] })`, decodeFields},
		{"hstore", "hstore({ key = mask }[, { otherwise }])", "Masks by key. Keys that are not named are kept, unless otherwise masks them or is \"drop\".", "hstore", `hstore({ email = email() }, { otherwise = "drop" })`, decodeHstore},
	}
}

// Markdown gives the table of the catalogue for docs/masks.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| mask | what it gives | for |\n|---|---|---|\n")
	for _, e := range entries() {
		fmt.Fprintf(&b, "| `%s` | %s For example `%s`. | %s |\n", strings.ReplaceAll(e.signature, "|", `\|`), e.summary, strings.ReplaceAll(e.example, "|", `\|`), e.accepts)
	}
	return b.String()
}
