package spec

import (
	"strconv"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// address gives kind.name, or kind.name["key"] for an instance of for_each. A name that is
// not an HCL identifier is written as an index: role["app-ro"].
func address(kind, name, key string) string {
	a := kind + part(name)
	if key != "" {
		a += "[" + strconv.Quote(key) + "]"
	}
	return a
}

// address2 gives kind.first.second, for blocks with two labels.
func address2(kind, first, second string) string { return kind + part(first) + part(second) }

func part(name string) string {
	if hclsyntax.ValidIdentifier(name) {
		return "." + name
	}
	return "[" + strconv.Quote(name) + "]"
}
