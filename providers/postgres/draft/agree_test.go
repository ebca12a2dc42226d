package draft_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// TestAgree: a value that names the same thing in several tables gets the same mask in all of them, whatever the width,
// the language or the unique keys of one ask for.
func TestAgree(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE TABLE customers (id int PRIMARY KEY, company_name varchar(80) UNIQUE, email text);
		CREATE TABLE suppliers (id int PRIMARY KEY, name varchar(60), email varchar(24));
		CREATE TABLE orders (id int PRIMARY KEY, customer_company text, phone text, first_name text);
		CREATE TABLE dealers (id int PRIMARY KEY, company text); COMMENT ON TABLE dealers IS '取引先'`)
	files, _, err := draft.Files(input(read(t, url)))
	if err != nil {
		t.Fatal(err)
	}
	src := string(files["tables.shoji.hcl"])
	for part, n := range map[string]int{
		`"company_name" { mask = token() }`:        1,
		`"name" { mask = token() }`:                1,
		`"customer_company" { mask = token() }`:    1,
		`"company" { mask = token() }`:             1,
		`"email" { mask = email({ length = 8 }) }`: 2,
		`unique in customers_company_name_key`:     1,
		`masked as in the other tables`:            4,
		`"first_name" { mask = first_name() }`:     1,
	} {
		if strings.Count(src, part) != n {
			t.Errorf("%q stands %d times in\n%s", part, strings.Count(src, part), src)
		}
	}
}
