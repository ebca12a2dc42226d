package lang

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/spec/mask"
)

// markedCalls are a call of each function with a sensitive argument in each of its places.
func markedCalls() map[string][]string {
	return map[string][]string{
		"abs":          {"abs(var.n)"},
		"ceil":         {"ceil(var.n)"},
		"floor":        {"floor(var.n)"},
		"max":          {"max(var.n, 1)", "max(1, var.n)"},
		"min":          {"min(1, var.n)"},
		"parseint":     {"parseint(var.digits, 10)", `parseint("11", var.n)`},
		"pow":          {"pow(var.n, 2)", "pow(2, var.n)"},
		"signum":       {"signum(var.n)"},
		"chomp":        {"chomp(var.s)"},
		"format":       {`format("%s", var.s)`, `format(var.s)`, `format("%s-%d", "a", var.n)`},
		"formatlist":   {`formatlist("%s", [var.s])`, `formatlist("%s%s", ["a"], var.s)`},
		"indent":       {"indent(2, var.s)", `indent(var.n, "a")`},
		"join":         {`join(var.s, ["a", "b"])`, `join("", [var.s])`, `join("", var.list)`},
		"lower":        {"lower(var.s)"},
		"regex":        {`regex("h", var.s)`, `regex(var.s, "hunter2")`},
		"regexall":     {`regexall("h", var.s)`, `length(regexall("x", var.s))`},
		"replace":      {`replace(var.s, "h", "")`, `replace("a", var.s, "b")`, `replace("a", "a", var.s)`},
		"split":        {`split("", var.s)`, `split(var.s, "a")`},
		"strrev":       {"strrev(var.s)"},
		"substr":       {"substr(var.s, 0, 1)", `substr("abc", 0, var.n)`},
		"title":        {"title(var.s)"},
		"trim":         {`trim(var.s, "h")`, `trim("h", var.s)`},
		"trimprefix":   {`trimprefix(var.s, "h")`, `trimprefix("h", var.s)`},
		"trimspace":    {"trimspace(var.s)"},
		"trimsuffix":   {`trimsuffix(var.s, "2")`, `trimsuffix("2", var.s)`},
		"upper":        {"upper(var.s)"},
		"strlen":       {"strlen(var.s)"},
		"chunklist":    {"chunklist(var.list, 1)", `chunklist(["a"], var.n)`},
		"coalesce":     {`coalesce(var.s, "a")`, `coalesce(null, var.s)`},
		"coalescelist": {"coalescelist(var.list, [1])", "coalescelist([], var.list)"},
		"compact":      {"compact(var.list)", "compact([var.s])"},
		"concat":       {`concat(var.list, ["a"])`, `concat(["a"], [var.s])`},
		"contains":     {`contains(var.list, "hunter2")`, `contains(["hunter2"], var.s)`, `contains([var.s], "a")`},
		"distinct":     {"distinct(var.list)", "distinct([var.s])"},
		"element":      {"element(var.list, 0)", `element(["a", "b"], var.n)`},
		"flatten":      {"flatten(var.list)", "flatten([[var.s]])"},
		"index": {
			"index(var.list, 0)", `index(["a", "b", "c"], var.n)`, `index(tomap({ hunter2 = 1 }), var.s)`,
		},
		"keys":   {"keys(var.map)", "keys({(var.s) = 1})"},
		"length": {"length(var.list)", "length(tomap(var.map))"},
		"lookup": {
			`lookup(var.map, "k", "")`, `lookup({ hunter2 = "a" }, var.s, "")`, `lookup({ a = "b" }, "c", var.s)`,
		},
		"merge":           {"merge(var.map, { b = 1 })"},
		"range":           {"range(var.n)"},
		"reverse":         {"reverse(var.list)", "reverse([var.s])"},
		"setintersection": {`setintersection(var.list, ["hunter2"])`, `setintersection([var.s], ["hunter2"])`},
		"setproduct":      {`setproduct(var.list, ["a"])`},
		"setsubtract":     {`setsubtract(["hunter2"], var.list)`},
		"setunion":        {`setunion(var.list, ["a"])`, `setunion([var.s], ["a"])`},
		"slice":           {"slice(var.list, 0, 1)", `slice(["a", "b", "c", "d"], 0, var.n)`},
		"sort":            {"sort(var.list)", `sort([var.s, "a"])`},
		"values":          {"values(var.map)", "values({ a = var.s })"},
		"zipmap":          {`zipmap(["a"], var.list)`, `zipmap(var.list, ["a"])`, `zipmap([var.s], ["a"])`},
		"csvdecode":       {`csvdecode(var.s)`},
		"jsondecode":      {"jsondecode(var.digits)"},
		"jsonencode":      {"jsonencode(var.s)", "jsonencode({ a = [var.s] })"},
		"yamldecode":      {"yamldecode(var.s)"},
		"yamlencode":      {"yamlencode(var.s)", "yamlencode({ a = var.s })"},
		"formatdate":      {`formatdate("'${var.s}'", "2026-01-02T03:04:05Z")`, `formatdate("YYYY", var.time)`},
		"timeadd":         {`timeadd(var.time, "1h")`, `timeadd("2026-01-02T03:04:05Z", var.duration)`},
		"tobool":          {"tobool(var.b)"},
		"tonumber":        {"tonumber(var.digits)"},
		"tostring":        {"tostring(var.n)", "tostring(var.b)"},
		"tolist":          {"tolist(var.list)", "tolist([var.s])"},
		"toset":           {"toset(var.list)", "toset([var.s])"},
		"tomap":           {"tomap(var.map)", "tomap({ a = var.s })"},
		"try": {
			"try(var.s, 1)", "try(var.s.x, 1)", `try(regex("x", var.s), "no")`, `try(tonumber(var.s), 0)`,
			`try({ hunter2 = 1 }[var.s], 0)`, `try(["a"][var.n], "b")`,
			`try([for c in [var.s] : tonumber(c)], "no")`,
		},
		"can": {
			`can(regex("h", var.s))`, `can(tonumber(var.s))`, `can({ hunter2 = 1 }[var.s])`, `can(["a"][var.n])`,
			`can(var.s.x)`, `can(try(regex("x", var.s)))`, `!can(regex("x", "${var.s}"))`,
		},
		"startswith":   {`startswith(var.s, "h")`, `startswith("hunter2", var.s)`},
		"endswith":     {`endswith(var.s, "h")`},
		"strcontains":  {`strcontains(var.s, "h")`, `strcontains("hunter2", var.s)`},
		"base64encode": {"base64encode(var.s)"},
		"sha256":       {"sha256(var.s)"},
	}
}

// markedForms are the forms of HCL in which a sensitive value can stand.
func markedForms() []string {
	return []string{
		"var.s", `"${var.s}"`, `"a${var.s}b"`, "(var.s)", "[var.s]", "[var.s][0]", "{ a = var.s }", "{ (var.s) = 1 }",
		"{ a = var.s }.a", `{ a = var.s }["a"]`,
		`{ hunter2 = 1, b = 2 }[var.s]`, `["a", "b", "c"][var.n]`, "var.list[0]", "var.list[*]", "[{ a = var.s }][*].a",
		"[{ a = var.s }].0.a", "var.map.k", `var.map["k"]`,
		`var.s == "hunter2"`, `var.s != "x"`, `var.s == null`, "var.n > 1", "var.n + 1", "-var.n", "!var.b",
		"var.b && true", "false || var.b",
		`var.b ? 1 : 2`, `true ? var.s : "a"`, `var.s == "hunter2" ? "yes" : "no"`, `var.b ? ["a"] : ["b"]`,
		"[for c in var.list : c]", "[for c in var.list : 1]", `[for c in split("", var.s) : "x"]`,
		`[for c in split("", "hunter2") : c if strcontains(var.s, c)]`,
		`[for c in split("", "abch") : c if can(regex(c, var.s))]`, `[for c in ["a"] : c if var.b]`,
		`[for c in ["a"] : var.b ? c : ""]`,
		"{ for c in var.list : c => 1 }", "{ for c in [var.s] : c => 1 }", `{ for c in ["a"] : c => var.s }`,
		`{ for c in ["a", "b"] : (var.b ? c : "z") => c... }`, "{ for k, v in var.map : k => 1 }",
		`"%{if var.b}yes%{else}no%{endif}"`, `"%{for c in var.list}x%{endfor}"`,
		`"%{if can(regex("h", var.s))}yes%{endif}"`, "<<EOT\n${var.s}\nEOT\n",
		"local.copy", "local.holder.s", "local.made.can", `local.made["can"]`, "[for x in [local.made] : x.can]",
	}
}

const markedVariables = `
variable "s" {
  SENSITIVE
  default = "hunter2"
}
variable "n" {
  SENSITIVE
  default = 2
}
variable "b" {
  SENSITIVE
  default = true
}
variable "digits" {
  SENSITIVE
  default = "1234567"
}
variable "time" {
  SENSITIVE
  default = "2026-01-02T03:04:05Z"
}
variable "duration" {
  SENSITIVE
  default = "3h"
}
variable "list" {
  SENSITIVE
  default = ["hunter2"]
}
variable "map" {
  SENSITIVE
  default = { k = "hunter2" }
}
locals {
  copy   = var.s
  holder = { s = var.s, open = "shown" }
  made   = { can = can(regex("h", var.s)), open = "shown" }
}
`

// shownWhere puts an expression into an argument that is shown.
func shownWhere(t *testing.T, expression, sensitive string) (errors string) {
	t.Helper()
	src := strings.ReplaceAll(markedVariables, "SENSITIVE", sensitive) + "secret \"x\" {\n  env = jsonencode(" +
		expression + ")\n}\n"
	p, ds := Load(write(t, map[string]string{"x.hcl": src}), Options{})
	if got := render(ds); got != "" || sensitive == "" {
		return got
	}
	return "it comes to " + p.Secrets[0].Env
}

// TestMarksStay: of a sensitive value no function and no form makes one that is not: it is refused where it would be
// shown.
func TestMarksStay(t *testing.T) {
	calls := markedCalls()
	masks := mask.Functions()
	for _, name := range slices.Sorted(maps.Keys(functions())) {
		_, isMask := masks[name]
		_, isSelector := selectors()[name]
		_, isSide := sides()[name]
		if len(calls[name]) == 0 && !isMask && !isSelector && !isSide {
			t.Errorf("%s() has no call here", name)
		}
	}
	all := markedForms()
	for _, name := range slices.Sorted(maps.Keys(calls)) {
		all = append(all, calls[name]...)
	}
	for _, expression := range all {
		if got := shownWhere(t, expression, ""); got != "" && !strings.Contains(expression, ".s.x") {
			t.Errorf("%s is wrong in itself: %s", expression, got)
		}
		got := shownWhere(t, expression, "sensitive = true")
		if !strings.Contains(got, "Sensitive value would be shown") {
			t.Errorf("%s: %s", expression, got)
		}
	}
	if got := shownWhere(t, "[local.holder.open, local.made.open]",
		"sensitive = true"); got != `it comes to ["shown","shown"]` {
		t.Errorf("what stands beside a sensitive value is refused: %s", got)
	}
}

// TestErrorsDoNotQuote: an expression that fails does not say with which value.
func TestErrorsDoNotQuote(t *testing.T) {
	for _, expression := range []string{
		"tonumber(var.s)", "tobool(var.s)", "var.s + 1", "!var.s", `["a"][var.s]`, `{ a = 1 }[var.s]`, "var.map[var.s]",
		"var.s.hunter", "parseint(var.s, 10)", `regex("x", var.s)`,
		`regex("[", var.s)`, "jsondecode(var.s)", "csvdecode(\"a,b\\n${var.s}\")", `yamldecode("[${var.s}")`,
		`formatdate("YYYY", var.s)`, `timeadd(var.s, "1h")`, `timeadd(var.time, var.s)`,
		`formatdate(var.s, var.time)`, `index(["a"], var.s)`, "try(tonumber(var.s))", "try(var.s.x, var.s.y)",
		"range(var.s)", "element([], var.s)", "slice([], 0, var.s)", "max(var.s, 1)",
		"var.s ? 1 : 2", `"%{if var.s}x%{endif}"`, "[for x in var.s : x]", "merge(var.s)", "keys(var.s)",
		"zipmap(var.list, var.s)", "format(\"%d\", var.s)", "format(var.s, 1)", "regex(\"(${var.s}\", \"x\")",
		"{ for c in [var.s, var.s] : c => 1 }", "setproduct(var.s)", "chunklist(var.s, 1)", "sha256(var.map)",
		"tomap(var.s)", "split(1, var.map)", "unknown(var.s)", "join(var.s, var.s)", `indent(var.s, "a")`,
		"lookup(var.map, var.s)", "database(var.s)", "schema(var.s, 1)", "email(var.s)", "substr(var.s, var.s, 1)",
	} {
		got := shownWhere(t, expression, "sensitive = true")
		if got == "" {
			t.Errorf("%s is not wrong", expression)
		}
		before, after, _ := strings.Cut(got, "    | ")
		if strings.Contains(before, "hunter2") || strings.Contains(after, "\"hunter2\"") {
			t.Errorf("%s: %s", expression, got)
		}
	}
}

// TestSensitiveWhereItIsTaken: no argument takes a sensitive value, also of those that want a block, a mask or a
// selector.
func TestSensitiveWhereItIsTaken(t *testing.T) {
	for name, block := range map[string]string{
		"a reference": "secret \"k\" {\n  env = \"K\"\n}\ndatabase \"a\" {\n  url = \"postgres://u@h/d\"\n" +
			"  password = var.b ? secret.k : secret.k\n}\n",
		"a URL":           "database \"a\" {\n  url = \"postgres://u@${var.s}/d\"\n}\n",
		"a mask":          "mask \"m\" {\n  value = fixed(var.s)\n}\n",
		"a chosen mask":   "mask \"m\" {\n  value = var.b ? keep() : token()\n}\n",
		"a mask's SQL":    "mask \"m\" {\n  value = sql(var.s)\n}\n",
		"a mask's map":    "mask \"m\" {\n  value = json({ \"$.a\" = fixed(var.s) })\n}\n",
		"a mask's choice": "mask \"m\" {\n  value = one_of([var.s, \"a\"])\n}\n",
		"a parameter":     "mask \"m\" {\n  param \"p\" {\n    default = var.s\n  }\n  value = fixed(param.p)\n}\n",
		"a column":        "table \"a\" \"b\" {\n  column \"c\" {\n    mask = fixed(var.s)\n  }\n}\n",
		"a keep":          "table \"a\" \"b\" {\n  keep = [var.s]\n}\n",
		"rows":            "table \"a\" \"b\" {\n  rows = \"x = '${var.s}'\"\n  keep = [\"x\"]\n}\n",
		"a rule":          "rule \"a\" {\n  match {\n    column = var.s\n  }\n  mask = keep()\n}\n",
		"instances":       "table \"a\" \"b\" {\n  for_each = toset(var.list)\n  keep = [\"x\"]\n}\n",
		"a chosen block": "database \"a\" {\n  url = \"postgres://u@h/d\"\n}\nrole \"r\" {\n" +
			"  in = var.b ? database.a : database.a\n}\n",
		"a selector": "database \"a\" {\n  url = \"postgres://u@h/d\"\n}\nrole \"r\" {\n  in = database.a\n" +
			"  grant {\n    on = schema(var.s)\n    privileges = [\"USAGE\"]\n  }\n}\n",
		"a message": "variable \"v\" {\n  default = 1\n  SENSITIVE\n  validation {\n    condition = var.v > 1\n" +
			"    error_message = \"hunter2 is ${var.v}, not hunter3\"\n  }\n}\n",
	} {
		src := strings.ReplaceAll(markedVariables+block, "SENSITIVE", "sensitive = true")
		p, ds := Load(write(t, map[string]string{"x.hcl": src}), Options{})
		if !ds.HasErrors() {
			t.Errorf("%s: it is taken", name)
		}
		for _, d := range ds {
			if strings.Contains(d.Error(), "hunter2") ||
				d.Snippet != nil && strings.Contains(d.Snippet.Code, "default = \"hunter2") {
				t.Errorf("%s: %s", name, render(ds))
			}
		}
		if name != "a message" && len(p.Variables) != 8 {
			t.Errorf("%s: %d variables", name, len(p.Variables))
		}
	}
}
