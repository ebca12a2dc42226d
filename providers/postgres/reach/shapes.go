package reach

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Shapes returns the untrusted code that matters for a plan, by what leads to it: the functions of the given qualified
// names, and all that runs implicitly. The transaction that exports reads it again, to see casts that were added and
// functions that were replaced since.
func (c *Code) Shapes(names []string) map[string]string {
	found := map[string][]string{}
	add := func(what string, functions ...*Function) {
		for _, f := range functions {
			found[what] = append(found[what], f.Signature()+" of "+sqltext.Plain(f.Owner)+" "+f.digest)
		}
	}
	for name, functions := range c.named {
		if _, ok := own(name); ok || slices.Contains(names, name) {
			add("the function "+name, functions...)
		}
	}
	for name, functions := range c.operators {
		if _, ok := own(name); ok || slices.Contains(names, name) {
			add("the operator "+name, functions...)
		}
	}
	for _, k := range c.casts {
		add(k.way(), k.function)
	}
	for name, t := range c.types {
		add("the type "+string(name), slices.Concat(t.made, t.handled, t.estimated)...)
	}
	for at, functions := range c.generated {
		add(fmt.Sprintf("the generated column %s.%s", at.table, at.name), functions...)
	}
	for at, list := range c.planned {
		for _, p := range list {
			add(fmt.Sprintf("%s of %s", p.of, at), p.function)
		}
	}
	for _, l := range c.logins {
		add("the event trigger "+l.name, l.function)
	}
	out := make(map[string]string, len(found))
	for what, list := range found {
		slices.Sort(list)
		out[what] = strings.Join(slices.Compact(list), "\n")
	}
	return out
}

// CheckShapes returns an error that names the code that was added, removed or changed between two results of Shapes;
// nil if they are equal.
func CheckShapes(before, after map[string]string) error {
	var moved []string
	for what, is := range after {
		if was, had := before[what]; !had {
			moved = append(moved, what+" now runs "+ownersOf(is))
		} else if was != is {
			moved = append(moved, what+" changed, and runs "+ownersOf(is))
		}
	}
	for what := range before {
		if _, has := after[what]; !has {
			moved = append(moved, what+" is gone, or is PostgreSQL's own now")
		}
	}
	if moved == nil {
		return nil
	}
	slices.Sort(moved)
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     "source_moved",
		Summary:  "The source changed since the plan was made",
		Detail:   strings.Join(moved, "; ") + ". Nothing was read. Plan again, which says what the code is reached by.",
	}
}

// ownersOf returns the functions of a shape with their owners, without the digests.
func ownersOf(shape string) string {
	var out []string
	for _, line := range strings.Split(shape, "\n") {
		out = append(out, line[:strings.LastIndexByte(line, ' ')])
	}
	return strings.Join(out, " and ")
}
