package draft

import (
	"fmt"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/spec/personal"
)

// often is in how many tables a column must be drafted alike for a rule to say it.
const often = 5

// rule is drafted for columns that are alike in many tables.
type rule struct {
	label   string
	columns []string
	typ     string
	mask    string
	comment string
}

// group are the columns of one name and type.
type group struct {
	name, typ string
	columns   []*draftColumn
}

// findRules drafts rules by exact names and types, never by patterns that would take in what nobody has seen. A column
// in a rule is left out of its table's block. Text is never kept by a rule: the next table may have something else
// under the name.
func (d *drafter) findRules() {
	if d.Project != nil { // what is decided goes into its table's block, beside what is there
		return
	}
	labels := d.said.labels
	keeps := map[string][]string{}
	for _, g := range d.groups() {
		if len(g.columns) < often || hasPattern(g.name) {
			continue
		}
		if m, first := g.common(Masked); m >= often && g.safe(first) {
			label := unusedLabel(labels, g.name)
			d.rules = append(d.rules, rule{
				label:   label,
				columns: []string{g.name},
				typ:     g.typ,
				mask:    first.mask,
				comment: fmt.Sprintf("%s; in %d tables", explain(first), m),
			})
			g.mark(func(c *draftColumn) bool { return c.verdict == Masked && c.mask == first.mask })
			continue
		}
		if k, first := g.common(Kept); k == len(g.columns) && first.source.Type.Category != 'S' {
			keeps[g.typ] = append(keeps[g.typ], g.name)
			g.mark(func(*draftColumn) bool { return true })
		}
	}
	types := make([]string, 0, len(keeps))
	for typ := range keeps {
		types = append(types, typ)
	}
	sort.Strings(types)
	for _, typ := range types {
		sort.Strings(keeps[typ])
		d.rules = append(d.rules, rule{
			label:   unusedLabel(labels, "keep_"+typ),
			columns: keeps[typ],
			typ:     typ,
			mask:    "keep()",
			comment: fmt.Sprintf("each in %d tables or more, and nobody's in all of them", often),
		})
	}
}

// groups collects columns as a rule's match does: by name, and by type without what stands in brackets where the type
// has none.
func (d *drafter) groups() []*group {
	ByKey := map[[2]string]*group{}
	var out []*group
	for _, t := range d.tables {
		for _, c := range t.columns {
			k := [2]string{c.source.Name, c.source.Type.Formatted}
			if ByKey[k] == nil {
				ByKey[k] = &group{name: k[0], typ: k[1]}
				out = append(out, ByKey[k])
			}
			ByKey[k].columns = append(ByKey[k].columns, c)
		}
	}
	// The pattern "character varying" also takes in character varying(40): those columns must agree as well.
	for _, t := range d.tables {
		for _, c := range t.columns {
			plain := c.source.Type.Formatted
			if open := strings.IndexByte(plain, '('); open >= 0 {
				end := strings.IndexByte(plain, ')')
				if g := ByKey[[2]string{c.source.Name, plain[:open] + plain[end+1:]}]; g != nil {
					g.columns = append(g.columns, c)
				}
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].name+"\x00"+out[i].typ < out[j].name+"\x00"+out[j].typ })
	return out
}

// common returns how many columns have the most frequent draft of a verdict, with one of them.
func (g *group) common(v Verdict) (int, *draftColumn) {
	counts, best := map[string]int{}, (*draftColumn)(nil)
	for _, c := range g.columns {
		if c.verdict != v || c.ruled {
			continue
		}
		counts[c.mask]++
		if best == nil || counts[c.mask] > counts[best.mask] {
			best = c
		}
	}
	if best == nil {
		return 0, nil
	}
	return counts[best.mask], best
}

// safe reports whether a rule would decide nothing that is left open, or otherwise decided by a key: blocks come before
// rules, keys after them.
func (g *group) safe(first *draftColumn) bool {
	for _, c := range g.columns {
		if c.verdict == Undecided || c.verdict == ByKey || c.verdict == Generated || c.ruled ||
			c.verdict == Masked && c.mask != first.mask && c.guess.Confidence < personal.Medium {
			return false
		}
	}
	return true
}

func (g *group) mark(which func(*draftColumn) bool) {
	for _, c := range g.columns {
		if which(c) {
			c.ruled = true
		}
	}
}

// unusedLabel makes a label of a name.
func unusedLabel(taken map[string]bool, name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' && b.Len() > 0 || r > 127:
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	label := strings.Trim(b.String(), "_")
	if label == "" {
		label = "columns"
	}
	unused := label
	for n := 2; taken[unused]; n++ {
		unused = fmt.Sprintf("%s_%d", label, n)
	}
	taken[unused] = true
	return unused
}
