package draft

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// said is what the spec that there is says in the comments of a draft before: it is not written a second time while
// people have not decided.
type said struct {
	rules  []saidRule
	open   []saidRule      // rules of the spec that have no mask
	labels map[string]bool // of those and of all rules that are no comment
}

// saidRule is a rule in a comment, or one without a mask.
type saidRule struct {
	*spec.Rule
	tables, columns, types []spec.Glob
}

// readSaid reads the comments of the spec. Of a block only its own text counts: columns of one name are in many tables.
func (d *drafter) readSaid() error {
	d.said.labels = map[string]bool{}
	if d.Project == nil {
		return nil
	}
	for _, r := range d.Project.Rules {
		if r.IsOpen() {
			d.said.open = append(d.said.open, newSaidRule(r))
		}
	}
	blocks := map[string]map[int][]byte{}
	for _, name := range sortedKeys(d.Project.Sources) {
		src := d.Project.Sources[name]
		for _, label := range lang.RuleLabels(src, name) {
			d.said.labels[label] = true
		}
		for _, r := range lang.ProposedRules(src, name) {
			d.said.rules = append(d.said.rules, newSaidRule(r))
		}
		var err error
		if blocks[name], err = lang.BlockTexts(src, name); err != nil {
			return fmt.Errorf("reading the spec: %w", err)
		}
	}
	for _, t := range d.tables {
		if t.block == nil {
			continue
		}
		text := blocks[t.block.Range.Filename][t.block.Range.Start.Byte]
		for _, c := range t.columns {
			name, typ := comment(c.source.Name), comment(c.source.Type.Formatted)
			// An importer names no type.
			c.said = d.Questions == "" && c.verdict == Undecided &&
				(bytes.Contains(text, []byte("# undecided: "+name+" "+typ+": ")) ||
					bytes.Contains(text, []byte("# undecided: "+name+": ")))
		}
	}
	return nil
}

func newSaidRule(r *spec.Rule) saidRule {
	return saidRule{r, compile(r.Tables), compile(r.Columns), compile(r.Types)}
}

// about reports whether the rule would decide a column. A rule that people wrote may leave out what a draft names.
func (r saidRule) about(m member) bool {
	t, c := m.table.source, m.column.source
	return (r.columns == nil || matchAny(r.columns, c.Name)) &&
		(r.types == nil || matchAny(r.types, decide.TypeNames(c.Type.Formatted)...)) &&
		(r.tables == nil || matchAny(r.tables, t.Name, t.FullName()))
}

// rule returns the label of the rule that asks about a column already: one without a mask, or one in a comment, which
// does not count where questions go to a file.
func (s said) rule(m member, inFile bool) (label string, ok bool) {
	rules := s.open
	if !inFile {
		rules = slices.Concat(rules, s.rules)
	}
	for _, r := range rules {
		if r.about(m) {
			return r.Name, true
		}
	}
	return "", false
}

func compile(patterns []string) []spec.Glob {
	var out []spec.Glob
	for _, p := range patterns {
		out = append(out, spec.CompileGlob(p))
	}
	return out
}

func matchAny(patterns []spec.Glob, texts ...string) bool {
	return slices.ContainsFunc(patterns, func(p spec.Glob) bool { return slices.ContainsFunc(texts, p.Match) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// noteNew names what is undecided and comes into a spec that there was.
func (d *drafter) noteNew() {
	if d.Project == nil {
		return
	}
	for _, t := range d.tables {
		var names []string
		for _, c := range t.columns {
			if c.verdict == Undecided && !c.ruled && !c.said && (t.block == nil || t.block.EachKey == "") {
				names = append(names, c.source.Name+" ("+c.source.Type.Formatted+")")
			}
		}
		if names != nil {
			d.summary.New = append(d.summary.New, t.source.FullName()+": "+strings.Join(names, ", "))
		}
	}
	for _, q := range d.summary.Questions {
		if q.Rule != "" && !q.Asked {
			d.summary.New = append(d.summary.New, fmt.Sprintf("rule.%s: %s", q.Rule, q))
		}
	}
}
