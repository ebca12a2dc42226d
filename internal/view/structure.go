package view

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
)

// structureLines is how many lines of a structure a person is shown whole. Beyond, the statements that bring code are,
// and the others are counted: a plan of a thousand tables is still one that is read.
const structureLines = 300

// structureOf gives the statements by which an import makes the structure that a manifest says, and how many it leaves
// out. What comes from the source itself is not shown: who may change that changes the source.
func structureOf(p *engine.Plan, r engine.Refresh) (shown []engine.Statement, left int) {
	if p.Only != engine.OnlyImport {
		return nil, 0
	}
	var all []engine.Statement
	lines := 0
	for _, s := range p.Steps {
		if s.Address != r.Address {
			continue
		}
		for _, st := range s.Statements {
			if st.Object != "" {
				all = append(all, engine.Statement{On: st.On, Text: strings.TrimSpace(st.Text), Code: st.Code})
				lines += 1 + strings.Count(st.Text, "\n")
			}
		}
	}
	for _, st := range all {
		if lines > structureLines && !st.Code {
			left++
			continue
		}
		shown = append(shown, st)
	}
	return shown, left
}

// structureLeft says what was counted only.
func structureLeft(n int) string {
	return fmt.Sprintf("and %d statements that make tables, sequences, keys, indexes, types and comments: "+
		"show -json prints them whole", n)
}

// structure prints what the manifest makes.
func (t planText) structure(p *engine.Plan, r engine.Refresh) {
	shown, left := structureOf(p, r)
	if len(shown) == 0 && left == 0 {
		return
	}
	t.line("    structure, as the manifest has it:")
	t.statements("    ", shown)
	if left > 0 {
		t.line("    %s", structureLeft(left))
	}
	t.line("")
}

// markdownStructure is structure for a comment.
func markdownStructure(b *strings.Builder, p *engine.Plan, r engine.Refresh) {
	shown, left := structureOf(p, r)
	if len(shown) == 0 && left == 0 {
		return
	}
	fmt.Fprintf(b, "<details><summary><code>&gt; %s</code> structure, as the manifest has it</summary>\n",
		mdHTML(r.Address))
	markdownStatements(b, shown)
	if left > 0 {
		fmt.Fprintf(b, "\n%s\n", mdText(structureLeft(left)))
	}
	b.WriteString("\n</details>\n")
}
