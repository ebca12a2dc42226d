package schemalock

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// constraintKinds names the values of pg_constraint.contype.
var constraintKinds = map[catalog.ConstraintKind]string{
	catalog.PrimaryKey: "primary key",
	catalog.UniqueKey:  "unique",
	catalog.ForeignKey: "foreign key",
	catalog.CheckRule:  "check",
	catalog.Exclusion:  "exclude",
}

// FromCatalog returns what matters for masking in the schemas of a catalog (nil: all). It redacts values that look
// personal, because not everybody who reads the repository may read them. The lock of a lock's own catalog is the same
// lock.
func FromCatalog(c *catalog.Catalog, schemas []string) *Database {
	d := &Database{
		Server:   c.Server.VersionNum / 10000,
		Selected: slices.Clone(schemas),
		Tables:   map[string]map[string]*LockedTable{},
	}
	slices.Sort(d.Selected)
	in := func(schema string) bool { return schemas == nil || slices.Contains(schemas, schema) }
	for _, s := range c.Schemas {
		if in(s.Name) {
			d.Schemas = append(d.Schemas, s.Name)
		}
	}
	slices.Sort(d.Schemas)
	for _, e := range c.Extensions {
		d.Extensions = append(d.Extensions, Extension{Name: e.Name, Schema: e.Schema})
	}
	slices.SortFunc(d.Extensions, func(a, b Extension) int { return cmp.Compare(a.Name, b.Name) })
	parents := map[string]*catalog.Table{}
	for i := range c.Tables {
		parents[c.Tables[i].FullName()] = &c.Tables[i]
	}
	types := collected{all: map[string]mask.Type{}, written: map[string]LockedType{}}
	for i := range c.Tables {
		t := &c.Tables[i]
		if !in(t.Schema) {
			continue
		}
		for _, column := range t.Columns {
			types.add(column.Type)
		}
		if d.Tables[t.Schema] == nil {
			d.Tables[t.Schema] = map[string]*LockedTable{}
		}
		locked := ofTable(t, parents)
		if parent := parents[t.PartitionOf]; parent != nil && in(parent.Schema) && !t.Withheld && !parent.Withheld &&
			alike(locked, ofTable(parent, parents)) {
			locked.Columns, locked.Constraints, locked.Indexes = nil, nil, nil
		}
		d.Tables[t.Schema][t.Name] = locked
	}
	if len(types.written) > 0 {
		d.Types = types.written
	}
	d.Searched = c.Literals != nil
	for _, l := range c.Literals {
		if l.Schema == "" || in(l.Schema) {
			d.Literals = append(d.Literals, l)
		}
	}
	return d
}

func ofTable(t *catalog.Table, tables map[string]*catalog.Table) *LockedTable {
	out := &LockedTable{
		Partitioned:      t.Partitioned,
		PartitionKey:     t.PartitionKey,
		PartitionOf:      t.PartitionOf,
		Foreign:          t.Foreign,
		Unlogged:         t.Unlogged,
		RowSecurity:      t.RowSecurity,
		ForceRowSecurity: t.ForceRowSecurity,
		Comment:          personal.Redact(t.Comment),
		Configuration:    t.Configuration,
		Withheld:         t.Withheld,
	}
	for _, parent := range t.Inherits {
		out.Inherits = append(out.Inherits, [2]string{parent.Schema, parent.Name})
	}
	for _, c := range t.Columns {
		out.Columns = append(out.Columns, LockedColumn{
			Name:             c.Name,
			Type:             c.Type.Formatted,
			NotNull:          c.NotNull,
			Default:          personal.Redact(c.Default),
			Generated:        c.Generated,
			Identity:         c.Identity,
			Collation:        c.Collation,
			Nondeterministic: c.Type.Collation,
			Comment:          personal.Redact(c.Comment),
		})
	}
	for _, k := range t.Constraints {
		if cloned(t, k, tables) {
			continue
		}
		out.Constraints = append(out.Constraints, LockedConstraint{
			Name:       k.Name,
			Kind:       constraintKinds[k.Kind],
			Columns:    orNil(k.Columns),
			RefSchema:  k.RefTable.Schema,
			RefTable:   k.RefTable.Name,
			RefColumns: orNil(k.RefColumns),
			Definition: personal.Redact(k.Definition),
			Deferrable: k.Deferrable,
			Deferred:   k.Deferred,
			NotValid:   !k.Validated,
			Inherited:  k.Inherited,
		})
	}
	slices.SortFunc(out.Constraints, func(a, b LockedConstraint) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	for _, i := range t.Indexes {
		if i.Unique && i.Constraint == "" {
			out.Indexes = append(out.Indexes, LockedIndex{
				Name:       i.Name,
				Columns:    i.Columns,
				Partial:    i.Partial,
				Definition: personal.Redact(i.Definition),
			})
		}
	}
	slices.SortFunc(out.Indexes, func(a, b LockedIndex) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// cloned reports whether a foreign key is the copy that PostgreSQL keeps for a partition of the referenced table: each
// partition has one, and it adds nothing.
func cloned(t *catalog.Table, k catalog.Constraint, tables map[string]*catalog.Table) bool {
	if k.Kind != catalog.ForeignKey || !k.Inherited {
		return false
	}
	for up := tables[k.RefTable.String()]; up != nil && up.PartitionOf != ""; {
		up = tables[up.PartitionOf]
		for _, other := range t.Constraints {
			if up != nil && other.Kind == catalog.ForeignKey && other.RefTable == up.Ref() &&
				slices.Equal(other.Columns, k.Columns) {
				return true
			}
		}
	}
	return false
}

// alike reports whether a partition has the columns, constraints and unique indexes of its parent, whatever their
// names: such partitions come and go by themselves.
func alike(partition, parent *LockedTable) bool {
	if !slices.EqualFunc(partition.Columns, parent.Columns, alikeColumn) ||
		len(partition.Constraints) != len(parent.Constraints) || len(partition.Indexes) != len(parent.Indexes) {
		return false
	}
	return reflect.DeepEqual(rules(partition), rules(parent))
}

// alikeColumn reports whether a column is like its parent's. It need not have what PostgreSQL does not inherit: the
// comment and, before 17, the identity.
func alikeColumn(column, parent LockedColumn) bool {
	if column.Comment == "" {
		column.Comment = parent.Comment
	}
	if column.Identity == "" {
		column.Identity = parent.Identity
	}
	return column == parent
}

// rules counts the definitions of a table's constraints and unique indexes, without their names.
func rules(t *LockedTable) map[string]int {
	n := map[string]int{}
	for _, k := range t.Constraints {
		n[k.Definition]++
	}
	for _, i := range t.Indexes {
		n[indexRule(i)]++
	}
	return n
}

func orNil(list []string) []string {
	if len(list) == 0 {
		return nil
	}
	return list
}
