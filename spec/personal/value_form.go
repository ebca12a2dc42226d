package personal

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// form is how values of a kind are written. A value stands apart from letters, digits and the signs in joins.
type form struct {
	kind    Kind
	pattern *regexp.Regexp // with a group where the value is a part of what it matches
	joins   string
	valid   func(string) bool // nil: the pattern says all
	// mark is a text that all of them have, or ""; needsDigits is how many digits the whole text must have.
	mark        string
	needsDigits int
}

// mayMatch reports whether the text can have such a value at all. Most texts of a catalog have none, and searching each
// for all patterns would take long.
func (f form) mayMatch(text string) bool {
	if f.mark != "" {
		return strings.Contains(text, f.mark)
	}
	n := 0
	for i := 0; i < len(text) && n < f.needsDigits; i++ {
		if text[i] >= '0' && text[i] <= '9' {
			n++
		}
	}
	return n >= f.needsDigits
}

// redacted matches what Redact writes.
var redacted = regexp.MustCompile(`<[a-z_]+:[0-9a-f]{4}>`)

// forms are made once: every text of a catalog is searched for them.
var forms = sync.OnceValue(func() []form {
	re := regexp.MustCompile
	return []form{
		{Password, re(`\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:'"<>]*:[^\s/@'"<>]{2,}@[^\s'"<>]{2,}`),
			"", urlWithPassword, "://", 0},
		{Password, re(`\b(?:host|hostaddr|dbname|user|port)=[^\s'"]+ (?:[^\s'"]+ )*?password=('[^']+'|[^\s'";,)&]` +
			`{4,})`),
			"", knownPassword, "password=", 0},
		{Password, re(`\bpassword=([^\s'";,)&]{4,}) (?:[^\s'"]+ )*?(?:host|hostaddr|dbname|user|port)=`),
			"", knownPassword, "password=", 0},
		{Password, re(`(?i:\bpassword)\s+'([^'\s]{4,})'`), "", knownPassword, "'", 0},
		{Password, re(`\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}`), "", nil, "$2", 0},
		{Password, re(`\$argon2(?:id|i|d)\$v=[0-9]+\$[^\s'"]{20,}`), "", nil, "$argon2", 0},
		{Password, re(`SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]{8,}\$[A-Za-z0-9+/=]{20,}:[A-Za-z0-9+/=]{20,}`),
			"", nil, "SCRAM-", 0},
		{Token, re(`-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[A-Za-z0-9+/=\s\\:,-]*`), "", nil, "PRIVATE KEY", 0},
		{Token, re(`eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}`), "-", nil, "eyJ", 0},
		{Token, re(`(?:AKIA|ASIA)[A-Z0-9]{16}`), "", notSample, "IA", 0},
		{Token, re(`gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}`), "_", notSample, "_", 0},
		{Token, re(`glpat-[A-Za-z0-9_-]{20,}`), "", notSample, "glpat-", 0},
		{Token, re(`xox[abeoprs]-[A-Za-z0-9-]{10,}`), "", notSample, "xox", 0},
		{Token, re(`hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]+`),
			"", notSample, "hooks.slack", 0},
		{Token, re(`(?:sk|rk)_live_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9]{24,}`), "_", notSample, "_", 0},
		{Token, re(`sk-(?:proj-|ant-)?[A-Za-z0-9_-]{32,}`), "-", randomLooking, "sk-", 0},
		{Token, re(`AIza[A-Za-z0-9_-]{35}`), "-", notSample, "AIza", 0},
		{Token, re(`SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`), "", notSample, "SG.", 0},
		{Token, re(`npm_[A-Za-z0-9]{36}`), "", notSample, "npm_", 0},
		{Token, re(`(?i:bearer|basic)\s+([A-Za-z0-9+/_.=-]{20,})`), "", randomLooking, "", 1},
		{Token, re(`(?i:api_?-?key|secret|token|passw(?:or)?d|client_?id)['"]?\s*(?:[:=,>]|=>|:=)+\s*'([A-Za-z` +
			`0-9+/_=-]{20,})'`),
			"", randomLooking, "'", 0},
		{Email, re(`[\p{L}\p{N}](?:[\p{L}\p{N}._%+-]{0,62}[\p{L}\p{N}_+-])?@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\` +
			`p{L}\p{N}])?\.)+\p{L}{2,}`),
			"@", realMailbox, "@", 0},
		{IBAN, re(`[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?`), "", realIBAN, "", 10},
		{CreditCard, re(`[2-6][0-9]{3}(?:[ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}|3[068][0-9]{2}[ ` +
			`-]?[0-9]{6}[ -]?[0-9]{4}`),
			"-.", realCard, "", 14},
		{NationalID, re(`[0-9]{3}-[0-9]{2}-[0-9]{4}`), "-.", realSSN, "", 9},
		{NationalID, re(`(?:^|[^0-9 .-])([0-9]{4} [0-9]{4} [0-9]{4}|[0-9]{4}-[0-9]{4}-[0-9]{4})(?:$|[^0-9 .-])`),
			"", realMyNumber, "", 12},
		{Phone, re(`\+[1-9][0-9]{0,2}(?:[ .-]?\(?[0-9]{1,5}\)?){2,6}`), "+-", realInternational, "+", 9},
		{Phone, re(`0[1-9][0-9]{0,3}-[0-9]{1,4}-[0-9]{4}`), "-.", realJapanese, "", 10},
		{Phone, re(`\([2-9][0-9]{2}\) ?[2-9][0-9]{2}-[0-9]{4}|[2-9][0-9]{2}-[2-9][0-9]{2}-[0-9]{4}`),
			"-.", realAmerican, "", 10},
		{IP, re(`[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}`), ".-", realIP, "", 4},
		{IP, re(`[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{4,}`), ":.", realIP, "", 1},
	}
})

// standsAlone reports whether text[start:end] is not part of a longer word or number. joins are further signs that
// bind.
func standsAlone(text string, start, end int, joins string) bool {
	binds := func(r rune) bool {
		return r == '_' || unicode.IsDigit(r) || unicode.IsLetter(r) && r < 0x250 || strings.ContainsRune(joins, r)
	}
	before, size := utf8.DecodeLastRuneInString(text[:start])
	if size > 0 && binds(before) && !escaped(text[:start]) {
		return false
	}
	after, size := utf8.DecodeRuneInString(text[end:])
	if size == 0 || !binds(after) {
		return true
	}
	// A point at the end of a sentence binds nothing.
	if after == '.' || after == '-' {
		next, n := utf8.DecodeRuneInString(text[end+size:])
		return n == 0 || !unicode.IsDigit(next) && !unicode.IsLetter(next)
	}
	return false
}

// escaped reports whether a text ends with \n, \t or \r as programs escape them.
func escaped(before string) bool {
	return len(before) > 1 && before[len(before)-2] == '\\' && strings.ContainsRune("ntr", rune(before[len(before)-1]))
}
