package decide

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
)

// rule is a rule for this refresh, with its patterns compiled.
type rule struct {
	*spec.Rule
	schemas, tables, columns, types, tags globs
	matched                               bool
	asks                                  []string // the undecided columns that it is open for
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

// rulesOf returns the rules for columns, open ones too, that are about a table.
func (t *tableNode) rulesOf(r *resolver) []*rule {
	if t.rules == nil {
		t.rules = []*rule{}
		for _, m := range r.rules {
			if (m.Mask != nil || m.IsOpen()) && m.table(t.Source) {
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

// matchDefaults notes which defaults a column would fall under: one that every column of its type is decided before is
// not misspelt.
func (r *resolver) matchDefaults(c *columnNode) {
	for _, m := range c.table.root.rulesOf(r) {
		if m.Default && !m.matched {
			_, m.matched = m.column(c)
		}
	}
}

// askedBy returns the open rule that asks about a column; nil if there is none.
func (r *resolver) askedBy(c *columnNode) *rule {
	for _, m := range c.table.root.rulesOf(r) {
		if _, ok := m.column(c); ok && m.IsOpen() {
			return m
		}
	}
	return nil
}

// openRules reports the rules that nobody has answered, each with the columns that wait for it.
func (r *resolver) openRules() {
	for _, m := range r.rules {
		if len(m.asks) == 0 {
			continue
		}
		m.matched = true
		at := m.Range
		list, more := m.asks, ""
		if len(list) > listedColumns {
			more = fmt.Sprintf(" and %d more", len(list)-listedColumns)
			list = list[:listedColumns]
		}
		r.errorf(Undecided, &at, fmt.Sprintf("%s is not decided", m.Address()),
			"Nothing says how these cross: %s%s. Give the rule a mask: a mask for all of them, or mask = keep() where "+
				"none of them is about a person. To decide one of them otherwise, give its table a block for it.",
			strings.Join(list, ", "), more)
	}
}

// listedColumns is how many columns of an open rule are named.
const listedColumns = 12

// unmatchedRules warns of rules that decide nothing: most are misspelled.
func (r *resolver) unmatchedRules() {
	for _, m := range r.rules {
		switch at := m.Range; {
		case m.matched:
		case m.IsOpen():
			r.warnf(RuleMatchesNothing, &at, "Rule asks nothing",
				"%s has no mask, and matches no column on the source of %s that is undecided. Remove it.",
				m.Address(), r.Refresh.Address())
		default:
			r.warnf(RuleMatchesNothing, &at, "Rule decides nothing",
				"%s matches nothing on the source of %s that is not already decided by a block.%s", m.Address(),
				r.Refresh.Address(), r.unknownTags(m.Tags))
		}
	}
}
