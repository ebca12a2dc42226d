package decide

import (
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// relation is a reference from columns of a table to those of another: a foreign key of the source, or a link of the
// spec.
type relation struct {
	from, to     *tableNode
	columns, key []string // columns[i] refers to key[i]
	name         string   // of the constraint, or the link's address
	link         *spec.Link
	when         string // of a link with a type: the value of its column
	// unchecked: the source may hold values that are not in the key. It is for links, and foreign keys that are not
	// validated.
	unchecked bool
	// part: the key is one partition of the referenced table.
	part bool
}

// reference is a key that a column refers to. rel is nil for a partition that follows its parent.
type reference struct {
	key *columnNode
	rel *relation
}

// explain sets what decided a column that takes its mask from the key.
func (f reference) explain(d *Column) {
	d.Basis, d.Because = FromForeignKey, "foreign key to "+f.key.fullName()
	if f.rel.link != nil {
		d.Basis, d.Because, d.link = FromLink, f.rel.name+" to "+f.key.fullName(), f.rel.link
	}
}

// choice is a link whose key depends on another column of the row.
type choice struct {
	link *spec.Link
	refs []reference // one for each value of the type; key is nil if its rows are not copied
}

// relate finds all references: foreign keys first, then links, then partitions to their parents.
func (r *resolver) relate() {
	for _, t := range r.order {
		r.foreignKeys(t)
	}
	for _, l := range r.Links {
		if r.applies(l.Refreshes) {
			r.bindLink(l)
		}
	}
	for _, t := range r.order {
		if t.root == t {
			continue
		}
		for _, c := range t.columns {
			if parent := t.root.byName[c.source.Name]; parent != nil {
				c.refer(reference{key: parent})
			}
		}
	}
}

func (c *columnNode) refer(f reference) {
	c.refs = append(c.refs, f)
	f.key.referrers = append(f.key.referrers, c)
}

// foreignKeys adds those of a table. The catalog repeats a key of a partitioned table for each partition: these count
// if the partition is decided otherwise than its parent.
func (r *resolver) foreignKeys(t *tableNode) {
	var keys []*catalog.Constraint
	for i := range t.Source.Constraints {
		if k := &t.Source.Constraints[i]; k.Kind == catalog.ForeignKey {
			keys = append(keys, k)
		}
	}
	whole := func(k *catalog.Constraint) bool {
		to := r.tables[k.RefTable]
		return to == nil || to.root == to && to.Source.PartitionOf == ""
	}
	sort.SliceStable(keys, func(i, j int) bool { return whole(keys[i]) && !whole(keys[j]) })
	for _, k := range keys {
		to := r.tables[k.RefTable]
		if k.Inherited && to != nil && to.root != to {
			continue
		}
		if to == nil {
			if t.Treatment != Skip && !k.Inherited {
				r.errorf(KeyOutside, &r.Refresh.At.Schemas.Range, "Foreign key leads out of the refresh",
					"%s of %s refers to %s, which is in none of the schemas of %s. Add its schema, or skip the table.",
					k.Name, t.FullName(), k.RefTable, r.Refresh.Address())
			}
			continue
		}
		r.addRelation(&relation{
			from:      t,
			to:        to,
			columns:   k.Columns,
			key:       k.RefColumns,
			name:      k.Name,
			unchecked: !k.Validated,
			part:      k.Inherited && to.Source.PartitionOf != "" && t.Source.PartitionOf == "",
		})
	}
}

// addRelation adds a relation, and links its columns one by one if the rows of both tables are copied.
func (r *resolver) addRelation(rel *relation) {
	r.relations = append(r.relations, rel)
	if !rel.from.crosses() || !rel.to.crosses() {
		return
	}
	for i, name := range rel.columns {
		if i >= len(rel.key) {
			return
		}
		from, key := rel.from.byName[name], rel.to.byName[rel.key[i]]
		if from == nil || key == nil || from == key {
			continue
		}
		from.refer(reference{key, rel})
	}
}

// String returns the relation's name for messages: "orders_customer_fkey of public.orders", "link.orders".
func (rel *relation) String() string {
	if rel.link != nil {
		return rel.name
	}
	return rel.name + " of " + rel.from.FullName()
}

func (rel *relation) columnList() string { return strings.Join(rel.columns, ", ") }

// domain is the type that a column is masked as: that of the key at the end of its references, so that equal values
// stay equal whatever the types of their columns.
type domain struct {
	mask.Type
	// unchecked: values need not be in the key, as for relation.unchecked.
	unchecked bool
	otherwise *mask.Mask
}

// domainOf follows the first key that a column refers to. A cycle of keys ends where it started.
func (c *columnNode) domainOf() *domain {
	if c.domain != nil {
		return c.domain
	}
	own := &domain{Type: c.source.Type}
	if len(c.refs) == 0 || c.visiting {
		return own
	}
	c.visiting = true
	f := c.refs[0]
	end := *f.key.domainOf()
	c.visiting = false
	if f.rel != nil {
		end.unchecked = end.unchecked || f.rel.unchecked
		if f.rel.link != nil && f.rel.link.Otherwise != nil {
			end.otherwise = f.rel.link.Otherwise
		}
	}
	c.domain = &end
	return c.domain
}

func (c *columnNode) domainType() *mask.Type { return &c.domainOf().Type }

// forgetDomain makes a column and those that refer to it look for their domains again: a choice of keys that turn out
// to be masked alike has one that was not known before.
func (c *columnNode) forgetDomain() {
	if c.visiting {
		return
	}
	c.domain, c.visiting = nil, true
	for _, other := range c.referrers {
		other.forgetDomain()
	}
	c.visiting = false
}
