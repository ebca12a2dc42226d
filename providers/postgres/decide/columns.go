package decide

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// decideColumns decides every column of a table whose rows cross, and reports those that nobody decided.
func (r *resolver) decideColumns(t *Table) {
	r.unknownColumns(t)
	if t.Treatment != Copy && t.Treatment != Partitioned {
		return
	}
	var undecided []catalog.Column
	for _, c := range t.Source.Columns {
		d := r.decide(t, c)
		if d == nil {
			undecided = append(undecided, c)
			continue
		}
		t.Columns = append(t.Columns, *d)
	}
	if len(undecided) > 0 && r.root(t) == t {
		r.undecided(t, undecided)
	}
}

// undecided reports the columns of a table that nobody decided, with text to paste.
func (r *resolver) undecided(t *Table, columns []catalog.Column) {
	var list []string
	for _, c := range columns {
		list = append(list, fmt.Sprintf("%s (%s)", c.Name, c.Type.Formatted))
	}
	what, paste := "Columns of "+t.Source.FullName()+" are not decided", "Give each a column block with a mask, or keep it by name, for example:\n"+proposal(columns, "  ")
	at := t.Range
	if r.blocks[t.Source.Ref()] == nil {
		if len(columns) == len(t.Source.Columns) {
			what = "Table " + t.Source.FullName() + " is not decided"
		}
		paste = fmt.Sprintf("Decide each, for example:\n  table %q %q {\n%s\n  }\nor data = false for a table without rows, or a rule.", t.Source.Schema, t.Source.Name, proposal(columns, "    "))
		at = r.at("")
	}
	r.diags.Append(diag.Diagnostic{Severity: diag.Error, Code: "undecided", Summary: what, Range: at,
		Detail: "Nothing says how these cross: " + strings.Join(list, ", ") + ". " + paste})
}

// proposal is text to paste. What can hold anything about a person gets a mask, never keep: a proposal that is pasted without a thought must
// not let raw values out.
func proposal(columns []catalog.Column, indent string) string {
	var keep, masks []string
	for _, c := range columns {
		u := c.Type.Underlying()
		how := ""
		switch {
		case u.Category == 'S':
			how = `fixed("****")`
		case u.Category == 'D':
			how = `truncate("year")`
		case u.Category == 'I':
			how = "ip()"
		case u.Category != 'N' && u.Category != 'B' && u.Kind != 'e' && u.Name != "uuid":
			how = "null_value()"
		}
		if how == "" {
			keep = append(keep, fmt.Sprintf("%q", c.Name))
			continue
		}
		masks = append(masks, fmt.Sprintf("%scolumn %q { mask = %s }", indent, c.Name, how))
	}
	if keep != nil {
		masks = append([]string{indent + "keep = [" + strings.Join(keep, ", ") + "]"}, masks...)
	}
	return strings.Join(masks, "\n")
}

// unknownColumns reports what a block says of columns that the table does not have.
func (r *resolver) unknownColumns(t *Table) {
	block := r.blocks[t.Source.Ref()]
	if block == nil {
		return
	}
	var known []string
	for _, c := range t.Source.Columns {
		known = append(known, c.Name)
	}
	check := func(name string, at diag.Range) {
		if !slices.Contains(known, name) {
			r.diags.Errorf(&at, "Unknown column", "%s has no column %q.%s", t.Source.FullName(), name, diag.DidYouMean(name, known))
		}
	}
	for _, k := range block.Keep {
		check(k.Name, k.Range)
		for _, c := range block.Columns {
			if c.Name == k.Name {
				at := k.Range
				r.diags.Errorf(&at, "Column decided twice", "%q is in keep, and has a column block at %s.", k.Name, c.Range)
			}
		}
	}
	for _, c := range block.Columns {
		check(c.Name, c.Range)
	}
}

// decide gives the decision of one column, or nil where nobody decided it: the column's block, then keep, then the one rule
// that matches, then the mask of the key that it refers to.
func (r *resolver) decide(t *Table, c catalog.Column) *Column {
	k := columnKey{t.Source.Ref(), c.Name}
	if d, done := r.columns[k]; done {
		return d
	}
	if r.visiting[k] {
		return nil // a key that refers to itself decides nothing
	}
	r.visiting[k] = true
	d := r.explicit(t, c)
	if inherited := r.fromKeys(t, c, d); d == nil {
		d = inherited
	}
	delete(r.visiting, k)
	if d != nil {
		d.Snippet = r.Snippet(d.Range)
	}
	r.columns[k] = d
	return d
}

// explicit is what the spec says of a column itself.
func (r *resolver) explicit(t *Table, c catalog.Column) *Column {
	d := &Column{Name: c.Name, Type: c.Type, Domain: r.domain(t, c), Decision: Kept, Expr: mask.Expr{SQL: sqltext.Ident(c.Name), Reads: []string{c.Name}}}
	m, because, at := r.spoken(t, c)
	if c.Generated != "" {
		if m != nil && m.Name != "keep" {
			r.diags.Errorf(at, "A generated column cannot be masked", "The target computes %s of %s from other columns: mask those.", c.Name, t.Source.FullName())
		}
		d.Decision, d.Because = Generated, "the target computes it"
		return d
	}
	if because == "" {
		return nil
	}
	d.Because, d.Range = because, at
	if m == nil || m.Name == "keep" {
		return d
	}
	r.compile(t, c, d, m)
	return d
}

// spoken finds who decides a column in the spec. because is "" where nobody does; the mask is nil for keep.
func (r *resolver) spoken(t *Table, c catalog.Column) (m *mask.Mask, because string, at *diag.Range) {
	root := r.root(t)
	if block := r.blocks[root.Source.Ref()]; block != nil {
		for _, b := range block.Columns {
			if b.Name == c.Name {
				at := b.Range
				return b.Mask, "column block", &at
			}
		}
		for _, k := range block.Keep {
			if k.Name == c.Name {
				at := k.Range
				return nil, "keep", &at
			}
		}
	}
	var by *spec.Rule
	for _, rule := range r.Rules {
		if rule.Mask == nil || !applies(rule.Refreshes, r.Refresh) || !matchesTable(rule, root.Source) || !matchesColumn(rule, c) {
			continue
		}
		r.matched[rule] = true
		if by != nil && !by.Mask.Same(rule.Mask) {
			r.diags.Errorf(rule.MaskRange, "Two rules clash", "%s.%s is masked with %s by %s (%s) and with %s by %s. Make one narrower, or give the table a block for the column.",
				t.Source.FullName(), c.Name, by.Mask.Text, by.Address(), by.MaskRange, rule.Mask.Text, rule.Address())
			continue
		}
		by = rule
	}
	if by == nil {
		return nil, "", nil
	}
	return by.Mask, by.Address(), by.MaskRange
}

func matchesColumn(rule *spec.Rule, c catalog.Column) bool {
	if rule.Columns != nil && !matchesAny(rule.Columns, c.Name) {
		return false
	}
	if rule.Types == nil {
		return true
	}
	plain := c.Type.Formatted
	if open := strings.IndexByte(plain, '('); open >= 0 { // character varying(40), timestamp(3) with time zone
		end := strings.IndexByte(plain, ')')
		plain = plain[:open] + plain[end+1:]
	}
	return matchesAny(rule.Types, c.Type.Formatted) || matchesAny(rule.Types, plain)
}

// compile gives a column its mask's SQL, and reports a mask that does not fit.
func (r *resolver) compile(t *Table, c catalog.Column, d *Column, m *mask.Mask) {
	d.Decision, d.Mask = Masked, m
	var siblings []string
	for _, s := range t.Source.Columns {
		siblings = append(siblings, s.Name)
	}
	expr, err := m.Compile(mask.Column{Schema: t.Source.Schema, Table: t.Source.Name, Name: c.Name, Type: c.Type, NotNull: c.NotNull, Default: c.Default, Domain: &d.Domain, Siblings: siblings,
		Keys: keysWithoutNull(t)})
	if err != nil {
		r.diags.Errorf(d.Range, "The mask does not fit the column", "%s: %s", t.Source.FullName(), sentence(err.Error()))
		return
	}
	d.Expr = expr
	if expr.Keyed != mask.NotKeyed && r.Refresh.Key == nil {
		r.diags.Errorf(d.Range, "A keyed mask without a key", "%s is keyed, and %s has no key. Give it key = secret.NAME.", m.Text, r.Refresh.Address())
	}
}

// keysWithoutNull gives the columns of each key that tells all rows apart.
func keysWithoutNull(t *Table) [][]string {
	nullable := map[string]bool{"": true} // an expression
	for _, c := range t.Source.Columns {
		nullable[c.Name] = !c.NotNull && !c.Type.NotNull
	}
	var keys [][]string
	for _, i := range t.Source.Indexes {
		if i.Unique && !i.Partial && !slices.ContainsFunc(i.Columns, func(name string) bool { return nullable[name] }) {
			keys = append(keys, i.Columns)
		}
	}
	return keys
}

// sentence ends text that has no end yet.
func sentence(text string) string {
	if strings.HasSuffix(text, ".") || strings.HasSuffix(text, "?") {
		return text
	}
	return text + "."
}
