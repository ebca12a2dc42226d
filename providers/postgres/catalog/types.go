package catalog

import (
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/spec/mask"
)

// typeRow is one row of pg_type with its labels, checks and fields.
type typeRow struct {
	schema, name, formatted string
	kind, category          byte
	elem, base              uint32
	baseMod                 int32
	baseFormatted           string
	notNull                 bool
	labels, checks          []string
	fields                  []field
}

// field is one attribute of a composite type.
type field struct {
	name, formatted string
	oid             uint32
	typmod          int32
}

func (r *reader) readTypes() error {
	r.types = map[uint32]typeRow{}
	multirange, join := "0", ""
	if r.c.Server.VersionNum >= 140000 {
		multirange, join = "m.rngtypid", " LEFT JOIN pg_range m ON m.rngmultitypid = t.oid"
	}
	err := r.each(`SELECT t.oid, n.nspname::text, t.typname::text, format_type(t.oid, NULL), t.typtype::text,
		t.typcategory::text,
		CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 AND t.typlen = -1 THEN t.typelem ELSE coalesce(g.rngsubtype, `+
		multirange+`, 0) END,
		t.typbasetype, t.typtypmod, CASE WHEN t.typbasetype <> 0 THEN format_type(t.typbasetype, t.typtypmod)
			ELSE '' END, t.typnotnull,
		coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e
			WHERE e.enumtypid = t.oid), '{}'),
		coalesce((SELECT array_agg(pg_get_constraintdef(k.oid) ORDER BY k.conname) FROM pg_constraint k
			WHERE k.contypid = t.oid AND k.contype = 'c'), '{}')
		FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
		LEFT JOIN pg_range g ON g.rngtypid = t.oid`+join+`
		WHERE t.typtype <> 'c' OR c.relkind = 'c' OR n.nspname <> 'pg_catalog'`, r.scanType)
	if err != nil {
		return err
	}
	return r.readFields()
}

// readFields reads the fields of composite types: of those declared as types, and of tables whose row type a column
// has.
func (r *reader) readFields() error {
	return r.each(`SELECT t.oid, a.attname::text, a.atttypid, a.atttypmod, format_type(a.atttypid, a.atttypmod)
		FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid JOIN pg_namespace n ON n.oid = t.typnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped AND `+userSchema+`
		AND (c.relkind = 'c' OR t.oid IN (SELECT atttypid FROM pg_attribute) OR t.typarray IN (SELECT atttypid
			FROM pg_attribute))
		ORDER BY t.oid, a.attnum`, func(rows pgx.Rows) error {
		var oid uint32
		var f field
		if err := rows.Scan(&oid, &f.name, &f.oid, &f.typmod, &f.formatted); err != nil {
			return err
		}
		if row, ok := r.types[oid]; ok {
			row.fields = append(row.fields, f)
			r.types[oid] = row
		}
		return nil
	})
}

func (r *reader) scanType(rows pgx.Rows) error {
	var oid uint32
	var t typeRow
	var kind, category string
	err := rows.Scan(&oid, &t.schema, &t.name, &t.formatted, &kind, &category, &t.elem, &t.base, &t.baseMod,
		&t.baseFormatted, &t.notNull, &t.labels, &t.checks)
	if err != nil {
		return err
	}
	t.kind, t.category = kind[0], category[0]
	r.types[oid] = t
	return nil
}

// resolve returns the type of a column, with the types that domains and arrays are made of.
func (r *reader) resolve(oid uint32, typmod int32, formatted string) mask.Type {
	row, ok := r.types[oid]
	if !ok {
		return mask.Type{Schema: "unknown", Name: formatted, Formatted: formatted, Kind: 'p'}
	}
	t := mask.Type{
		Schema:    row.schema,
		Name:      row.name,
		Formatted: formatted,
		Kind:      row.kind,
		Category:  row.category,
		Labels:    row.labels,
		Checks:    row.checks,
		NotNull:   row.notNull,
	}
	if t.Formatted == "" {
		t.Formatted = row.formatted
	}
	applyModifier(&t, typmod)
	if row.elem != 0 && row.kind != 'd' {
		if row.kind == 'r' || row.kind == 'm' { // they have no modifier to pass on
			typmod = -1
		}
		elem := r.resolve(row.elem, typmod, elementFormatted(formatted))
		t.Elem = &elem
	}
	for _, f := range row.fields { // a type cannot contain itself
		t.Fields = append(t.Fields, mask.Field{Name: f.name, Type: r.resolve(f.oid, f.typmod, f.formatted)})
	}
	if row.base != 0 {
		base := r.resolve(row.base, row.baseMod, row.baseFormatted)
		t.Base = &base
	}
	return t
}

// elementFormatted removes the [] that format_type adds to the type of an array.
func elementFormatted(formatted string) string {
	if n := len(formatted); n > 2 && formatted[n-2:] == "[]" {
		return formatted[:n-2]
	}
	return ""
}

// applyModifier reads atttypmod: n+4 for varchar(n) and char(n), n for bit(n), and
// (precision<<16 | scale)+4 for numeric (src/backend/utils/adt/numeric.c, make_numeric_typmod).
func applyModifier(t *mask.Type, typmod int32) {
	if typmod < 0 || t.Schema != "pg_catalog" {
		return
	}
	switch t.Name {
	case "varchar", "bpchar", "_varchar", "_bpchar":
		t.MaxLength = int(typmod - 4)
	case "bit", "varbit":
		t.MaxLength = int(typmod)
	case "numeric":
		t.Precision = int((typmod - 4) >> 16 & 0xffff)
		t.Scale = int((typmod-4)&0x7ff^1024) - 1024
	}
}
