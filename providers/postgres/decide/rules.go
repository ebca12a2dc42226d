package decide

import (
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
)

// rule is a rule for this refresh, with its patterns compiled.
type rule struct {
	*spec.Rule
	schemas, tables, columns, types, tags globs
	matched                               bool
}

// globs are the patterns of one argument of match; nil matches everything.
type globs []spec.Glob

func compileGlobs(patterns []string) globs {
	var out globs
	for _, p := range patterns {
		out = append(out, spec.CompileGlob(p))
	}
	return out
}

// match reports whether one of the patterns matches one of the texts.
func (g globs) match(texts ...string) bool {
	for _, p := range g {
		for _, s := range texts {
			if p.Match(s) {
				return true
			}
		}
	}
	return g == nil
}

func (r *resolver) compileRules() {
	for _, s := range r.Rules {
		if r.applies(s.Refreshes) {
			r.rules = append(r.rules, &rule{
				Rule:    s,
				schemas: compileGlobs(s.Schemas),
				tables:  compileGlobs(s.Tables),
				columns: compileGlobs(s.Columns),
				types:   compileGlobs(s.Types),
				tags:    compileGlobs(s.Tags),
			})
		}
	}
}

// table reports whether a rule applies to a table. A pattern with a dot is matched against schema.table.
func (m *rule) table(t *catalog.Table) bool {
	if !m.schemas.match(t.Schema) {
		return false
	}
	for i, p := range m.tables {
		if p.Match(t.Name) || strings.Contains(m.Tables[i], ".") && p.Match(t.Schema+"."+t.Name) {
			return true
		}
	}
	return m.tables == nil
}

// rulesOf returns the rules for columns that are about a table.
func (t *tableNode) rulesOf(r *resolver) []*rule {
	if t.rules == nil {
		t.rules = []*rule{}
		for _, m := range r.rules {
			if m.Mask != nil && m.table(t.Source) {
				t.rules = append(t.rules, m)
			}
		}
	}
	return t.rules
}

// columnNode reports whether a rule is about a column of a table that it is about, and by which tag, "" where it names
// none.
func (m *rule) column(c *columnNode) (tag string, ok bool) {
	if !m.columns.match(c.source.Name) || m.types != nil && !m.types.match(TypeNames(c.source.Type.Formatted)...) {
		return "", false
	}
	if m.tags == nil {
		return "", true
	}
	for _, tag := range c.tagged() {
		if m.tags.match(tag) {
			return tag, true
		}
	}
	return "", false
}

// TypeNames returns a type as PostgreSQL prints it, with and without its modifier: character varying(40), timestamp(3)
// with time zone.
func TypeNames(formatted string) []string {
	open, end := strings.IndexByte(formatted, '('), strings.IndexByte(formatted, ')')
	if open < 0 || end < open {
		return []string{formatted}
	}
	return []string{formatted, formatted[:open] + formatted[end+1:]}
}

// unmatchedRules warns of rules that decide nothing: most are misspelled.
func (r *resolver) unmatchedRules() {
	for _, m := range r.rules {
		if !m.matched {
			at := m.Range
			r.warnf(RuleMatchesNothing, &at, "Rule decides nothing",
				"%s matches nothing on the source of %s that is not already decided by a block.%s", m.Address(),
				r.Refresh.Address(), r.unknownTags(m.Tags))
		}
	}
}
