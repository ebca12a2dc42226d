package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func digest(scale float64) string {
	h := sha256.New()
	for _, t := range generate(scale) {
		h.Write([]byte(t.name + "\n" + t.text.String()))
	}
	return hex.EncodeToString(h.Sum(nil))
}

func TestSameShopEveryTime(t *testing.T) {
	first := digest(0.05)
	if second := digest(0.05); first != second {
		t.Fatalf("two runs differ: %s and %s", first, second)
	}
	if other := digest(0.06); other == first {
		t.Fatal("the scale changes nothing")
	}
}

func TestFill(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	begun := time.Now()
	total, err := Fill(context.Background(), pgtest.Connect(t, url), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rows in %s", total, time.Since(begun))
	if total < 90_000 || total > 115_000 {
		t.Errorf("%d rows, want about 100,000", total)
	}
	one := func(query string) string {
		t.Helper()
		rows := pgtest.Rows(t, url, query)
		if len(rows) != 1 {
			t.Fatalf("%s: %d rows", query, len(rows))
		}
		return rows[0]
	}
	for what, query := range map[string]string{
		"tables without rows": "SELECT string_agg(c.oid::regclass::text, ', ') FROM pg_class c JOIN " +
			"pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname IN ('public', 'support', " +
			"'audit') AND reltuples <= 0",
		"foreign keys not checked": "SELECT string_agg(conname, ', ') FROM pg_constraint WHERE " +
			"contype = 'f' AND NOT convalidated",
		"wrong totals": "SELECT string_agg(id::text, ', ') FROM (SELECT o.id FROM orders o JOIN " +
			"order_items i ON i.order_id = o.id GROUP BY o.id HAVING o.total <> sum(i.line_total) LIMIT 5) x",
		"orders to strangers": "SELECT string_agg(o.id::text, ', ') FROM orders o JOIN addresses a ON a.id = " +
			"o.ship_to WHERE a.customer_id <> o.customer_id",
		"one's own manager": "SELECT string_agg(id::text, ', ') FROM employees WHERE manager_id = id",
		"children at work": "SELECT string_agg(id::text, ', ') FROM employees WHERE hired_on < birth_date + " +
			"interval '18 years'",
		"unfilled texts": "SELECT string_agg(id::text, ', ') FROM (SELECT id FROM support.tickets WHERE " +
			"subject || body ~ '[{}]' UNION SELECT id FROM customers WHERE notes ~ '[{}]' UNION SELECT id FROM " +
			"orders WHERE gift_message ~ '[{}]') x",
		"numbers after a name": "SELECT string_agg(id::text, ', ') FROM customers WHERE " +
			"first_name || last_name ~ '[0-9]'",
	} {
		if got := one(query); got != "NULL" {
			t.Errorf("%s: %s", what, got)
		}
	}
	for what, query := range map[string]string{
		"English customers": "SELECT count(*) > 3000 FROM customers WHERE locale = 'en' AND " +
			"first_name ~ '^[A-Z][a-z]+'",
		"Japanese customers": "SELECT count(*) > 3000 FROM customers WHERE locale = 'ja' AND last_name ~ '[一-龠]' " +
			"AND kana ~ '^[ァ-ヶー]+ [ァ-ヶー]+$'",
		"English texts": "SELECT count(*) > 200 FROM support.tickets WHERE body ~ '(call me|send it|never " +
			"arrives|should go|do not want|needs an invoice)'",
		"Japanese texts": "SELECT count(*) > 200 FROM support.tickets WHERE body LIKE '%です%'",
		"names in free text": "SELECT count(*) > 300 FROM customers c WHERE notes LIKE '%' || CASE locale WHEN " +
			"'ja' THEN last_name || ' ' || first_name ELSE first_name || ' ' || last_name END || '%'",
		"rows in a quarter":     "SELECT count(*) > 1000 FROM events_2026_q3",
		"the default partition": "SELECT count(*) > 100 FROM events_other",
		"sales":                 "SELECT count(*) > 60 FROM monthly_sales",
		"the overview":          "SELECT count(*) = (SELECT count(*) FROM customers) FROM customer_overview",
		"many names":            "SELECT count(DISTINCT (first_name, last_name)) > 6000 FROM customers",
		"generated columns":     "SELECT bool_and(email_host LIKE '%.example') FROM customers",
		"documents": "SELECT bool_and(profile #>> '{contact,email}' = c.email) FROM support.tickets t " +
			"JOIN customers c ON c.id = t.customer_id",
	} {
		if got := one(query); got != "t" {
			t.Errorf("%s: the check is %s", what, got)
		}
	}
	// New rows come after those that were made.
	pgtest.Exec(t,
		url, `INSERT INTO customers (locale, first_name, last_name, email, password_hash)
			VALUES ('en', 'New', 'Customer', 'new.customer@mail.example', '\x00');
		INSERT INTO orders (public_id, customer_id, ship_to, total) SELECT gen_random_uuid(), max(customer_id), max(id),
			0 FROM addresses;
		UPDATE customers SET points = 1 WHERE id = 1;
		INSERT INTO events (at, kind, path) VALUES (now(), 'view', '/');
		INSERT INTO products (sku, name, name_ja, price) VALUES ('new', 'new', '新', 1)`)
	if got := one("SELECT updated_at > now() - interval '1 minute' FROM customers WHERE id = 1"); got != "t" {
		t.Error("the trigger did not run")
	}
	if got := one("SELECT count(*) FROM audit.log WHERE what = 'customers: insert'"); got != "1" {
		t.Errorf("the audit has %s new rows", got)
	}
}

func TestFillTwiceIsRefused(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	ctx := context.Background()
	c := pgtest.Connect(t, url)
	if _, err := Fill(ctx, c, Options{Scale: 0.01}); err != nil {
		t.Fatal(err)
	}
	_, err := Fill(ctx, c, Options{Scale: 0.01})
	if err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Fatalf("error %v", err)
	}
	if _, err := Fill(ctx, c, Options{Scale: -1}); err == nil {
		t.Fatal("a scale below zero was taken")
	}
	if c.PgConn().TxStatus() != 'I' {
		t.Fatal("a transaction was left open")
	}
}
