package refresh

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/lint"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
)

const (
	// warnedTables is how many tables have a warning of their own; the columns of all are marked where the plan shows
	// them.
	warnedTables = 10
	// listedColumns is how many columns a warning names.
	listedColumns = 8
)

// staying marks the kept columns of a refresh that look personal and adds the hazard of rules that keep most of what
// there is. It returns a warning for each table with such columns that no comment acknowledges.
func (p *Plan) staying(view *engine.Refresh) diag.Diagnostics {
	columns, rules := lint.KeptForReview(p.Project, schemalock.Resolution{
		Refresh: p.Refresh,
		Source:  p.catalog,
		Tables:  p.tables,
	})
	for _, b := range rules {
		view.Hazards = append(view.Hazards, engine.Hazard{Name: engine.ExposesData, Reason: fmt.Sprintf(
			"%s keeps %d of %d columns of %d tables by a pattern that text matches too; "+
				"keep them by name, or say with # shoji:ignore broad_keep REASON why they may stay", b.Rule.Address(),
			b.Kept, b.Of, b.Tables)})
	}
	mark(view, columns)
	var tables []string
	of := map[string][]lint.KeptColumn{}
	for _, c := range columns {
		if c.Acknowledged != "" || c.Severity == diag.Note {
			continue
		}
		name := c.Table.Source.FullName()
		if of[name] == nil {
			tables = append(tables, name)
		}
		of[name] = append(of[name], c)
	}
	slices.Sort(tables)
	var ds diag.Diagnostics
	for i, name := range tables {
		if i == warnedTables && len(tables) > warnedTables+1 {
			ds.Append(p.moreStaying(tables[i:], of))
			break
		}
		ds.Append(p.stayingWarning(name, of[name]))
	}
	return ds
}

// mark writes to each column what it looks like.
func mark(view *engine.Refresh, columns []lint.KeptColumn) {
	looks := map[[3]string]lint.KeptColumn{}
	for _, c := range columns {
		looks[[3]string{c.Table.Source.Schema, c.Table.Source.Name, c.Name}] = c
	}
	for i := range view.Tables {
		t := &view.Tables[i]
		for j := range t.Columns {
			if c, ok := looks[[3]string{t.Schema, t.Name, t.Columns[j].Name}]; ok {
				t.Columns[j].LooksLike, t.Columns[j].Acknowledged = c.LooksLike, c.Acknowledged
			}
		}
	}
}

func (p *Plan) stayingWarning(table string, columns []lint.KeptColumn) diag.Diagnostic {
	var names, codes []string
	for _, c := range columns {
		names = append(names, c.Name+" ("+c.LooksLike+")")
		codes = append(codes, c.Code)
	}
	if n := len(names) - listedColumns; n > 0 {
		names = append(names[:listedColumns], fmt.Sprintf("%d more", n))
	}
	slices.Sort(codes)
	codes = slices.Compact(codes)
	return diag.Diagnostic{
		Severity: diag.Warning,
		Code:     columns[0].Code,
		Address:  p.Refresh.Address(),
		Range:    columns[0].Range,
		Summary:  "Columns of " + table + " that look personal are kept",
		Detail: fmt.Sprintf("They cross raw: %s. Mask them, or say why they may stay: # shoji:ignore "+
			"CODE REASON, where CODE is %s.",
			strings.Join(names, ", "), strings.Join(codes, " or ")),
	}
}

func (p *Plan) moreStaying(tables []string, of map[string][]lint.KeptColumn) diag.Diagnostic {
	n := 0
	for _, name := range tables {
		n += len(of[name])
	}
	at := p.Refresh.Range
	named := tables
	if len(named) > listedColumns {
		named = append(slices.Clone(named[:listedColumns]), fmt.Sprintf("%d more", len(tables)-listedColumns))
	}
	return diag.Diagnostic{
		Severity: diag.Warning,
		Code:     of[tables[0]][0].Code,
		Address:  p.Refresh.Address(),
		Range:    &at,
		Summary:  fmt.Sprintf("%d columns of %d more tables that look personal are kept", n, len(tables)),
		Detail: "They cross raw, and are marked where the plan shows them: " + strings.Join(named, ", ") +
			". shoji lint lists each.",
	}
}
