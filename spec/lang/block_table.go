package lang

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

func tableBlock(b *body, t *spec.Table) {
	at := &t.At
	t.Data = true
	b.optional("rows", condition(&t.Rows), &at.Rows, "A SQL condition: only these rows.")
	b.optional("calls", names(&t.Calls), nil,
		"Functions of the source, as `\"schema.name\"`, that reading the table "+
			"may run although they are neither PostgreSQL's own nor an extension's. "+
			"[Why](masks.md#code-of-the-source).")
	b.optional("keep", names(&t.Keep), nil, "Columns that cross as they are.")
	b.optional("data", boolean(&t.Data), nil, "`false`: structure, no rows.")
	b.optional("skip", boolean(&t.Skip), &at.Skip, "`true`: not in the copy.")
	b.optional("refreshes", refreshes.refs(&t.Refreshes), nil, "Only for these refreshes.")
	b.optional("schema", textOrDefault(&t.Schema), nil, "Instead of the first label, for `for_each`.")
	b.optional("name", textOrDefault(&t.Name), nil, "Instead of the second label, for `for_each`.")
	declared := map[string]diag.Range{}
	b.nested("column", "One column.", func(n *body) { columnBlock(n, t, declared) }, "name")
	b.check(func() {
		for _, c := range t.Calls {
			if !strings.Contains(c.Name, ".") {
				b.errorf(c.Range, "Function without a schema",
					"calls names functions by their schemas, such as \"public.%s\".", c.Name)
			}
		}
		t.Keep = withoutRepeats(b, t.Keep)
		if (t.Skip || !t.Data) && (len(t.Keep)+len(t.Columns)+len(t.Calls) > 0 || t.Rows != "") {
			b.errorf(t.Range, "Columns of a table without rows", "%s has no rows in the copy (data = false or skip = "+
				"true), so its columns need no masks. Remove one of them.", t.Address())
		}
		if t.Skip && !t.Data {
			b.errorf(at.Skip.Range, "Conflicting data and skip",
				"skip leaves the table out altogether; remove data = false.")
		}
	})
}

func columnBlock(b *body, t *spec.Table, declared map[string]diag.Range) {
	c := &spec.Column{}
	var at spec.Argument
	b.required("mask", maskOf(&c.Mask), &at, "Its mask.")
	b.optional("min_changed", share(&c.MinChanged), nil,
		"As in the refresh, for this column: 0 where the mask may change nothing.")
	b.check(func() {
		c.Name, c.Range = b.labels[0], at.Range
		if first, twice := declared[c.Name]; twice {
			b.errorf(b.place, "Column declared twice", "%q is declared at %s already.", c.Name, first)
			return
		}
		declared[c.Name] = b.place
		if c.Mask != nil {
			t.Columns = append(t.Columns, c)
		}
	})
}

// condition reads a SQL condition.
func condition(into *string) parser {
	return custom("string", func(v value) {
		text, ok := v.text()
		if !ok || text == "" {
			return
		}
		*into = text
		if parsed, _, err := mask.ParseCondition(text); err != nil {
			v.errorf("Invalid condition", "%s.", err)
		} else {
			*into = parsed
		}
	})
}

// withoutRepeats reports names that a list holds twice.
func withoutRepeats(b *body, list []spec.KeepName) []spec.KeepName {
	seen := map[string]bool{}
	var out []spec.KeepName
	for _, k := range list {
		if seen[k.Name] {
			b.errorf(k.Range, "Column kept twice", "%q is in keep already.", k.Name)
			continue
		}
		seen[k.Name] = true
		out = append(out, k)
	}
	return out
}
