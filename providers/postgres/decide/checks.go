package decide

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/check"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/personal"
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
		kind := k.Kind == catalog.CheckRule || k.Kind == catalog.Exclusion
		if !kind || !k.Validated || !t.touches(k.Columns) || t.root != t && t.root.has(k) {
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
		r.judge(t, t.results().Reads(nodes...), k.Name, k.Definition, verdict, witness)
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
			r.judge(c.table, []string{c.source.Name}, "the domain "+of.Formatted, definition, verdict, witness)
		}
	}
}

// judge reports a constraint that masked values break, or may break, at the mask of the first column.
func (r *resolver) judge(t *tableNode, columns []string, name, definition string, v check.Verdict, witness string) {
	if v == check.Holds || len(columns) == 0 {
		return
	}
	var at *diag.Range
	var masks []string
	for _, column := range columns {
		d := t.byName[column].decided
		at = diag.FirstRange(at, d.Range)
		masks = append(masks, fmt.Sprintf("%s on %s", d.Mask.Text, column))
	}
	what := fmt.Sprintf("%s of %s is %s. ", name, t.FullName(), personal.Redact(definition))
	given := ""
	if witness != "" {
		given = fmt.Sprintf(" For example, %q violates it.", witness)
	}
	if v == check.Fails {
		r.errorf(CheckFails, at, "Mask violates a constraint",
			"%sThe values of %s violate it, and the run would fail.%s Choose a mask whose values it allows.", what,
			strings.Join(masks, " and "), given)
		return
	}
	r.warnf(CheckUnknown, at, "Mask may violate a constraint",
		"%sWhether the values of %s satisfy it cannot be known before the run.%s If they do not, the run fails and "+
			"leaves the live copy as it is.", what, strings.Join(masks, " and "), given)
}

// never reports whether a partial index is empty in the copy: its WHERE is true for no row.
func (t *tableNode) never(predicate *sqltree.Node) bool {
	return predicate != nil && t.results().Never(predicate)
}
