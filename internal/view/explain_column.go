package view

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
)

// ExplainColumn prints how a column crosses and why: for a person, or as one JSON document.
func ExplainColumn(s Streams, f Format, e *engine.Explanation) error {
	if f == JSONDocument {
		enc := json.NewEncoder(s.Out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(e)
	}
	t := explanationText{s, s.OutStyle()}
	t.head(e)
	t.claims(e)
	if e.Properties != nil {
		t.properties(e)
	}
	if e.SQL != "" {
		t.line("\n%s", t.s.bold("SQL, which the source computes"))
		for _, line := range layoutSQL(shortSQL(strings.ReplaceAll(e.SQL, "\n", " ")), sqlColumns) {
			t.line("  %s", line)
		}
	}
	return nil
}

// sqlColumns is how wide statements are laid out.
const sqlColumns = 100

// explanationText writes explanations to a stream.
type explanationText struct {
	streams Streams
	s       Style
}

func (t explanationText) line(format string, args ...any) { printLine(t.streams.Out, format, args...) }

// fact prints one line of a list, broken where the stream has a width.
func (t explanationText) fact(name, text string) {
	t.line("  %s %s", t.s.dim(fmt.Sprintf("%-16s", name)), text)
}

func (t explanationText) head(e *engine.Explanation) {
	null := "may be NULL"
	if e.NotNull {
		null = "NOT NULL"
	}
	t.line("%s  %s, %s", t.s.bold(e.Name), e.Type, null)
	if e.LooksLike != "" {
		t.line("Looks like %s: %s.", e.LooksLike, e.Reason)
	}
	t.line("In %s, from %s to %s, %s.\n", e.Refresh, e.From, e.To, crossingText(e))
}

// crossingText says how a column crosses, to complete a sentence.
func crossingText(e *engine.Explanation) string {
	switch e.Treatment {
	case engine.TreatmentSkip:
		return "it does not cross: its table is skipped"
	case engine.TreatmentStructure:
		return "no value of it crosses: its table crosses without rows"
	}
	switch e.Decision {
	case engine.DecisionMask:
		return "it crosses as " + e.Text
	case engine.DecisionKeep:
		return "it crosses as it is"
	case engine.DecisionGenerated:
		return "it does not cross: the target computes it"
	}
	return "nothing decides it"
}

func (t explanationText) claims(e *engine.Explanation) {
	if len(e.Claims) == 0 {
		return
	}
	t.line("%s", t.s.bold("What the spec says of it, in the order in which it counts"))
	for i, c := range e.Claims {
		mark, text := "  ", c.By
		if i == 0 && e.Decision != "" {
			mark = "> "
		}
		if c.Text != "" && c.By != engine.ByKeep {
			text += ": " + c.Text
		}
		where := ""
		if c.Range != nil {
			where = "  " + t.s.dim(c.Range.String())
		}
		t.line("  %s%s%s", mark, text, where)
	}
	t.line("%s",
		t.s.dim("  A column block comes first, then keep, rules, the key that it refers to, "+
			"and rules that are a default."))
}

func (t explanationText) properties(e *engine.Explanation) {
	p := e.Properties
	t.line("\n%s", t.s.bold("Properties"))
	t.fact("strength", fmt.Sprintf("%s: leaves %s", e.Strength, e.Leaves))
	t.fact("NULL", map[string]string{
		"kept":     "stays NULL",
		"always":   "is all there is",
		"never":    "becomes a value",
		"possible": "may come of a value",
	}[p.Null])
	apart := map[string]string{
		"preserved": "stay apart",
		"likely":    "most likely stay apart",
		"lossy":     "may meet",
	}[p.Unique]
	if p.Collisions != "" {
		apart += ": " + p.Collisions
	}
	t.fact("distinct values", apart)
	keyed := "no"
	switch p.Keyed {
	case engine.KeyedStrong:
		keyed = "yes, by the key of the refresh"
	case engine.KeyedFast:
		keyed = "yes, by the key of the refresh, with a hash that is fast and not cryptographic"
	}
	t.fact("keyed", keyed)
	if !p.Deterministic {
		t.fact("same again", "no: another run gives another value")
	}
	switch {
	case p.KeepsLength:
		t.fact("length", "never longer than the value")
	case p.MaxLength > 0:
		t.fact("length", plural(p.MaxLength, "character")+" at most")
	}
	if p.MayEqualRaw {
		t.fact("may equal", "the real value can be the result: by chance, or because a part of the values stays")
	}
	if len(p.Reads) > 0 {
		t.fact("reads", strings.Join(p.Reads, ", "))
	}
	if c := p.Cost; c != nil {
		t.fact("cost", costText(c)+fmt.Sprintf(", as measured of %s on %s", c.Mask, c.Type))
	}
}

// costText says what a mask costs: less than 20 ns is within what a measurement is off by.
func costText(c *engine.MaskCost) string {
	if c.Nanoseconds < 20 {
		return "below 20 ns a row"
	}
	return fmt.Sprintf("about %s ns a row, %.1f s of one core for a million rows", count(int64(c.Nanoseconds)),
		float64(c.Nanoseconds)/1000)
}
