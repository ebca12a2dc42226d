package large

import (
	"fmt"
	"strings"
)

// Database is a database as that of a large web application, with the spec that masks it as a draft would: many
// tables, most of them narrow and a few very wide, whose foreign keys lead to a handful of tables that everything
// belongs to. The same Database gives the same texts.
type Database struct {
	// Tables is how many tables there are, ForeignKeys how many foreign keys they have together.
	Tables, ForeignKeys int
	// Rows is how many rows each table has.
	Rows int
	// Plain leaves all columns as they are: nothing is masked.
	Plain bool
}

// Application returns the database of an application with 1,400 tables, 9,700 columns and 1,679 foreign keys.
func Application() Database { return Database{Tables: 1400, ForeignKeys: 1679, Rows: 10} }

// Small returns a database of small tables alone.
func Small(tables int) Database { return Database{Tables: tables, ForeignKeys: tables / 2, Rows: 1} }

// column is a column of a table of the database; mask is "" where it is kept.
type column struct{ name, definition, value, mask string }

// hubs is how many tables the foreign keys of all others lead to.
const hubs = 12

// table returns the name of a table. Names say nothing of what a table holds, and are as long as real ones.
func (d Database) table(n int) string {
	words := []string{"issue", "merge", "project", "package", "vulnerability", "epic", "ci_build", "audit"}
	return fmt.Sprintf("%s_%s_%04d", words[n%len(words)], words[(n/8+3)%len(words)], n)
}

// own returns the columns of a table besides its key, its foreign keys and its times. Of a hundred tables one has
// forty-five columns, nine have twelve, and all others a few.
func (d Database) own(n int) []column {
	kinds := []column{
		{"state", "smallint DEFAULT 0 NOT NULL", "g % 5", ""},
		{"title", "character varying(255)", "'title ' || g", `lorem()`},
		{"active", "boolean DEFAULT true NOT NULL", "g % 2 = 0", ""},
		{"email", "text", "'person' || g || '@mail.example'", `email()`},
		{"weight", "integer", "g", ""},
		{"name", "text", "'Name ' || g", `full_name()`},
		{"settings", "jsonb DEFAULT '{}'::jsonb NOT NULL", "'{\"a\": 1}'::jsonb", ""},
		{"sha", "bytea", "'\\x00ff'::bytea", ""},
		{"note", "text", "repeat('note ', g % 12)", `fixed("****", { keep_null = true })`},
		{"due_date", "date", "date '2020-01-01' + g", ""},
		{"phone", "text", "'+44 1632 ' || lpad(g::text, 6, '0')", `digits({ keep_last = 2 })`},
		{"amount", "numeric(12,2)", "g / 7.0", ""},
		{"ip_address", "inet", "'10.0.0.1'::inet + g", `ip()`},
		{"city", "text", "'City ' || g", `city()`},
		{"position", "bigint", "g", ""},
		{"company", "text", "'Company ' || g", `company()`},
	}
	few := 1 + n%4
	switch {
	case n%100 == 7:
		few = 45
	case n%100 > 90:
		few = 12
	}
	out := make([]column, few)
	for i := range out {
		c := kinds[(n*7+i)%len(kinds)]
		if c.name != "" && i >= len(kinds) {
			c.name = fmt.Sprintf("%s_%d", c.name, i/len(kinds))
		}
		if d.Plain {
			c.mask = ""
		}
		out[i] = c
	}
	return out
}

// references returns the tables that the foreign keys of a table lead to. Each is smaller than n, so that rows can be
// made in the order of the tables.
func (d Database) references(n int) []int {
	if n == 0 {
		return nil
	}
	each := d.ForeignKeys * n / (d.Tables - 1)
	before := d.ForeignKeys * (n - 1) / (d.Tables - 1)
	var out []int
	for k := before; k < each; k++ {
		to := k * k % hubs
		if k%3 == 0 { // one of three leads to another table than those that everything belongs to
			to = k * 31 % n
		}
		out = append(out, min(to, n-1))
	}
	return out
}

// Create returns the statements that make the database.
func (d Database) Create() string {
	var b strings.Builder
	for n := range d.Tables {
		d.createTable(&b, n)
	}
	for n := range d.Tables {
		for i, to := range d.references(n) {
			fmt.Fprintf(&b, "CREATE INDEX index_%s_on_%d ON %[1]s (ref%[2]d_id);\n", d.table(n), i)
			fmt.Fprintf(&b, "ALTER TABLE %s ADD CONSTRAINT fk_%04d_%d FOREIGN KEY (ref%[3]d_id) REFERENCES %s "+
				"ON DELETE CASCADE;\n", d.table(n), n, i, d.table(to))
		}
	}
	b.WriteString("ANALYZE;\n")
	return b.String()
}

func (d Database) createTable(b *strings.Builder, n int) {
	name := d.table(n)
	fmt.Fprintf(b, "CREATE TABLE %s (id bigserial PRIMARY KEY, created_at timestamptz NOT NULL", name)
	into, values := []string{"created_at"}, []string{"timestamptz '2020-01-01' + g * interval '1 day'"}
	for i := range d.references(n) {
		fmt.Fprintf(b, ", ref%d_id bigint NOT NULL", i)
		into, values = append(into, fmt.Sprintf("ref%d_id", i)), append(values, "g")
	}
	for _, c := range d.own(n) {
		fmt.Fprintf(b, ", %s %s", c.name, c.definition)
		into, values = append(into, c.name), append(values, c.value)
		if c.definition == "text" {
			fmt.Fprintf(b, ", CONSTRAINT check_%04d_%s CHECK (char_length(%[2]s) <= 255)", n, c.name)
		}
	}
	b.WriteString(");\n")
	if d.Rows > 0 {
		fmt.Fprintf(b, "INSERT INTO %s (%s) SELECT %s FROM generate_series(1, %d) g;\n", name,
			strings.Join(into, ", "), strings.Join(values, ", "), d.Rows)
	}
}

// Spec returns the blocks that decide every column.
func (d Database) Spec() string {
	var b strings.Builder
	for n := range d.Tables {
		fmt.Fprintf(&b, "table \"public\" %q {\n", d.table(n))
		keep := []string{`"id"`, `"created_at"`}
		for i := range d.references(n) {
			keep = append(keep, fmt.Sprintf("\"ref%d_id\"", i))
		}
		var masked strings.Builder
		for _, c := range d.own(n) {
			if c.mask == "" {
				keep = append(keep, fmt.Sprintf("%q", c.name))
			} else {
				fmt.Fprintf(&masked, "  column %q {\n    mask = %s\n  }\n", c.name, c.mask)
			}
		}
		fmt.Fprintf(&b, "  keep = [%s]\n%s}\n\n", strings.Join(keep, ", "), masked.String())
	}
	return b.String()
}

// Columns returns how many columns the tables have together.
func (d Database) Columns() int {
	total := 0
	for n := range d.Tables {
		total += 2 + len(d.references(n)) + len(d.own(n))
	}
	return total
}
