package swap

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// trees joins tables that are locked together: a partitioned table and its partitions, parents and children by
// inheritance. A table that only has another one's row type joins it too, which costs a little parallelism and nothing
// else.
type trees struct {
	parent  map[uint32]uint32
	members map[uint32][]uint32 // by root, sorted
	tables  map[uint32]*catalog.Table
	paths   map[uint32]string
}

func newTrees(s *ddl.Script, source *catalog.Catalog) *trees {
	t := &trees{
		parent:  map[uint32]uint32{},
		members: map[uint32][]uint32{},
		tables:  map[uint32]*catalog.Table{},
		paths:   map[uint32]string{},
	}
	for i := range source.Tables {
		t.tables[source.Tables[i].OID] = &source.Tables[i]
	}
	byID := map[int]uint32{}
	for _, e := range s.Entries {
		if e.Type == "TABLE" || e.Type == "MATERIALIZED VIEW" {
			byID[e.ID] = e.TableOID
			t.parent[e.TableOID] = e.TableOID
			t.paths[e.TableOID] = e.Path()
		}
		if e.Type == "TABLE" || e.Type == "TABLE ATTACH" {
			t.join(e, byID)
		}
	}
	for oid := range t.parent {
		root := t.root(oid)
		t.members[root] = append(t.members[root], oid)
	}
	for _, m := range t.members {
		slices.Sort(m)
	}
	return t
}

func (t *trees) join(e ddl.Entry, byID map[int]uint32) {
	first := e.TableOID
	for _, dep := range e.Depends {
		oid, ok := byID[dep]
		switch {
		case !ok:
		case first == 0:
			first = oid
		default:
			a, b := t.root(first), t.root(oid)
			t.parent[max(a, b)] = min(a, b)
		}
	}
}

// root returns the table that stands for the tree of oid: the one with the smallest OID.
func (t *trees) root(oid uint32) uint32 {
	for {
		p, ok := t.parent[oid]
		if !ok || p == oid {
			return oid
		}
		oid = p
	}
}

// of returns all tables of the tree that oid is in.
func (t *trees) of(oid uint32) []uint32 {
	if m := t.members[t.root(oid)]; m != nil {
		return m
	}
	return []uint32{oid}
}

// partitioned reports whether a table routes rows.
func (t *trees) partitioned(oid uint32) bool {
	table := t.tables[oid]
	return table != nil && table.Partitioned
}
