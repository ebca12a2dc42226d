package draft

import (
	"fmt"

	"github.com/shoji-pg/shoji/spec"
)

// answer is a question of the spec, a rule without a mask, that a draft answers: what is proposed for its columns is
// accepted now.
type answer struct {
	rule *spec.Rule
	mask string
	of   *draftColumn // the first, for the reason
}

func (a answer) text() string { return fmt.Sprintf("  mask = %s # %s\n", a.mask, explain(a.of)) }

// answer finds the questions of the spec whose columns would all be masked alike. Their rules say so, and the blocks of
// the tables need not.
func (d *drafter) answer() {
	for _, r := range d.said.open {
		if r.EachKey != "" {
			continue
		}
		var columns []*draftColumn
		alike := true
		for _, t := range d.tables {
			for _, c := range t.columns {
				if c.verdict == Before || c.verdict == Generated || c.ruled || !r.about(member{t, c}) {
					continue
				}
				columns = append(columns, c)
				alike = alike && c.verdict == Masked && c.mask == columns[0].mask
			}
		}
		if len(columns) == 0 || !alike {
			continue
		}
		d.answers = append(d.answers, answer{r.Rule, columns[0].mask, columns[0]})
		for _, c := range columns {
			c.ruled = true
		}
	}
}
