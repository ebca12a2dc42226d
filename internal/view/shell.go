package view

import (
	"fmt"
	"strings"
)

// Export returns the line of a shell that sets a variable. A value with characters that are not to be seen is written
// in ANSI-C quotes, so that the line is one line and the shell gets the value as it is.
func Export(name, value string) string {
	if !strings.ContainsFunc(value, unseen) {
		return fmt.Sprintf("export %s='%s'", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	var b strings.Builder
	for _, r := range value {
		switch {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + string(r))
		case unseen(r):
			for _, c := range []byte(string(r)) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return fmt.Sprintf("export %s=$'%s'", name, b.String())
}
