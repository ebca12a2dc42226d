package check

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a regular expression or a LIKE pattern of PostgreSQL in Go's syntax, as one that matches whole texts.
type pattern struct {
	expression string
	// classes: what it says of letters and spaces beyond ASCII depends on the database's locale.
	classes bool
	// letters: it has a class that takes digits of other scripts for letters.
	letters bool
}

// regexPattern translates an advanced regular expression of PostgreSQL, which finds its match anywhere. ok is false for
// what Go has no equal of: assertions about words, looking ahead, references back, collating elements, options.
func regexPattern(text string, fold bool) (p pattern, ok bool) {
	if rest, found := strings.CutPrefix(text, "(?i)"); found {
		text, fold = rest, true
	}
	if strings.HasPrefix(text, "***") {
		return p, false
	}
	var b strings.Builder
	for text != "" {
		r, n := utf8.DecodeRuneInString(text)
		rest := text[n:]
		switch {
		case r == '\\':
			class, after, ok := escape(rest, false)
			if !ok {
				return p, false
			}
			p.classes = p.classes || strings.HasPrefix(class, "[")
			b.WriteString(class)
			rest = after
		case r == '[':
			set, after, ok := p.bracket(rest)
			if !ok {
				return p, false
			}
			b.WriteString(set)
			rest = after
		case r == '(' && strings.HasPrefix(rest, "?") && !strings.HasPrefix(rest, "?:"):
			return p, false
		case r == '{' && (rest == "" || rest[0] < '0' || rest[0] > '9'), r == '}':
			b.WriteString(`\` + string(r))
		case r == '{':
			bound := regexp.MustCompile(`^[0-9]+(,[0-9]*)?\}`).FindString(rest)
			if bound == "" {
				return p, false
			}
			b.WriteString("{" + bound)
			rest = rest[len(bound):]
		default:
			b.WriteRune(r)
		}
		text = rest
	}
	p.expression = "(?s:.*)(?" + flags(fold) + ":" + b.String() + ")(?s:.*)"
	return p, true
}

func flags(fold bool) string {
	if fold {
		return "is"
	}
	return "s"
}

// escape translates what stands after a backslash.
func escape(text string, inside bool) (class, rest string, ok bool) {
	r, n := utf8.DecodeRuneInString(text)
	rest = text[n:]
	sets := map[rune]string{'d': `0-9`, 'w': `0-9A-Za-z_`, 's': `\t\n\v\f\r `}
	switch {
	case n == 0:
		return "", "", false
	case sets[r] != "" && inside:
		return sets[r], rest, true
	case sets[r] != "":
		return "[" + sets[r] + "]", rest, true
	case sets[unicode.ToLower(r)] != "" && !inside:
		return "[^" + sets[unicode.ToLower(r)] + "]", rest, true
	case strings.ContainsRune("ntrfv", r):
		return `\` + string(r), rest, true
	case unicode.IsLetter(r) || unicode.IsDigit(r):
		return "", "", false
	}
	return regexp.QuoteMeta(string(r)), rest, true
}

// bracket translates a bracket expression after its [.
func (p *pattern) bracket(text string) (set, rest string, ok bool) {
	var b strings.Builder
	b.WriteString("[")
	if after, found := strings.CutPrefix(text, "^"); found {
		b.WriteString("^")
		text = after
	}
	for first := true; ; first = false {
		r, n := utf8.DecodeRuneInString(text)
		rest := text[n:]
		switch {
		case n == 0:
			return "", "", false
		case r == ']' && !first:
			b.WriteString("]")
			return b.String(), rest, true
		case r == '[' && strings.HasPrefix(rest, ":"):
			name, after, found := strings.Cut(rest[1:], ":]")
			if !found ||
				!regexp.MustCompile(`^(alpha|digit|alnum|upper|lower|space|punct|xdigit|blank|print|graph)$`).
					MatchString(name) {
				return "", "", false
			}
			p.classes, p.letters = true, p.letters || name == "alpha"
			b.WriteString("[:" + name + ":]")
			rest = after
		case r == '[' && (strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "=")):
			return "", "", false
		case r == '\\':
			class, after, ok := escape(rest, true)
			if !ok {
				return "", "", false
			}
			b.WriteString(class)
			rest = after
		case r == '[' || r == ']' || r == '^' || r == '&' || r == '~':
			b.WriteString(`\` + string(r))
		default:
			b.WriteRune(r)
		}
		text = rest
	}
}

// likePattern translates a pattern of LIKE.
func likePattern(text string, fold bool) (p pattern, ok bool) {
	var b strings.Builder
	for escaped, runes := false, []rune(text); len(runes) > 0; runes = runes[1:] {
		switch r := runes[0]; {
		case !escaped && r == '\\':
			escaped = true
			if len(runes) == 1 {
				return p, false
			}
			continue
		case !escaped && r == '%':
			b.WriteString(".*")
		case !escaped && r == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
		escaped = false
	}
	return pattern{expression: "(?" + flags(fold) + ":" + b.String() + ")"}, true
}
