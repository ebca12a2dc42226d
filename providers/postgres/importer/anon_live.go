package importer

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// LiveLabels reads the security labels of a database: of its columns and tables, and of the rest that labels can be on.
func LiveLabels(ctx context.Context, q catalog.Queryer) ([]Label, error) {
	rows,
		err := q.Query(ctx, `SELECT CASE WHEN a.attname IS NULL THEN 'table' ELSE 'column' END, s.provider,
			n.nspname::text, c.relname::text, coalesce(a.attname::text, ''), '', s.label
			FROM pg_seclabel s JOIN pg_class c ON s.classoid = 'pg_class'::regclass AND c.oid = s.objoid
			JOIN pg_namespace n ON n.oid = c.relnamespace
			LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = s.objsubid AND s.objsubid > 0
		UNION ALL
		SELECT l.objtype, l.provider, '', '', '', l.objname, l.label FROM pg_seclabels l
		WHERE l.classoid <> 'pg_class'::regclass
			AND (l.objtype <> 'database' OR l.objname = quote_ident(current_database()))
		ORDER BY 1, 3, 4, 5, 6, 2`)
	if err != nil {
		return nil, fmt.Errorf("reading the security labels: %w", conn.Redact(err))
	}
	labels, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Label, error) {
		var l Label
		err := row.Scan(&l.Kind, &l.Provider, &l.Schema, &l.Table, &l.Column, &l.Object, &l.Text)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the security labels: %w", conn.Redact(err))
	}
	return labels, nil
}
