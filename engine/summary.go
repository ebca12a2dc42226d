package engine

import "fmt"

// Summary counts what a plan does.
type Summary struct {
	Add     int `json:"add"`
	Change  int `json:"change"`
	Remove  int `json:"remove"`
	Refresh int `json:"refresh"`
}

// Summary counts the changes and refreshes of a plan.
func (p *Plan) Summary() Summary {
	s := Summary{Refresh: len(p.Refreshes)}
	for _, c := range p.Changes {
		switch c.Action {
		case Create:
			s.Add++
		case Update, Execute:
			s.Change++
		case Delete:
			s.Remove++
		case Replace:
			s.Add++
			s.Remove++
		}
	}
	return s
}

// String gives "Plan: 1 to add, 0 to change, 0 to destroy." and the number of refreshes.
func (s Summary) String() string {
	text := fmt.Sprintf("Plan: %d to add, %d to change, %d to destroy.", s.Add, s.Change, s.Remove)
	switch s.Refresh {
	case 0:
	case 1:
		text += " 1 refresh to run."
	default:
		text += fmt.Sprintf(" %d refreshes to run.", s.Refresh)
	}
	return text
}

// HasChanges reports whether there is anything to run. A refresh always is.
func (p *Plan) HasChanges() bool { return p.Summary() != Summary{} || len(p.Steps) > 0 }

// Raw counts the columns that cross raw, and all columns of the tables whose rows cross.
func (r *Refresh) Raw() (raw, all int) {
	for _, t := range r.Tables {
		if t.Treatment != TreatmentCopy {
			continue
		}
		for _, c := range t.Columns {
			all++
			if c.Decision == DecisionKeep {
				raw++
			}
		}
	}
	return raw, all
}
