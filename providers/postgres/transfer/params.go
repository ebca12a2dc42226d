// Package transfer moves rows from a source to a target: several connections on one exported snapshot, each masked
// SELECT streamed as COPY into the table that it fills. Raw values never leave the source: what crosses is what the
// SELECT gives.
package transfer

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Table is all that is needed to move the rows of one table; it is what a plan's step carries.
type Table struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	// PartitionOf is the table that this one is a partition of, as "schema.name"; "" for none.
	PartitionOf string `json:"partition_of,omitempty"`
	// Select is what the source runs, CopyIn what the target does. Format is binary or text.
	Select string `json:"select"`
	CopyIn string `json:"copy_in"`
	Format string `json:"format"`
	// Rows is how many rows are expected to cross, for progress; -1 where unknown.
	Rows    int64    `json:"rows,omitempty"`
	Columns []Column `json:"columns"`
	// FillPath are the schemas in which functions on the target find what they do not name in full as rows are written,
	// ReadPath those in which they do on the source, as the SELECT is planned.
	FillPath []string `json:"fill_path,omitempty"`
	ReadPath []string `json:"read_path,omitempty"`
	// Exact says that reading the table back gives the very bytes that were written.
	Exact bool `json:"exact"`
	// Where is the condition of the rows that cross, to find a mask that fails on some row.
	Where string `json:"where,omitempty"`
	// Extension is the one that brings the table, "" for none; Own is the condition of the rows that are not the
	// extension's, "" for all.
	Extension string      `json:"extension,omitempty"`
	Own       string      `json:"own,omitempty"`
	Range     *diag.Range `json:"range,omitempty"`
}

// Column is one column that crosses, with what is needed to say which mask failed, and to check that it worked.
type Column struct {
	Name string `json:"name"`
	Mask string `json:"mask,omitempty"` // as written; "" for keep
	SQL  string `json:"sql,omitempty"`
	// Check says how verification looks for raw values: "row" beside the row's key, "value" anywhere, "" not.
	Check string `json:"check,omitempty"`
	Key   bool   `json:"key,omitempty"` // of the kept key by which rows are told apart
	// Output stands before and after a value to make it text where that is no plain cast.
	Output []string `json:"output,omitempty"`
	// Expect, Form and MinChanged say when a mask changes too little.
	Expect     Expectation `json:"expect,omitempty"`
	Form       Form        `json:"form,omitempty"`
	MinChanged *float64    `json:"min_changed,omitempty"`
	Range      *diag.Range `json:"range,omitempty"`
}

// NewTable returns the transfer of a decided table. freeze is for tables that are emptied in the same transaction
// (manual, COPY, FREEZE).
func NewTable(t *decide.Table, freeze bool) Table {
	out := Table{
		Schema:      t.Source.Schema,
		Name:        t.Source.Name,
		PartitionOf: t.Source.PartitionOf,
		Select:      t.Select(),
		Format:      "text",
		Exact:       true,
		Where:       t.Condition(),
		Own:         t.Own(),
		Rows:        t.ExpectedRows(),
		FillPath:    t.FillPath,
		ReadPath:    t.ReadPath,
		Range:       t.Range,
	}
	if c := t.Source.Configuration; c != nil {
		// Its pages are not new, and rows may fill the gaps that others left: reading it back gives another order.
		out.Extension, out.Exact = c.Extension, false
	}
	crossing := t.Crossing()
	if binary(crossing) {
		out.Format = "binary"
	}
	key := keptKey(t)
	for _, c := range crossing {
		col := Column{Name: c.Name, Key: key[c.Name], Range: c.Range}
		if col.Key || c.Decision == decide.Masked {
			col.Output = output(c.Type)
		}
		if c.Decision == decide.Masked {
			col.Mask, col.SQL, col.Check = c.Mask.Text, c.Expr.SQL, check(c, len(key) > 0)
			col.measure(c)
			out.Exact = out.Exact && !coerces(c.Type.Underlying())
		}
		out.Columns = append(out.Columns, col)
	}
	out.CopyIn = out.copyIn(freeze)
	return out
}

// Clear returns the statement that removes the rows that the copied ones replace, in the same transaction. Of an
// extension's table the rows stay that the extension brings.
func (t *Table) Clear() string {
	table := sqltext.Ident(t.Schema, t.Name)
	switch {
	case t.Extension == "":
		return "TRUNCATE TABLE ONLY " + table
	case t.Own == "":
		return "DELETE FROM ONLY " + table
	}
	return "DELETE FROM ONLY " + table + " WHERE (" + t.Own + ")"
}

func (t *Table) copyIn(freeze bool) string {
	sql := "COPY " + sqltext.Ident(t.Schema, t.Name)
	if len(t.Columns) > 0 {
		sql += " (" + sqltext.Idents(t.names()) + ")"
	}
	sql += " FROM STDIN (FORMAT " + t.Format
	if freeze && t.Extension == "" { // its table is not truncated
		sql += ", FREEZE"
	}
	return sql + ")"
}

// InFormat returns the same transfer in a format of COPY. What the types do not allow as binary must not be made
// binary.
func (t *Table) InFormat(format string, freeze bool) Table {
	out := *t
	out.Format = format
	out.CopyIn = out.copyIn(freeze)
	return out
}

// ReadBack is what the target runs to give the rows as they were written.
func (t *Table) ReadBack() string {
	return "COPY (SELECT " + sqltext.Idents(t.names()) + " FROM ONLY " + sqltext.Ident(t.Schema, t.Name) +
		") TO STDOUT (FORMAT " + t.Format + ")"
}

func (t *Table) names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

// Uncompared returns what a run says of rows that cannot be read back as they were written.
func (t *Table) Uncompared() string {
	why := "a masked column's type changes the form of what it stores"
	if t.Extension != "" {
		why = "the table is shared with extension " + sqltext.Plain(t.Extension)
	}
	return "the rows of " + t.Schema + "." + t.Name + " were counted, not compared: " + why
}

// Reading returns a statement that reads the table on the source, with those around it that set the search_path;
// Finding does so for the target.
func (t *Table) Reading(sql string) []string { return around(sql, t.ReadPath) }
func (t *Table) Finding(sql string) []string { return around(sql, t.FillPath) }

func around(sql string, path []string) []string {
	if path == nil || sql == "" {
		return []string{sql}
	}
	return []string{sqltext.SetPath(path...), sql, sqltext.SetPath()}
}

// within calls f while a session looks for names in the schemas of a path. After a failure of the server's, the session
// is only good to be closed.
func within(ctx context.Context, c *pgx.Conn, path []string, f func() error) error {
	if path == nil {
		return f()
	}
	if _, err := c.Exec(ctx, sqltext.SetPath(path...)); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	_, err := c.Exec(ctx, sqltext.SetPath())
	return err
}

// inFull writes a query in which nothing is found by a path but what functions of the tables call. Qualified says, as a
// refresh is planned, where that cannot be.
func inFull(sql string, path []string) string {
	if path == nil {
		return sql
	}
	if qualified, err := sqltree.Qualify(sql); err == nil {
		return qualified
	}
	return sql
}

// CopyOut is what the source runs.
func (t *Table) CopyOut() string {
	return "COPY (" + t.Select + ") TO STDOUT (FORMAT " + t.Format + ")"
}

// Masked reports whether a column is masked.
func (t *Table) Masked() bool { return len(t.masked()) > 0 }

// Shared returns what the statements of the table have in common with those of others: the masks, and the lists of
// words in them.
func (t *Table) Shared() []string {
	var out []string
	for _, c := range t.masked() {
		out = append(out, c.SQL)
		// Between quotes are constants. Where something else is, it is a piece of the text as well.
		for piece := range strings.SplitSeq(c.SQL, "'") {
			if len(piece) >= longConstant {
				out = append(out, piece)
			}
		}
	}
	return out
}

// longConstant is the length from which a constant of a mask is a list of words.
const longConstant = 200

// Verified returns what verification needs of the table.
func (t *Table) Verified() Table {
	out := *t
	out.Select, out.CopyIn = "", ""
	out.Columns = nil
	for _, c := range t.Columns {
		if c.Mask == "" && !c.Key {
			continue
		}
		if c.Mask == "" {
			c.Range = nil
		}
		out.Columns = append(out.Columns, c)
	}
	return out
}

// Empty reports whether no column crosses: all are generated, or there are none. COPY cannot carry such rows.
func (t *Table) Empty() bool { return len(t.Columns) == 0 }

// keptKey returns the columns of the primary key where all of them are kept.
func keptKey(t *decide.Table) map[string]bool {
	kept := map[string]bool{}
	for _, c := range t.Columns {
		kept[c.Name] = c.Decision == decide.Kept
	}
	for _, i := range t.Source.Indexes {
		if !i.Primary {
			continue
		}
		key := map[string]bool{}
		for _, name := range i.Columns {
			if !kept[name] {
				return nil
			}
			key[name] = true
		}
		return key
	}
	return nil
}

// check chooses how raw values are looked for: beside the row's key where that is kept, for every mask that gives the
// same result twice; else anywhere, where the mask's results cannot meet a raw value of another row by chance.
func check(c decide.Column, keyed bool) string {
	switch e := c.Expr; {
	case !e.Deterministic:
		return ""
	case keyed:
		return "row"
	case !e.MayEqualRaw && e.Unique != mask.Lossy && e.Strength >= mask.Pseudonym:
		return "value"
	}
	return ""
}

// coerces reports whether storing a value may change its form: char(n) pads, a precision rounds.
func coerces(t mask.Type) bool {
	return t.Name == "bpchar" || t.Precision > 0 || t.Name == "bit" ||
		strings.Contains(t.Formatted, "(") && t.Category != 'S'
}

// binary reports whether every column has the same binary form on any server of 13 to 18: the types of pg_catalog with
// a binary form of their own, enums by their labels, domains and arrays and ranges over those. Composite types and
// arrays of user-defined ones carry OIDs, which differ from database to database.
func binary(columns []decide.Column) bool {
	for _, c := range columns {
		if !binaryType(c.Type.Underlying()) {
			return false
		}
	}
	return true
}

func binaryType(t mask.Type) bool {
	if t.Kind == 'e' {
		return true
	}
	if t.Schema != "pg_catalog" {
		return false
	}
	if t.Elem != nil {
		return t.Elem.Schema == "pg_catalog" && binaryType(*t.Elem)
	}
	switch strings.TrimPrefix(t.Name, "_") {
	case "bool", "bytea", "char", "name", "int8", "int2", "int4", "text", "json", "xml", "float4", "float8", "money",
		"macaddr", "macaddr8", "inet", "cidr", "bpchar", "varchar", "date", "time", "timestamp", "timestamptz",
		"interval", "timetz", "bit", "varbit", "numeric", "uuid", "jsonb", "tsvector", "tsquery", "int4range",
		"int8range", "numrange", "daterange", "tsrange", "tstzrange", "point", "line", "lseg", "box", "path",
		"polygon", "circle", "oid", "pg_lsn":
		return true
	}
	return false
}
