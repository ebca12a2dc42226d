package conn

import (
	"net/url"
	"regexp"
	"strings"
)

// parameter gives the value of a parameter of a connection URL or keyword/value string, "" where it is not
// there.
func parameter(text, name string) string {
	if strings.HasPrefix(text, "postgres://") || strings.HasPrefix(text, "postgresql://") {
		u, err := url.Parse(text)
		if err != nil {
			return ""
		}
		return u.Query().Get(name)
	}
	m := regexp.MustCompile(`(?:^|\s)` + regexp.QuoteMeta(name) + `\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))`).FindStringSubmatch(text)
	if m == nil {
		return ""
	}
	if m[2] != "" {
		return m[2]
	}
	return strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(m[1])
}
