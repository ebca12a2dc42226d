package replace

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
)

// While session_replication_role is replica, triggers check nothing: neither foreign keys nor deferrable unique and
// exclusion constraints. What was not checked then is checked by queries before the commit.

// bypasses reports whether a treatment keeps triggers from firing.
func bypasses(kind spec.ForeignKeys) bool {
	return kind == spec.FKReplica || kind == spec.FKParameterGroup
}

// noGroup says why the parameter group cannot be used.
func (b *build) noGroup() string {
	if b.Rights.NoGroup != "" {
		return b.Rights.NoGroup
	}
	return b.Refresh.To.Address() + " says no cluster (cluster = cluster.NAME)"
}

// deferrable returns the constraints of a kind, on tables that are emptied, that only triggers check.
func (b *build) deferrable(kinds ...catalog.ConstraintKind) (tables []*catalog.Table,
	constraints []catalog.Constraint) {
	for i := range b.Live.Tables {
		t := &b.Live.Tables[i]
		if !b.empties(t) {
			continue
		}
		for _, k := range t.Constraints {
			for _, kind := range kinds {
				if k.Kind == kind && k.Deferrable && !k.Inherited {
					tables, constraints = append(tables, t), append(constraints, k)
				}
			}
		}
	}
	return tables, constraints
}

// unchecked are the constraints that neither triggers nor queries would check.
func (b *build) unchecked() []string {
	var out []string
	tables, constraints := b.deferrable(catalog.Exclusion)
	for i, k := range constraints {
		out = append(out, k.Name+" of "+tables[i].FullName())
	}
	return out
}

// uniqueChecks count the keys that are there more than once. Rows with a NULL in their key are never alike, unless the
// constraint says so.
func (b *build) uniqueChecks() []Check {
	var out []Check
	tables, constraints := b.deferrable(catalog.UniqueKey, catalog.PrimaryKey)
	for i, k := range constraints {
		t := tables[i]
		var columns, some []string
		for _, c := range k.Columns {
			columns, some = append(columns, sqltext.Ident(c)), append(some, sqltext.Ident(c)+" IS NOT NULL")
		}
		where := " WHERE " + strings.Join(some, " AND ")
		if strings.Contains(k.Definition, "NULLS NOT DISTINCT") {
			where = ""
		}
		out = append(out, Check{
			Name:  fmt.Sprintf("unique constraint %s of %s", k.Name, t.FullName()),
			Wrong: "keys are there more than once",
			SQL: "SELECT pg_catalog.count(*) FROM (SELECT FROM " + sqltext.Ident(t.Schema, t.Name) + where +
				" GROUP BY " + strings.Join(columns, ", ") + " HAVING pg_catalog.count(*) > 1) d",
		})
	}
	return out
}

// checks are queries for rows whose key is not there, as the triggers would have found them (MATCH SIMPLE: a row with a
// NULL in its key refers to nothing), after those for deferrable unique constraints, which triggers check too.
func (b *build) checks() []Check {
	out := b.uniqueChecks()
	b.affected(func(t *catalog.Table, k catalog.Constraint) {
		if len(k.Columns) != len(k.RefColumns) || len(k.Columns) == 0 {
			return
		}
		var some, equal []string
		for i, c := range k.Columns {
			some = append(some, "c."+sqltext.Ident(c)+" IS NOT NULL")
			equal = append(equal, "p."+sqltext.Ident(k.RefColumns[i])+" = c."+sqltext.Ident(c))
		}
		out = append(out, Check{
			Name:  fmt.Sprintf("foreign key %s of %s", k.Name, t.FullName()),
			Wrong: "rows refer to rows that are not there",
			SQL: "SELECT pg_catalog.count(*) FROM " + sqltext.Ident(t.Schema, t.Name) + " c WHERE " +
				strings.Join(some, " AND ") + " AND NOT EXISTS (SELECT FROM " +
				sqltext.Ident(k.RefTable.Schema, k.RefTable.Name) + " p WHERE " + strings.Join(equal, " AND ") + ")",
		})
	})
	return out
}
