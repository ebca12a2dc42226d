package decide

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec/personal"
)

// undecided reports the undecided columns of a table, with text to paste. Those of a partition are its parent's.
func (r *resolver) undecided(t *tableNode) {
	var columns []*columnNode
	var list []string
	with := ""
	for _, c := range t.columns {
		if c.decided != nil {
			continue
		}
		if rule := r.askedBy(c); rule != nil {
			if t.root == t {
				rule.asks = append(rule.asks, fmt.Sprintf("%s (%s)", c.fullName(), c.source.Type.Formatted))
			}
			continue
		}
		columns = append(columns, c)
		list = append(list, fmt.Sprintf("%s (%s)", c.source.Name, c.source.Type.Formatted))
		if key := c.keptKey(); key != nil {
			with += fmt.Sprintf("%s refers to %s, which is kept: keep it, too. ", c.source.Name, key.fullName())
		}
	}
	if len(columns) == 0 || t.root != t {
		return
	}
	if c := t.Source.Configuration; c != nil {
		with += fmt.Sprintf("The table is a configuration table of extension %s; its rows are those that the "+
			"extension does not bring itself. ", sqltext.Plain(c.Extension))
	}
	what, paste := "Columns of "+t.FullName()+" are not decided",
		"Give each a column block with a mask, or keep it by name, for example:\n"+proposalText(columns, "  ")
	at := t.Range
	if t.block == nil {
		if len(columns) == len(t.Source.Columns) {
			what = "Table " + t.FullName() + " is not decided"
		}
		paste = fmt.Sprintf("Decide each, for example:\n  table %q %q {\n%s\n  }\n"+
			"or data = false for a table without rows, or a rule.", t.Source.Schema, t.Source.Name,
			proposalText(columns, "    "))
		at = &r.Refresh.Range
		if u, ok := UsualOf(t.Source); ok {
			paste = usualText(t.Source, u)
		}
	}
	r.diags.Append(diag.Diagnostic{Severity: diag.Error, Code: Undecided, Summary: what, Range: at,
		Detail: "Nothing says how these cross: " + strings.Join(list, ", ") + ". " + with + paste})
}

// keptKey returns the kept key that a foreign key of the column refers to, nil where there is none.
func (c *columnNode) keptKey() *columnNode {
	for _, ref := range c.refs {
		if ref.rel != nil && ref.rel.link == nil && ref.key.decided != nil && ref.key.decided.Decision == Kept {
			return ref.key
		}
	}
	return nil
}

// proposal is what is proposed for an undecided column: a mask, or to keep it. Where neither can be proposed, comment
// says what there is to know.
type proposal struct {
	keep          bool
	mask, comment string
}

// proposalText returns text to paste.
func proposalText(columns []*columnNode, indent string) string {
	var keep, masks []string
	for _, c := range columns {
		switch p := c.propose(nil); {
		case p.keep:
			keep = append(keep, fmt.Sprintf("%q", c.source.Name))
		case p.mask != "":
			masks = append(masks, fmt.Sprintf("%scolumn %q { mask = %s }", indent, c.source.Name, p.mask))
		default:
			masks = append(masks, fmt.Sprintf("%s# %s %s", indent, c.source.Name, p.comment))
		}
	}
	if keep != nil {
		masks = append([]string{indent + "keep = [" + strings.Join(keep, ", ") + "]"}, masks...)
	}
	return strings.Join(masks, "\n")
}

// propose returns what a column can be decided as. One that can hold anything about a person gets a mask, never keep: a
// proposal that is pasted without a thought must not expose raw values. References to kept keys are the exception: they
// must be kept. path are the columns that refer to it.
func (c *columnNode) propose(path []*columnNode) proposal {
	if c.keptKey() != nil {
		return proposal{keep: true}
	}
	for _, ref := range c.refs {
		if ref.rel == nil || ref.rel.link != nil || ref.key.decided != nil || slices.Contains(path, ref.key) {
			continue
		}
		if p := ref.key.propose(append(path, c)); p.keep {
			return p
		}
		return proposal{comment: "takes the mask of " + ref.key.fullName() + ", its key"}
	}
	calls := c.candidates()
	switch {
	case calls == nil:
		return proposal{keep: true}
	case c.routes():
		return proposal{comment: "decides the partition of a row: keep it, or take the table without rows"}
	}
	f := Fitting{Table: c.table.Source, Column: c.source, As: c.target(), Apart: c.table.apartness(c.source.Name)}
	m, err := f.Choose(append(calls, f.fromChecks(f.allowed())...)...)
	if err != nil {
		return proposal{
			comment: fmt.Sprintf("has no mask that fits (%s): keep it, or take the table without rows", err),
		}
	}
	return proposal{mask: m}
}

// candidates returns the masks to propose for the type of a column, the best first; nil where it may be kept, for it
// holds a number, a label or the like.
func (c *columnNode) candidates() []string {
	f := Fitting{Table: c.table.Source, Column: c.source}
	unique := c.table.apartness(c.source.Name) != Together
	switch u := c.source.Type.Underlying(); {
	case u.Category == 'N', u.Category == 'B', u.Kind == 'e', u.Name == "uuid":
		return nil
	case u.Category == 'S' && unique:
		return append([]string{"token()"}, f.Distinct()...)
	case u.Category == 'S':
		n := 4
		if u.MaxLength > 0 {
			n = min(n, u.MaxLength)
		}
		return append([]string{fmt.Sprintf("fixed(%q)", strings.Repeat("*", n))},
			f.Suggest(personal.FreeText, false)...)
	case u.Name == "time" || u.Name == "timetz":
		return []string{`truncate("hour")`, `fixed("00:00")`}
	case u.Category == 'D':
		return []string{`truncate("year")`, `fixed("1970-01-01")`}
	case u.Category == 'T':
		return []string{"null_value()", `fixed("0")`}
	case u.Category == 'I':
		return []string{"ip()"}
	case u.Name == "macaddr" || u.Name == "macaddr8":
		return []string{"mac()"}
	case u.Kind == 'r':
		return []string{"null_value()", `fixed("empty")`}
	case u.Kind == 'm', u.Category == 'A':
		return []string{"null_value()", `fixed("{}")`}
	default:
		return append([]string{"null_value()"}, f.Suggest(personal.FreeText, false)...)
	}
}

// apartness returns what the unique keys of a table and of its partitions ask of a column's mask.
func (t *tableNode) apartness(column string) Apartness {
	most := Together
	for _, part := range t.withParts() {
		for _, i := range part.Source.Indexes {
			most = max(most, ApartIn(part.Source, i)[column])
		}
	}
	return most
}

// withParts returns a table with the partitions below it that it decides for.
func (t *tableNode) withParts() []*tableNode {
	out := []*tableNode{t}
	for _, part := range t.parts {
		if part.root == t.root {
			out = append(out, part.withParts()...)
		}
	}
	return out
}

// routes reports whether a column decides the partition of a row, or one that takes its mask does.
func (c *columnNode) routes() bool {
	if c.visiting {
		return false
	}
	c.visiting = true
	defer func() { c.visiting = false }()
	return slices.ContainsFunc(c.table.withParts(), func(t *tableNode) bool {
		return slices.Contains(t.Source.PartitionKey, c.source.Name)
	}) || slices.ContainsFunc(c.referrers, (*columnNode).routes)
}
