package acl

import "strings"

// signature writes argument types as pg_dump does: "(integer, text)".
func signature(types []string) string { return "(" + strings.Join(types, ", ") + ")" }

// parseSignature takes "f(integer, text)" apart. A name in double quotes may hold anything. hasTypes is
// false where there are no parentheses.
func parseSignature(text string) (name string, types []string, hasTypes bool) {
	text = strings.TrimSpace(text)
	rest := ""
	if strings.HasPrefix(text, `"`) {
		end := 1
		for end < len(text) && (text[end] != '"' || strings.HasPrefix(text[end+1:], `"`)) {
			if text[end] == '"' {
				end++
			}
			end++
		}
		end = min(end, len(text))
		name, rest = strings.ReplaceAll(text[1:end], `""`, `"`), strings.TrimPrefix(text[end:], `"`)
	} else if i := strings.IndexByte(text, '('); i >= 0 {
		name, rest = strings.TrimSpace(text[:i]), text[i:]
	} else {
		return text, nil, false
	}
	rest = strings.TrimSpace(rest)
	if !strings.HasPrefix(rest, "(") || !strings.HasSuffix(rest, ")") {
		return name, nil, false
	}
	return name, splitTypes(rest[1 : len(rest)-1]), true
}

// splitTypes cuts at commas that are in neither parentheses nor quotes: numeric(10, 2).
func splitTypes(list string) []string {
	var out []string
	depth, start, quoted := 0, 0, false
	for i, c := range list {
		switch {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == ',' && depth == 0:
			out = append(out, canonicalType(list[start:i]))
			start = i + 1
		}
	}
	if last := strings.TrimSpace(list[start:]); last != "" || len(out) > 0 {
		out = append(out, canonicalType(last))
	}
	return out
}

// canonicalType returns the name that format_type() prints for what people write (manual, table 8.1). A length
// or precision is not part of a signature.
func canonicalType(text string) string {
	text = strings.TrimSpace(text)
	dims := ""
	for strings.HasSuffix(text, "]") {
		i := strings.LastIndexByte(text, '[')
		if i < 0 {
			break
		}
		text, dims = strings.TrimSpace(text[:i]), "[]" // a signature knows one kind of array
	}
	if strings.Contains(text, `"`) {
		return text + dims
	}
	text = strings.ToLower(strings.Join(strings.Fields(text), " ")) // as SQL folds what is not quoted
	zone := ""
	for _, z := range []string{" with time zone", " without time zone"} {
		if t, ok := strings.CutSuffix(text, z); ok {
			text, zone = t, z
		}
	}
	if i := strings.IndexByte(text, '('); i >= 0 {
		text = strings.TrimSpace(text[:i])
	}
	text = strings.TrimPrefix(text, "pg_catalog.")
	if alias, ok := typeAliases[text]; ok && zone == "" {
		text = alias
	}
	return text + zone + dims
}

var typeAliases = map[string]string{
	"int":               "integer",
	"int4":              "integer",
	"integer":           "integer",
	"int8":              "bigint",
	"bigint":            "bigint",
	"int2":              "smallint",
	"smallint":          "smallint",
	"bool":              "boolean",
	"boolean":           "boolean",
	"text":              "text",
	"varchar":           "character varying",
	"character varying": "character varying",
	"char":              "character",
	"bpchar":            "character",
	"character":         "character",
	"decimal":           "numeric",
	"numeric":           "numeric",
	"float":             "double precision",
	"float8":            "double precision",
	"double precision":  "double precision",
	"float4":            "real",
	"real":              "real",
	"timestamptz":       "timestamp with time zone",
	"timestamp":         "timestamp without time zone",
	"timetz":            "time with time zone",
	"time":              "time without time zone",
	"varbit":            "bit varying",
	"bit varying":       "bit varying",
}

// sameTypes compares what was written with what the server says. A type may be written without its schema.
func sameTypes(written, have []string) bool {
	if len(written) != len(have) {
		return false
	}
	for i, w := range written {
		if w == have[i] {
			continue
		}
		if _, bare, ok := strings.Cut(have[i], "."); !ok || bare != w {
			return false
		}
	}
	return true
}
