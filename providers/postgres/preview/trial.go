package preview

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

// Trial is what was found out about the constraints of tables.
type Trial struct {
	tables  []decide.Table
	answers map[*decide.Constraint]answer
	failing diag.Diagnostics // masks that fail on a row
}

// answer is what is known of one constraint.
type answer struct {
	// tried: violations of so many rows do not satisfy it. constant: they are no rows, but the values of constant
	// masks.
	tried, constant  bool
	rows, violations int64
	// reason is why it was not tried; refused, that the source cannot compute it for a masked row.
	reason  string
	refused bool
}

// fails reports whether a run would fail.
func (a answer) fails() bool { return a.refused || a.violations > 0 }

// record keeps an answer. The partitions of a table answer for the same constraint: one that fails counts, and one that
// was tried rather than one that was not.
func (t *Trial) record(k *decide.Constraint, a answer) {
	if k == nil {
		return
	}
	was, known := t.answers[k]
	if !known || a.fails() && !was.fails() || a.tried && !was.tried && !was.fails() {
		t.answers[k] = a
	}
}

// maskFails records a mask that cannot be computed for a row of the sample.
func (t *Trial) maskFails(table *decide.Table, c *decide.Column, err error) {
	t.failing.Append(diag.Diagnostic{
		Severity: diag.Error,
		Code:     decide.MaskRefused,
		Summary:  fmt.Sprintf("The mask of %s.%s fails on a row", table.FullName(), c.Name),
		Range:    c.Range,
		Snippet:  c.Snippet,
		Detail: fmt.Sprintf("The source cannot compute %s for one of the few rows that it "+
			"masked to try it: %s. The run "+
			"would fail.", c.Mask.Text, conn.RedactRows(err)),
	})
}

// Held returns how many constraints the masked rows satisfy of which nothing else says so.
func (t *Trial) Held() int {
	n := 0
	for i := range t.tables {
		for k := range t.tables[i].Constraints {
			one := &t.tables[i].Constraints[k]
			if a := t.answers[one]; a.tried && !a.fails() && len(one.Open) > 0 {
				n++
			}
		}
	}
	return n
}

// Report returns what there is to say: an error for each constraint that masked rows do not satisfy, and the warnings
// of those that could not be tried, with the reason.
func (t *Trial) Report() diag.Diagnostics {
	ds := append(diag.Diagnostics{}, t.failing...)
	for i := range t.tables {
		table := &t.tables[i]
		for k := range table.Constraints {
			one := &table.Constraints[k]
			switch a := t.answers[one]; {
			case a.fails():
				ds.Append(a.failure(table, one))
			case !a.tried:
				for _, d := range one.Open {
					if a.reason != "" {
						d.Detail += " It was not tried with rows of the source: " + a.reason + "."
					}
					ds.Append(d)
				}
			}
		}
	}
	return ds
}

// failure is the error of a constraint that masked rows do not satisfy.
func (a answer) failure(t *decide.Table, k *decide.Constraint) diag.Diagnostic {
	d := diag.Diagnostic{Severity: diag.Error}
	var masks []string
	for i := range t.Columns {
		c := &t.Columns[i]
		for _, name := range k.Columns {
			if c.Name == name {
				masks = append(masks, fmt.Sprintf("%s on %s", c.Mask.Text, name))
				if d.Range == nil {
					d.Range, d.Snippet = c.Range, c.Snippet
				}
			}
		}
	}
	by := strings.Join(masks, " and ")
	switch k.Kind {
	case decide.UniqueRule:
		d.Code, d.Summary = decide.LossyUnique, "Masked rows violate a unique key"
		d.Detail = fmt.Sprintf("Of %d rows that the source masked to try it, some have the "+
			"same key under %s (%d keys are "+
			"there more than once), and the run would fail. Choose a mask that keeps the values distinct there.",
			a.rows,
			by, a.violations)
	case decide.NotNullRule, decide.LengthRule:
		d.Code, d.Summary = decide.MaskUnfit, "Masked rows do not fit their column"
		what := "are NULL"
		if k.Kind == decide.LengthRule {
			what = "are too long"
		}
		d.Detail = fmt.Sprintf("%s, and the run would fail. Choose a mask whose values fit.", a.count(what, by))
	default:
		d.Code, d.Summary = decide.CheckFails, "Masked rows violate a constraint"
		what := "violate it"
		if k.Kind == decide.ExcludeRule {
			what = "exclude another"
		}
		d.Detail = fmt.Sprintf("%s, and the run would fail. Choose a mask whose values it allows.", a.count(what, by))
	}
	if a.refused {
		d.Detail = fmt.Sprintf("The source cannot tell for rows under %s: %s. The run would fail.", by, a.reason)
	}
	d.Detail = k.Describe(t) + " " + d.Detail
	return d
}

// count says how many rows do not satisfy a constraint.
func (a answer) count(what, masks string) string {
	if a.constant {
		return fmt.Sprintf("The values of %s %s", masks, what)
	}
	return fmt.Sprintf("Of %d rows that the source masked to try it, %d %s under %s", a.rows, a.violations, what, masks)
}
