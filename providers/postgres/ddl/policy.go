package ddl

import "strings"

// policyRoles returns the roles that a policy's statement names after TO. The names of the policy and of its table are
// skipped as tokens, so that a name with " TO " in it does no harm.
func policyRoles(e Entry) []string {
	w := words{rest: e.SQL}
	for range 3 { // CREATE POLICY name
		w.next()
	}
	w.next() // ON
	for word := w.next(); word != ""; word = w.next() {
		switch word {
		case "USING", "WITH", ";":
			return nil
		case "TO":
			var roles []string
			for {
				role := w.next()
				switch {
				case strings.HasPrefix(role, `"`):
					role = strings.ReplaceAll(role[1:len(role)-1], `""`, `"`)
				case role == "PUBLIC" || role == "":
					return nil
				}
				roles = append(roles, role)
				if w.next() != "," {
					return roles
				}
			}
		}
	}
	return nil
}

// words splits SQL into identifiers, quoted identifiers (with their quotes) and single other characters. That is enough
// for the beginning of a statement that pg_dump wrote.
type words struct{ rest string }

func (w *words) next() string {
	w.rest = strings.TrimLeft(w.rest, " \t\r\n")
	if w.rest == "" {
		return ""
	}
	end := 1
	if w.rest[0] == '"' {
		for end < len(w.rest) {
			if w.rest[end] != '"' {
				end++
				continue
			}
			if end+1 < len(w.rest) && w.rest[end+1] == '"' {
				end += 2
				continue
			}
			end++
			break
		}
	} else if isWord(w.rest[0]) {
		for end < len(w.rest) && isWord(w.rest[end]) {
			end++
		}
	}
	word := w.rest[:end]
	w.rest = w.rest[end:]
	return word
}

func isWord(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
