package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"

	"github.com/shoji-pg/shoji/engine"
)

// refresh prints one refresh: source and target, every table with every column, notes, hazards.
func (t planText) refresh(r engine.Refresh) {
	where := ""
	if r.Range != nil {
		where = "  " + t.s.dim(r.Range.String())
	}
	t.line("%s%s", t.s.bold("# "+r.Address+" will run"), where)
	t.line("  %s %s -> %s, mode %s, %d at a time", t.s.cyan(">"), r.From, r.To, r.Mode, r.Jobs)
	if r.Next != "" {
		if r.Previous == "" {
			t.line("    %s is built and verified, then becomes %s", r.Next, r.Live)
		} else {
			t.line("    %s is built beside %s, verified, then renamed into its place; the copy "+
				"that it replaces is kept as %s",
				r.Next, r.Live, r.Previous)
		}
	}
	t.line("    %s", rawText(r))
	t.line("")
	for _, table := range r.Tables {
		t.table(table)
	}
	for _, n := range r.Notes {
		t.line("    %s", n)
	}
	t.hazardLines("    ", r.Hazards)
	t.line("")
}

func (t planText) table(table engine.RefreshTable) {
	name := table.Schema + "." + table.Name
	var facts []string
	switch table.Treatment {
	case engine.TreatmentCopy:
		facts = append(facts, sizeText(table))
	case engine.TreatmentStructure:
		facts = append(facts, "structure only, no rows")
	case engine.TreatmentSkip:
		facts = append(facts, "skipped")
	case engine.TreatmentPartitioned:
		facts = append(facts, "partitioned: its rows are in its partitions")
	}
	if table.Rows != "" {
		facts = append(facts, "rows where "+table.Rows)
	}
	if len(table.Calls) > 0 {
		facts = append(facts, "may call "+strings.Join(table.Calls, ", "))
	}
	if table.Reason != "" && table.Treatment != engine.TreatmentCopy {
		facts = append(facts, table.Reason)
	}
	where := ""
	if table.Range != nil {
		where = "  " + t.s.dim(table.Range.String())
	}
	t.line("    %s  %s%s", t.s.bold(name), strings.Join(facts, "; "), where)
	width, typeWidth := 0, 0
	for _, c := range table.Columns {
		width = max(width, runewidth.StringWidth(c.Name))
		typeWidth = max(typeWidth, runewidth.StringWidth(c.Type))
	}
	typeWidth = min(typeWidth, 32)
	for _, c := range table.Columns {
		t.column(c, min(width, 40), typeWidth)
	}
	if table.SQL != "" {
		t.line("        %s", t.s.dim(shortSQL(table.SQL)))
	}
	t.line("")
}

func (t planText) column(c engine.RefreshColumn, width, typeWidth int) {
	left := pad(c.Name, width) + "  " + pad(c.Type, typeWidth) + "  "
	switch c.Decision {
	case engine.DecisionMask:
		facts := []string{string(c.Strength)}
		if c.Keyed == engine.KeyedFast {
			facts = append(facts, "keyed: fast")
		} else if c.Keyed != "" {
			facts = append(facts, "keyed")
		}
		if c.Because != "" && c.Because != engine.ByColumnBlock {
			facts = append(facts, c.Because)
		}
		t.line("      %s %s%s  %s", t.s.green("~"), left, c.Mask, t.s.dim("("+strings.Join(facts, ", ")+")"))
	case engine.DecisionGenerated:
		t.line("        %s%s", left, t.s.dim("computed by the target"))
	default:
		why := ""
		if facts := keptFacts(c); len(facts) > 0 {
			why = "  " + t.s.dim("("+strings.Join(facts, ", ")+")")
		}
		t.line("        %s%s%s", left, engine.DecisionKeep, why)
	}
}

// keptFacts returns what decided a kept column, unless that is keep itself, and what the column looks like.
func keptFacts(c engine.RefreshColumn) []string {
	var facts []string
	if c.Because != "" && c.Because != engine.ByKeep {
		facts = append(facts, c.Because)
	}
	switch {
	case c.Acknowledged != "":
		facts = append(facts, "looks like "+c.LooksLike+"; "+c.Acknowledged)
	case c.LooksLike != "":
		facts = append(facts, "looks like "+c.LooksLike)
	}
	return facts
}

// rawText returns how many columns of a refresh cross raw.
func rawText(r engine.Refresh) string {
	raw, all := r.Raw()
	return fmt.Sprintf("%s of %s columns cross raw", count(int64(raw)), count(int64(all)))
}

func sizeText(t engine.RefreshTable) string {
	rows := "rows unknown (never analysed)"
	switch {
	case t.CrossingRows > 0 && t.EstimatedRows > t.CrossingRows:
		rows = "about " + count(t.CrossingRows) + " of " + count(t.EstimatedRows) + " rows"
	case t.EstimatedRows >= 0:
		rows = "about " + count(t.EstimatedRows) + " rows"
	}
	return rows + ", " + bytesText(t.EstimatedSize)
}

// calls prints the API calls of a refresh, and the statements with which servers read and write a bucket by themselves,
// in the order of the steps. The queries of a table are printed with the table.
func (t planText) calls(p *engine.Plan, r engine.Refresh) {
	var list []engine.Statement
	for _, s := range p.Steps {
		if s.Address != r.Address {
			continue
		}
		for _, st := range s.Statements {
			if st.ByServer || inAccount(p, st) {
				list = append(list, engine.Statement{On: st.On, Text: shortSQL(st.Text)})
			}
		}
	}
	if len(list) > 0 {
		t.statements("    ", list)
		t.line("")
	}
}

// inAccount reports whether a statement is an API call in one of the plan's accounts.
func inAccount(p *engine.Plan, st engine.Statement) bool {
	return slices.ContainsFunc(p.Accounts, func(a engine.Account) bool { return a.Address == st.On })
}
