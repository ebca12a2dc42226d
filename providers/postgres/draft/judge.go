package draft

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/personal"
)

// judge drafts one column: a guess that is accepted is a mask; what is certainly nobody's is kept; the rest is left to
// people, with the mask that is proposed.
func (d *drafter) judge(t *draftTable, c *draftColumn) {
	as := asPersonal(t, c)
	guess, found := personal.Recognise(as)
	counted, wasSampled := d.Samples[t.source.Ref()][c.source.Name]
	if wasSampled {
		guess = combine(as, guess, counted)
		found = guess.Kind != ""
	}
	if isKey(t, c) && (!found || guess.Confidence < personal.High) && numbersNobody(c) {
		c.keep(personal.GroundKey)
		return
	}
	if !found {
		if ground, ordinary := personal.Ordinary(as); ordinary {
			c.keep(ground)
			return
		}
		c.reason = "nothing tells what it holds"
		if wasSampled && counted.Values > 0 {
			c.reason += fmt.Sprintf("; %d different values in %d that were sampled", counted.Distinct, counted.Values)
		}
		if c.routes != "" {
			c.reason += "; " + c.routes
			return
		}
		c.mask = anyMask(t, c)
		if c.mask != "" && d.Accept.takes(c) {
			c.verdict = Masked
		}
		return
	}
	c.guess, c.reason = guess, guess.Reason
	fitting := t.fitting(c)
	m, err := fitting.Choose(append(append([]string{guess.Mask}, fitting.Suggest(guess.Kind, as.Japanese())...),
		"null_value()")...)
	switch {
	case c.routes != "":
		c.reason += "; " + c.routes
	case err != nil:
		c.reason += "; no mask is proposed: " + err.Error()
	default:
		c.mask = m
		if d.Accept.takes(c) {
			c.verdict = Masked
		}
	}
}

func (c *draftColumn) keep(g personal.Ground) { c.verdict, c.ground, c.reason = Kept, g, g.String() }

// isKey reports a column of a primary or foreign key.
func isKey(t *draftTable, c *draftColumn) bool {
	for _, k := range t.source.Constraints {
		if (k.Kind == catalog.PrimaryKey || k.Kind == catalog.ForeignKey) && slices.Contains(k.Columns, c.source.Name) {
			return true
		}
	}
	return false
}

// numbersNobody reports types of keys that a machine gave out.
func numbersNobody(c *draftColumn) bool {
	switch u := c.source.Type.Underlying(); u.Name {
	case "int2", "int4", "int8", "uuid":
		return u.Schema == "pg_catalog"
	}
	return false
}
