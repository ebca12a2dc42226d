package lang

import (
	"regexp"
	"regexp/syntax"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// prediction returns how many parts the result of a call will have, or what is wrong with the call.
type prediction func(args []cty.Value) (parts int, wrong string)

// call is a call of a function under the meter. Its arguments are parts, which are charged. The result of a
// function that multiplies them is charged before the call.
type call struct {
	*hclsyntax.ParenthesesExpr
	m *meter
}

// UnwrapExpression lets hcl see the call itself.
func (c *call) UnwrapExpression() hcl.Expression { return c.Expression }

// Value implements hcl.Expression.
func (c *call) Value(ctx *hcl.EvalContext) (cty.Value, hcl.Diagnostics) {
	c.m.charge(callParts)
	written, ok := c.Expression.(*hclsyntax.FunctionCallExpr)
	if !ok || c.m.predict[written.Name] == nil {
		return c.Expression.Value(ctx)
	}
	once := *written
	once.Args = make([]hclsyntax.Expression, len(written.Args))
	given := make([]cty.Value, len(written.Args))
	for i, a := range written.Args {
		v, ds := a.Value(ctx)
		if ds.HasErrors() {
			return cty.DynamicVal, ds
		}
		once.Args[i] = &hclsyntax.LiteralValueExpr{Val: v, SrcRange: a.Range()}
		given[i], _ = v.UnmarkDeep()
	}
	parts, wrong := c.m.predict[written.Name](spread(given, written.ExpandFinal))
	c.m.charge(min(max(parts, 0), maxParts))
	switch {
	case wrong != "":
		panic(exceeded{detail: wrong})
	case parts < 0 || parts > maxParts:
		panic(exceeded{detail: written.Name + "() would give more than is needed."})
	}
	return once.Value(ctx)
}

// spread replaces the last argument by its elements if it is written with an ellipsis.
func spread(args []cty.Value, expand bool) []cty.Value {
	if n := len(args) - 1; expand && n >= 0 && args[n].IsKnown() && !args[n].IsNull() && args[n].CanIterateElements() {
		return append(args[:n:n], args[n].AsValueSlice()...)
	}
	return args
}

// multiplying returns the predictions of functions whose result can be larger than their arguments together, or that
// take longer than reading those.
func multiplying() map[string]prediction {
	return map[string]prediction{
		"setproduct": setProductParts,
		"join":       joinParts,
		"replace":    replaceParts,
		"indent":     indentParts,
		"format":     formatParts,
		"formatlist": formatParts,
		"split":      splitParts,
		"regex":      regexParts,
		"regexall":   regexParts,
		"distinct":   distinctParts,
		"parseint":   parseParts,
		"csvdecode":  decodeParts,
		"jsondecode": decodeParts,
		"yamldecode": decodeParts,
	}
}

// textOf returns an argument as text, "" if it is not a string.
func textOf(args []cty.Value, i int) string {
	if i >= len(args) || !args[i].IsKnown() || args[i].IsNull() || args[i].Type() != cty.String {
		return ""
	}
	return args[i].AsString()
}

// lengthOf returns how many elements an argument has, 1 if it is not a collection.
func lengthOf(v cty.Value) int {
	if !v.IsKnown() || v.IsNull() || !v.CanIterateElements() {
		return 1
	}
	return v.LengthInt()
}

func times(a, b int) int {
	if b != 0 && a > 1<<40/b {
		return 1 << 40
	}
	return a * b
}

func setProductParts(args []cty.Value) (int, string) {
	parts := 1
	for _, a := range args {
		parts = times(parts, lengthOf(a))
	}
	return times(parts, len(args)+1), ""
}

func joinParts(args []cty.Value) (int, string) {
	elements := 0
	for _, a := range args[min(1, len(args)):] {
		elements += lengthOf(a)
	}
	return times(len(textOf(args, 0))+textPart, elements) / textPart, ""
}

func replaceParts(args []cty.Value) (int, string) {
	return times(strings.Count(textOf(args, 0), textOf(args, 1)), len(textOf(args, 2))) / textPart, ""
}

func indentParts(args []cty.Value) (int, string) {
	spaces := 0
	if len(args) > 0 && args[0].IsKnown() && !args[0].IsNull() && args[0].Type() == cty.Number {
		f, _ := args[0].AsBigFloat().Float64()
		spaces = int(min(max(f, 0), 1<<30))
	}
	return times(1+strings.Count(textOf(args, 1), "\n"), spaces) / textPart, ""
}

// wide is a verb of format whose width or precision is longer than any line.
var wide = regexp.MustCompile(`%[^a-zA-Z%]*[0-9]{4,}`)

func formatParts(args []cty.Value) (int, string) {
	pattern, rounds, fixed := textOf(args, 0), 1, 0
	if wide.MatchString(pattern) {
		return 0, "A verb of the format is wider than 999 characters."
	}
	for i, a := range args[min(1, len(args)):] {
		rounds = max(rounds, lengthOf(a))
		fixed += len(textOf(args, i+1))
	}
	fixed = times(fixed, 1+strings.Count(pattern, "%")) // a verb may name an argument that others name too
	return times(rounds, textPart+len(pattern)+fixed+1000*strings.Count(pattern, "%")) / textPart, ""
}

func splitParts(args []cty.Value) (int, string) {
	return 1 + strings.Count(textOf(args, 1), textOf(args, 0)), ""
}

// regexParts counts the steps that a search takes, and what it may find. A mask's call has no text: it runs
// on the source.
func regexParts(args []cty.Value) (int, string) {
	const longest, states, stepParts = 10_000, 100_000, 1000
	pattern, text := textOf(args, 0), textOf(args, 1)
	if len(pattern) > longest {
		return 0, "The pattern is longer than 10000 characters."
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return 0, "" // the function reports it
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return 0, ""
	}
	if len(program.Inst) > states {
		return 0, "The pattern repeats itself too often."
	}
	found := times(len(text)+1, parsed.MaxCap()+1)
	return times(len(program.Inst), len(text)+1)/stepParts + min(found, found/16+1000), ""
}

// distinctParts is for functions that compare each element with all others.
func distinctParts(args []cty.Value) (int, string) {
	if len(args) == 0 {
		return 0, ""
	}
	return times(lengthOf(args[0]), lengthOf(args[0])) / 50, ""
}

func parseParts(args []cty.Value) (int, string) {
	if len(textOf(args, 0)) > maxDigits {
		return 0, "A number has more than 500 digits."
	}
	return 0, ""
}

// decodeParts counts what delimits an element in any of these formats. YAML's aliases repeat what they name, also
// within each other.
func decodeParts(args []cty.Value) (int, string) {
	const aliases = 16
	text := textOf(args, 0)
	depth, deepest := 0, 0
	for _, c := range []byte(text) {
		switch c {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	switch {
	case deepest > maxLevels || strings.Contains(text, strings.Repeat("- ", maxLevels)):
		return 0, "The document is nested deeper than 100 levels."
	case strings.Count(text, "*") > aliases && yamlAliases.MatchString(text):
		return 0, "The document has more aliases than are needed."
	}
	return strings.Count(text, ",") + strings.Count(text, "\n") + len(text)/textPart, ""
}

var yamlAliases = regexp.MustCompile(`(?m)(^|[\s\[{,:-])\*\w`)
