package mask_test

import (
	"fmt"
	"testing"

	"github.com/shoji-pg/shoji/internal/sqltext"
)

// BenchmarkComposed returns the cost of composed masks for one row, on a source that does nothing else: docs/masks.md.
func BenchmarkComposed(b *testing.B) {
	const rows = 5000
	document := sqltext.Literal(`{"id": 1,
		"contact": {"email": "a@b.c", "phone": "123", "name": {"first": "A", "last": "B"}},
		"items": [{"sku": "x", "n": 1, "note": "hello"}, {"sku": "y", "n": 2, "note": "there"}, {"sku": "z", "n": 3}],
		"tags": ["a", "b", "c"], "ok": true, "total": 12.5,
		"address": {"street": "Some street 1", "zip": "12345", "country": "JP"}}`) + "::jsonb"
	bench := newBench(b, "CREATE TYPE pair AS (a text, n int)")
	for _, c := range []struct{ mask, typ, value string }{
		{`keep()`, "jsonb", document},
		{`json({ "$.contact.email" = email() })`, "jsonb", document},
		{
			`json({ "$.contact.email" = email(), "$.contact.phone" = hash(), "$.items[*].note" = hash() })`, "jsonb",
			document,
		},
		{`json({ "$.*.email" = email() })`, "jsonb", document},
		{`json({ "$..email" = email() })`, "jsonb", document},
		{`json({ "$..nowhere" = email() })`, "jsonb", document},
		{`json({ "$.id" = keep(), "$.items[*].sku" = keep() }, { otherwise = "drop" })`, "jsonb", document},
		{`json({ "$.id" = keep() }, { otherwise = null_value() })`, "jsonb", document},
		{`array(hash())`, "text[]", `'{one,two}'`},
		{`array(hash())`, "text[]", `'{{one},{two}}'`},
		{`range(noise(0.1))`, "int8range", `'[100,200)'`},
		{`fields({ a = hash() }, { keep = ["n"] })`, "public.pair", `ROW('one', 1)::public.pair`},
	} {
		b.Run(c.mask+" for "+c.typ, func(b *testing.B) {
			table := bench.table(c.typ)
			bench.exec(fmt.Sprintf("INSERT INTO public.%s (nr, v) SELECT n, %s FROM generate_series(1, %d) AS n", table,
				c.value, rows))
			e, err := bench.compile(c.mask, table)
			if err != nil {
				b.Fatal(err)
			}
			bench.exec("SELECT set_config('shoji.key', $1, false)", keyA)
			b.ResetTimer()
			for range b.N {
				bench.exec(fmt.Sprintf("SELECT count((%s)::text) FROM ONLY public.%s", e.SQL, table))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows/1000, "us/row")
			b.ReportMetric(float64(len(e.SQL)), "characters")
		})
	}
}
