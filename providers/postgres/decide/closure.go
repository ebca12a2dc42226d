package decide

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// decideColumns decides every column of the tables whose rows are copied: first by what the spec says of each, then by
// the keys that they refer to, through chains and cycles of keys, then by defaults. The rest is undecided.
func (r *resolver) decideColumns() {
	var done []*columnNode
	for _, t := range r.order {
		r.unknownColumns(t)
		if !t.crosses() {
			continue
		}
		for _, c := range t.columns {
			if c.decided = r.decideExplicitly(c); c.decided != nil {
				done = append(done, c)
			}
		}
	}
	r.carryAll(done)
	r.carryAll(r.decideByDefaults())
	for _, t := range r.order {
		if t.crosses() {
			for _, c := range t.columns {
				r.compareKeys(c)
			}
			r.undecided(t)
		}
	}
	r.openRules()
}

// decideByDefaults returns the columns that defaults decide.
func (r *resolver) decideByDefaults() []*columnNode {
	var done []*columnNode
	for _, t := range r.order {
		if !t.crosses() {
			continue
		}
		for _, c := range t.columns {
			r.matchDefaults(c)
			if c.decided != nil {
				continue
			}
			if c.decided = r.decideByDefault(c); c.decided != nil {
				done = append(done, c)
			}
		}
	}
	return done
}

// carryAll passes the masks of decided keys on until nothing more follows from them.
func (r *resolver) carryAll(done []*columnNode) {
	for done = r.carry(done); len(done) > 0; {
		done = r.carry(done)
	}
}

// carry passes the masks of decided keys on to the columns that refer to them. It returns the columns that a choice of
// keys decided, for the next round: a choice waits until all of its keys are decided.
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

// follow decides a column by the first masked key that it refers to. A partition follows its parent.
func (r *resolver) follow(c *columnNode) bool {
	for _, f := range c.refs {
		key := f.key.decided
		switch {
		case key == nil:
		case f.rel == nil && key.Decision != Generated:
			c.decided = c.following(key)
			c.decided.Decision, c.decided.Expr = key.Decision, key.Expr
			c.decided.Basis, c.decided.Because, c.decided.link = key.Basis, key.Because, key.link
			if key.Mask != nil {
				r.carryMask(c, c.decided, f.key)
			}
			return true
		case f.rel != nil && key.Decision == Masked:
			c.decided = c.following(key)
			f.explain(c.decided)
			r.carryMask(c, c.decided, f.key)
			return true
		}
	}
	return false
}

// following returns a decision that follows that of a key.
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
// if they share one, else by a case for each.
func (r *resolver) choose(c *columnNode) bool {
	var branches []mask.Branch
	var names []string
	masked, alike := false, true
	var first *columnNode
	for _, f := range c.choice.refs {
		if f.key == nil {
			continue // its rows are not copied: like an unknown type
		}
		key := f.key.decided
		if key == nil {
			return false
		}
		names = append(names, f.key.fullName())
		b := mask.Branch{When: f.rel.when, Domain: *f.key.domainType()}
		if key.Decision == Masked {
			if b.Mask, masked = key.Mask, true; !onlyValue(f.key) {
				r.errorf(MaskReadsRow, key.Range, "Mask of a key cannot be applied to its references",
					"%s refers to %s, whose mask reads columns of its own row and would give other values in another "+
						"table. Give %s a mask that reads nothing but its value.", c.fullName(), f.key.fullName(),
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
		return false // kept keys decide nothing, as with a foreign key
	}
	at := c.choice.link.Range
	d := &Column{
		Name:    c.source.Name,
		Type:    c.source.Type,
		Domain:  c.source.Type,
		Basis:   FromLink,
		link:    c.choice.link,
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

// onlyValue reports whether a key's mask reads nothing but the value, whatever its column is called.
func onlyValue(key *columnNode) bool {
	e := key.decided.Expr
	return e.SQL == "" || len(e.Reads) == 0 || len(e.Reads) == 1 && e.Reads[0] == key.source.Name && !key.isNamed()
}

// carryMask compiles a key's mask for a column that refers to it. A mask that reads other columns of the key's row
// cannot be carried over: columns of the same names hold other values here.
func (r *resolver) carryMask(c *columnNode, d *Column, key *columnNode) {
	m, expr := key.decided.Mask, key.decided.Expr
	d.Decision, d.Mask = Masked, m
	switch {
	case expr.SQL == "": // reported at the key
	case c.table.root == key.table: // a partition of the same row
		r.compile(c, d, m)
	case len(expr.Reads) > 1 || len(expr.Reads) == 1 && expr.Reads[0] != key.source.Name:
		r.errorf(MaskReadsRow, d.Range, "Mask of a key cannot be applied to its references",
			"%s refers to %s, whose mask reads %s: it would give other values in another table, and the reference "+
				"would dangle. Give %s a mask that reads nothing but its value.",
			c.fullName(), key.fullName(), strings.Join(expr.Reads, ", "), key.fullName())
	case c.source.Name != key.source.Name && key.isNamed():
		r.compiled(c, d, func() (mask.Expr, error) { return c.renamed(m, key.source.Name) })
	default:
		r.compile(c, d, m)
	}
}

// isNamed reports whether a column's mask uses the column's name, as sql() and when() do, so that it does not fit a
// column with another.
func (c *columnNode) isNamed() bool {
	other := c.target()
	other.Name = c.source.Name + "_"
	other.Siblings = append(slices.Clone(other.Siblings), other.Name)
	e, err := c.decided.Mask.Compile(other)
	return err != nil || slices.Contains(e.Reads, c.source.Name)
}

// renamed compiles a mask that uses the name of the key's column for the value.
func (c *columnNode) renamed(m *mask.Mask, key string) (mask.Expr, error) {
	as := c.target()
	as.Name, as.Siblings = key, []string{key}
	e, err := m.Compile(as)
	if err != nil {
		return e, err
	}
	cast := ""
	if end := c.domainOf(); !end.unchecked && !end.SameStorage(c.source.Type) {
		cast = end.Formatted
	}
	if e.SQL, err = sqltree.Rename(e.SQL, key, c.source.Name, cast); err != nil {
		return e, err
	}
	e.Reads = []string{c.source.Name}
	return e, nil
}
