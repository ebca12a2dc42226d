package transfer

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Sequence is a sequence whose state a refresh copies.
type Sequence struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	// Table and Column own it, where one does. They give the value where the sequence itself may not be read on the
	// source.
	Table    string `json:"table,omitempty"`
	TableIn  string `json:"table_schema,omitempty"`
	Column   string `json:"column,omitempty"`
	Readable bool   `json:"readable"`
	// Value is the source's, where that was read before; nil means that it has yet to be read.
	Value *SequenceValue `json:"value,omitempty"`
}

// SequenceValue is the state of a sequence.
type SequenceValue struct {
	Last   int64 `json:"last_value"`
	Called bool  `json:"is_called"`
}

// NewSequence returns a sequence of the source. values are the states that were exported with the rows; nil means that
// the source itself is read.
func NewSequence(q catalog.Sequence, values map[catalog.Ref]SequenceValue) Sequence {
	s := Sequence{
		Schema:   q.Schema,
		Name:     q.Name,
		Table:    q.OwnedBy.Name,
		TableIn:  q.OwnedBy.Schema,
		Column:   q.OwnedColumn,
		Readable: q.Selectable,
	}
	if v, ok := values[catalog.Ref{Schema: q.Schema, Name: q.Name}]; ok {
		s.Value = &v
	} else if values != nil {
		s.Readable = false // it was not when the rows were exported
	}
	return s
}

// FromSource reports whether the value has yet to be read from the source.
func (s Sequence) FromSource() bool { return s.Readable && s.Value == nil }

// ReadSQL returns the query that reads the sequence on the source.
func (s Sequence) ReadSQL() string {
	return "SELECT last_value, is_called FROM " + sqltext.Ident(s.Schema, s.Name)
}

// SetSQL returns the statement that sets the sequence on the target, as a plan shows it; "" where the sequence stays at
// its start.
func (s Sequence) SetSQL() string {
	switch {
	case s.Value != nil:
		return fmt.Sprintf("SELECT pg_catalog.setval(%s, %d, %t)", s.regclass(), s.Value.Last, s.Value.Called)
	case s.Readable:
		return "SELECT pg_catalog.setval(" + s.regclass() + ", (last_value), (is_called))"
	case s.Column != "":
		return s.setFromRowsSQL()
	}
	return ""
}

// setFromRowsSQL returns the statement that sets a sequence to the largest value of its column, or to the smallest
// where it counts down. Without rows it stays at its start.
func (s Sequence) setFromRowsSQL() string {
	column, table := sqltext.Ident(s.Column), sqltext.Ident(s.TableIn, s.Table)
	return "SELECT pg_catalog.setval(" + s.regclass() +
		", v::bigint, true) FROM (SELECT CASE WHEN seqincrement > 0 THEN (SELECT max(" + column + ") FROM " + table +
		") ELSE (SELECT min(" + column + ") FROM " + table +
		") END AS v, seqmin, seqmax FROM pg_catalog.pg_sequence WHERE seqrelid = " +
		s.regclass() + "::pg_catalog.regclass) AS s WHERE v BETWEEN seqmin AND seqmax"
}

func (s Sequence) regclass() string {
	return strings.TrimSpace(sqltext.Literal(sqltext.Ident(s.Schema, s.Name)))
}

// SetSequences copies the state of sequences. source may be nil where no value has to be read. last_value and is_called
// are taken as they are, so that a sequence past its maximum fails on the copy as it does on the source. A transaction
// that is open on the target stays open.
func SetSequences(ctx context.Context, source, target *pgx.Conn, sequences []Sequence) error {
	var known []Sequence
	for _, s := range sequences {
		switch {
		case s.Readable || s.Value != nil:
			known = append(known, s)
		case s.Column != "":
			if _, err := target.Exec(ctx, s.setFromRowsSQL()); err != nil {
				return fmt.Errorf("setting sequence %s from its rows: %w", sqltext.Ident(s.Schema, s.Name),
					conn.Redact(err))
			}
		}
	}
	const atOnce = 200
	for part := range slices.Chunk(known, atOnce) {
		values, err := ReadSequences(ctx, source, part)
		if err != nil {
			return err
		}
		if err := setSequences(ctx, target, part, values); err != nil {
			return err
		}
	}
	return nil
}

func setSequences(ctx context.Context, target *pgx.Conn, sequences []Sequence, values []SequenceValue) error {
	names, last, called := make([]string, len(values)), make([]int64, len(values)), make([]bool, len(values))
	for i, s := range sequences {
		names[i], last[i], called[i] = sqltext.Ident(s.Schema, s.Name), values[i].Last, values[i].Called
	}
	_, err := target.Exec(ctx, `SELECT pg_catalog.setval(v.s::regclass, v.l, v.c)
		FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS v(s, l, c)`, names, last, called)
	if err != nil {
		return fmt.Errorf("setting the sequences: %w", conn.Redact(err))
	}
	return nil
}

// ReadSequences returns the states of readable sequences, in their order. One that has a value keeps it.
func ReadSequences(ctx context.Context, source *pgx.Conn, sequences []Sequence) ([]SequenceValue, error) {
	values := make([]SequenceValue, len(sequences))
	var reads []string
	for i, s := range sequences {
		if s.Value != nil {
			values[i] = *s.Value
			continue
		}
		reads = append(reads, fmt.Sprintf("SELECT %d AS n, s.* FROM (%s) s", i, s.ReadSQL()))
	}
	if reads == nil {
		return values, nil
	}
	rows, err := source.Query(ctx, strings.Join(reads, " UNION ALL ")+" ORDER BY 1")
	if err != nil {
		return nil, fmt.Errorf("reading the sequences of the source: %w", conn.Redact(err))
	}
	var n int
	var v SequenceValue
	if _, err := pgx.ForEachRow(rows, []any{&n, &v.Last, &v.Called}, func() error {
		values[n] = v
		return nil
	}); err != nil {
		return nil, fmt.Errorf("reading the sequences of the source: %w", conn.Redact(err))
	}
	return values, nil
}
