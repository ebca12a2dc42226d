package catalog

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// String returns schema.name as people write it, quoted only where needed.
func (r Ref) String() string { return sqltext.Plain(r.Schema) + "." + sqltext.Plain(r.Name) }

// Ref returns the table's name.
func (t *Table) Ref() Ref { return Ref{t.Schema, t.Name} }

// FullName returns schema.name, quoted only where needed.
func (t *Table) FullName() string { return t.Ref().String() }

// Shapes returns the shape of every table of the schemas (nil: all user schemas): a line for each column with all that
// decides how it is copied. It is one query on the system catalogs, to be run in the transaction that exports, with the
// tables locked: there it sees columns that were added after the plan.
func Shapes(ctx context.Context, q Queryer, schemas []string) (map[string]string, error) {
	sql := `SELECT n.nspname::text, c.relname::text, c.relkind::text,
		coalesce((SELECT pn.nspname || '.' || p.relname FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent
			JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid AND c.relispartition LIMIT 1), ''),
		coalesce((SELECT string_agg(format('%I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
			CASE WHEN a.attnotnull THEN ' not null' ELSE '' END,
			CASE a.attgenerated WHEN '' THEN '' ELSE ' generated' END, CASE a.attidentity WHEN '' THEN ''
				ELSE ' identity' END), E'\n' ORDER BY a.attnum)
			FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped), '')
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND ` + userSchema + ` AND ` +
		brought("c.oid") + `
		AND ($1::text[] IS NULL OR n.nspname = ANY($1))`
	rows, err := q.Query(ctx, sql, schemas)
	if err != nil {
		return nil, fmt.Errorf("reading the shapes of the tables: %w", conn.Redact(err))
	}
	shapes := map[string]string{}
	var ref Ref
	var kind, parent, columns string
	_, err = pgx.ForEachRow(rows, []any{&ref.Schema, &ref.Name, &kind, &parent, &columns}, func() error {
		shapes[ref.String()] = "kind " + kind + " of " + parent + "\n" + columns
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading the shapes of the tables: %w", conn.Redact(err))
	}
	return shapes, nil
}

// DiffShapes describes the differences of two results of Shapes: tables and columns that were added, removed or
// changed. It is empty if they are equal.
func DiffShapes(before, after map[string]string) []string {
	var out []string
	for _, name := range union(before, after) {
		old, had := before[name]
		now, has := after[name]
		switch {
		case !had:
			out = append(out, "table "+name+" was added")
		case !has:
			out = append(out, "table "+name+" is gone")
		case old != now:
			out = append(out, diffColumns(name, old, now)...)
		}
	}
	return out
}

func diffColumns(table, old, now string) []string {
	oldHead, before := shapeColumns(old)
	nowHead, after := shapeColumns(now)
	var out []string
	if oldHead != nowHead {
		out = append(out, "table "+table+" changed its kind or its partitioned parent")
	}
	for _, name := range union(before, after) {
		was, had := before[name]
		is, has := after[name]
		switch {
		case !had:
			out = append(out, "column "+table+"."+name+" was added")
		case !has:
			out = append(out, "column "+table+"."+name+" is gone")
		case was != is:
			out = append(out, fmt.Sprintf("column %s.%s was %q and is %q", table, name, was, is))
		}
	}
	if len(out) == 0 {
		out = append(out, "table "+table+" has its columns in another order")
	}
	return out
}

// shapeColumns splits a shape into its first line and its columns by their names, as quote_ident writes them.
func shapeColumns(shape string) (head string, columns map[string]string) {
	head, rest, _ := strings.Cut(shape, "\n")
	columns = map[string]string{}
	for rest != "" {
		end := strings.IndexByte(rest, ' ')
		if rest[0] == '"' {
			end = 1
			for end < len(rest) && (rest[end] != '"' || strings.HasPrefix(rest[end+1:], `"`)) {
				if rest[end] == '"' {
					end++
				}
				end++
			}
			end++
		}
		if end < 0 || end > len(rest) {
			end = len(rest)
		}
		name := rest[:end]
		columns[name], rest, _ = strings.Cut(strings.TrimPrefix(rest[end:], " "), "\n")
	}
	return head, columns
}

func union(a, b map[string]string) []string {
	seen := map[string]bool{}
	for k := range a {
		seen[k] = true
	}
	for k := range b {
		seen[k] = true
	}
	names := make([]string, 0, len(seen))
	for k := range seen {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}
