package postgres_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// joins count the rows that find their key, and the values that are distinct under the collation.
const joins = `SELECT (SELECT count(*) FROM logins l JOIN users u ON l.email = u.email),
	(SELECT count(*) FROM logins l JOIN users u ON l.code = u.code),
	(SELECT count(DISTINCT email) FROM users), (SELECT count(DISTINCT code) FROM users),
	(SELECT count(*) FROM notes n JOIN users u ON n.about = u.email COLLATE "C")`

// TestEqualValuesUnderACollation: PostgreSQL takes values of other spellings for the same key, and so must the masks.
func TestEqualValuesUnderACollation(t *testing.T) {
	for name, tt := range map[string]struct {
		locale string
		other  []string // spellings of "Résumé-strasse7-あ", "a.b" and "x" that are the same
	}{
		"case":        {"und-u-ks-level2", []string{"résumé-STRASSE７-ア", "A.\u00adB", "Ｘ"}},
		"accents":     {"und-u-ks-level1", []string{"resume-STRASSE7-ア", "Á.B", "ẍ"}},
		"punctuation": {"und-u-ka-shifted-ks-level2", []string{"RésuméStrasse7あ", "AB", "X"}},
		"numbers":     {"en-u-kn-ks-level2", []string{"Résumé-strasse007-あ", "A.B", "X"}},
	} {
		for _, masks := range [][2]string{{"email()", "token()"}, {"token()", `digits({ unmatched = "token" })`}} {
			if name == "numbers" && strings.HasPrefix(masks[1], "digits") {
				continue
			}
			t.Run(name+" "+masks[1], func(t *testing.T) {
				m := newMoved(t, swapMode)
				m.arguments = "verify = \"full\"\n"
				pgtest.Exec(t, m.source, `CREATE COLLATION alike (provider = icu, locale = '`+tt.locale+
					`', deterministic = false)`,
					`CREATE DOMAIN mail AS text COLLATE alike`,
					`CREATE TABLE users (email mail PRIMARY KEY, code varchar(40) COLLATE alike NOT NULL UNIQUE,
						tags text[] COLLATE alike)`,
					`CREATE TABLE logins (id int PRIMARY KEY, email text COLLATE alike REFERENCES users (email),
						code varchar(40) COLLATE alike REFERENCES users (code))`,
					`CREATE TABLE notes (id int PRIMARY KEY, about text)`)
				var values []string
				for _, v := range append([]string{"Résumé-strasse7-あ", "a.b", "x"}, tt.other...) {
					values = append(values, "'"+v+"'")
				}
				list := "unnest(ARRAY[" + strings.Join(values, ",") + "]) WITH ORDINALITY AS v(v, n)"
				pgtest.Exec(t, m.source, `INSERT INTO users SELECT v, v, ARRAY[v] FROM `+list+` WHERE n <= 3`,
					`INSERT INTO logins SELECT n, v, v FROM `+list, `INSERT INTO notes VALUES (1, 'x')`)
				m.blocks = `
table "public" "users" {
  column "email" {
    mask = ` + masks[0] + `
  }
  column "code" {
    mask = ` + masks[1] + `
  }
  column "tags" {
    mask = array(token())
  }
}
table "public" "logins" {
  keep = ["id"]
}
table "public" "notes" {
  keep = ["id"]
  column "about" {
    mask = ` + masks[0] + `
  }
}
`
				m.refresh()
				want := pgtest.Rows(t, m.source, joins)
				if name != "case" { // only there another column of the same small letters has the same mask
					want[0] = want[0][:strings.LastIndexAny(want[0], "|, \t")+1] + "0"
				}
				if d := cmp.Diff(want, pgtest.Rows(t, m.on(m.live()), joins)); d != "" {
					t.Errorf("the copy joins otherwise (-source +copy):\n%s", d)
				}
			})
		}
	}
}

// TestAKeyWithNumbersIsRefused: permuted digits would not stay equal.
func TestAKeyWithNumbersIsRefused(t *testing.T) {
	m := newMoved(t, swapMode)
	pgtest.Exec(t, m.source,
		`CREATE COLLATION numbers (provider = icu, locale = 'und-u-kn-ks-level2', deterministic = false)`,
		`CREATE TABLE users (code text COLLATE numbers PRIMARY KEY)`)
	m.blocks = `
table "public" "users" {
  column "code" {
    mask = digits({ unmatched = "token" })
  }
}
`
	_, _, ds := m.tryPlan()
	if got := text(ds); !strings.Contains(got, "under the collation public.numbers numbers with and without zeros "+
		"before them are equal, and would not stay so; use token()") {
		t.Errorf("the mask is not refused: %s", got)
	}
}

// TestASourceWithoutEncoding: what is kept arrives byte by byte, and equal bytes get equal masks.
func TestASourceWithoutEncoding(t *testing.T) {
	for _, mode := range []string{swapMode, replaceMode} {
		t.Run(mode, func(t *testing.T) {
			m := newMoved(t, mode)
			for url, server := range map[string]*pgserver.Server{m.source: pgtest.Server(t), m.target: m.staging} {
				pgtest.Exec(t, server.AdminURL("postgres"), "DROP DATABASE "+databaseOf(t, url),
					"CREATE DATABASE "+databaseOf(t, url)+
						" ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
			}
			m.both(`CREATE TYPE pair AS (a text, b text);
				CREATE TABLE foo (id int PRIMARY KEY, t text, pair pair, who text NOT NULL UNIQUE, name text, code text,
					filler varchar(10), list text[], ip text);
				CREATE TABLE bar (id int PRIMARY KEY, who text REFERENCES foo (who))`)
			pgtest.Exec(t, m.source,
				`INSERT INTO foo SELECT i, E'\377\\x' || i, ROW(E'\351', 'b')::pair, E'Ren\351 ' || i,
				E'Ren\351', E'\302\300-12' || i, E'caf\351',
				ARRAY[E'\351', 'x'], E'10.0.0.\351' FROM generate_series(1, 9) i;
				INSERT INTO bar SELECT id, who FROM foo`)
			m.arguments = "verify = \"full\"\n"
			m.blocks = `
table "public" "foo" {
  keep = ["id", "t", "pair"]
  column "who" {
    mask = email()
  }
  column "name" {
    mask = full_name()
  }
  column "code" {
    mask = shape()
  }
  column "filler" {
    mask = lorem()
  }
  column "list" {
    mask = array(token())
  }
  column "ip" {
    mask = ip()
  }
}
table "public" "bar" {
  keep = ["id"]
}
`
			_, _, ds := m.tryPlan()
			if got := text(ds); !strings.Contains(got, "database.prod is SQL_ASCII") {
				t.Errorf("the encoding is not named: %s", got)
			}
			m.refresh()
			const kept = `SELECT id, encode(convert_to(t, 'SQL_ASCII'), 'hex'),
				encode(convert_to((pair).a, 'SQL_ASCII'), 'hex') FROM foo ORDER BY id`
			if d := cmp.Diff(pgtest.Rows(t, m.source, kept), pgtest.Rows(t, m.on(m.live()), kept)); d != "" {
				t.Errorf("the bytes differ (-source +copy):\n%s", d)
			}
			const masked = `SELECT count(DISTINCT name), count(DISTINCT who),
				count(*) FILTER (WHERE who LIKE '%@example.%'),
				(SELECT count(*) FROM bar JOIN foo USING (who)) FROM foo`
			if got := pgtest.Rows(t, m.on(m.live()), masked); !slices.Equal(got, []string{"1|9|9|9"}) {
				t.Errorf("the masks are %v", got)
			}
		})
	}
}
