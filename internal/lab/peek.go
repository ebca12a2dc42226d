package lab

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Row is one row of a table on both sides: for the demo, to show what masks do.
type Row struct {
	Columns             []string
	Production, Staging []string
}

// Peek reads the same rows of the shop's customers from production and from the copy.
func (l *Lab) Peek(ctx context.Context) ([]Row, error) {
	return Peek(ctx, l.ProductionAdminURL(Database), l.StagingAdminURL(Database))
}

// Peek reads the same rows by two URLs.
func Peek(ctx context.Context, productionURL, stagingURL string) ([]Row, error) {
	columns := []string{"name", "email", "phone", "born"}
	const query = `SELECT last_name || ' ' || first_name, email::text, phone, birth_date::text FROM public.customers
		WHERE id IN (SELECT id FROM public.customers WHERE locale = 'en' AND phone IS NOT NULL ORDER BY id LIMIT 2)
		OR id IN (SELECT id FROM public.customers WHERE locale = 'ja' AND phone IS NOT NULL ORDER BY id LIMIT 2)
			ORDER BY id`
	production, err := rows(ctx, productionURL, query, len(columns))
	if err != nil {
		return nil, err
	}
	staging, err := rows(ctx, stagingURL, query, len(columns))
	if err != nil {
		return nil, err
	}
	if len(production) != len(staging) {
		return nil, fmt.Errorf("production has %d of the rows, staging %d", len(production), len(staging))
	}
	out := make([]Row, len(production))
	for i := range production {
		out[i] = Row{columns, production[i], staging[i]}
	}
	return out, nil
}

func rows(ctx context.Context, url, query string, columns int) ([][]string, error) {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	result, err := c.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(result, func(row pgx.CollectableRow) ([]string, error) {
		cells := make([]*string, columns)
		into := make([]any, columns)
		for i := range cells {
			into[i] = &cells[i]
		}
		err := row.Scan(into...)
		texts := make([]string, columns)
		for i, c := range cells {
			texts[i] = "NULL"
			if c != nil {
				texts[i] = *c
			}
		}
		return texts, err
	})
}
