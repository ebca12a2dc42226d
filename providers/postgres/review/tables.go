package review

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// table is how one table of a side crosses.
type table struct {
	rules   record.TableRules
	decided *decide.Table
	refresh *spec.Refresh
}

func tablesOf(r *schemalock.Resolution) []table {
	if r == nil {
		return nil
	}
	out := make([]table, 0, len(r.Tables))
	for i, rules := range record.RulesOf(r.Tables) {
		out = append(out, table{rules, &r.Tables[i], r.Refresh})
	}
	return out
}

func (t *table) name() string { return t.decided.FullName() }

// at returns what decides the table in its spec, else its refresh.
func (t *table) at() *diag.Range { return diag.FirstRange(t.decided.Range, &t.refresh.Range) }

// shape is the same for tables that a rename has made of one another: the columns with their types, within something
// that stays. It is empty for partitions, which come and go, and where there is too little to tell tables apart by.
func (t *table) shape(stays string) string {
	if t.decided.Source.PartitionOf != "" || len(t.decided.Source.Columns) < 2 {
		return ""
	}
	parts := []string{stays}
	for _, c := range t.decided.Source.Columns {
		parts = append(parts, c.Name, c.Type.Formatted)
	}
	return strings.Join(parts, "\x00")
}

// tables compares the tables of a refresh. was is nil for one that is new.
func (c *comparison) tables(was, is *schemalock.Resolution) {
	base, head := tablesOf(was), tablesOf(is)
	pairs := engine.PairUp(base, head,
		(*table).name,
		func(t *table) string { return t.shape("in " + t.decided.Source.Schema) },
		func(t *table) string { return t.shape("named " + t.decided.Source.Name) })
	was2, is2 := map[string]*table{}, map[string]*table{}
	for _, p := range pairs {
		if p.Is != nil {
			is2[p.Is.name()] = p.Is
			was2[p.Is.name()] = p.Was
		}
	}
	found := map[string][]engine.Difference{}
	var order []*table
	for _, p := range pairs {
		switch {
		case p.Is == nil && p.Was.decided.Source.PartitionOf != "" && is2[p.Was.decided.Source.PartitionOf] != nil:
			continue // partitions come and go
		case p.Is == nil:
			found[p.Was.name()] = []engine.Difference{c.gone(p.Was)}
			order = append(order, p.Was)
			continue
		}
		before := p.Was
		for up := p.Is; before == nil && up != nil && up.decided.Source.PartitionOf != ""; {
			up = is2[up.decided.Source.PartitionOf] // a new partition is as its table was
			if up != nil {
				before = was2[up.name()]
			}
		}
		found[p.Is.name()] = c.table(before, p.Is, p.Was != nil)
		order = append(order, p.Is)
	}
	for _, t := range order {
		root := t
		for up := t; up != nil && up.decided.Source.PartitionOf != ""; {
			if up = is2[up.decided.Source.PartitionOf]; up != nil {
				root = up
			}
		}
		if list := found[t.name()]; root != t && alike(list, found[root.name()]) {
			for i := range list {
				found[root.name()][i].Partitions++
			}
			delete(found, t.name())
		}
	}
	for _, t := range order {
		c.found = append(c.found, found[t.name()]...)
	}
}

// alike reports whether the differences of a partition are those of its table.
func alike(part, of []engine.Difference) bool {
	same := func(a, b *engine.Stance) bool { return a == b || a != nil && b != nil && a.Text == b.Text }
	return slices.EqualFunc(part, of, func(a, b engine.Difference) bool {
		return a.Kind == b.Kind && a.Verdict == b.Verdict && a.Meaning == b.Meaning && same(a.Before, b.Before) &&
			same(a.After, b.After)
	})
}

// ofTable returns a difference that is about a table as a whole.
func (t *table) difference(v engine.Verdict, meaning string, args ...any) engine.Difference {
	return engine.Difference{
		Verdict: v,
		Kind:    engine.SubjectTable,
		Address: t.refresh.Address(),
		Subject: t.name(),
		Meaning: fmt.Sprintf(meaning, args...),
		Range:   t.at(),
	}
}

func (t *table) to() string { return databaseName(t.refresh.To) }

func (c *comparison) gone(t *table) engine.Difference {
	d := t.difference(engine.Gone, "no longer in %s", t.to())
	d.Before = &engine.Stance{Text: t.treatment(), Because: t.decided.Reason}
	if !t.rules.Crosses() {
		d.Meaning = fmt.Sprintf("no longer in %s, and no row of it was in %s", databaseName(t.refresh.From), t.to())
	}
	return d
}

// table compares one table. renamed is false for a partition that is compared with its table.
func (c *comparison) table(was, is *table, named bool) []engine.Difference {
	if was == nil {
		return []engine.Difference{c.newTable(is)}
	}
	var out []engine.Difference
	if named && was.name() != is.name() {
		d := is.difference(engine.Other, "renamed; its columns are compared with those of %s", was.name())
		d.Was = was.name()
		out = append(out, d)
	}
	switch before, after := was.rules.Crosses(), is.rules.Crosses(); {
	case before != after || was.rules.Treatment != is.rules.Treatment && !after:
		return append(out, c.treated(was, is))
	case !after:
		return out
	}
	out = append(out, c.rows(was, is)...)
	out = append(out, c.calls(was, is)...)
	return append(out, c.columns(was, is)...)
}

// treatment says how a table crosses.
func (t *table) treatment() string {
	switch {
	case t.rules.Crosses():
		return "with its rows"
	case t.rules.Treatment == decide.Structure:
		return "without rows"
	}
	return "skipped"
}

// newTable says how a table crosses that was not there.
func (c *comparison) newTable(t *table) engine.Difference {
	d := t.difference(engine.New, "new in %s, and not in %s", databaseName(t.refresh.From), t.to())
	d.After = &engine.Stance{Text: t.treatment(), Because: t.decided.Reason}
	switch {
	case t.rules.Crosses():
		d.Meaning, d.Details = "new: "+c.crossing(t), c.columnLines(t)
		if len(c.judge.Raw(&t.rules)) > 0 {
			d.Expose()
		}
	case t.rules.Treatment == decide.Structure:
		d.Meaning = "new: it is in " + t.to() + ", without a row"
	}
	return d
}

// treated says that a table as a whole crosses in another way than it did.
func (c *comparison) treated(was, is *table) engine.Difference {
	d := is.difference(engine.Other, "no row of it is in %s", is.to())
	d.Before = &engine.Stance{Text: was.treatment(), Because: was.decided.Reason}
	d.After = &engine.Stance{Text: is.treatment(), Because: is.decided.Reason}
	switch {
	case is.rules.Crosses():
		d.Verdict, d.Details = engine.Weaker, c.columnLines(is)
		d.Meaning = "no row of it was in " + is.to() + ", and now " + c.crossing(is)
		d.Expose()
	case was.rules.Crosses():
		d.Verdict, d.Meaning = engine.Stronger, "no row of it will be in "+is.to()
	}
	return d
}

// crossing says how many columns of a table cross raw, and which.
func (c *comparison) crossing(t *table) string {
	raw := c.judge.Raw(&t.rules)
	if len(raw) == 0 {
		return fmt.Sprintf("its rows are in %s, every column masked", t.to())
	}
	return fmt.Sprintf("its rows are in %s, %d of %d columns raw: %s", t.to(), len(raw), len(t.rules.Columns),
		list(raw))
}

// columnLines lists how the columns of a table cross.
func (c *comparison) columnLines(t *table) []string {
	var out []string
	for i := range t.decided.Columns {
		column := &t.decided.Columns[i]
		line := column.Name + ": " + stanceOf(column).Text
		if kind := t.personal(column.Name); kind != "" {
			line += " (" + kind.Plural() + ")"
		}
		out = append(out, line)
	}
	return out
}

// rows compares the condition that selects rows.
func (c *comparison) rows(was, is *table) []engine.Difference {
	if was.rules.Rows == is.rules.Rows {
		return nil
	}
	d := is.difference(engine.Stronger, "fewer of its rows are in %s", is.to())
	d.Before, d.After = textOf(rowsOf(was)), textOf(rowsOf(is))
	switch less, more := record.Narrower(was.rules.Rows, is.rules.Rows),
		record.Narrower(is.rules.Rows, was.rules.Rows); {
	case less && more:
		return nil // written in another way
	case less:
	case more:
		d.Verdict, d.Meaning = engine.Weaker, "more of its rows are in "+is.to()
		d.Expose()
	default:
		d.Verdict, d.Meaning = engine.Other, "other rows of it are in "+is.to()+": nobody can tell whether more are"
		d.Expose()
	}
	return []engine.Difference{d}
}

func rowsOf(t *table) string {
	if t.rules.Rows == "" {
		return "all rows"
	}
	return "rows where " + t.rules.Rows
}

// calls compares what of the source's own code reading a table may run.
func (c *comparison) calls(was, is *table) []engine.Difference {
	more := slices.DeleteFunc(slices.Clone(is.decided.Calls), func(name string) bool {
		return slices.Contains(was.decided.Calls, name)
	})
	less := slices.DeleteFunc(slices.Clone(was.decided.Calls), func(name string) bool {
		return slices.Contains(is.decided.Calls, name)
	})
	if len(more)+len(less) == 0 {
		return nil
	}
	d := is.difference(engine.Stronger, "reading it runs less of the source's own code")
	d.Before, d.After = textOf(callsOf(was)), textOf(callsOf(is))
	if len(more) > 0 {
		d.Verdict, d.Meaning = engine.Other, "reading it may run code of the source: "+list(more)
		d.Expose()
	}
	return []engine.Difference{d}
}

func callsOf(t *table) string {
	if len(t.decided.Calls) == 0 {
		return ""
	}
	return "calls " + strings.Join(t.decided.Calls, ", ")
}

// source returns a column of the table's catalog; nil if there is none.
func (t *table) source(name string) *catalog.Column {
	i := slices.IndexFunc(t.decided.Source.Columns, func(c catalog.Column) bool { return c.Name == name })
	if i < 0 {
		return nil
	}
	return &t.decided.Source.Columns[i]
}
