package large

import (
	"fmt"

	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
)

func domains() map[string]schemalock.LockedType {
	return map[string]schemalock.LockedType{
		"public.site": {
			Kind:     "domain",
			Schema:   "public",
			Name:     "site",
			Category: "S",
			Base:     "text",
			Checks:   []string{"CHECK ((VALUE ~ '^[a-z./*]+$'::text))"},
		},
	}
}

// locked is a table as the catalog has it. Half of its CHECK constraints are of columns that are masked, and each says
// something else: so they are in catalogs, where the name of the column is in them.
func locked(n int) *schemalock.LockedTable {
	t := &schemalock.LockedTable{Columns: []schemalock.LockedColumn{
		{Name: "id", Type: "bigint", NotNull: true},
		{Name: "created_at", Type: "timestamp with time zone", NotNull: true},
		{Name: "status", Type: "text"},
		{Name: "amount", Type: "numeric(12,2)"},
		{Name: "country", Type: "character(2)"},
		{Name: "kind", Type: "integer"},
		{Name: "position", Type: "integer"},
		{Name: "parent_id", Type: "bigint"},
		{Name: "owner_ref", Type: "bigint"},
		{Name: "enabled", Type: "boolean", Default: "true"},
		{Name: "email", Type: "character varying(255)"},
		{Name: "full_name", Type: "text"},
		{Name: "phone", Type: "text"},
		{Name: "birth_date", Type: "date"},
		{Name: "notes", Type: "text"},
		{Name: "login", Type: "character varying(60)"},
		{Name: "ip", Type: "inet"},
		{Name: "code", Type: "text"},
		{Name: "site", Type: "public.site"},
		{Name: "legacy", Type: "text"},
	}}
	add := func(kind, definition string, columns ...string) *schemalock.LockedConstraint {
		t.Constraints = append(t.Constraints, schemalock.LockedConstraint{
			Name:       fmt.Sprintf("%s_c%d", name(n), len(t.Constraints)),
			Kind:       kind,
			Columns:    columns,
			Definition: definition,
		})
		return &t.Constraints[len(t.Constraints)-1]
	}
	add("primary key", "PRIMARY KEY (id)", "id")
	if parent := (n - 1) / 8 * 8; n > 0 {
		schema := schemas()[parent%len(schemas())]
		key := add("foreign key", fmt.Sprintf("FOREIGN KEY (parent_id) REFERENCES %s.%s(id)", schema, name(parent)),
			"parent_id")
		key.RefSchema, key.RefTable, key.RefColumns = schema, name(parent), []string{"id"}
	}
	add("check", "CHECK ((status = ANY (ARRAY['new'::text, 'paid'::text, 'gone'::text])))", "status")
	add("check", fmt.Sprintf("CHECK ((amount >= (%d)::numeric))", n), "amount")
	add("check", fmt.Sprintf("CHECK (((char_length((email)::text) <= %d) AND ((email)::text ~~ '%%@%%'::text)))",
		255+n), "email")
	add("check", fmt.Sprintf("CHECK ((birth_date >= '%d-01-01'::date))", 1000+n%900), "birth_date")
	if n%2 == 0 {
		t.Indexes = append(t.Indexes, schemalock.LockedIndex{
			Name:    name(n) + "_email",
			Columns: []string{""},
			Definition: fmt.Sprintf("CREATE UNIQUE INDEX %s_email ON %s.%s USING btree (lower((email)::text))", name(n),
				schemas()[n%len(schemas())], name(n)),
		})
	}
	if n%5 == 0 {
		t.Indexes = append(t.Indexes, schemalock.LockedIndex{
			Name:    name(n) + "_login",
			Columns: []string{"login"},
			Partial: true,
			Definition: fmt.Sprintf("CREATE UNIQUE INDEX %s_login ON %s.%s USING btree (login) "+
				"WHERE (enabled AND (kind <> %d))", name(n), schemas()[n%len(schemas())], name(n), n),
		})
	}
	return t
}
