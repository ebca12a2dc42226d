package refresh

import (
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/spec"
)

// noteIncomparable says in a plan that nothing can be compared: a hazard in a protected environment, a note elsewhere.
func (pl *Planner) noteIncomparable(view *engine.Refresh, why string) {
	text := "nothing to compare with: " + why
	if pl.Project.Protected {
		view.Hazards = append(view.Hazards, engine.Hazard{Name: engine.ExposesData, Reason: text})
		return
	}
	view.Notes = append(view.Notes, text+"; whether more crosses than before is not known")
}

// exposures adds to a refresh what would cross and is not in the live copy: each is a hazard. Where nothing can be
// compared, it is said, and is a hazard itself in a protected environment.
func (p *Plan) exposures(view *engine.Refresh, found *record.Found) {
	switch {
	case found == nil:
		p.noteIncomparable(view, "there is no copy yet")
		return
	case found.Record == nil:
		p.noteIncomparable(view, fmt.Sprintf("database %s %s", view.Live, found.Reason))
		return
	}
	was := found.Record
	note := fmt.Sprintf("compared with how %s was made by run %s, %s UTC", view.Live, was.Run,
		was.Time.UTC().Format("2006-01-02 15:04:05"))
	if !found.Sealed {
		note += "; no key vouches for its record"
	}
	view.Notes = append(view.Notes, note)
	if now := p.Refresh.Verify; was.Verify != now && (now == "off" || was.Verify == "full") {
		view.Notes = append(view.Notes,
			fmt.Sprintf("the live copy was verified with verify = %q, and this one would be with %q", was.Verify, now))
	}
	texts := record.Exposures(was.Tables, record.RulesOf(p.tables))
	if p.Refresh.Mode == spec.Swap { // in place, no structure crosses
		texts = append(texts, record.StructureExposures(was.Structure, p.Refresh.Structure.LimitTexts())...)
	}
	for _, text := range texts {
		view.Hazards = append(view.Hazards, engine.Hazard{Name: engine.ExposesData, Reason: text})
	}
}

// rollbackExposures adds to a rollback what the previous copy shows and the live one does not.
func (pl *Planner) rollbackExposures(view *engine.Refresh, live, previous *record.Found) {
	switch {
	case previous.Record == nil:
		pl.noteIncomparable(view, fmt.Sprintf("database %s %s", view.Previous, previous.Reason))
	case live.Record == nil:
		pl.noteIncomparable(view, fmt.Sprintf("database %s %s", view.Live, live.Reason))
	default:
		texts := record.Exposures(live.Record.Tables, previous.Record.Tables)
		for _, text := range append(texts,
			record.StructureExposures(live.Record.Structure, previous.Record.Structure)...) {
			view.Hazards = append(view.Hazards, engine.Hazard{Name: engine.ExposesData, Reason: text})
		}
	}
}
