package spec

import "strings"

// MatchGlob reports whether a pattern is the whole of s: * is any text, ? one character, {a,b} either.
func MatchGlob(pattern, s string) bool {
	for _, p := range alternatives(pattern) {
		if glob([]rune(p), []rune(s)) {
			return true
		}
	}
	return false
}

// alternatives writes {a,b} out. A brace without its partner is itself.
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

func glob(p, s []rune) bool {
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
