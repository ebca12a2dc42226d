package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Explain returns how a column crosses in a refresh, and why. name is TABLE.COLUMN, with or without the schema.
func Explain(p *spec.Project, r *schemalock.Resolution, name string) (*engine.Explanation, error) {
	t, source, err := find(r, name)
	if err != nil {
		return nil, err
	}
	out := &engine.Explanation{
		FormatVersion: engine.ExplanationVersion,
		Refresh:       r.Refresh.Address(),
		From:          r.Refresh.From.Address(),
		To:            r.Refresh.To.Address(),
		Name:          t.FullName() + "." + sqltext.Plain(source.Name),
		Table:         t.FullName(),
		Column:        source.Name,
		Type:          source.Type.Formatted,
		NotNull:       source.NotNull,
		Treatment:     t.Treatment,
		Claims:        []engine.Claim{},
	}
	guess, _ := personal.Recognise(personal.Column{
		Schema:  t.Source.Schema,
		Table:   t.Source.Name,
		Name:    source.Name,
		Comment: source.Comment,
		Type:    source.Type,
	})
	if guess.Kind != "" {
		out.LooksLike, out.Reason = guess.Kind.Title(), guess.Reason
	}
	for _, c := range decide.Claims(decide.InputFor(p, r.Refresh, r.Source), t.Source.Ref(), source.Name) {
		claim := engine.Claim{By: c.Because, Text: "keep()", Range: c.Range}
		switch {
		case c.Mask != nil:
			claim.Text = c.Mask.Text
		case c.Basis == decide.FromTarget:
			claim.Text = ""
		case c.Basis == decide.FromLink:
			claim.Text = "as the keys that it leads to"
		}
		out.Claims = append(out.Claims, claim)
	}
	i := slices.IndexFunc(t.Columns, func(c decide.Column) bool { return c.Name == source.Name })
	if i < 0 {
		return out, nil
	}
	c := &t.Columns[i]
	out.Stance, out.Decision = *stanceOf(c), c.Decision
	if c.Decision == decide.Masked && c.Expr.Null != "" { // else its mask does not fit
		out.SQL = c.Expr.SQL
		out.Leaves = c.Expr.Strength.Leaves()
		out.Properties = propertiesOf(c)
	}
	return out, nil
}

func propertiesOf(c *decide.Column) *engine.MaskProperties {
	x := c.Expr
	out := &engine.MaskProperties{
		Null:          string(x.Null),
		Unique:        string(x.Unique),
		Collisions:    x.Collisions,
		Deterministic: x.Deterministic,
		Keyed:         engine.Keyed(x.Keyed),
		MaxLength:     max(0, x.MaxLength),
		KeepsLength:   x.KeepsLength,
		MayEqualRaw:   x.MayEqualRaw,
		Reads:         x.Reads,
	}
	if x.Unique == mask.Preserved {
		out.Collisions = ""
	}
	if cost, ok := c.Mask.Cost(c.Domain); ok {
		out.Cost = &engine.MaskCost{Mask: cost.Mask, Type: cost.Type, Nanoseconds: cost.Nanoseconds}
	}
	return out
}

// find returns the column of a name. A name without a schema must be that of one table.
func find(r *schemalock.Resolution, name string) (*decide.Table, *catalog.Column, error) {
	type found struct {
		table  *decide.Table
		column *catalog.Column
	}
	var hits []found
	var known, named []string
	for i := range r.Tables {
		t := &r.Tables[i]
		for j := range t.Source.Columns {
			c := &t.Source.Columns[j]
			full := t.FullName() + "." + sqltext.Plain(c.Name)
			plain := t.Source.Name + "." + c.Name
			known = append(known, full, plain)
			for _, spelling := range []string{
				full, t.Source.Schema + "." + plain, plain, sqltext.Plain(t.Source.Name) + "." + sqltext.Plain(c.Name),
			} {
				if name == spelling {
					hits, named = append(hits, found{t, c}), append(named, full)
					break
				}
			}
		}
	}
	switch len(hits) {
	case 1:
		return hits[0].table, hits[0].column, nil
	case 0:
		if !strings.Contains(name, ".") {
			return nil, nil, errors.New("a column is named with its table: public.customers.email")
		}
		return nil, nil, fmt.Errorf("%s has no column %q.%s", r.Refresh.Address(), name, diag.DidYouMean(name, known))
	}
	return nil, nil, fmt.Errorf("%q is the name of several columns: %s", name, list(named))
}
