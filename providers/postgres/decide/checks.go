package decide

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

// results returns what is known of a table's masked values. Starting the parser is slow, so nothing is parsed that no
// mask touches.
func (t *tableNode) results() check.MaskedTable {
	if t.checked == nil {
		t.checked = &check.MaskedTable{Masked: map[string]check.Results{}, Generated: map[string]*sqltree.Node{}}
		for _, c := range t.columns {
			if d := c.masked(); d != nil && d.Expr.SQL != "" {
				t.checked.Masked[d.Name] = check.ResultsOf(d.Name, d.Type, c.source.Collation, d.Mask, d.Expr)
			}
		}
		for _, c := range t.columns {
			if c.source.Generated != "" && len(t.checked.Masked) > 0 {
				if made, err := sqltree.Expression(c.source.Default); err == nil {
					t.checked.Generated[c.source.Name] = made
				}
			}
		}
	}
	return *t.checked
}

// touches reports whether one of the columns is masked, or generated, perhaps from masked ones.
func (t *tableNode) touches(columns []string) bool {
	for _, name := range columns {
		if c := t.byName[name]; name == "" || c != nil && c.decided != nil && c.decided.Decision != Kept {
			return true
		}
	}
	return false
}

// checkConstraints checks masks against the CHECK and EXCLUDE constraints of a table and of its columns' domains.
func (r *resolver) checkConstraints(t *tableNode) {
	for _, k := range t.Source.Constraints {
		kind, looks := map[catalog.ConstraintKind]ConstraintKind{
			catalog.CheckRule: CheckRule,
			catalog.Exclusion: ExcludeRule,
		}[k.Kind]
		if !looks || !k.Validated || !t.touches(k.Columns) || t.root != t && t.root.has(k) {
			continue // what the source does not enforce, the copy does not either
		}
		read, err := sqltree.ParseConstraint(k.Definition)
		if err != nil {
			continue
		}
		verdict, witness := check.Unknown, ""
		nodes := []*sqltree.Node{read.Check, read.Predicate}
		if k.Kind == catalog.CheckRule {
			verdict, witness = t.results().Check(read.Check)
		} else {
			verdict = t.results().Exclude(read)
			for _, e := range read.Exclude {
				nodes = append(nodes, e.Expr)
			}
		}
		r.judge(t, Constraint{kind, k.Name, k.Definition, t.results().Reads(nodes...), nil}, verdict, witness)
	}
	for _, c := range t.columns {
		r.checkDomain(c)
	}
}

// has reports whether a partition's parent has the same constraint, and is checked for it.
func (t *tableNode) has(k catalog.Constraint) bool {
	for _, other := range t.Source.Constraints {
		if other.Kind == k.Kind && other.Definition == k.Definition {
			return true
		}
	}
	return false
}

// checkDomain checks a mask against the constraints of the column's domain and of those below it.
func (r *resolver) checkDomain(c *columnNode) {
	d := c.masked()
	if d == nil || d.Expr.SQL == "" || c.table.root != c.table {
		return
	}
	for of := &c.source.Type; of != nil; of = of.Base {
		for _, definition := range of.Checks {
			read, err := sqltree.ParseConstraint(definition)
			if err != nil {
				continue
			}
			as := check.MaskedTable{
				Masked: map[string]check.Results{
					"value": check.ResultsOf("value", c.source.Type, c.source.Collation, d.Mask, d.Expr),
				},
			}
			verdict, witness := as.Check(read.Check)
			r.judge(c.table, Constraint{DomainRule, of.Formatted, definition, []string{c.source.Name}, nil}, verdict,
				witness)
		}
	}
}

// judge reports a constraint that masked values break, at the mask of the first column, and records one that they
// satisfy, or may.
func (r *resolver) judge(t *tableNode, k Constraint, v check.Verdict, witness string) {
	if len(k.Columns) == 0 {
		return
	}
	at, masks := t.masksOf(k.Columns)
	given := ""
	if witness != "" {
		given = fmt.Sprintf(" For example, %q violates it.", witness)
	}
	switch v {
	case check.Fails:
		r.errorf(CheckFails, at, "Mask violates a constraint",
			"%s The values of %s violate it, and the run would fail.%s Choose a mask whose values it allows.",
			k.Describe(&t.Table), masks, given)
		return
	case check.Unknown:
		k.Open.Append(r.warning(CheckUnknown, at, "Mask may violate a constraint",
			"%s Whether the values of %s satisfy it cannot be known without rows.%s If they do not, the run fails "+
				"and leaves the live copy as it is.", k.Describe(&t.Table), masks, given))
	}
	t.Constraints = append(t.Constraints, k)
}

// masksOf names the masks of columns, and gives the place of the first.
func (t *tableNode) masksOf(columns []string) (at *diag.Range, masks string) {
	var list []string
	for _, column := range columns {
		d := t.byName[column].decided
		at = diag.FirstRange(at, d.Range)
		list = append(list, fmt.Sprintf("%s on %s", d.Mask.Text, column))
	}
	return at, strings.Join(list, " and ")
}

// never reports whether a partial index is empty in the copy: its WHERE is true for no row.
func (t *tableNode) never(predicate *sqltree.Node) bool {
	return predicate != nil && t.results().Never(predicate)
}
