package spec

import (
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/shoji-pg/shoji/spec/mask"
)

func (l *loader) readTables() {
	for _, b := range l.of("table") {
		for _, in := range l.instances(b) {
			l.table(in)
		}
	}
}

func (l *loader) table(in *instance) {
	t := &Table{
		Schema:    in.block.Labels[0],
		Name:      in.block.Labels[1],
		EachKey:   in.key,
		Data:      true,
		Range:     rangeOf(in.block.DefRange()),
		Refreshes: list[Refresh](in, "refreshes", refreshType, "refreshes, such as [refresh.nightly]"),
	}
	if s := in.str("schema"); s != "" {
		t.Schema = s
	}
	if s := in.str("name"); s != "" {
		t.Name = s
	}
	if v := in.boolean("data"); v != nil {
		t.Data = *v
	}
	if v := in.boolean("skip"); v != nil {
		t.Skip = *v
	}
	if t.Rows = in.str("rows"); in.has("rows") {
		at := rangeOf(in.at("rows"))
		t.RowsRange = &at
		if t.Rows != "" {
			condition, _, err := mask.ParseCondition(t.Rows)
			if err == nil {
				t.Rows = condition
			} else {
				l.errorf(in.at("rows"), "Wrong condition", "%s.", err)
			}
		}
	}
	t.Calls = in.calls()
	t.Keep = in.keepNames()
	seen := map[string]hcl.Range{}
	for _, c := range in.nested("column") {
		name := c.block.Labels[0]
		if first, twice := seen[name]; twice {
			l.errorf(c.block.TypeRange, "Column declared twice", "%q is declared at %s already.", name, rangeOf(first))
			continue
		}
		seen[name] = c.block.TypeRange
		if m := c.mask("mask"); m != nil {
			t.Columns = append(t.Columns, &Column{
				Name:       name,
				Mask:       m,
				MinChanged: c.share("min_changed"),
				Range:      rangeOf(c.at("mask")),
			})
		}
	}
	if (t.Skip || !t.Data) && (len(t.Keep)+len(t.Columns)+len(t.Calls) > 0 || t.Rows != "") {
		l.errorf(in.block.DefRange(), "Columns of a table without rows",
			"%s has no rows in the copy (data = false or skip = true), so its columns need no "+
				"masks. Take one of them away.", t.Address())
	}
	if t.Skip && !t.Data {
		l.errorf(in.at("skip"), "data and skip together",
			"skip leaves the table out altogether; take data = false away.")
	}
	l.project.Tables = append(l.project.Tables, t)
}

// calls reads the names of functions that are not PostgreSQL's own.
func (in *instance) calls() []KeepName {
	names := in.placed("calls", false)
	for _, n := range names {
		if !strings.Contains(n.Name, ".") {
			in.l.diags.Errorf(&n.Range, "A function without its schema",
				"calls names functions by their schemas, such as \"public.%s\".", n.Name)
		}
	}
	return names
}

// keepNames reads keep. A name that stands there twice is an error.
func (in *instance) keepNames() []KeepName {
	seen := map[string]bool{}
	var out []KeepName
	for _, k := range in.placed("keep", false) {
		if seen[k.Name] {
			in.l.diags.Errorf(&k.Range, "Column kept twice", "%q stands in keep already.", k.Name)
			continue
		}
		seen[k.Name] = true
		out = append(out, k)
	}
	return out
}

// placed reads a list of names, or with single one that stands alone, with the place of each where it is written out as
// a list.
func (in *instance) placed(argument string, single bool) []KeepName {
	names := in.strs(argument, single)
	if names == nil {
		return nil
	}
	var places []hcl.Range
	if t, ok := in.content.Attributes[argument].Expr.(*hclsyntax.TupleConsExpr); ok && len(t.Exprs) == len(names) {
		for _, e := range t.Exprs {
			places = append(places, e.Range())
		}
	}
	var out []KeepName
	for i, n := range names {
		at := in.at(argument)
		if places != nil {
			at = places[i]
		}
		out = append(out, KeepName{Name: n, Range: rangeOf(at)})
	}
	return out
}
