package view

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
)

// structureLines is how many lines of a structure are shown in full. Of more, only the statements that bring code are
// shown and the others are counted, so that a plan of a thousand tables can still be read.
const structureLines = 300

// structureOf returns the statements by which an import makes the structure that a manifest describes, and how many are
// left out. A structure that comes from the source itself is not shown: whoever may change it can change the source.
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

// omittedText counts the statements that are left out.
func omittedText(n int) string {
	return fmt.Sprintf("and %d statements that make tables, sequences, keys, indexes, types and comments: "+
		"show -json prints them whole", n)
}

// structure prints the structure that a manifest describes.
func (t planText) structure(p *engine.Plan, r engine.Refresh) {
	shown, left := structureOf(p, r)
	if len(shown) == 0 && left == 0 {
		return
	}
	t.line("    structure, from the manifest:")
	t.statements("    ", shown)
	if left > 0 {
		t.line("    %s", omittedText(left))
	}
	t.line("")
}

// markdownStructure writes the structure for a comment.
func markdownStructure(b *strings.Builder, p *engine.Plan, r engine.Refresh) {
	shown, left := structureOf(p, r)
	if len(shown) == 0 && left == 0 {
		return
	}
	fmt.Fprintf(b, "<details><summary><code>&gt; %s</code> structure, from the manifest</summary>\n",
		mdHTML(r.Address))
	markdownStatements(b, shown)
	if left > 0 {
		fmt.Fprintf(b, "\n%s\n", mdText(omittedText(left)))
	}
	b.WriteString("\n</details>\n")
}
