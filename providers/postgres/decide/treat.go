package decide

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// root gives the table whose decision a partition shares: itself where it is none, or has a block of its own.
func (r *resolver) root(t *Table) *Table {
	for t.Source.PartitionOf != "" && r.blocks[t.Source.Ref()] == nil {
		parent := r.named(t.Source.PartitionOf)
		if parent == nil {
			return t
		}
		t = parent
	}
	return t
}

func (r *resolver) named(name string) *Table {
	for _, ref := range r.order {
		if ref.String() == name {
			return r.tables[ref]
		}
	}
	return nil
}

// treat decides a whole table: by its block, else by a rule for tables, else its rows are copied.
func (r *resolver) treat(t *Table) {
	root := r.root(t)
	block := r.blocks[root.Source.Ref()]
	t.Treatment, t.Reason = Copy, "columns"
	if block != nil {
		at := block.Range
		t.Reason, t.Address, t.Range, t.Rows = "table block", block.Address(), &at, block.Rows
		switch {
		case block.Skip:
			t.Treatment = Skip
		case !block.Data:
			t.Treatment = Structure
		}
	} else {
		r.treatByRule(t, root)
	}
	if root != t {
		t.Reason = "partition of " + root.Source.FullName()
	}
	if t.Source.Foreign && t.Treatment == Copy {
		if block != nil {
			r.diags.Errorf(t.Range, "A foreign table has no rows of its own", "%s reads another server. Its rows are not copied: give it data = false or skip = true, or take the block away.", t.Source.FullName())
		}
		t.Treatment, t.Reason = Skip, "foreign table: a copy does not reach other servers"
	}
	if t.Treatment == Copy && t.Source.Partitioned {
		t.Treatment = Partitioned
	}
	r.rowsReads(t, block)
}

// treatByRule lets rules with data or skip decide. Two that differ are an error.
func (r *resolver) treatByRule(t, root *Table) {
	var by *spec.Rule
	for _, rule := range r.Rules {
		if rule.Mask != nil || rule.MaskRange != nil || !applies(rule.Refreshes, r.Refresh) || !matchesTable(rule, root.Source) {
			continue
		}
		r.matched[rule] = true
		if by != nil && (isFalse(by.Data) != isFalse(rule.Data) || isTrue(by.Skip) != isTrue(rule.Skip)) {
			at := rule.Range
			r.diags.Errorf(&at, "Two rules clash", "%s is decided by %s (%s) and by %s, which differ. Make one narrower, or give the table a block.", t.Source.FullName(), by.Address(), by.Range, rule.Address())
			continue
		}
		by = rule
	}
	if by == nil {
		return
	}
	at := by.Range
	t.Reason, t.Address, t.Range = by.Address(), by.Address(), &at
	switch {
	case isTrue(by.Skip):
		t.Treatment = Skip
	case isFalse(by.Data):
		t.Treatment = Structure
	}
}

func isTrue(b *bool) bool  { return b != nil && *b }
func isFalse(b *bool) bool { return b != nil && !*b }

func matchesTable(rule *spec.Rule, t *catalog.Table) bool {
	if rule.Schemas != nil && !matchesAny(rule.Schemas, t.Schema) {
		return false
	}
	if rule.Tables == nil {
		return true
	}
	for _, p := range rule.Tables {
		if strings.Contains(p, ".") && spec.MatchGlob(p, t.Schema+"."+t.Name) || spec.MatchGlob(p, t.Name) {
			return true
		}
	}
	return false
}

func matchesAny(patterns []string, s string) bool {
	for _, p := range patterns {
		if spec.MatchGlob(p, s) {
			return true
		}
	}
	return false
}

// rowsReads checks that the condition of a block reads columns that there are.
func (r *resolver) rowsReads(t *Table, block *spec.Table) {
	if block == nil || block.Rows == "" {
		return
	}
	reads, err := mask.ParseCondition(block.Rows)
	if err != nil {
		return // reported when the spec was read
	}
	var known []string
	for _, c := range t.Source.Columns {
		known = append(known, c.Name)
	}
	for _, name := range reads {
		if !slices.Contains(known, name) {
			r.diags.Errorf(block.RowsRange, "Unknown column", "The condition reads %q, which %s does not have.%s", name, t.Source.FullName(), diag.DidYouMean(name, known))
		}
	}
}

// unmatchedRules warns of rules that decide nothing: most are misspelt.
func (r *resolver) unmatchedRules() {
	for _, rule := range r.Rules {
		if applies(rule.Refreshes, r.Refresh) && !r.matched[rule] {
			at := rule.Range
			r.diags.Warnf(&at, "A rule decides nothing", "%s matches nothing on the source of %s that is not decided otherwise.", rule.Address(), r.Refresh.Address())
		}
	}
}

// rights lists every table that the connected user may not read, or only in part, with what helps.
func (r *resolver) rights() {
	var missing, hidden []string
	for _, ref := range r.order {
		t := r.tables[ref]
		switch {
		case t.Treatment != Copy && t.Treatment != Structure:
		case !t.Source.Selectable:
			missing = append(missing, ref.String())
		case t.Treatment == Copy && t.Source.RLSApplies:
			hidden = append(hidden, ref.String())
		}
	}
	user := r.Source.Server.User
	if len(missing) > 0 {
		schemas := map[string]bool{}
		var grants []string
		for _, ref := range r.order {
			if t := r.tables[ref]; slices.Contains(missing, ref.String()) {
				if !schemas[t.Source.Schema] {
					schemas[t.Source.Schema] = true
					grants = append(grants, fmt.Sprintf("  GRANT USAGE ON SCHEMA %s TO %s;", sqltext.Ident(t.Source.Schema), sqltext.Ident(user)))
				}
				grants = append(grants, fmt.Sprintf("  GRANT SELECT ON TABLE %s TO %s;", sqltext.Ident(ref.Schema, ref.Name), sqltext.Ident(user)))
			}
		}
		sort.Strings(grants)
		r.diags.Errorf(r.at("from"), "Not enough privileges on the source", "%s connects as %q, who may not read %d of its tables: %s. This helps:\n%s",
			r.Refresh.From.Address(), user, len(missing), strings.Join(missing, ", "), strings.Join(grants, "\n"))
	}
	if len(hidden) > 0 {
		r.diags.Errorf(r.at("from"), "Row security would hide rows", "%s connects as %q, from whom row security hides rows of %s: the copy would be short without anybody noticing. Connect as a role with BYPASSRLS, or as the owner where row security is not forced on the owner; or take the tables without rows (data = false).",
			r.Refresh.From.Address(), user, strings.Join(hidden, ", "))
	}
}
