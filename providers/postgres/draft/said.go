package draft

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/spec/lang"
)

// said is what the spec that there is says in the comments of a draft before: it is not written a second time while
// people have not decided.
type said struct {
	// rules are proposed in comments, by the column's name and type; labels are of those and of all others.
	rules  map[[2]string]bool
	labels map[string]bool
}

var (
	saidRule  = regexp.MustCompile(`(?m)^# undecided in \d+ tables: .*\n# rule `)
	saidLabel = regexp.MustCompile(`(?m)^(?:# )?rule "([^"]+)"`)
)

// readSaid reads the comments of the spec. Of a block only its own text counts: columns of one name are in many tables.
func (d *drafter) readSaid() error {
	d.said = said{rules: map[[2]string]bool{}, labels: map[string]bool{}}
	if d.Project == nil {
		return nil
	}
	blocks := map[string]map[int][]byte{}
	var proposals []byte
	for name, src := range d.Project.Sources {
		for _, m := range saidRule.FindAll(src, -1) {
			proposals = append(proposals, m...)
		}
		for _, m := range saidLabel.FindAllSubmatch(src, -1) {
			d.said.labels[string(m[1])] = true
		}
		var err error
		if blocks[name], err = lang.BlockTexts(src, name); err != nil {
			return fmt.Errorf("reading the spec: %w", err)
		}
	}
	for _, t := range d.tables {
		for _, c := range t.columns {
			if c.verdict != undecided {
				continue
			}
			name, typ := comment(c.source.Name), comment(c.source.Type.Formatted)
			if bytes.Contains(proposals, []byte(" tables: "+name+" "+typ+": ")) {
				d.said.rules[[2]string{name, typ}] = true
			}
			if t.block != nil {
				text := blocks[t.block.Range.Filename][t.block.Range.Start.Byte]
				// An importer names no type.
				c.said = bytes.Contains(text, []byte("# undecided: "+name+" "+typ+": ")) ||
					bytes.Contains(text, []byte("# undecided: "+name+": "))
			}
		}
	}
	return nil
}

// saidRule counts the open columns of a group as one decision, because a rule for them stands in a comment.
func (d *drafter) saidRule(g *group) {
	n := 0
	for _, c := range g.columns {
		if c.verdict == undecided && !c.ruled && !c.said {
			c.ruled = true
			n++
		}
	}
	if n > 0 {
		d.rules = append(d.rules, rule{columns: []string{g.name}, typ: g.typ, tables: n, said: true})
	}
}

// noteNew names what is undecided and comes into a spec that there was.
func (d *drafter) noteNew() {
	if d.Project == nil {
		return
	}
	for _, t := range d.tables {
		var names []string
		for _, c := range t.columns {
			if c.verdict == undecided && !c.ruled && !c.said && (t.block == nil || t.block.EachKey == "") {
				names = append(names, c.source.Name+" ("+c.source.Type.Formatted+")")
			}
		}
		if names != nil {
			d.summary.New = append(d.summary.New, t.source.FullName()+": "+strings.Join(names, ", "))
		}
	}
	for _, r := range d.rules {
		if r.tables > 0 && !r.said {
			d.summary.New = append(d.summary.New,
				fmt.Sprintf("rule.%s: %s (%s) in %d tables", r.label, r.columns[0], r.typ, r.tables))
		}
	}
}
