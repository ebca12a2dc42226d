package schemalock

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
)

// Change is what happened to an object between the lock and the live catalog.
type Change string

const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// Difference is one difference between the lock and the live catalog.
type Difference struct {
	Change Change
	// Table is the table that it is in; the zero Ref for the whole database.
	Table catalog.Ref
	Where string // "column public.customers.phone"
	Words string // "column public.customers.phone (text) was added"
}

// Compare returns how the live catalog differs from the lock, sorted by table and place. Partitions that are like their
// table may come and go; types are only reported if they changed, because columns show the rest.
func Compare(lock, live *Database) []Difference {
	c := &comparison{}
	if lock.Server != live.Server {
		c.add(Changed, "server", "the server was PostgreSQL %d and is %d", lock.Server, live.Server)
	}
	if a, b := selection(lock), selection(live); a != b {
		c.add(Changed, "selection", "the lock has %s, and the spec selects %s", a, b)
	}
	each(list(lock.Schemas, itself), list(live.Schemas, itself), func(name string, _, _ *string, w Change) {
		c.came(w, "schema "+sqltext.Plain(name), "")
	})
	each(list(lock.Extensions, extensionName), list(live.Extensions, extensionName),
		func(name string, was, is *Extension, w Change) {
			c.thing(w, "extension "+sqltext.Plain(name), "", was, is)
		})
	each(lock.Types, live.Types, func(name string, was, is *LockedType, w Change) {
		if w == Changed {
			c.thing(w, "type "+name, "", was, is)
		}
	})
	each(byRef(lock), byRef(live), func(_ string, was, is *located, w Change) {
		one := cmp.Or(is, was)
		c.table = one.ref
		c.tables(was, is, w)
	})
	c.table = catalog.Ref{}
	if lock.Searched && live.Searched {
		was, is := list(lock.Literals, describeLiteral), list(live.Literals, describeLiteral)
		each(was, is, func(name string, _, _ *literal.Literal, w Change) { c.came(w, name, "") })
	}
	slices.SortStableFunc(c.found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Table.Schema, b.Table.Schema), cmp.Compare(a.Table.Name, b.Table.Name))
	})
	return c.found
}

type comparison struct {
	table catalog.Ref
	found []Difference
}

func (c *comparison) add(w Change, where, words string, args ...any) {
	c.found = append(c.found, Difference{Change: w, Table: c.table, Where: where, Words: fmt.Sprintf(words, args...)})
}

func (c *comparison) came(w Change, where, detail string) {
	c.add(w, where, "%s%s %s", where, detail, map[Change]string{Added: "was added", Removed: "is gone"}[w])
}

// thing reports an object that was added, removed or changed, and what changed in it.
func (c *comparison) thing(w Change, where, detail string, was, is any) {
	if w == Changed {
		c.add(w, where, "%s: %s", where, changes(was, is))
		return
	}
	c.came(w, where, detail)
}

func (c *comparison) tables(was, is *located, w Change) {
	where := "table " + c.table.String()
	if w != Changed {
		if one := cmp.Or(is, was); !one.follows() {
			c.came(w, where, "")
		}
		return
	}
	before, now := *was.LockedTable, *is.LockedTable
	if before.Withheld != now.Withheld {
		words := "%s was skipped when the lock was written, which does not describe it"
		if now.Withheld {
			words = "%s is skipped now, but the lock still holds its columns"
		}
		c.add(Changed, where, words, where)
		return
	}
	if was.follows() != is.follows() && before.PartitionOf == now.PartitionOf {
		words := "%s was like %s, and now has columns or constraints of its own"
		if is.follows() {
			words = "%s had columns or constraints of its own, and is now like %s"
		}
		c.add(Changed, where, words, where, before.PartitionOf)
		return
	}
	head := func(t LockedTable) LockedTable { t.Columns, t.Constraints, t.Indexes = nil, nil, nil; return t }
	if a, b := head(before), head(now); !reflect.DeepEqual(a, b) {
		c.thing(Changed, where, "", a, b)
	}
	name := func(kind, name string) string { return kind + " " + c.table.String() + "." + sqltext.Plain(name) }
	lost := len(c.found)
	each(list(before.Columns, columnName), list(now.Columns, columnName),
		func(n string, was, is *LockedColumn, w Change) {
			c.thing(w, name("column", n), " ("+cmp.Or(is, was).Type+")", was, is)
		})
	if order := func(t LockedTable) (out []string) {
		for _, col := range t.Columns {
			out = append(out, col.Name)
		}
		return out
	}; len(c.found) == lost && !slices.Equal(order(before), order(now)) {
		c.add(Changed, where, "%s has its columns in another order", where)
	}
	each(list(before.Constraints, constraintName), list(now.Constraints, constraintName),
		func(n string, was, is *LockedConstraint, w Change) {
			c.thing(w, name("constraint", n), ", "+cmp.Or(is, was).Definition+",", was, is)
		})
	each(list(before.Indexes, indexName), list(now.Indexes, indexName), func(n string, was, is *LockedIndex, w Change) {
		c.thing(w, name("unique index", n), "", was, is)
	})
}

// located is a table with its name.
type located struct {
	*LockedTable
	ref catalog.Ref
}

// follows reports whether a partition is like its parent.
func (l *located) follows() bool { return l.PartitionOf != "" && len(l.Columns) == 0 }

func byRef(d *Database) map[string]located {
	out := map[string]located{}
	for schema, tables := range d.Tables {
		for name, t := range tables {
			ref := catalog.Ref{Schema: schema, Name: name}
			out[ref.String()] = located{t, ref}
		}
	}
	return out
}

// each calls f in order for what is in only one of two maps, or differs.
func each[T any](before, now map[string]T, f func(name string, was, is *T, w Change)) {
	names := slices.Concat(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(now)))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		was, had := before[name]
		is, has := now[name]
		switch {
		case !had:
			f(name, nil, &is, Added)
		case !has:
			f(name, &was, nil, Removed)
		case !reflect.DeepEqual(was, is):
			f(name, &was, &is, Changed)
		}
	}
}

func list[T any](items []T, name func(T) string) map[string]T {
	out := make(map[string]T, len(items))
	for _, item := range items {
		out[name(item)] = item
	}
	return out
}

// describeLiteral returns "a phone number (digest 3fa1) in function public.seed()".
func describeLiteral(l literal.Literal) string {
	return fmt.Sprintf("%s (digest %s) in %s", l.Kind.Title(), l.Digest, l.Where)
}

func itself(s string) string                   { return s }
func extensionName(e Extension) string         { return e.Name }
func columnName(c LockedColumn) string         { return c.Name }
func constraintName(k LockedConstraint) string { return k.Name }
func indexName(i LockedIndex) string           { return i.Name }

func selection(d *Database) string {
	if d.Selected == nil {
		return "all schemas"
	}
	return "the schemas " + strings.Join(d.Selected, ", ")
}

// changes returns which attributes differ, by their names in the file.
func changes(was, is any) string {
	before, now := attributes(was), attributes(is)
	var out []string
	each(before, now, func(name string, was, is *string, _ Change) {
		name = strings.ReplaceAll(name, "_", " ")
		switch {
		case was == nil:
			out = append(out, fmt.Sprintf("%s is %s now", name, *is))
		case is == nil:
			out = append(out, fmt.Sprintf("%s was %s", name, *was))
		default:
			out = append(out, fmt.Sprintf("%s was %s and is %s", name, *was, *is))
		}
	})
	return strings.Join(out, "; ")
}

func attributes(v any) map[string]string {
	raw, _ := compact(v)
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields)
	out := map[string]string{}
	for name, value := range fields {
		out[name] = string(value)
	}
	return out
}
