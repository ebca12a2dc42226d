package decide

import (
	"strings"

	"github.com/shoji-pg/shoji/spec/mask"
)

// decideColumns decides every column of the tables whose rows cross: first what the spec says of each, then what
// follows from the keys that they refer to, through chains and cycles of keys. What is left is undecided.
func (r *resolver) decideColumns() {
	var done []*columnNode
	for _, t := range r.order {
		r.unknownColumns(t)
		if !t.crosses() {
			continue
		}
		for _, c := range t.columns {
			if c.decided = r.explicit(c); c.decided != nil {
				done = append(done, c)
			}
		}
	}
	for done = r.carry(done); len(done) > 0; {
		done = r.carry(done)
	}
	for _, t := range r.order {
		if t.crosses() {
			for _, c := range t.columns {
				r.compareKeys(c)
			}
			r.undecided(t)
		}
	}
}

// carry gives the masks of decided keys to what refers to them, and gives what was decided by a choice of keys for the
// next round: a choice waits until all of its keys are decided.
func (r *resolver) carry(done []*columnNode) []*columnNode {
	for ; len(done) > 0; done = done[1:] {
		for _, c := range done[0].referrers {
			if c.decided == nil && r.follow(c) {
				done = append(done, c)
			}
		}
	}
	var chosen []*columnNode
	for _, t := range r.order {
		for _, c := range t.columns {
			if c.choice != nil && c.decided == nil && t.crosses() && r.choose(c) {
				chosen = append(chosen, c)
			}
		}
	}
	return chosen
}

// follow decides a column by the first masked key that it refers to. A partition takes what its parent has.
func (r *resolver) follow(c *columnNode) bool {
	for _, f := range c.refs {
		key := f.key.decided
		switch {
		case key == nil:
		case f.rel == nil && key.Decision != Generated:
			c.decided = c.following(key)
			c.decided.Decision, c.decided.Because, c.decided.Expr = key.Decision, key.Because, key.Expr
			if key.Mask != nil {
				r.carryMask(c, c.decided, f.key)
			}
			return true
		case f.rel != nil && key.Decision == Masked:
			c.decided = c.following(key)
			c.decided.Because = f.because()
			r.carryMask(c, c.decided, f.key)
			return true
		}
	}
	return false
}

// following returns the decision of a column that is to be as that of a key.
func (c *columnNode) following(key *Column) *Column {
	return &Column{
		Name:       c.source.Name,
		Type:       c.source.Type,
		Domain:     *c.domainType(),
		Range:      key.Range,
		MinChanged: key.MinChanged,
	}
}

// choose decides a column whose key depends on another column of the row, once all its keys are decided: by their mask
// where that is one, else by a case for each.
func (r *resolver) choose(c *columnNode) bool {
	var branches []mask.Branch
	var names []string
	masked, alike := false, true
	var first *columnNode
	for _, f := range c.choice.refs {
		if f.key == nil {
			continue // its rows are not in the copy: as a type that nobody knows
		}
		key := f.key.decided
		if key == nil {
			return false
		}
		names = append(names, f.key.fullName())
		b := mask.Branch{When: f.rel.when, Domain: *f.key.domainType()}
		if key.Decision == Masked {
			if b.Mask, masked = key.Mask, true; !onlyValue(f.key) {
				r.errorf(MaskReadsRow, key.Range, "A key's mask cannot be carried to its references",
					"%s refers to %s, whose mask names columns of its own row, and gives other values in another "+
						"table. Give %s a mask of its own value alone.", c.fullName(), f.key.fullName(),
					f.key.fullName())
				b.Mask = nil
			}
		}
		if first == nil {
			first = f.key
		}
		alike = alike && sameExpression(first.decided, key)
		branches = append(branches, b)
	}
	if !masked {
		return false // kept keys decide nothing, as for a foreign key
	}
	at := c.choice.link.Range
	d := &Column{
		Name:    c.source.Name,
		Type:    c.source.Type,
		Domain:  c.source.Type,
		Because: c.choice.link.Address() + " to " + strings.Join(names, ", ") + " by " + c.choice.link.Type,
		Range:   &at,
	}
	m := mask.Choose(c.choice.link.Type, branches, c.choice.link.Otherwise)
	if alike {
		m, d.Domain = first.decided.Mask, first.decided.Domain
		c.forgetDomain()
		c.domain = &domain{Type: d.Domain, unchecked: true, otherwise: c.choice.link.Otherwise}
	}
	c.decided = d
	r.compile(c, d, m)
	return true
}

// onlyValue reports whether a key's mask looks at the value alone, by whatever name its column has.
func onlyValue(key *columnNode) bool {
	e := key.decided.Expr
	return e.SQL == "" || len(e.Reads) == 0 || len(e.Reads) == 1 && e.Reads[0] == key.source.Name && !key.isNamed()
}
