package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/mask"
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
		c.mask = anyMask(t, c)
		if c.mask != "" && d.Accept.takes(c) {
			c.verdict = Masked
		}
		return
	}
	c.guess, c.reason = guess, guess.Reason
	masks := []string{guess.Mask}
	// a CHECK may be for the forms of another country
	if other, ok := personal.Propose(guess.Kind, c.source.Type, !as.Japanese()); ok {
		masks = append(masks, other)
	}
	if !c.source.NotNull {
		masks = append(masks, "null_value()")
	}
	m, err := fit(t, c, masks, false)
	switch {
	case err != nil:
		c.reason += "; no mask is proposed: " + err.Error()
	case slices.Contains(t.source.PartitionKey, c.source.Name):
		c.reason += "; it decides the partition of a row, so it cannot be masked: keep it, or " +
			"take the table without rows"
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

// fit returns the first mask that compiles for the column, and that keeps values apart where they must differ.
func fit(t *draftTable, c *draftColumn, masks []string, differ bool) (string, error) {
	var first error
	for _, text := range masks {
		m, err := mask.Parse(text)
		if err == nil {
			var e mask.Expr
			switch e, err = m.Compile(asMask(t, c)); {
			case err != nil:
			case differ && !decide.KeepsDistinct(t.source, c.source, m, e):
				err = fmt.Errorf("%s may make equal what must differ", text)
			case decide.ViolatesCheck(t.source, c.source, m, e):
				err = fmt.Errorf("a CHECK refuses what %s gives", text)
			}
		}
		if err == nil {
			return text, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// anyMask is for the comment beside a column that nobody knows; "" where no mask comes to mind.
func anyMask(t *draftTable, c *draftColumn) string {
	m, ok := personal.Propose(personal.FreeText, c.source.Type, false)
	candidates := []string{"null_value()"}
	if ok {
		candidates = []string{m, "null_value()"}
	} else if u := c.source.Type.Underlying(); u.Name == "date" || strings.HasPrefix(u.Name, "timestamp") {
		candidates = []string{`jitter("90 days")`}
	}
	m, err := fit(t, c, candidates, false)
	if err != nil {
		return ""
	}
	return m
}

// apart are masks that keep different values different, for the columns of unique keys; a short text gets the longest
// token that there is room for.
func apart(c *draftColumn) []string {
	masks := []string{"int_map()", "digits()", "token()"}
	if room := c.source.Type.Underlying().MaxLength; room > 8 && room < 16 {
		masks = append(masks, fmt.Sprintf("token({ length = %d })", room))
	}
	return append(masks, "token({ length = 8 })", "uuid()")
}

// keepApart returns columns of unique keys masks that lose nothing, where the key does not hold by its other columns.
func (d *drafter) keepApart(t *draftTable) {
	for _, i := range t.source.Indexes {
		if !i.Unique || heldByAnother(t, i) {
			continue
		}
		for _, name := range i.Columns {
			k := slices.IndexFunc(t.columns, func(c *draftColumn) bool { return c.source.Name == name })
			if k < 0 || !loses(t, t.columns[k]) {
				continue
			}
			c := t.columns[k]
			m, err := fit(t, c, append([]string{c.mask}, apart(c)...), true)
			if err != nil {
				c.verdict, c.mask = Undecided, ""
				if m, err := fit(t, c, []string{
					fmt.Sprintf(`digits({ unmatched = "token", length = %d })`, c.source.Type.Underlying().MaxLength),
				}, true); err == nil {
					c.mask, c.apart = m, true
					c.reason += fmt.Sprintf("; it is in the unique key %s, and some hundred values without a digit "+
						"are as many as a token in %s keeps apart: where there are more, keep it", i.Name,
						c.source.Type.Formatted)
					continue
				}
				c.reason += fmt.Sprintf("; it is in the unique key %s, and no mask keeps its values apart in %s: "+
					"keep it, or take the table without rows", i.Name, c.source.Type.Formatted)
				continue
			}
			c.mask, c.apart = m, true
			c.reason += "; unique in " + i.Name
		}
	}
}

// loses reports a mask, drafted or proposed, that can make different values equal.
func loses(t *draftTable, c *draftColumn) bool {
	if c.verdict != Masked && (c.verdict != Undecided || c.mask == "") {
		return false
	}
	m, err := mask.Parse(c.mask)
	if err != nil {
		return false
	}
	e, err := m.Compile(asMask(t, c))
	return err == nil && !decide.KeepsDistinct(t.source, c.source, m, e) && e.Null != mask.NullAlways
}

// heldByAnother reports a smaller or equal unique key, none of whose columns is masked with loss.
func heldByAnother(t *draftTable, i catalog.Index) bool {
	return slices.ContainsFunc(t.source.Indexes, func(other catalog.Index) bool {
		return other.Unique && !other.Partial && len(other.Columns) > 0 &&
			!slices.ContainsFunc(other.Columns, func(name string) bool {
				k := slices.IndexFunc(t.columns, func(c *draftColumn) bool { return c.source.Name == name })
				return k < 0 || loses(t, t.columns[k]) || !slices.Contains(i.Columns, name)
			})
	})
}
