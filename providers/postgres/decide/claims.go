package decide

import (
	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Claim is one part of a spec that says how a column crosses.
type Claim struct {
	Basis Basis
	// Because names it, as in Column.
	Because string
	Mask    *mask.Mask // nil for keep
	Range   *diag.Range
}

// Claims returns all that a spec says of a column, in the order in which it counts: the first decides. A partition
// without a block of its own takes what is said of its table.
func Claims(in Input, table catalog.Ref, column string) []Claim {
	r := resolve(in)
	t := r.tables[table]
	if t == nil || t.byName[column] == nil || !t.crosses() {
		return nil
	}
	c := t.byName[column]
	if c.source.Generated != "" {
		return []Claim{{Basis: FromTarget, Because: "the target computes it"}}
	}
	out := append(t.root.claims(column), r.ruleClaims(c, false)...)
	for _, f := range c.refs {
		if key := f.key.decided; f.rel != nil && key != nil && key.Decision == Masked {
			d := &Column{}
			f.explain(d)
			out = append(out, Claim{Basis: d.Basis, Because: d.Because, Mask: key.Mask, Range: key.Range})
		}
	}
	if c.choice != nil {
		at := c.choice.link.Range
		claim := Claim{Basis: FromLink, Because: c.choice.link.Address(), Range: &at}
		if d := c.decided; d != nil && d.Basis == FromLink {
			claim.Because, claim.Mask = d.Because, d.Mask
		}
		out = append(out, claim)
	}
	if len(c.refs) == 0 && c.choice == nil {
		out = append(out, r.ruleClaims(c, true)...)
	}
	return out
}

// claims returns what the block of a table says of a column.
func (t *tableNode) claims(column string) []Claim {
	if t.block == nil {
		return nil
	}
	var out []Claim
	for _, b := range t.block.Columns {
		if b.Name == column {
			at := b.Range
			out = append(out, Claim{Basis: FromBlock, Because: engine.ByColumnBlock, Mask: b.Mask, Range: &at})
		}
	}
	for _, k := range t.block.Keep {
		if k.Name == column {
			at := k.Range
			out = append(out, Claim{Basis: FromKeep, Because: engine.ByKeep, Range: &at})
		}
	}
	return out
}

// ruleClaims returns the rules that match a column: those that are a default, or those that are not.
func (r *resolver) ruleClaims(c *columnNode, byDefault bool) []Claim {
	var out []Claim
	for _, rule := range c.table.root.rulesOf(r) {
		tag, ok := rule.column(c)
		if !ok || rule.Mask == nil || rule.Default != byDefault {
			continue
		}
		at := rule.At.Mask.Range
		out = append(out, Claim{Basis: FromRule, Because: becauseOf(rule.Rule, tag), Mask: rule.Mask, Range: &at})
	}
	return out
}
