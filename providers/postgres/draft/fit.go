package draft

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// fitting returns what chooses a mask for a column.
func (t *draftTable) fitting(c *draftColumn) decide.Fitting {
	return decide.Fitting{Table: t.source, Column: c.source, As: asMask(t, c)}
}

// anyMask is for the comment beside a column that nobody knows; "" where no mask comes to mind.
func anyMask(t *draftTable, c *draftColumn) string {
	f := t.fitting(c)
	var calls []string
	if u := c.source.Type.Underlying(); u.Name == "date" || strings.HasPrefix(u.Name, "timestamp") {
		calls = append(calls, `jitter("90 days")`)
	}
	m, err := f.Choose(append(append(calls, f.Suggest(personal.FreeText, false)...), "null_value()")...)
	if err != nil {
		return ""
	}
	return m
}

// keepApart returns columns of unique keys masks that lose nothing, where the key does not hold by its other columns.
func (d *drafter) keepApart(t *draftTable) {
	for _, part := range withPartitions(d.Catalog, t.source) {
		for _, i := range part.Indexes {
			if !i.Unique || heldBySmaller(t, i) {
				continue
			}
			apart, held := decide.ApartIn(part, i), heldByAnother(t, i)
			for _, name := range slices.Sorted(maps.Keys(apart)) {
				c := t.column(name)
				if c == nil {
					continue
				}
				c.apartness = max(c.apartness, apart[name]) // also where the mask keeps it so far
				if !held && loses(t, c, apart[name]) {
					chooseApart(t, c, apart[name], i.Name)
				}
			}
		}
	}
}

// chooseApart drafts a column of a unique key anew.
func chooseApart(t *draftTable, c *draftColumn, how decide.Apartness, index string) {
	f := t.fitting(c)
	f.Apart = how
	m, err := f.Choose(append([]string{c.mask}, f.Distinct()...)...)
	if err == nil {
		c.mask, c.apart = m, true
		c.reason += "; unique in " + index
		return
	}
	c.verdict, c.mask = Undecided, ""
	m, err = f.Choose(fmt.Sprintf(`digits({ unmatched = "token", length = %d })`,
		c.source.Type.Underlying().MaxLength))
	switch {
	case how == decide.Lost:
		c.reason += fmt.Sprintf("; the unique key %s reads it in an expression, under which "+
			"no mask is sure to keep its "+
			"values apart: keep it, or take the table without rows", index)
	case err == nil:
		c.mask, c.apart = m, true
		c.reason += fmt.Sprintf("; it is in the unique key %s, and some hundred values without a digit "+
			"are as many as a token in %s keeps apart: where there are more, keep it", index, c.source.Type.Formatted)
	default:
		c.reason += fmt.Sprintf("; it is in the unique key %s, and no mask keeps its values apart in %s: keep it, or "+
			"take the table without rows", index, c.source.Type.Formatted)
	}
}

func (t *draftTable) column(name string) *draftColumn {
	for _, c := range t.columns {
		if c.source.Name == name {
			return c
		}
	}
	return nil
}

// loses reports a mask, drafted or proposed, that can make different values equal.
func loses(t *draftTable, c *draftColumn, how decide.Apartness) bool {
	if c.verdict != Masked && (c.verdict != Undecided || c.mask == "") {
		return false
	}
	m, err := mask.Parse(c.mask)
	if err != nil {
		return false
	}
	e, err := m.Compile(asMask(t, c))
	switch {
	case err != nil || e.Null == mask.NullAlways:
		return false
	case how == decide.Apart:
		return !decide.KeepsDistinct(t.source, c.source, m, e)
	case how == decide.Within:
		return e.Unique == mask.Lossy
	}
	return how == decide.Lost
}

// heldBySmaller reports a unique key with some of the columns, none of which is masked with loss.
func heldBySmaller(t *draftTable, i catalog.Index) bool {
	return slices.ContainsFunc(t.source.Indexes, func(other catalog.Index) bool {
		return len(other.Columns) < len(i.Columns) && heldBy(t, i, other)
	})
}

// heldByAnother reports a smaller or equal unique key, none of whose columns is masked with loss.
func heldByAnother(t *draftTable, i catalog.Index) bool {
	return slices.ContainsFunc(t.source.Indexes, func(other catalog.Index) bool {
		return heldBy(t, i, other)
	})
}

func heldBy(t *draftTable, i, other catalog.Index) bool {
	return other.Unique && !other.Partial && len(other.Columns) > 0 &&
		!slices.ContainsFunc(other.Columns, func(name string) bool {
			c := t.column(name)
			return c == nil || loses(t, c, decide.Apart) || !slices.Contains(i.Columns, name)
		})
}
