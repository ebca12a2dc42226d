// Package shop makes the lab's production database: a shop in two countries, with some 100,000 rows of
// personal data in English and Japanese. Nobody in it exists. The same options give the same rows on
// every machine. E-mail addresses end in .example (RFC 2606), and phone numbers are of ranges that are
// never given to anybody.
package shop

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Options says how much to make.
type Options struct {
	// Scale multiplies the number of rows; 0 is 1, which is about 100,000 rows.
	Scale float64
}

//go:embed schema.sql
var schemaSQL string

//go:embed keys.sql
var keysSQL string

// Fill makes the shop in an empty database, as the connected role, in one transaction. It gives the
// number of rows.
func Fill(ctx context.Context, c *pgx.Conn, o Options) (int, error) {
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Scale < 0 {
		return 0, fmt.Errorf("filling the shop: the scale is %g, below zero", o.Scale)
	}
	tx, err := c.Begin(ctx)
	if err != nil {
		return 0, fmt.Errorf("filling the shop: %w", err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	total := 0
	if err := script(ctx, c, schemaSQL); err != nil {
		return 0, fmt.Errorf("creating the shop's tables: %w", err)
	}
	for _, t := range generate(o.Scale) {
		copyIn := "COPY " + sqltext.Ident(strings.Split(t.name, ".")...) + " (" + sqltext.Idents(t.columns) +
			") FROM STDIN"
		if _, err := c.PgConn().CopyFrom(ctx, strings.NewReader(t.text.String()), copyIn); err != nil {
			return 0, fmt.Errorf("filling %s: %w", t.name, err)
		}
		total += t.rows
	}
	if err := script(ctx, c, keysSQL); err != nil {
		return 0, fmt.Errorf("creating the shop's keys: %w", err)
	}
	if err := restartSequences(ctx, c); err != nil {
		return 0, err
	}
	if err := tx.Commit(ctx); err != nil {
		return 0, fmt.Errorf("filling the shop: %w", err)
	}
	// A planner's estimates are part of what a plan shows.
	if err := script(ctx, c, "ANALYZE"); err != nil {
		return 0, fmt.Errorf("analysing the shop: %w", err)
	}
	return total, nil
}

func script(ctx context.Context, c *pgx.Conn, text string) error {
	_, err := c.PgConn().Exec(ctx, text).ReadAll()
	return err
}

// restartSequences lets new rows come after those that were made.
func restartSequences(ctx context.Context, c *pgx.Conn) error {
	const identities = `
		SELECT format('SELECT setval(%L, (SELECT coalesce(max(%I), 1) FROM %I.%I))',
			pg_get_serial_sequence(format('%I.%I', n.nspname, r.relname), a.attname), a.attname, n.nspname, r.relname)
		FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid JOIN pg_namespace n ON n.oid = r.relnamespace
		WHERE n.nspname IN ('public', 'support', 'audit') AND r.relkind IN ('r', 'p') AND NOT r.relispartition
		  AND (a.attidentity <> '' OR a.attname = 'id' AND a.atthasdef)
		ORDER BY 1`
	rows, err := c.Query(ctx, identities)
	if err != nil {
		return fmt.Errorf("listing the shop's sequences: %w", err)
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("listing the shop's sequences: %w", err)
	}
	statements = append(statements,
		"SELECT setval('public.order_number', (SELECT max(substr(number, 3)::bigint) FROM public.orders))")
	if err := script(ctx, c, strings.Join(statements, ";")); err != nil {
		return fmt.Errorf("setting the shop's sequences: %w", err)
	}
	return nil
}
