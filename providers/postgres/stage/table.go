package stage

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
	"github.com/shoji-pg/shoji/spec"
)

// Ways are who writes and who reads the objects of a refresh, each server or client, with the schema of aws_s3 where it
// is a server.
type Ways struct {
	Export       spec.Way `json:"export"`
	Import       spec.Way `json:"import"`
	ExportSchema string   `json:"export_schema,omitempty"`
	ImportSchema string   `json:"import_schema,omitempty"`
}

// Compression is how the client packs what it writes. What a server reads is gzip with a Content-Encoding, which is all
// that aws_s3 unpacks; what a server writes is not packed.
type Compression string

const (
	Plain Compression = ""
	Gzip  Compression = "gzip"
	Zstd  Compression = "zstd"
)

// Table is all that is needed to stage the rows of one table, and to load them again; it is what a plan's steps carry.
type Table struct {
	transfer.Table
	Ways
	// Stem is what the names of all objects of the table begin with: "public.customers".
	Stem        string      `json:"stem"`
	Compression Compression `json:"compression,omitempty"`
	// RangeBytes is what one object holds at most, as far as that can be told; 0 keeps the table whole.
	RangeBytes int64 `json:"range_bytes,omitempty"`
	ReadBack   bool  `json:"read_back,omitempty"`
}

// RangeBytes is how much of a table one object holds unless said otherwise. A server splits what comes to more than
// about 6 GB, and text can be several times as large as the table; ranges are also what several connections work on.
const RangeBytes = 1 << 30

// maxRows is less than what the server counts rows in (32 bits with a sign).
const maxRows = 1 << 30

// rowsPerPage is the most that a page of 8 kB has room for (MaxHeapTuplesPerPage).
const rowsPerPage = 291

// NewTable returns the staging of a decided table. version is the source's, size how much one object holds.
func NewTable(t *decide.Table, w Ways, version int, size int64) Table {
	out := Table{
		Table:       transfer.NewTable(t, w.Import == spec.WayClient),
		Ways:        w,
		Stem:        Encode(t.Source.Schema) + "." + Encode(t.Source.Name),
		Compression: Zstd,
	}
	switch {
	case w.Export == spec.WayServer:
		out.Compression = Plain
	case w.Import == spec.WayServer:
		out.Compression = Gzip
	}
	if w.Export == spec.WayServer || w.Import == spec.WayServer {
		out.Table = out.InFormat("text", w.Import == spec.WayClient)
	}
	// no scan of a range of TIDs: every range would read the whole table, so only what cannot be counted is cut
	if version < 140000 {
		size = maxRows / rowsPerPage * 8192
	}
	if t.Source.Pages*8192 > size || t.Source.Bytes > size {
		out.RangeBytes = size
	}
	return out
}

// As returns the loading of what was exported already, in the format that it has.
func (t Table) As(r *Record) Table {
	t.Compression = r.Compression
	t.Table = t.InFormat(r.Format, t.Import == spec.WayClient)
	return t
}

// extension of the objects' names.
func (t *Table) extension() string {
	return map[Compression]string{Plain: "", Gzip: ".gz", Zstd: ".zst"}[t.Compression]
}

// Object names the object of a range, counted from 1.
func (t *Table) Object(n int) string { return fmt.Sprintf("%s.%04d%s", t.Stem, n, t.extension()) }

// RecordName names the object that says what was exported of the table.
func (t *Table) RecordName() string { return t.Stem + ".json" }

// partName names what the server makes of an object that is too large for one.
func partName(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s_part%d", name, n)
}

// within limits the SELECT to pages; "" stands for no limit.
func (t *Table) within(from, to string) string {
	var limits []string
	if from != "" {
		limits = append(limits, "ctid >= '("+from+",0)'::pg_catalog.tid")
	}
	if to != "" {
		limits = append(limits, "ctid < '("+to+",0)'::pg_catalog.tid")
	}
	if limits == nil {
		return t.Select
	}
	word := " WHERE "
	if t.Where != "" {
		word = " AND "
	}
	return t.Select + word + strings.Join(limits, " AND ")
}

// pages are what a table is cut by: those of the table, and all that it takes with what is stored beside it, in bytes.
func (t *Table) pages() string {
	table := sqltext.Literal(sqltext.Ident(t.Schema, t.Name))
	return "SELECT pg_catalog.pg_relation_size(" + table +
		") / pg_catalog.current_setting('block_size')::bigint, pg_catalog.pg_table_size(" + table + ")"
}

// plannedSelect is the SELECT as a plan shows it: which pages, the run finds out.
func (t *Table) plannedSelect() string {
	if t.RangeBytes == 0 {
		return t.Select
	}
	return t.within("first page of the range", "first page of the next")
}

// ExportStatements returns what the source runs, as the plan shows it.
func (t *Table) ExportStatements(on string, at Place) []engine.Statement {
	var out []engine.Statement
	read := engine.Statement{On: on, Text: copyOut(t.plannedSelect(), t.Format)}
	switch {
	case t.Empty():
		read.Text = t.countRows()
	case t.Export == spec.WayServer:
		read.Text, read.ByServer = exportSQL(t.ExportSchema, t.plannedSelect(), at, t.Object(1)), true
	}
	if !t.Empty() && t.RangeBytes > 0 {
		out = append(out, engine.Statement{On: on, Text: t.pages()})
	}
	for _, text := range t.Reading(read.Text) {
		s := engine.Statement{On: on, Text: text}
		if text == read.Text {
			s = read
		}
		out = append(out, s)
	}
	return out
}

func copyOut(query, format string) string {
	return "COPY (" + query + ") TO STDOUT (FORMAT " + format + ")"
}

// countRows is for tables of which no column crosses.
func (t *Table) countRows() string { return "SELECT pg_catalog.count(*) FROM (" + t.Select + ") r" }

// ImportStatements returns what the target runs after it emptied the table, as the plan shows it. record is nil before
// the export.
func (t *Table) ImportStatements(on string, at Place, record *Record) []engine.Statement {
	if t.Empty() {
		return []engine.Statement{{On: on, Text: t.insertDefault()}}
	}
	if t.Import != spec.WayServer {
		return []engine.Statement{{On: on, Text: t.CopyIn}}
	}
	names := []string{t.Object(1)}
	if record != nil {
		names = nil
		for _, r := range record.Ranges {
			for _, f := range r.Files {
				names = append(names, f.Name)
			}
		}
	}
	out := make([]engine.Statement, len(names))
	for i, name := range names {
		out[i] = engine.Statement{On: on, Text: t.importSQL(at, name), ByServer: true}
	}
	return out
}

func (t *Table) insertDefault() string {
	return "INSERT INTO " + sqltext.Ident(t.Schema, t.Name) + " DEFAULT VALUES"
}

func (t *Table) importSQL(at Place, name string) string {
	columns := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		columns[i] = c.Name
	}
	return importSQL(t.ImportSchema, sqltext.Ident(t.Schema, t.Name), columns, at, name)
}

// Puts are the objects that an export writes, and Gets those that an import reads, as the plan shows them. What a
// server does stands in its statement.
func (t *Table) Puts(at Place) []string {
	var out []string
	if t.Export != spec.WayServer && !t.Empty() {
		out = append(out, "PutObject "+at.URL(t.Object(1))+t.more())
	}
	return append(out, "PutObject "+at.URL(t.RecordName()))
}

// Gets is described with Puts.
func (t *Table) Gets(at Place, r *Record) []string {
	var out []string
	if r == nil {
		out = append(out, "GetObject "+at.URL(t.RecordName()))
	}
	switch {
	case t.Empty() || t.Import == spec.WayServer:
	case r == nil:
		out = append(out, "GetObject "+at.URL(t.Object(1))+t.more())
	default:
		for _, f := range r.Files() {
			out = append(out, "GetObject "+at.URL(f.Name))
		}
	}
	return out
}

// more says that there are other objects of the same kind.
func (t *Table) more() string {
	if t.RangeBytes == 0 {
		return ""
	}
	return ", and so on, one for each range of pages"
}
