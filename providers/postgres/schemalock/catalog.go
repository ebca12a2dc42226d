package schemalock

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Catalog returns the catalog that the lock was made of, for deciding without a database. It assumes that every column
// may be read, and has no sizes of tables.
func (d *Database) Catalog() *catalog.Catalog {
	c, _ := d.rebuild()
	return c
}

// rebuild also returns the names of types that the lock does not describe.
func (d *Database) rebuild() (c *catalog.Catalog, unknown []string) {
	c = &catalog.Catalog{Server: catalog.Server{VersionNum: d.Server * 10000, Version: fmt.Sprint(d.Server)}}
	for _, name := range d.Schemas {
		c.Schemas = append(c.Schemas, catalog.Schema{Name: name})
	}
	for _, e := range d.Extensions {
		c.Extensions = append(c.Extensions, catalog.Extension{Name: e.Name, Schema: e.Schema})
	}
	types := &rebuilt{types: d.Types, done: map[string]mask.Type{}}
	tables := map[string]*LockedTable{}
	for schema, named := range d.Tables {
		for name, t := range named {
			tables[catalog.Ref{Schema: schema, Name: name}.String()] = t
		}
	}
	for _, schema := range slices.Sorted(maps.Keys(d.Tables)) {
		for _, name := range slices.Sorted(maps.Keys(d.Tables[schema])) {
			c.Tables = append(c.Tables, d.Tables[schema][name].table(schema, name, tables, types))
		}
	}
	if d.Searched {
		c.Literals = append([]literal.Literal{}, d.Literals...)
	}
	slices.Sort(types.unknown)
	return c, slices.Compact(types.unknown)
}

func (t *LockedTable) table(schema, name string, tables map[string]*LockedTable, types *rebuilt) catalog.Table {
	out := catalog.Table{
		Withheld:         t.Withheld,
		Schema:           schema,
		Name:             name,
		Comment:          t.Comment,
		Partitioned:      t.Partitioned,
		PartitionKey:     t.PartitionKey,
		PartitionOf:      t.PartitionOf,
		Foreign:          t.Foreign,
		Unlogged:         t.Unlogged,
		RowSecurity:      t.RowSecurity,
		ForceRowSecurity: t.ForceRowSecurity,
		Configuration:    t.Configuration,
		Selectable:       true,
		EstimatedRows:    -1,
	}
	for _, parent := range t.Inherits {
		out.Inherits = append(out.Inherits, catalog.Ref{Schema: parent[0], Name: parent[1]})
	}
	described, inherited := t, false
	// a partition is like the first ancestor with columns; the bound ends cycles of an edited file
	for range len(tables) {
		parent := tables[described.PartitionOf]
		if len(described.Columns) > 0 || t.Withheld || parent == nil {
			break
		}
		described, inherited = parent, true
	}
	for i, col := range described.Columns {
		typ, _ := types.named(col.Type)
		typ.Collation = col.Nondeterministic
		out.Columns = append(out.Columns, catalog.Column{
			Name:       col.Name,
			Number:     i + 1,
			Type:       typ,
			NotNull:    col.NotNull,
			Default:    col.Default,
			Generated:  col.Generated,
			Identity:   col.Identity,
			Comment:    col.Comment,
			Selectable: true,
			Collation:  col.Collation,
		})
	}
	for _, k := range described.Constraints {
		one := k.constraint()
		one.Inherited = one.Inherited || inherited && one.Kind != catalog.CheckRule
		out.Constraints = append(out.Constraints, one)
		// its index has its name and columns
		if one.Kind == catalog.PrimaryKey || one.Kind == catalog.UniqueKey {
			out.Indexes = append(out.Indexes, catalog.Index{
				Name:       k.Name,
				Unique:     true,
				Primary:    one.Kind == catalog.PrimaryKey,
				Constraint: k.Name,
				Columns:    k.Columns,
			})
		}
	}
	for _, i := range described.Indexes {
		out.Indexes = append(out.Indexes, catalog.Index{
			Name:       i.Name,
			Definition: i.Definition,
			Unique:     true,
			Columns:    i.Columns,
			Partial:    i.Partial,
		})
	}
	slices.SortFunc(out.Indexes, func(a, b catalog.Index) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (k LockedConstraint) constraint() catalog.Constraint {
	out := catalog.Constraint{
		Name:       k.Name,
		Columns:    k.Columns,
		Definition: k.Definition,
		RefTable:   catalog.Ref{Schema: k.RefSchema, Name: k.RefTable},
		RefColumns: k.RefColumns,
		Deferrable: k.Deferrable,
		Deferred:   k.Deferred,
		Validated:  !k.NotValid,
		Inherited:  k.Inherited,
	}
	for kind, word := range constraintKinds {
		if word == k.Kind {
			out.Kind = kind
		}
	}
	return out
}

// indexRule returns an index's definition without the names before its method.
func indexRule(i LockedIndex) string {
	_, rule, _ := strings.Cut(i.Definition, " USING ")
	return rule
}
