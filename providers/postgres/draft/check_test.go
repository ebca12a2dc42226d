package draft_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
)

// TestChecks: a draft proposes nothing that a CHECK refuses, and a number of one form stays unique under digits().
func TestChecks(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	pgtest.Exec(t, url, `CREATE DOMAIN jp_zip AS varchar(8) CHECK (VALUE ~ '^[0-9]{3}-?[0-9]{4}$');
		CREATE TABLE customers (id int PRIMARY KEY, zip jp_zip, gender char(1) CHECK (gender IN ('M', 'F')),
			sex char(1) NOT NULL CHECK (sex IN ('M', 'F')),
			ssn char(11) UNIQUE CHECK (ssn ~ '^[0-9]{3}-[0-9]{2}-[0-9]{4}$'), tax_id varchar(20) UNIQUE)`)
	files, _, err := draft.Files(input(read(t, url)))
	if err != nil {
		t.Fatal(err)
	}
	src := string(files["tables.shoji.hcl"])
	for _, part := range []string{
		`column "zip" { mask = postcode("ja") }`, `column "gender" { mask = one_of(["M", "F"]) }`,
		`column "sex" { mask = one_of(["M", "F"]) }`, `column "ssn" { mask = digits() }`,
		`column "tax_id" { mask = token() }`,
	} {
		if !strings.Contains(src, part) {
			t.Errorf("%s\nis not in\n%s", part, src)
		}
	}
}
