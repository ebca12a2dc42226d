package lang

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// chain makes locals of which each is made of the one before, twice.
func chain(first, next string, n int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "locals {\n  a0 = %s\n", first)
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "  a%d = %s\n", i, strings.ReplaceAll(next, "x", fmt.Sprintf("local.a%d", i-1)))
	}
	return b.String() + "}\n"
}

// maskChain makes masks of the team's own of which each is composed of the one before; M stands for that.
func maskChain(value string, n int) string {
	var b strings.Builder
	b.WriteString("mask \"m0\" {\n  value = token()\n}\n")
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&b, "mask \"m%d\" {\n  value = %s\n}\n", i,
			strings.ReplaceAll(value, "M", fmt.Sprintf("m%d()", i-1)))
	}
	return b.String()
}

func local(text string) string { return "locals {\n  a = " + text + "\n}\n" }

// bombs are short specs that would work out more than a machine holds, or for longer than anybody waits.
func bombs() map[string]string {
	thousand := "range(1000)"
	text := `format("%999s", "x")`
	return map[string]string{
		"strings that double":      chain(`"xx"`, `"${x}${x}"`, 60),
		"masks that double":        maskChain(`when("x", M, when("y", M, M))`, 40),
		"masks of a JSON document": maskChain(`json({ "$.a" = M, "$.b" = M })`, 40),
		"masks in locals":          chain(`token()`, `when("a", x, x)`, 60),
		"masks with a long text":   chain(`fixed(`+text+`)`, `when("a", x, when("b", x, x))`, 60),
		"lists that double":        chain(`["a"]`, `[x, x]`, 60),
		"objects that double":      chain(`{ a = 1 }`, `{ b = x, c = x }`, 60),
		"concat":                   chain(`["a"]`, `concat(x, x)`, 60),
		"join":                     chain(`"ab"`, `join(x, [x, x])`, 40),
		"join, a long separator": local(`join(` + text + `, [for a in ` + thousand + ` : join(` + text + `, ` +
			thousand + `)])`),
		"format":            local(`format("%1000000000d", 1)`),
		"format, precision": local(`format("%.1000000000f", 1)`),
		"no bomb: formatlist": local(`formatlist("%999s%999s", [for a in ` + thousand + ` : ` + text +
			`], [for a in ` + thousand + ` : ` + text + `])`),
		"for over for over for": local(`[for a in ` + thousand + ` : [for b in ` + thousand + ` : [for c in ` +
			thousand + ` : a]]]`),
		"a for that gives nothing": local(`[for a in ` + thousand + ` : [for b in ` + thousand + ` : [for c in ` +
			thousand + ` : a if false]]]`),
		"a for with tries": local(`[for a in ` + thousand + ` : try([for b in ` + thousand +
			` : [for c in ` + thousand + ` : a]], 1)]`),
		"for that makes objects": local(`{for a in ` + thousand + ` : "k${a}" => {for b in ` + thousand +
			` : "k${b}" => b}}`),
		"range": local(`range(1000000000)`),
		"setproduct": local(`length(setproduct(` +
			strings.TrimSuffix(strings.Repeat(thousand+", ", 5), ", ") + `))`),
		"setproduct of a list": local(`length(setproduct([for a in range(5) : ` + thousand + `]...))`),
		"replace":              chain(text, `replace(x, " ", x)`, 40),
		"replace nothing":      chain(text, `replace(x, "", x)`, 40),
		"indent":               local(`indent(1000000000, "a\nb")`),
		"split":                local(`[for a in ` + thousand + ` : split("", ` + text + `)]`),
		"regexall": local(`[for a in ` + thousand + ` : regexall("(((((((((.)))))))))", ` + text +
			`)]`),
		"regex, a long pattern":       local(`regexall("` + strings.Repeat("(a|b)", 2500) + `", "x")`),
		"no bomb: regex, repetitions": local(`[for a in ` + thousand + ` : regexall("((a{30}){30})|b", ` + text + `)]`),
		"a number": local(`"${pow(10, 300) * pow(10, 300) * pow(10, 300) * pow(10, 300) * pow(10, ` +
			`300) * pow(10, 300) * pow(10, 300) * pow(10, 300) * pow(10, 300)}"`),
		"numbers that square":  chain(`pow(10, 300)`, `x * x`, 40),
		"a number in a string": local(`"1e1000000000" + 0`),
		"a number of a string": local(`tonumber("1e1000000000")`),
		"a number to format":   local(`format("%d", "1e1000000000")`),
		"a number in JSON":     local(`jsonencode(jsondecode("1e1000000000"))`),
		"a variable":           "variable \"a\" {\n  type = number\n  default = \"1e1000000000\"\n}\n",
		"JSON":                 local(`jsondecode("` + strings.Repeat("[", 100_000) + `")`),
		"JSON, closed": local(`jsondecode("` + strings.Repeat("[", 50_000) +
			strings.Repeat("]", 50_000) + `")`),
		"YAML":         local(`yamldecode("` + strings.Repeat("[", 100_000) + `")`),
		"YAML, blocks": local(`yamldecode("` + strings.Repeat("- ", 100_000) + `a")`),
		"YAML, aliases": "locals {\n  a = yamldecode(<<EOT\na0: &a0 [x, x, x]\n" + func() string {
			var b strings.Builder
			for i := 1; i < 30; i++ {
				fmt.Fprintf(&b, "a%d: &a%d [*a%d, *a%d, *a%d]\n", i, i, i-1, i-1, i-1)
			}
			return b.String()
		}() + "EOT\n  )\n}\n",
		"tries in tries":         local(strings.Repeat("try(", 100) + "x.y" + strings.Repeat(")", 100)),
		"no bomb: cans in tries": local(strings.Repeat("try(can(", 60) + "1" + strings.Repeat("))", 60)),
		"distinct": local(`distinct(flatten([for a in ` + thousand +
			` : [for b in range(20) : "${a}-${b}"]]))`),
		"conditionals":     chain(`["a"]`, `true ? [x, x] : [x, x]`, 60),
		"splats":           chain(`[["a"]]`, `[x[*], x[*]]`, 60),
		"zipmap and merge": chain(`{ a = 1 }`, `merge({ b = x }, { c = x })`, 60),
		"chunks":           chain(`["a"]`, `chunklist([x, x], 1)`, 60),
		"instances": local(`1`) +
			"role \"a\" {\n  for_each = {for a in flatten([for a in range(200) : [for b in range(100) : " +
			"\"${a}-${b}\"]]) : a => a}\n}\n",
		"deep by reference": chain(`["a"]`, `[x]`, 4_000),
		"a mask's": "mask \"a\" {\n  value = fixed(join(\"\", [for a in " + thousand +
			" : join(\"\", [for b in " + thousand + " : " + text + "])]))\n}\n",
		"a validation's": "variable \"a\" {\n  default = 1\n  validation {\n    condition = length([for a in " +
			thousand + " : [for b in " + thousand +
			" : [for c in " + thousand + " : a]]]) > 1\n    error_message = \"x\"\n  }\n}\n",
	}
}

// TestBombs: an expansion bomb is a clear error, at once and in little memory.
func TestBombs(t *testing.T) {
	for name, src := range bombs() {
		t.Run(name, func(t *testing.T) {
			dir := write(t, map[string]string{"x.hcl": src})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begun := time.Now()
			_, ds := Load(dir, Options{})
			took := time.Since(begun)
			runtime.ReadMemStats(&after)
			if !ds.HasErrors() && !strings.HasPrefix(name, "no bomb: ") {
				t.Errorf("no error")
			} else if len(ds.Error()) > 4000 || strings.Contains(ds.Error(), "panic") {
				t.Errorf("%.3000s", ds.Error())
			}
			t.Logf("%s, %d MiB: %.120s", took, (after.TotalAlloc-before.TotalAlloc)>>20, ds.Error())
			// under a second by itself; tests run beside
			if took > 10*time.Second || after.TotalAlloc-before.TotalAlloc > 600<<20 {
				t.Errorf("it took %s and %d MiB", took, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
		})
	}
}
