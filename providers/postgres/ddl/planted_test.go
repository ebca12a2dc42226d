package ddl

// plantedPlaces are those of testdata/planted.sql: where, argument, name, kind.
const plantedPlaces = `
aggregate public.planted_aggregate(text) | functions | public.planted_aggregate | email
check constraint public.customers.customers_later | checks | public.customers.customers_later | email
check customers_note_check of table public.customers | checks | public.customers.customers_note_check | email
check site_check of domain public.site | checks | public.site.site_check | email
comment EVENT TRIGGER watches | comments | watches | email
comment SCHEMA public | comments | public | email
comment public.COLUMN customers.email | comments | public.customers.email | email
comment public.COLUMN pair.b | comments | public.pair.b | email
comment public.CONSTRAINT customers_note_check ON customers | comments | public.customers.customers_note_check | email
comment public.CONSTRAINT customers_pkey ON customers | comments | public.customers.customers_pkey | email
comment public.CONSTRAINT site_check ON DOMAIN site | comments | public.site.site_check | email
comment public.DOMAIN site | comments | public.site | email
comment public.FUNCTION fired() | comments | public.fired | email
comment public.INDEX customers_open | comments | public.customers_open | email
comment public.POLICY own_rows ON customers | comments | public.customers.own_rows | email
comment public.RULE no_delete ON customers | comments | public.customers.no_delete | email
comment public.SEQUENCE customers_id_seq | comments | public.customers_id_seq | email
comment public.STATISTICS customers_stats | comments | public.customers_stats | email
comment public.TABLE customers | comments | public.customers | email
comment public.TRIGGER told ON customers | comments | public.customers.told | email
comment public.TYPE kind | comments | public.kind | email
comment public.VIEW vips | comments | public.vips | email
constraint public.customers.customers_exclude |  | public.customers.customers_exclude | email
default card of table public.customers | defaults | public.customers.card | credit_card
default email of table public.customers | defaults | public.customers.email | email
default of domain public.site | defaults | public.site | email
default public.vips.note | defaults | public.vips.note | email
default t of table public.empty_one | defaults | public.empty_one.t | phone
expression folded of table public.customers |  | public.customers.folded | email
function public.planted_body() | functions | public.planted_body | email
function public.planted_body() | functions | public.planted_body | password
function public.planted_default(text) | functions | public.planted_default | email
function public.planted_default(text) | functions | public.planted_default | email
function public.planted_sql() | functions | public.planted_sql | email
index public.customers_folded | indexes | public.customers_folded | email
index public.customers_open | indexes | public.customers_open | email
materialized view public.vips_now | views | public.vips_now | email
policy public.customers."<email:bdab>" | policies | <email:ffa9> | email
policy public.customers.own_rows | policies | public.customers.own_rows | email
policy public.customers.own_rows | policies | public.customers.own_rows | email
procedure public.planted_procedure() | functions | public.planted_procedure | email
rule public.customers.no_delete | rules | public.customers.no_delete | email
statistics public.customers_stats | statistics | public.customers_stats | email
table attach public.parts_a |  | public.parts_a | email
trigger public.customers.told | triggers | public.customers.told | email
trigger public.customers.told | triggers | public.customers.told | email
type public.kind |  | public.kind | email
view public.vips | views | public.vips | email`

const plantedNotes = `
schema: comments = false leaves out comment EVENT TRIGGER watches, comment EXTENSION postgres_fdw, ` +
	`comment SCHEMA public, comment public.COLUMN customers.email, comment public.COLUMN pair.b, ` +
	`comment public.CONSTRAINT customers_note_check ON customers, ` +
	`comment public.CONSTRAINT customers_pkey ON customers, comment public.CONSTRAINT site_check ON DOMAIN site, ` +
	`and 11 more
schema: functions = ["!public.planted_*"] leaves out aggregate public.planted_aggregate(text), ` +
	`function public.planted_body(), function public.planted_default(text), function public.planted_sql(), ` +
	`procedure public.planted_procedure()
schema: views = false leaves out materialized view public.vips_now, view public.vips
schema: triggers = false leaves out event trigger watches, trigger public.customers.told
schema: rules = false leaves out rule public.customers.no_delete
schema: policies = false leaves out policy public.customers."<email:bdab>", policy public.customers.own_rows
schema: defaults = false leaves out default card of table public.customers, ` +
	`default email of table public.customers, default of domain public.site, default public.vips.note, ` +
	`default t of table public.empty_one
schema: checks = false leaves out check constraint public.customers.customers_later, ` +
	`check customers_note_check of table public.customers, check site_check of domain public.site
schema: indexes = false leaves out index public.customers_folded, index public.customers_open, index public.vips_now_id
schema: statistics = false leaves out statistics public.customers_stats`

// fixedPlaces are those that no schema block leaves out.
var fixedPlaces = []string{
	"constraint public.customers.customers_exclude", "expression folded of table public.customers",
	"table attach public.parts_a", "type public.kind",
}
