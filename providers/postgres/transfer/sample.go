package transfer

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// longest is how many characters of a text are compared but for case and blanks, or looked for within their result:
// beyond that only equality counts, so that a large document costs no multiple of itself.
const longest = 4096

// Sample returns the query that the source answers with what the masks do to a sample of at most size rows: one column
// for each that is masked, a letter for what became of the value and a keyed digest. No value leaves the source. It is
// "" where no column is masked.
func (t *Table) Sample(size int) string {
	masked := t.masked()
	if len(masked) == 0 {
		return ""
	}
	var inner, outer []string
	for i, k := range t.keys() {
		inner = append(inner, fmt.Sprintf("%s AS k%d", k.text(sqltext.Ident(k.Name)), i))
	}
	for i, c := range masked {
		inner = append(inner,
			fmt.Sprintf("%s AS r%d", c.comparable(sqltext.Ident(c.Name)), i),
			fmt.Sprintf("%s AS m%d", c.comparable("("+c.SQL+")"), i))
		outer = append(outer, t.state(c, i))
	}
	sample := ""
	// A few blocks can hold no row of those that a condition takes.
	if percent := 200 * float64(size) / float64(max(t.Rows, 1)); percent < 50 && t.Where == "" {
		sample = fmt.Sprintf(" TABLESAMPLE SYSTEM (%.6f)", percent)
	}
	where := ""
	if t.Where != "" {
		where = " WHERE (" + t.Where + ")"
	}
	// The limit keeps each mask from being computed once for every mention of its result.
	return inFull(fmt.Sprintf("SELECT %s FROM (SELECT %s FROM ONLY %s%s%s LIMIT %d) AS s", strings.Join(outer, ", "),
		strings.Join(inner, ", "), sqltext.Ident(t.Schema, t.Name), sample, where, size), t.ReadPath)
}

// Qualified returns an error where a table that is read with a search_path cannot be sampled by a query that names in
// full what it calls.
func Qualified(t *decide.Table) error {
	table := NewTable(t, false)
	table.ReadPath = nil
	if sql := table.Sample(1); sql != "" {
		if _, err := sqltree.Qualify(sql); err != nil {
			return fmt.Errorf("looking for raw values: %w", err)
		}
	}
	return nil
}

// SharedSamples returns what the samples of the table have in common with those of others.
func (t *Table) SharedSamples() []string {
	out := t.Shared()
	for i, c := range t.masked() {
		out = append(out, t.state(c, i))
	}
	return out
}

// masked are the columns with a mask, keys those of the kept key by which rows are told apart.
func (t *Table) masked() []Column { return t.columns(func(c Column) bool { return c.Mask != "" }) }
func (t *Table) keys() []Column   { return t.columns(func(c Column) bool { return c.Key }) }

func (t *Table) columns(which func(Column) bool) []Column {
	var out []Column
	for _, c := range t.Columns {
		if which(c) {
			out = append(out, c)
		}
	}
	return out
}

// comparable writes a value so that those which a reader takes for the same are the same text.
func (c Column) comparable(value string) string {
	if c.Form == JSON {
		return mask.Storable(value) + "::text"
	}
	return c.text(value)
}

// text writes the text of a value of the column's type, with the code of PostgreSQL alone: see mask.Type.Text.
func (c Column) text(value string) string {
	if c.Output == nil {
		return value + "::text"
	}
	return c.Output[0] + value + c.Output[1]
}

// output returns what stands around a value of a type to make it text; nil for a plain cast.
func output(t mask.Type) []string {
	text := t.Text("\x00")
	if u := t.Underlying(); u.Name != "json" && u.Name != "jsonb" { // which are compared as documents
		text = t.Encodable(text)
	}
	before, after, _ := strings.Cut(text, "\x00")
	if before == "" && after == "::text" {
		return nil
	}
	return []string{before, after}
}

// state writes what became of the value of masked column i: r is what it was, m what it is now.
func (t *Table) state(c Column, i int) string {
	r, m := "s.r"+strconv.Itoa(i), "s.m"+strconv.Itoa(i)
	same, held := c.same(r, m), "false"
	if c.Expect == Change || c.Expect == Selected {
		held = c.held(r, m)
	}
	unchanged := digest(r)
	changed := "'" + string(stateChanged) + "'"
	switch c.Check {
	case "row":
		var keys []string
		for k := range t.keys() {
			keys = append(keys, "s.k"+strconv.Itoa(k))
		}
		changed += " || " + digest(r, keys...)
	case "value":
		changed += " || " + unchanged
	}
	return fmt.Sprintf("CASE WHEN %s IS NULL OR %s IN ('', '{}', '[]', 'null') THEN '%c' WHEN %s THEN '%c' || %s "+
		"WHEN %s THEN '%c' || %s ELSE %s END",
		r, r, stateNull, same, stateUnchanged, unchanged, held, stateHeld, unchanged, changed)
}

const (
	// plain writes a text without case and blanks, core a text form without the brackets around it.
	plain = `pg_catalog.lower(pg_catalog.regexp_replace(%s, '\s+', '', 'g'))`
	core  = `pg_catalog.btrim(%s, '{}()[]"\x')`
	// numbers guards casts of text forms: money has another, and NaN and infinity compare as texts.
	numbers = "%s ~ '^[-+.0-9eE]+$' AND %s ~ '^[-+.0-9eE]+$'"
)

// same writes whether m is what r was, as a reader sees it.
func (c Column) same(r, m string) string {
	switch c.Form {
	case Number:
		return fmt.Sprintf("(%s = %s OR CASE WHEN "+numbers+" THEN %s::numeric = %s::numeric END)", r, m, r, m, r, m)
	case Text:
		return fmt.Sprintf("(%s = %s OR %s AND %s = %s)", r, m, short(r), fmt.Sprintf(plain, r), fmt.Sprintf(plain, m))
	}
	return r + " = " + m
}

// held writes whether all of r is in m.
func (c Column) held(r, m string) string {
	within := func(part, of string) string {
		return fmt.Sprintf("(pg_catalog.char_length(%s) >= 4 AND %s AND pg_catalog.strpos(%s, %s) > 0)", part, short(r),
			of, part)
	}
	switch c.Form {
	case Text:
		return within("pg_catalog.lower("+r+")", "pg_catalog.lower("+m+")")
	case Number:
		return fmt.Sprintf("(CASE WHEN "+numbers+
			" THEN pg_catalog.abs(%s::numeric - %s::numeric) < pg_catalog.abs(%s::numeric) / 1000000 END)",
			r, m, m, r, r)
	case JSON:
		return fmt.Sprintf("(%s OR %s AND %s::jsonb @> %s::jsonb)", within(r, m), short(r), m, r)
	case Exact:
		return within(fmt.Sprintf(core, r), m)
	}
	return "false"
}

func short(r string) string { return fmt.Sprintf("pg_catalog.char_length(%s) <= %d", r, longest) }

// digest writes the keyed digest of a value, together with the texts of its row's key where there are any.
func digest(value string, keys ...string) string {
	parts := append([]string{"pg_catalog.current_setting('" + VerifySetting + "')"}, append(keys, value)...)
	return "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws(pg_catalog.chr(31), " +
		strings.Join(parts, ", ") + "), 'UTF8')), 'hex')"
}

// sample has the source answer the query of a table.
func (t *Table) sample(ctx context.Context, source *pgx.Conn, size int) ([]*effect, error) {
	masked := t.masked()
	effects := make([]*effect, len(masked))
	into := make([]any, len(masked))
	said := make([]string, len(masked))
	for i, c := range masked {
		effects[i] = &effect{different: map[string]bool{}}
		effects[i].Schema, effects[i].Table, effects[i].Column, effects[i].Mask = t.Schema, t.Name, c.Name, c.Mask
		into[i] = &said[i]
	}
	rows, err := source.Query(ctx, t.Sample(size))
	if err != nil {
		return nil, err
	}
	_, err = pgx.ForEachRow(rows, into, func() error {
		for i := range masked {
			effects[i].count(said[i], masked[i].Expect)
		}
		return nil
	})
	return effects, err
}
