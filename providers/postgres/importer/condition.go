package importer

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec/mask"
)

var conditionToken = regexp.MustCompile(`^\s*(?:((?:raw_)?record)\.(\w+)|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|` +
	`(-?\d+(?:\.\d+)?)|(&&|\|\||==|!=|<=|>=|<|>|!|\(|\))|(\w+))`)

// greenmaskCondition translates a condition of greenmask's into SQL: comparisons of columns with constants, joined by
// and, or, not. Whatever else there is, functions and pipes, is an error: half a condition would be another one.
func greenmaskCondition(text string) (string, error) {
	operators := map[string]string{
		"&&":  "AND",
		"||":  "OR",
		"and": "AND",
		"or":  "OR",
		"!":   "NOT",
		"not": "NOT",
		"==":  "=",
		"!=":  "<>",
	}
	var out []string
	comparing := ""
	for rest := text; strings.TrimSpace(rest) != ""; {
		m := conditionToken.FindStringSubmatch(rest)
		if m == nil {
			return "", fmt.Errorf("it cannot be read at %q", strings.TrimSpace(rest))
		}
		rest = rest[len(m[0]):]
		token := ""
		switch {
		case m[1] == "raw_record":
			token = sqltext.Ident(m[2]) + "::text"
		case m[1] == "record":
			token = sqltext.Ident(m[2])
		case m[5] != "":
			token = m[5]
		case m[6] != "":
			token = m[6]
			if o, ok := operators[token]; ok {
				token = o
			}
		case m[7] != "":
			word := strings.ToLower(m[7])
			switch word {
			case "null", "nil":
				if comparing != "=" && comparing != "<>" {
					return "", errors.New("null is compared with == and != only")
				}
				out[len(out)-1] = map[string]string{"=": "IS", "<>": "IS NOT"}[comparing]
				token = "NULL"
			case "true", "false":
				token = word
			case "and", "or", "not":
				token = operators[word]
			default:
				return "", fmt.Errorf("%s is a function of its own", m[7])
			}
		default:
			token = sqltext.Literal(unescaped(m[3] + m[4]))
		}
		comparing = token
		out = append(out, token)
	}
	sql := strings.NewReplacer("( ", "(", " )", ")").Replace(strings.Join(out, " "))
	if _, _, err := mask.ParseCondition(sql); err != nil {
		return "", errors.New("it is no condition over columns of the row")
	}
	return sql, nil
}

func unescaped(s string) string {
	return strings.NewReplacer(`\"`, `"`, `\'`, `'`, `\\`, `\`, `\n`, "\n", `\t`, "\t").Replace(s)
}
