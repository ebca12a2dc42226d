package pgparse

import (
	"errors"
	"regexp"
	"strings"
)

// errDepth is the error of SQL that is nested deeper than a stack bears.
var errDepth = errors.New("the SQL is nested too deep to be parsed")

// mostOpen is how many brackets may be open at a place. The parser is recursive, and takes seconds to come to the end
// of its stack.
const mostOpen = 500

// tooDeep counts the brackets that are open, and what else makes a tree deeper: operators and words that take what
// follows them.
func tooDeep(sql string) bool {
	open, chain := 0, 0
	for i := 0; i < len(sql); i++ {
		switch c := sql[i]; c {
		case '\'', '"':
			i = quoted(sql, i, sql[i:i+1])
		case '$':
			if tag := dollar.FindString(sql[i:min(len(sql), i+70)]); tag != "" {
				i = quoted(sql, i+len(tag)-1, tag)
			}
		case '(', '[':
			open++
		case ')', ']':
			open = max(0, open-1)
		case ',', ';':
			chain = 0
		case '+', '*', '/', '<', '>', '=', '~', '!', '@', '%', '^', '&', '|', ':', '-':
			chain++
		case 'N', 'n', 'C', 'c', 'A', 'a', 'O', 'o', 'U', 'u', 'E', 'e', 'I', 'i', 'S', 's':
			chain += word(sql, i)
		}
		if open > mostOpen || chain > mostChained {
			return true
		}
	}
	return false
}

// mostChained is how many operators and words may follow each other without a comma.
const mostChained = 4000

var dollar = regexp.MustCompile(`^\$([A-Za-z_\x80-\xff][A-Za-z_0-9\x80-\xff]*)?\$`)

// quoted returns where what is quoted ends; at the end of the text where it does not.
func quoted(sql string, at int, end string) int {
	n := strings.Index(sql[at+1:], end)
	if n < 0 {
		return len(sql)
	}
	return at + n + len(end)
}

// word is 1 where one begins that makes a tree deeper.
func word(sql string, at int) int {
	if at > 0 && letter(sql[at-1]) {
		return 0
	}
	for _, w := range []string{"not", "case", "and", "or", "union", "except", "intersect", "is", "select"} {
		if end := at + len(w); end <= len(sql) && strings.EqualFold(sql[at:end], w) &&
			(end == len(sql) || !letter(sql[end])) {
			return 1
		}
	}
	return 0
}

func letter(c byte) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c >= 0x80
}
