package spec

import (
	"strconv"
	"unicode"
)

// Address returns kind.name, or kind.name["key"] for an instance of for_each. A name that is not an identifier of HCL
// is written as an index: role["app-ro"].
func Address(kind, name, key string) string {
	a := kind + step(name)
	if key != "" {
		a += "[" + strconv.Quote(key) + "]"
	}
	return a
}

// TableAddress returns table.schema.name. Parts that are not identifiers are quoted as in HCL index syntax, so that an
// address is one token: table["my schema"]["t.x"].
func TableAddress(schema, name string) string { return "table" + step(schema) + step(name) }

func step(name string) string {
	if isIdentifier(name) {
		return "." + name
	}
	return "[" + strconv.Quote(name) + "]"
}

// isIdentifier reports whether HCL reads a text as an identifier. The categories are those of UAX #31.
func isIdentifier(s string) bool {
	for i, r := range s {
		begins := r == '_' || unicode.In(r, unicode.L, unicode.Nl, unicode.Other_ID_Start)
		continues := r == '-' ||
			unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc, unicode.Other_ID_Continue)
		if !begins && (i == 0 || !continues) {
			return false
		}
	}
	return s != ""
}
