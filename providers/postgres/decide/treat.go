package decide

import (
	"fmt"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// treat decides a whole table: by its block, else by a rule for tables, else its rows are copied.
func (r *resolver) treat(t *tableNode) {
	root, block := t.root, t.root.block
	t.Treatment, t.Reason = Copy, "columns"
	if block != nil {
		at := block.Range
		t.Reason, t.Address, t.Range, t.Rows = "table block", block.Address(), &at, block.Rows
		for _, c := range block.Calls {
			t.Calls = append(t.Calls, c.Name)
		}
		switch {
		case block.Skip:
			t.Treatment = Skip
		case !block.Data:
			t.Treatment = Structure
		}
	} else {
		r.treatByRule(t)
	}
	if root != t {
		t.Reason = "partition of " + root.Source.FullName()
	}
	if t.Source.Foreign && t.Treatment == Copy {
		if block != nil {
			r.errorf(ForeignTable, t.Range, "A foreign table has no rows of its own",
				"%s reads another server. Its rows are not copied: give it data = false or skip = "+
					"true, or take the block away.", t.Source.FullName())
		}
		t.Treatment, t.Reason = Skip, "foreign table: a copy does not reach other servers"
	}
	if t.Treatment == Copy && t.Source.Partitioned {
		t.Treatment = Partitioned
	}
	r.rowsReads(t, block)
}

// treatByRule lets rules with data or skip decide. Two that differ are an error.
func (r *resolver) treatByRule(t *tableNode) {
	var by *spec.Rule
	for _, m := range r.rules {
		rule := m.Rule
		if rule.Mask != nil || rule.At.Mask.Written || !m.table(t.root.Source) || !m.tags.match(t.root.tags()...) {
			continue
		}
		m.matched = true
		if by != nil && (isFalse(by.Data) != isFalse(rule.Data) || isTrue(by.Skip) != isTrue(rule.Skip)) {
			at := rule.Range
			r.errorf(RuleClash, &at, "Two rules clash",
				"%s is decided by %s (%s) and by %s, which differ. Make one narrower, or give the table a block.",
				t.Source.FullName(), by.Address(), by.Range, rule.Address())
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

// rowsReads checks that the condition of a block reads columns that there are.
func (r *resolver) rowsReads(t *tableNode, block *spec.Table) {
	if block == nil || block.Rows == "" {
		return
	}
	_, reads, err := mask.ParseCondition(block.Rows)
	if err != nil {
		return // reported when the spec was read
	}
	for _, name := range reads {
		if t.byName[name] == nil {
			r.errorf(UnknownColumn, &block.At.Rows.Range, "Unknown column",
				"The condition reads %q, which %s does not have.%s", name, t.Source.FullName(),
				diag.DidYouMean(name, t.siblings))
		}
	}
}

// rights lists every table that the connected user may not read, or only in part, with what helps.
func (r *resolver) rights() {
	var missing, hidden, grants []string
	schemas := map[string]bool{}
	user := r.Source.Server.User
	for _, t := range r.order {
		switch name := t.Source.FullName(); {
		case t.Treatment != Copy && t.Treatment != Structure:
		case !t.Source.Selectable:
			missing = append(missing, name)
			if !schemas[t.Source.Schema] {
				schemas[t.Source.Schema] = true
				grants = append(grants, fmt.Sprintf("  GRANT USAGE ON SCHEMA %s TO %s;", sqltext.Ident(t.Source.Schema),
					sqltext.Ident(user)))
			}
			grants = append(grants, fmt.Sprintf("  GRANT SELECT ON TABLE %s TO %s;",
				sqltext.Ident(t.Source.Schema, t.Source.Name), sqltext.Ident(user)))
		case t.Treatment == Copy && t.Source.RLSApplies:
			hidden = append(hidden, name)
		}
	}
	if len(missing) > 0 {
		sort.Strings(grants)
		r.errorf(NoPrivilege, &r.Refresh.At.From.Range, "Not enough privileges on the source",
			"%s connects as %q, who may not read %d of its tables: %s. This helps:\n%s",
			r.Refresh.From.Address(), user, len(missing), strings.Join(missing, ", "), strings.Join(grants, "\n"))
	}
	if len(hidden) > 0 {
		r.errorf(RowSecurity, &r.Refresh.At.From.Range, "Row security would hide rows",
			"%s connects as %q, from whom row security hides rows of %s: the copy would be short without anybody "+
				"noticing. Connect as a role with BYPASSRLS, or as the owner where row security is not forced on the "+
				"owner; or take the tables without rows (data = false).",
			r.Refresh.From.Address(), user, strings.Join(hidden, ", "))
	}
}
