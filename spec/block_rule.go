package spec

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

func (l *loader) readRules() {
	for _, b := range l.of("rule") {
		for _, in := range l.instances(b) {
			l.rule(in)
		}
	}
}

func (l *loader) rule(in *instance) {
	r := &Rule{
		Name:      in.block.Labels[0],
		EachKey:   in.key,
		Range:     rangeOf(in.block.DefRange()),
		Mask:      in.mask("mask"),
		Data:      in.boolean("data"),
		Skip:      in.boolean("skip"),
		Refreshes: list[Refresh](in, "refreshes", refreshType, "refreshes, such as [refresh.nightly]"),
	}
	if r.MinChanged = in.share("min_changed"); r.MinChanged != nil && r.Mask == nil {
		l.errorf(in.at("min_changed"), "A share of which values?", "min_changed is for rules with a mask.")
	}
	if in.has("mask") {
		at := rangeOf(in.at("mask"))
		r.MaskRange = &at
	}
	matches := in.nested("match")
	if len(matches) != 1 {
		l.errorf(in.block.DefRange(), "A rule has one match block",
			"%s has %d. Say what it is about: match { column = \"email\" }.", r.Address(), len(matches))
	}
	for _, m := range matches {
		r.Schemas, r.Tables, r.Columns, r.Types = m.strs("schema", true), m.strs("table", true), m.strs("column", true),
			m.strs("type", true)
		for _, tag := range m.strs("tag", true) {
			r.Tags = append(r.Tags, strings.ToLower(strings.TrimLeft(tag, "#@")))
		}
		for _, name := range []string{"schema", "table", "column", "type", "tag"} {
			patterns := m.placed(name, true)
			for _, p := range patterns {
				l.readable(p.Name, p.Range)
			}
			if m.has(name) && len(patterns) == 0 {
				l.errorf(m.at(name), "An empty selection", "%s = [] matches nothing. Leave it out to match everything.",
					name)
			}
		}
	}
	decides := 0
	for _, name := range []string{"mask", "data", "skip"} {
		if in.has(name) {
			decides++
		}
	}
	switch {
	case decides != 1:
		l.errorf(in.block.DefRange(), "A rule decides one thing", "Give %s one of mask, data = false and skip = true.",
			r.Address())
	case !in.has("mask") && (len(r.Columns) > 0 || len(r.Types) > 0):
		l.errorf(in.block.DefRange(), "A rule for tables cannot match columns",
			"data and skip are about whole tables; match by schema and table.")
	}
	l.project.Rules = append(l.project.Rules, r)
}

// readable refuses a pattern that would be taken for a text with a brace in it, which almost nothing is named.
func (l *loader) readable(pattern string, at diag.Range) {
	if fault := globFault(pattern); fault != "" {
		l.diags.Errorf(&at, "This pattern cannot be read",
			"%q: %s. Write {a,b} for either of two, and ? for a brace that is part of a name.", pattern, fault)
	}
}
