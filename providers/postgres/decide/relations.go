package decide

import (
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
)

// relation says that columns of a table refer to those of another: a foreign key of the source, or a link of the spec.
type relation struct {
	from, to     *tableNode
	columns, key []string // columns[i] refers to key[i]
	name         string   // of the constraint, or the link's address
	link         *spec.Link
	when         string // of a link with a type: the value of its column
	// unchecked is set where the source may hold values that are not in the key: links, and foreign keys that are not
	// validated.
	unchecked bool
	// part is set where the key is one partition of what is referred to, not all of it.
	part bool
}

// reference is a key that a column refers to. rel is nil where a partition takes what its parent has.
type reference struct {
	key *columnNode
	rel *relation
}

// because is the reason that a plan shows: "foreign key to public.customers.id".
func (f reference) because() string {
	if f.rel.link != nil {
		return f.rel.name + " to " + f.key.fullName()
	}
	return "foreign key to " + f.key.fullName()
}

// choice is a link whose key depends on another column of the row.
type choice struct {
	link *spec.Link
	refs []reference // one for each value of the type, nil key: its table is not in the copy
}

// relate finds what refers to what: foreign keys first, then links, then partitions to their parents.
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

// foreignKeys adds those of a table. A key of a partitioned table is listed for each of its partitions too: these count
// where they are decided otherwise than their parent.
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
				r.errorf(KeyOutside, &r.Refresh.At.Schemas.Range, "A foreign key leads out of the refresh",
					"%s of %s refers to %s, which is in none of the schemas of %s. Add its schema, or skip the table.",
					k.Name, t.Source.FullName(), k.RefTable, r.Refresh.Address())
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

// addRelation keeps a relation, and ties its columns one by one where the key's rows are in the copy.
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

// what names the relation in a sentence: "orders_customer_fkey of public.orders", "link.orders".
func (rel *relation) what() string {
	if rel.link != nil {
		return rel.name
	}
	return rel.name + " of " + rel.from.Source.FullName()
}

func (rel *relation) columnList() string { return strings.Join(rel.columns, ", ") }
