package spec

import "strings"

// Glob is a compiled pattern: * is any text, ? one character, {a,b} either.
type Glob struct {
	// exact are the alternatives without * and ?, the others are patterns.
	exact    map[string]bool
	patterns [][]rune
}

// CompileGlob compiles a pattern. Every text is one.
func CompileGlob(pattern string) Glob {
	g := Glob{exact: map[string]bool{}}
	for _, p := range alternatives(pattern) {
		if strings.ContainsAny(p, "*?") {
			g.patterns = append(g.patterns, []rune(p))
			continue
		}
		g.exact[p] = true
	}
	return g
}

// Match reports whether the pattern matches the whole of s.
func (g Glob) Match(s string) bool {
	if g.exact[s] {
		return true
	}
	if len(g.patterns) == 0 {
		return false
	}
	text := []rune(s)
	for _, p := range g.patterns {
		if matches(p, text) {
			return true
		}
	}
	return false
}

// Literal reports whether the pattern is one text and nothing else.
func (g Glob) Literal() bool { return len(g.patterns) == 0 && len(g.exact) == 1 }

// alternatives expands {a,b}. A brace without its partner is itself.
func alternatives(pattern string) []string {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}
	}
	end := strings.IndexByte(pattern[open:], '}')
	if end < 0 {
		return []string{pattern}
	}
	end += open
	var out []string
	for _, choice := range strings.Split(pattern[open+1:end], ",") {
		for _, rest := range alternatives(pattern[end+1:]) {
			out = append(out, pattern[:open]+strings.TrimSpace(choice)+rest)
		}
	}
	return out
}

// GlobFault returns why a pattern with braces cannot be read; "" if it can.
func GlobFault(pattern string) string {
	open := false
	for _, r := range pattern {
		switch {
		case r == '{' && open:
			return "a { stands within braces, which do not nest"
		case r == '}' && !open:
			return "its } closes nothing"
		case r == '{', r == '}':
			open = r == '{'
		}
	}
	if open {
		return "its { is not closed"
	}
	return ""
}

// matches reports whether a pattern without alternatives matches the whole of s.
func matches(p, s []rune) bool {
	// The last star and where it began: on a mismatch it takes one rune more.
	star, mark, i := -1, 0, 0
	for j := 0; j < len(s); {
		switch {
		case i < len(p) && p[i] == '*':
			star, mark = i, j
			i++
		case i < len(p) && (p[i] == '?' || p[i] == s[j]):
			i++
			j++
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(p) && p[i] == '*' {
		i++
	}
	return i == len(p)
}
