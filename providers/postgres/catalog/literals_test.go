package catalog_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// Every value that is planted in a structure is found by its place, as a plan finds it in what pg_dump writes.
func TestReadLiteralsLooksEverywhere(t *testing.T) {
	if pgtest.Server(t).Installation.Major < 14 {
		t.Skip("statistics of expressions came with 14")
	}
	sql, err := os.ReadFile("../ddl/testdata/planted.sql")
	if err != nil {
		t.Fatal(err)
	}
	u := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, u, string(sql))
	c, err := pgx.Connect(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(t.Context()) }()
	found, err := catalog.ReadLiterals(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range found {
		got = append(got, fmt.Sprintf("%s | %s | %s | %s | %s | %s", l.Where, l.Schema, l.Table, l.Part, l.Name,
			l.Kind))
		if text := fmt.Sprint(l); strings.Contains(text, ".planted@") || strings.Contains(text, "Tr0ub4dor") {
			t.Errorf("%+v holds a value", l)
		}
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(plantedPlaces), "\n"), got); diff != "" {
		t.Error(diff)
	}
}

// plantedPlaces are those of planted.sql: where, schema, table, argument, name, kind.
const plantedPlaces = `
check customers_later of public.customers | public | public.customers | checks | ` +
	`public.customers.customers_later | email
check customers_note_check of public.customers | public | public.customers | checks | ` +
	`public.customers.customers_note_check | email
check site_check of domain public.site | public |  | checks | public.site.site_check | email
comment on composite type column public.pair.b | public | public.pair | comments | public.pair.b | email
comment on domain constraint site_check on public.site | public |  | comments | public.site.site_check | email
comment on event trigger watches |  |  | comments | watches | email
comment on function public.fired() | public |  | comments | public.fired | email
comment on index public.customers_open | public | public.customers | comments | public.customers_open | email
comment on policy own_rows on public.customers | public | public.customers | comments | ` +
	`public.customers.own_rows | email
comment on rule no_delete on public.customers | public | public.customers | comments | ` +
	`public.customers.no_delete | email
comment on schema public |  |  | comments | public | email
comment on sequence public.customers_id_seq | public | public.customers | comments | public.customers_id_seq | email
comment on statistics object public.customers_stats | public | public.customers | comments | ` +
	`public.customers_stats | email
comment on table column public.customers.email | public | public.customers | comments | public.customers.email | email
comment on table constraint customers_note_check on public.customers | public | public.customers | comments | ` +
	`public.customers.customers_note_check | email
comment on table constraint customers_pkey on public.customers | public | public.customers | comments | ` +
	`public.customers.customers_pkey | email
comment on table public.customers | public | public.customers | comments | public.customers | email
comment on trigger told on public.customers | public | public.customers | comments | public.customers.told | email
comment on type public.kind | public |  | comments | public.kind | email
comment on type public.site | public |  | comments | public.site | email
comment on view public.vips | public | public.vips | comments | public.vips | email
constraint customers_exclude of public.customers | public | public.customers |  | ` +
	`public.customers.customers_exclude | email
default of domain public.site | public |  | defaults | public.site | email
default of public.customers.card | public | public.customers | defaults | public.customers.card | credit_card
default of public.customers.email | public | public.customers | defaults | public.customers.email | email
default of public.empty_one.t | public | public.empty_one | defaults | public.empty_one.t | phone
default of public.vips.note | public | public.vips | defaults | public.vips.note | email
expression of public.customers.folded | public | public.customers |  | public.customers.folded | email
function public.planted_aggregate(pg_catalog.text) | public |  | functions | public.planted_aggregate | email
function public.planted_body() | public |  | functions | public.planted_body | email
function public.planted_body() | public |  | functions | public.planted_body | password
function public.planted_default(pg_catalog.text) | public |  | functions | public.planted_default | email
function public.planted_default(pg_catalog.text) | public |  | functions | public.planted_default | email
function public.planted_procedure() | public |  | functions | public.planted_procedure | email
function public.planted_sql() | public |  | functions | public.planted_sql | email
index public.customers_folded | public | public.customers | indexes | public.customers_folded | email
index public.customers_open | public | public.customers | indexes | public.customers_open | email
partition public.parts_a | public | public.parts_a |  | public.parts_a | email
policy "<email:bdab>" of public.customers | public | public.customers | policies | <email:ffa9> | email
policy own_rows of public.customers | public | public.customers | policies | public.customers.own_rows | email
policy own_rows of public.customers | public | public.customers | policies | public.customers.own_rows | email
rule no_delete of public.customers | public | public.customers | rules | public.customers.no_delete | email
statistics public.customers_stats | public | public.customers | statistics | public.customers_stats | email
trigger told of public.customers | public | public.customers | triggers | public.customers.told | email
trigger told of public.customers | public | public.customers | triggers | public.customers.told | email
type public.kind | public |  |  | public.kind | email
view public.vips | public | public.vips | views | public.vips | email
view public.vips_now | public | public.vips_now | views | public.vips_now | email`

// What an export tells of its source to another account holds no value that looks personal, and all else as it was.
func TestRedactedKeepsNoValue(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `
		CREATE TYPE kind AS ENUM ('regular', 'label.planted@contoso-mail.hu');
		CREATE DOMAIN site AS text CHECK (VALUE <> 'domain.planted@contoso-mail.hu');
		CREATE TYPE pair AS (k kind, s site);
		CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
		CREATE TABLE t (id int DEFAULT 7, note text DEFAULT 'default.planted@contoso-mail.hu', ks kind[], p pair,
			CHECK (note <> 'check.planted@contoso-mail.hu'));
		CREATE UNIQUE INDEX ON t (id) WHERE note = 'index.planted@contoso-mail.hu';
		CREATE TRIGGER told BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fired('trigger.planted@contoso-mail.hu');
		COMMENT ON TABLE t IS 'ask table.planted@contoso-mail.hu';
		COMMENT ON COLUMN t.note IS 'ask column.planted@contoso-mail.hu'`)
	c, err := catalog.Read(t.Context(), pgtest.Connect(t, url))
	if err != nil {
		t.Fatal(err)
	}
	encoded := func(c *catalog.Catalog) string {
		raw, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	before := encoded(c)
	after := encoded(c.Redacted())
	if n := strings.Count(before, ".planted@"); n < 8 {
		t.Fatalf("only %d values are planted", n)
	}
	if strings.Contains(after, ".planted@") || !strings.Contains(after, `"Default":"7"`) ||
		!strings.Contains(after, "regular") {
		t.Errorf("it holds %s", after)
	}
	if encoded(c) != before {
		t.Error("the catalog itself changed")
	}
}
