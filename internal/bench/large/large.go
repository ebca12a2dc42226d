// Package large writes a project as large as shoji promises to be quick with: a spec of 1,000 tables with 20,000
// columns, and its schema lock. It has what real ones have: expressions of the team's own, conditions, rules, links,
// CHECK constraints, domains, partial indexes and indexes over expressions. The same number of tables gives the same
// bytes.
package large

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
)

// Columns are those of each table.
const Columns = 20

const database = "database.prod"

// Write writes the project into a directory.
func Write(dir string, tables int) error {
	texts := map[string]*strings.Builder{}
	text := func(name string) *strings.Builder {
		if texts[name] == nil {
			texts[name] = &strings.Builder{}
		}
		return texts[name]
	}
	text("project.shoji.hcl").WriteString(project)
	lock := &schemalock.File{
		Databases: map[string]*schemalock.Database{
			database: {
				Server:  16,
				Schemas: schemas(),
				Types:   domains(),
				Tables:  map[string]map[string]*schemalock.LockedTable{},
			},
		},
	}
	for n := range tables {
		schema := schemas()[n%len(schemas())]
		of := lock.Databases[database].Tables
		if of[schema] == nil {
			of[schema] = map[string]*schemalock.LockedTable{}
		}
		of[schema][name(n)] = locked(n)
		if n%4 != 3 { // the rules decide a quarter of the tables
			text(schema + ".shoji.hcl").WriteString(block(n, schema))
		}
	}
	for file, content := range texts {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(content.String()), 0o600); err != nil {
			return err
		}
	}
	return lock.Write(filepath.Join(dir, schemalock.FileName))
}

func schemas() []string { return []string{"billing", "crm", "shop", "stock"} }

func name(n int) string { return fmt.Sprintf("t%04d", n) }

// project has what is said once. Every tenth table has a column that names the first table of its schema, which no
// foreign key does.
const project = `secret "key" {
  env = "SHOJI_MASK_KEY"
}
database "prod" {
  url = "postgres://masker@prod.example/app?sslmode=verify-full"
}
database "staging" {
  url = "postgres://refresher@staging.example/app?sslmode=verify-full"
}
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.key
}
mask "staff" {
  value = when("enabled", email(), sql("'closed-' || email"))
}
link "owners" {
  from = column("{billing,crm}", "t*", "owner_ref")
  to   = column("billing", "t0000", "id")
}
rule "names" {
  match {
    column = "{first,last,full}_name"
    type   = "text"
  }
  mask = full_name("ja")
}
rule "notes" {
  match {
    column = "*notes*"
  }
  mask = fixed("****")
}
rule "emails" {
  match {
    schema = "stock"
    column = "email"
  }
  mask = email()
}
rule "codes" {
  match {
    schema = "stock"
    column = "{login,phone,legacy,code}"
  }
  mask = token({ length = 16 })
}
rule "rest" {
  match {
    schema = "stock"
    column = "{id,created_at,status,amount,country,kind,position,parent_id,owner_ref,enabled,birth_date,ip,site}"
  }
  mask = keep()
}
`

// block decides the columns of a table. Every eighth table has a condition and an expression that no other has.
func block(n int, schema string) string {
	var b strings.Builder
	own := n%8 == 4 // no key refers to these: their rows may be left out
	fmt.Fprintf(&b, "table %q %q {\n", schema, name(n))
	if own {
		fmt.Fprintf(&b, "  rows = \"created_at > now() - interval '%d days' AND status <> 'gone'\"\n", 30+n)
	}
	b.WriteString("  keep = [\"id\", \"created_at\", \"status\", \"amount\", \"country\", \"kind\", \"position\", " +
		"\"parent_id\", \"owner_ref\", \"enabled\"]\n")
	column := func(name, mask string) { fmt.Fprintf(&b, "  column %q {\n    mask = %s\n  }\n", name, mask) }
	if n%16 == 1 {
		column("email", "staff()")
	} else {
		column("email", "email()")
	}
	column("phone", "digits({ keep_last = 2 })")
	column("birth_date", `truncate("year")`)
	column("login", "token()")
	column("ip", "ip()")
	column("code", "shape()")
	column("site", `fixed("****")`)
	if own {
		column("legacy", fmt.Sprintf(`sql("coalesce(nullif(left(legacy, %d), ''), 'x') || '-%d'")`, 1+n%5, n))
	} else {
		column("legacy", `sql("left(legacy, 2) || '****'")`)
	}
	b.WriteString("}\n\n")
	return b.String()
}
