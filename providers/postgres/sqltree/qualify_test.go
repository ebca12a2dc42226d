package sqltree_test

import (
	"testing"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

// TestQualify: what a statement calls is PostgreSQL's own by name, whatever form it has; what names a schema, and types
// and tables, stay.
func TestQualify(t *testing.T) {
	for sql, want := range map[string]string{
		`lower(a) || b`: `pg_catalog.lower(a) OPERATOR(pg_catalog.||) b`,
		`a + b * c - d`: `(a OPERATOR(pg_catalog.+) (b OPERATOR(pg_catalog.*) c)) ` +
			`OPERATOR(pg_catalog.-) d`,
		`ext.f(a) OPERATOR(ext.=) b`:  `ext.f(a) OPERATOR(ext.=) b`,
		`a::text COLLATE "C"`:         `a::text COLLATE "C"`,
		`- a`:                         `OPERATOR(pg_catalog.-) a`,
		`a IN ('x', 'y')`:             `a OPERATOR(pg_catalog.=) 'x' OR a OPERATOR(pg_catalog.=) 'y'`,
		`a IN ('x') AND b`:            `a OPERATOR(pg_catalog.=) 'x' AND b`,
		`a NOT IN (1, 2)`:             `a OPERATOR(pg_catalog.<>) 1 AND a OPERATOR(pg_catalog.<>) 2`,
		`a IN (SELECT b FROM s.t)`:    `a OPERATOR(pg_catalog.=) ANY (SELECT b FROM s.t)`,
		`a = ANY (ARRAY[1, 2])`:       `a OPERATOR(pg_catalog.=) ANY(ARRAY[1, 2])`,
		`a BETWEEN 1 AND b`:           `a OPERATOR(pg_catalog.>=) 1 AND a OPERATOR(pg_catalog.<=) b`,
		`a NOT BETWEEN 1 AND 2`:       `a OPERATOR(pg_catalog.<) 1 OR a OPERATOR(pg_catalog.>) 2`,
		`a LIKE 'x%' ESCAPE '!'`:      `a OPERATOR(pg_catalog.~~) pg_catalog.like_escape('x%', '!')`,
		`a NOT ILIKE 'x%'`:            `a OPERATOR(pg_catalog.!~~*) 'x%'`,
		`NULLIF(a, '')`:               `CASE WHEN a OPERATOR(pg_catalog.=) '' THEN NULL ELSE a END`,
		`CASE a WHEN 1 THEN b END`:    `CASE WHEN a OPERATOR(pg_catalog.=) 1 THEN b END`,
		`coalesce(a, greatest(b, c))`: `COALESCE(a, GREATEST(b, c))`,
		`(SELECT max(x) FROM s.t)`:    `(SELECT pg_catalog.max(x) FROM s.t)`,
		`substring(a FROM 2)`:         `SUBSTRING(a FROM 2)`,
		`a IS DISTINCT FROM b`: `CASE WHEN a IS NULL AND b IS NULL THEN false WHEN a IS NULL OR b IS NULL THEN true ` +
			`ELSE NOT a OPERATOR(pg_catalog.=) b END`,
		`a IS NOT DISTINCT FROM b`: `CASE WHEN a IS NULL AND b IS NULL THEN true WHEN a IS NULL OR b IS NULL ` +
			`THEN false ELSE a OPERATOR(pg_catalog.=) b END`,
	} {
		got, err := sqltree.QualifyExpression(sql)
		if err != nil || got != want {
			t.Errorf("%s:\ngot  %s %v\nwant %s", sql, got, err, want)
			continue
		}
		if again, err := sqltree.QualifyExpression(got); err != nil || again != got {
			t.Errorf("%s is not what it was when qualified again: %s %v", got, again, err)
		}
	}
	for _, sql := range []string{
		`a BETWEEN SYMMETRIC 1 AND 2`, `(SELECT 1 FROM s.t JOIN s.u USING (id))`, `a; SELECT b`, `(`,
	} {
		if got, err := sqltree.QualifyExpression(sql); err == nil {
			t.Errorf("%s: %s", sql, got)
		}
	}
}
