package swap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// Sequences executes a step of KindSequences: it reads the state of the sequences over a
// connection to the source and sets it over one to the next database. last_value and is_called
// are taken as they are (source may be nil where all values are given), so that a sequence past its maximum fails on
// the copy as it does on the source.
func Sequences(ctx context.Context, source, next *pgx.Conn, p SequencesParams) error {
	defer restore(ctx, next)
	if err := runSQL(ctx, next, preamble(p.Role, 0)); err != nil {
		return fmt.Errorf("setting the session up: %w", conn.Redact(err))
	}
	return SetSequences(ctx, source, next, p)
}

// SetSequences is Sequences for a session that is set up already. It leaves the session and a transaction that is open
// in it as they are.
func SetSequences(ctx context.Context, source, next *pgx.Conn, p SequencesParams) error {
	var readable []Sequence
	for _, q := range p.Sequences {
		switch {
		case q.Readable || q.Value != nil:
			readable = append(readable, q)
		case q.Column != "":
			if err := runSQL(ctx, next, sequenceFromRows(q)); err != nil {
				return fmt.Errorf("setting sequence %s from its rows: %w", sqltext.Ident(q.Schema, q.Name),
					conn.Redact(err))
			}
		}
	}
	const atOnce = 200
	for part := range slices.Chunk(readable, atOnce) {
		if err := copySequences(ctx, source, next, part); err != nil {
			return err
		}
	}
	return nil
}

// copySequences sets sequences to the values that are given, or, where they are not, to those of the source.
func copySequences(ctx context.Context, source, next *pgx.Conn, part []Sequence) error {
	values, err := ReadSequences(ctx, source, part)
	if err != nil {
		return err
	}
	names, last, called := make([]string, len(part)), make([]int64, len(part)), make([]bool, len(part))
	for i, q := range part {
		names[i], last[i], called[i] = sqltext.Ident(q.Schema, q.Name), values[i].Last, values[i].Called
	}
	_, err = next.Exec(ctx, `SELECT pg_catalog.setval(v.s::regclass, v.l, v.c)
		FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS v(s, l, c)`, names, last, called)
	if err != nil {
		return fmt.Errorf("setting the sequences: %w", conn.Redact(err))
	}
	return nil
}

// ReadSequences gives where readable sequences of the source stand, in their order. One that has a value keeps it.
func ReadSequences(ctx context.Context, source *pgx.Conn, part []Sequence) ([]Value, error) {
	values := make([]Value, len(part))
	var reads []string
	for i, q := range part {
		if q.Value != nil {
			values[i] = *q.Value
			continue
		}
		reads = append(reads, fmt.Sprintf("SELECT %d AS n, s.* FROM (%s) s", i, ReadSequence(q)))
	}
	if reads == nil {
		return values, nil
	}
	rows, err := source.Query(ctx, strings.Join(reads, " UNION ALL ")+" ORDER BY 1")
	if err != nil {
		return nil, fmt.Errorf("reading the sequences of the source: %w", conn.Redact(err))
	}
	var n int
	var v Value
	if _, err := pgx.ForEachRow(rows, []any{&n, &v.Last, &v.Called}, func() error {
		values[n] = v
		return nil
	}); err != nil {
		return nil, fmt.Errorf("reading the sequences of the source: %w", conn.Redact(err))
	}
	return values, nil
}

// ReadSequence is what the source runs to say where a sequence stands.
func ReadSequence(q Sequence) string {
	return "SELECT last_value, is_called FROM " + sqltext.Ident(q.Schema, q.Name)
}

func (q Sequence) regclass() string { return literal(sqltext.Ident(q.Schema, q.Name)) }

// sequenceFromRows sets a sequence after the largest value of its column, or the smallest where
// it counts down; with no rows it stays at its start.
func sequenceFromRows(q Sequence) string {
	column, table := sqltext.Ident(q.Column), sqltext.Ident(q.TableIn, q.Table)
	return "SELECT pg_catalog.setval(" + q.regclass() +
		", v::bigint, true) FROM (SELECT CASE WHEN seqincrement > 0 THEN (SELECT max(" + column + ") FROM " + table +
		") ELSE (SELECT min(" + column + ") FROM " + table +
		") END AS v, seqmin, seqmax FROM pg_catalog.pg_sequence WHERE seqrelid = " +
		q.regclass() + "::pg_catalog.regclass) AS s WHERE v BETWEEN seqmin AND seqmax"
}
