package engine

import (
	"fmt"
	"slices"
	"strings"
)

// strengths are those of masks, the weakest first: how much of a value is left.
func strengths() []string {
	return []string{"raw", "partial", "generalised", "pseudonym", "synthetic", "constant"}
}

// Exposes adds the hazard EXPOSES_DATA to a refresh where a column crosses with more of its value left than in the last
// finished run. last gives the plan of that run for an address, nil where there was none.
func (p *Plan) Exposes(last func(refresh string) *Plan) {
	for i := range p.Refreshes {
		r := &p.Refreshes[i]
		before := last(r.Address)
		if before == nil {
			continue
		}
		for _, old := range before.Refreshes {
			if old.Address == r.Address {
				r.Hazards = append(r.Hazards, weakened(&old, r)...)
			}
		}
	}
}

func weakened(before, after *Refresh) []Hazard {
	type key struct{ schema, table, column string }
	was := map[key]RefreshColumn{}
	for _, t := range before.Tables {
		for _, c := range t.Columns {
			was[key{t.Schema, t.Name, c.Name}] = c
		}
	}
	var out []Hazard
	for _, t := range after.Tables {
		for _, c := range t.Columns {
			old, ok := was[key{t.Schema, t.Name, c.Name}]
			if !ok || c.Decision == "generated" || slices.Index(strengths(), c.Strength) >= slices.Index(strengths(), old.Strength) {
				continue
			}
			out = append(out, Hazard{Name: ExposesData, Reason: fmt.Sprintf("%s.%s.%s was %s (%s) in the last run and would be %s (%s)", t.Schema, t.Name, c.Name,
				maskText(old), old.Strength, maskText(c), c.Strength)})
		}
	}
	return out
}

func maskText(c RefreshColumn) string { return strings.TrimSpace(c.Decision + " " + c.Mask) }
