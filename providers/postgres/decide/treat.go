package decide

import (
	"fmt"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// treat decides a whole table: by its block, else by a rule for tables; otherwise its rows are copied.
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
		t.Reason = "partition of " + root.FullName()
	}
	if c := t.Source.Configuration; c != nil && r.Refresh.SkipsExtension(c.Extension) {
		t.Treatment, t.Reason = Skip, "extension "+sqltext.Plain(c.Extension)+" is skipped"
	}
	if t.Source.Foreign && t.Treatment == Copy {
		if block != nil {
			r.errorf(ForeignTable, t.Range, "Rows of foreign tables are not copied",
				"%s is on another server. Set data = false or skip = true, or remove the block.", t.FullName())
		}
		t.Treatment, t.Reason = Skip, "foreign table: a copy does not reach other servers"
	}
	if t.Treatment == Copy && t.Source.Partitioned {
		t.Treatment = Partitioned
	}
	r.checkCondition(t, block)
}

// treatByRule decides a table by the rules with data or skip. Two that differ are an error.
func (r *resolver) treatByRule(t *tableNode) {
	var by *spec.Rule
	for _, m := range r.rules {
		rule := m.Rule
		if rule.At.Mask.Written || rule.IsOpen() || !m.table(t.root.Source) || !m.tags.match(t.root.tags()...) {
			continue
		}
		m.matched = true
		if by != nil && (isFalse(by.Data) != isFalse(rule.Data) || isTrue(by.Skip) != isTrue(rule.Skip)) {
			at := rule.Range
			r.errorf(RuleClash, &at, "Conflicting rules",
				"%s is decided by %s (%s) and by %s, which differ. Narrow one of them, or give the table a block.",
				t.FullName(), by.Address(), by.Range, rule.Address())
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

// checkCondition checks that the columns in the condition of a block exist.
func (r *resolver) checkCondition(t *tableNode, block *spec.Table) {
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
				"The condition reads %q, which does not exist in %s.%s", name, t.FullName(),
				diag.DidYouMean(name, t.siblings))
		}
	}
}

// checkPrivileges reports the tables that the connected user may not read, or only in part, with the statements that
// help.
func (r *resolver) checkPrivileges() {
	var missing, hidden, grants []string
	var secured []*catalog.Table
	schemas := map[string]bool{}
	user := r.Source.Server.User
	for _, t := range r.order {
		switch name := t.FullName(); {
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
			secured = append(secured, t.Source)
		}
	}
	if len(missing) > 0 {
		sort.Strings(grants)
		r.errorf(NoPrivilege, &r.Refresh.At.From.Range, "Permission denied on the source",
			"%s connects as %q, which may not read %d of its tables: %s. To grant access:\n%s",
			r.Refresh.From.Address(), user, len(missing), strings.Join(missing, ", "), strings.Join(grants, "\n"))
	}
	if len(hidden) > 0 {
		r.errorf(RowSecurity, &r.Refresh.At.From.Range, "Row-level security would hide rows",
			"%s connects as %q, from which row-level security hides rows of %s: the copy would silently lack them. "+
				"Copy the tables without rows (data = false), or let %[2]q see all rows. %[4]s",
			r.Refresh.From.Address(), user, strings.Join(hidden, ", "), catalog.PastRowSecurity(user, secured))
	}
}
