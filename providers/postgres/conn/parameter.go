package conn

import (
	"net/url"
	"regexp"
	"strings"
)

// parameter returns the value of a parameter of a connection URL or keyword/value string, "" where it is not
// there. Of several the last one holds.
func parameter(text, name string) string {
	all := parameters(text, name)
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1]
}

// parameters returns every value that a connection URL or keyword/value string gives a parameter.
func parameters(text, name string) []string {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		u, err := url.Parse(text)
		if err != nil {
			return nil
		}
		return u.Query()[name]
	}
	var out []string
	pattern := regexp.MustCompile(`(?:^|\s)` + regexp.QuoteMeta(name) + `\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))`)
	for _, m := range pattern.FindAllStringSubmatch(text, -1) {
		if m[2] != "" {
			out = append(out, m[2])
		} else {
			out = append(out, strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(m[1]))
		}
	}
	return out
}
