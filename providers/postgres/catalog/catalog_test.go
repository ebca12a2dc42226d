package catalog_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

const nasty = `
CREATE SCHEMA "My Schema";
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE DOMAIN email AS varchar(40) CHECK (VALUE LIKE '%@%') NOT NULL;
CREATE TYPE pair AS (a int, b text);
CREATE TABLE "My Schema"."t.x" (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	"a ""b" varchar(7) NOT NULL, m mood, e email, es varchar(9)[], p pair, r int4range,
	n numeric(10,2), nn numeric(5,-2), total numeric GENERATED ALWAYS AS (n * 2) STORED, "select" text COLLATE "C");
CREATE TABLE parent (id int, k int, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE parent_1 PARTITION OF parent FOR VALUES IN (1);
CREATE TABLE child (id int, k int, up int REFERENCES child(id) DEFERRABLE, FOREIGN KEY (id, k) REFERENCES parent(id, k),
	UNIQUE (id));
CREATE TABLE legacy (x int); CREATE TABLE legacy_1 (y int) INHERITS (legacy);
CREATE TABLE bare ();
CREATE MATERIALIZED VIEW m1 AS SELECT * FROM legacy; CREATE VIEW v1 AS SELECT * FROM m1;
CREATE MATERIALIZED VIEW m2 AS SELECT * FROM v1;
ALTER TABLE child ADD gone int; ALTER TABLE child DROP gone;`

// nastyOn returns the structure as a server knows it: scales below zero came with 15.
func nastyOn(t *testing.T) (sql string, scale int) {
	if pgtest.Server(t).Installation.Major < 15 {
		return strings.ReplaceAll(nasty, "numeric(5,-2)", "numeric(5,2)"), 2
	}
	return nasty, -2
}

func TestRead(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	sql, scale := nastyOn(t)
	pgtest.Exec(t, url, sql)
	c, err := catalog.Read(context.Background(), pgtest.Connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	tables := map[string]catalog.Table{}
	for _, table := range c.Tables {
		tables[table.FullName()] = table
	}
	x := tables[`"My Schema"."t.x"`]
	types := map[string]string{}
	for _, col := range x.Columns {
		types[col.Name] = col.Type.Formatted
	}
	want := map[string]string{
		"id":     "bigint",
		`a "b`:   "character varying(7)",
		"m":      "mood",
		"e":      "email",
		"es":     "character varying(9)[]",
		"p":      "pair",
		"r":      "int4range",
		"n":      "numeric(10,2)",
		"nn":     fmt.Sprintf("numeric(5,%d)", scale),
		"total":  "numeric",
		"select": "text",
	}
	for name, typ := range types {
		types[name] = strings.TrimPrefix(typ, "public.")
	}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
	column := func(name string) catalog.Column {
		for _, col := range x.Columns {
			if col.Name == name {
				return col
			}
		}
		t.Fatalf("no column %s", name)
		return catalog.Column{}
	}
	if got := column("e").Type; got.Kind != 'd' || got.Underlying().MaxLength != 40 || !got.NotNull ||
		len(got.Checks) != 1 {
		t.Errorf("domain: %+v", got)
	}
	if got := column("es").Type; got.Elem == nil || got.Elem.MaxLength != 9 || got.Elem.Name != "varchar" {
		t.Errorf("array: %+v", got)
	}
	if got := column("p").Type; len(got.Fields) != 2 || got.Fields[0].Name != "a" ||
		got.Fields[0].Type.Name != "int4" || got.Fields[1].Type.Name != "text" {
		t.Errorf("composite: %+v", got)
	}
	if got := column("r").Type; got.Elem == nil || got.Elem.Name != "int4" {
		t.Errorf("range: %+v", got)
	}
	if got := column("nn").Type; got.Precision != 5 || got.Scale != scale {
		t.Errorf("numeric: %+v", got)
	}
	if got := column("id"); got.Identity != "always" || !got.NotNull {
		t.Errorf("identity: %+v", got)
	}
	if column("total").Generated != "stored" || column("select").Collation != "C" ||
		cmp.Diff(column("m").Type.Labels, []string{"sad", "ok"}) != "" {
		t.Error("generated, collation or labels are wrong")
	}
	if tables["public.parent_1"].PartitionOf != "public.parent" || len(tables["public.legacy_1"].Inherits) != 1 ||
		len(tables["public.bare"].Columns) != 0 {
		t.Error("inheritance is wrong")
	}
	foreign := 0
	for _, k := range tables["public.child"].Constraints {
		if k.Kind == catalog.ForeignKey && k.RefTable.Name == "parent" {
			foreign++
			if d := cmp.Diff([]string{"id", "k"}, k.RefColumns); d != "" {
				t.Error(d)
			}
		}
	}
	if foreign != 1 {
		t.Errorf("%d foreign keys to parent", foreign)
	}
	for _, m := range c.MatViews {
		if m.Name == "m2" && (len(m.DependsOn) != 1 || m.DependsOn[0].Name != "m1") {
			t.Errorf("m2 depends on %v", m.DependsOn)
		}
	}
}

// counting counts the queries that pass.
type counting struct {
	*pgx.Conn
	n int
}

func (c *counting) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	c.n++
	return c.Conn.Query(ctx, sql, args...)
}

func TestReadTakesTheSameQueriesForAnyNumberOfTables(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	var counts []int
	for _, tables := range []string{"5", "300"} {
		pgtest.Exec(t, url, `DO $$ BEGIN FOR i IN 1..`+tables+
			` LOOP EXECUTE format('CREATE TABLE IF NOT EXISTS t%s (id int primary key, x text unique)', i); END LOOP;
				END $$`)
		q := &counting{Conn: pgtest.Connect(t, url)}
		if _, err := catalog.Read(context.Background(), q); err != nil {
			t.Fatal(err)
		}
		counts = append(counts, q.n)
	}
	if counts[0] != counts[1] || counts[0] == 0 {
		t.Errorf("%v queries", counts)
	}
}

func TestReadNeedsNoPrivilege(t *testing.T) {
	s := pgtest.Server(t)
	url := pgtest.Database(t, s)
	sql, _ := nastyOn(t)
	pgtest.Exec(t, url, sql)
	c, err := catalog.Read(context.Background(), pgtest.Connect(t, pgtest.As(t, url, pgtest.Role(t, s, ""))))
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range c.Tables {
		if table.Selectable {
			t.Errorf("%s is said to be readable", table.FullName())
		}
	}
}

func TestMoved(t *testing.T) {
	ctx := context.Background()
	url := pgtest.Database(t, pgtest.Server(t))
	sql, _ := nastyOn(t)
	pgtest.Exec(t, url, sql)
	conn := pgtest.Connect(t, url)
	before, err := catalog.Shapes(ctx, conn, nil)
	if err != nil {
		t.Fatal(err)
	}
	if moved := catalog.DiffShapes(before, before); len(moved) != 0 || len(before) == 0 {
		t.Fatalf("moved %v of %d", moved, len(before))
	}
	pgtest.Exec(t, url,
		`ALTER TABLE "My Schema"."t.x" ADD "s s""n" text; ALTER TABLE child DROP up; DROP MATERIALIZED VIEW m1 CASCADE;
			ALTER TABLE legacy ALTER x TYPE bigint; CREATE TABLE fresh (); DROP TABLE bare;`)
	after, err := catalog.Shapes(ctx, conn, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`column "My Schema"."t.x"."s s""n" was added`, "table public.bare is gone", "column public.child.up is gone",
		"table public.fresh was added",
		`column public.legacy.x was "integer" and is "bigint"`,
		`column public.legacy_1.x was "integer" and is "bigint"`,
	}
	if d := cmp.Diff(want, catalog.DiffShapes(before, after)); d != "" {
		t.Error(d)
	}
	if some, err := catalog.Shapes(ctx, conn, []string{"My Schema"}); err != nil || len(some) != 1 {
		t.Errorf("%d shapes, %v", len(some), err)
	}
}
