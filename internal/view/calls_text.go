package view

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
)

// calls prints what a refresh calls in the accounts, and what servers are told to write and read by themselves, in the
// order of the steps. A table's queries stand with the table.
func (t planText) calls(p *engine.Plan, r engine.Refresh) {
	var list []engine.Statement
	for _, s := range p.Steps {
		if s.Address != r.Address {
			continue
		}
		for _, st := range s.Statements {
			if called(p, st) {
				list = append(list, engine.Statement{On: st.On, Text: shortSQL(st.Text)})
			}
		}
	}
	if len(list) > 0 {
		t.statements("    ", list)
		t.line("")
	}
}

func called(p *engine.Plan, st engine.Statement) bool {
	byServer := strings.Contains(st.Text, "query_export_to_s3") || strings.Contains(st.Text, "table_import_from_s3")
	return byServer || slices.ContainsFunc(p.Accounts, func(a engine.Account) bool { return a.Address == st.On })
}
