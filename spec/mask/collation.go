package mask

import (
	"fmt"
	"regexp"
	"strings"
)

// Collation is one that is not deterministic: under it texts of different bytes can be equal.
type Collation struct {
	// Name is quoted, with its schema.
	Name string `json:"name"`
	// CaseOnly says that it ignores letter case and nothing that has to do with other letters, in UTF-8.
	CaseOnly bool `json:"case_only,omitempty"`
	// Numeric says that digits are compared as numbers: 007 is 7.
	Numeric bool `json:"numeric,omitempty"`
}

// caseOnly matches the locales of ICU that compare at the second level by the rules that all languages share.
var caseOnly = regexp.MustCompile(`(?i)^(und|root|en)?([-_][a-z]{2})?(-u-ks-level2|@colStrength=secondary)$`)

// numeric matches the locales of ICU that compare digits as numbers.
var numeric = regexp.MustCompile(`(?i)-kn\b|colNumeric=yes`)

// NewCollation returns a collation of ICU. rules are those of its own, "" for none; encoding is that of the database.
func NewCollation(name, locale, rules, encoding string) *Collation {
	return &Collation{
		Name:     name,
		CaseOnly: rules == "" && encoding == "UTF8" && caseOnly.MatchString(locale),
		Numeric:  numeric.MatchString(locale) && !strings.Contains(locale, "-kn-false"),
	}
}

// deterministic makes a text comparable by its bytes, for the functions that refuse other collations.
const deterministic = ` COLLATE pg_catalog."default"`

// scripts are the digits of those that often stand beside ASCII: Arabic, Persian, Devanagari, Bengali and Thai.
const scripts = "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹०१२३४५६७८९০১২৩৪৫৬৭৮৯๐๑๒๓๔๕๖๗๘๙"

// same returns the SQL of a text that is equal for those texts that are equal under the collation. PostgreSQL hashes
// the sort key of ICU, which is just that: 128 bits of it tell other texts apart. Where letter case is all that is
// ignored, a text of ASCII is written in small letters instead, so that it meets its like in columns of citext, or in
// small letters of any column. A text with other characters is one of ASCII if that is equal: in full width, with
// digits of other scripts, with a soft hyphen. Symbols that stand for numbers, and digits of rarer scripts, are equal
// to those of ASCII without it.
func (k *Collation) same(text string) string {
	const sortKey = "hashtextextended(%[1]s, 0)::text || ':' || hashtextextended(%[1]s, 1)::text"
	text += " COLLATE " + k.Name
	if !k.CaseOnly {
		return "(" + fmt.Sprintf(sortKey, text) + ")"
	}
	low := fmt.Sprintf("translate(lower(normalize(x, NFKC)), %s, '%s')"+deterministic, unicodeText(scripts),
		strings.Repeat("0123456789", 5))
	return let("CASE WHEN plain COLLATE "+k.Name+" = x THEN plain ELSE "+fmt.Sprintf(sortKey, "x")+" END"+deterministic,
		text+" AS x", "regexp_replace("+low+", '[^ -~]', '', 'g') AS plain")
}

// Encodable returns the SQL of a text that has only bytes which UTF-8 allows. Where text may be any bytes, those beyond
// ASCII are written as their numbers.
func (t Type) Encodable(text string) string {
	if !t.AnyBytes {
		return text
	}
	return "encode(convert_to(" + text + ", 'SQL_ASCII'), 'escape')"
}
