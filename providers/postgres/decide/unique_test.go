package decide_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

func TestUniqueKeys(t *testing.T) {
	const email = `CREATE TABLE p (id int PRIMARY KEY, email text UNIQUE);`
	for name, c := range map[string]struct {
		sql, hcl string
		codes    string
		words    []string
	}{
		"addresses to which case matters": {
			email, table("p", "id", "email=email()"), "case_folding", []string{"p_email_key", "lower(email)"},
		},
		"addresses that are told apart without": {
			email + `CREATE UNIQUE INDEX ON p (lower(email))`, table("p", "id", "email=email()"), "", nil,
		},
		"addresses that are all lower case": {
			`CREATE TABLE p (id int PRIMARY KEY, email text UNIQUE CHECK (email = lower(email)))`,
			table("p", "id", "email=email()"), "", nil,
		},
		"a mask to which case matters": {email, table("p", "id", "email=token()"), "", nil},
		"an expression over a lossy mask": {
			`CREATE TABLE p (name text); CREATE UNIQUE INDEX by_name ON p (lower(name))`,
			table("p", "name=first_name()"), "lossy_unique", []string{"by_name", "lower(name)"},
		},
		"an expression that keeps tokens apart": {
			`CREATE TABLE p (name text); CREATE UNIQUE INDEX ON p (lower(name))`, table("p", "name=token()"), "", nil,
		},
		"an expression that may not": {
			`CREATE TABLE p (name text); CREATE UNIQUE INDEX ON p ("left"(name, 4))`, table("p", "name=token()"),
			"unique_unknown", nil,
		},
		"a place in a document": {
			`CREATE TABLE p (doc jsonb); CREATE UNIQUE INDEX ON p ((doc ->> 'id'))`,
			table("p", `doc=json({ "$.name" = email() })`), "unique_unknown", nil,
		},
		"a column that INCLUDE carries": {
			`CREATE TABLE p (id int, name text); CREATE UNIQUE INDEX ON p (id) INCLUDE (name)`,
			table("p", "id", "name=first_name()"), "", nil,
		},
		"a lossy mask on a partial key": {
			`CREATE TABLE p (name text, gone date); CREATE UNIQUE INDEX ON p (name) WHERE gone IS NULL`,
			table("p", "gone", "name=first_name()"), "lossy_unique", nil,
		},
		"the condition of a partial key": {
			`CREATE TABLE p (name text, main bool); CREATE UNIQUE INDEX ON p (name) WHERE main`,
			table("p", "name", "main=fixed(true)"), "unique_unknown", []string{"main"},
		},
		"a condition that is never met": {
			`CREATE TABLE p (name text, main bool); CREATE UNIQUE INDEX ON p (name) WHERE main`,
			table("p", "main=fixed(false)", "name=first_name()"), "", nil,
		},
		"a condition on NULL": {
			`CREATE TABLE p (name text, gone date); CREATE UNIQUE INDEX ON p (name) WHERE gone IS NULL`,
			table("p", "name", `gone=truncate("year")`), "", nil,
		},
		"a key of a generated column": {
			`CREATE TABLE p (name text, low text GENERATED ALWAYS AS (lower(name)) STORED UNIQUE)`,
			table("p", "name=first_name()", "low"), "lossy_unique", []string{"public.p.name"},
		},
		"NULL on a unique key": {email, table("p", "id", "email=null_value()"), "", nil},
		"a column of a key whose other is NULL": {
			`CREATE TABLE p (a text, b text, UNIQUE (a, b))`, table("p", "a=null_value()", "b=first_name()"), "", nil,
		},
		"a column that another key tells apart": {
			`CREATE TABLE p (id int PRIMARY KEY, name text, UNIQUE (id, name))`, table("p", "id", "name=first_name()"),
			"", nil,
		},
		"a partition's own key": {
			`CREATE TABLE p (id int, name text) PARTITION BY LIST (id); CREATE TABLE p1 PARTITION OF p DEFAULT;
				CREATE UNIQUE INDEX ON p1 (name)`, table("p", "id", "name=first_name()"), "lossy_unique",
			[]string{"public.p1.name"},
		},
		"a key of a partitioned table": {
			`CREATE TABLE p (id int, name text, UNIQUE (id, name)) PARTITION BY LIST (id);
				CREATE TABLE p1 PARTITION OF p DEFAULT`, table("p", "id", "name=first_name()"), "lossy_unique",
			[]string{"public.p.name"},
		},
		"the expression that routes to a part": {
			`CREATE TABLE p (id int, at timestamp) PARTITION BY RANGE (date_trunc('month', at));
				CREATE TABLE p1 PARTITION OF p DEFAULT`, table("p", "id", `at=truncate("year")`), "partition_key",
			[]string{"public.p.at"},
		},
		"a partition that is masked by itself": {
			`CREATE TABLE p (id int, n int) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p DEFAULT`,
			table("p", "id", "n") + table("p1", "id", "n=token()"), "partition_key", []string{"public.p1.n"},
		},
		"a part of a part": {
			`CREATE TABLE p (id int, n int) PARTITION BY LIST (n);
				CREATE TABLE p1 PARTITION OF p DEFAULT PARTITION BY LIST (id);
				CREATE TABLE p11 PARTITION OF p1 DEFAULT`, table("p", "id=token()", "n"), "partition_key",
			[]string{"public.p1"},
		},
		"digits that a CHECK asks for": {
			`CREATE TABLE p (ssn char(11) UNIQUE CHECK (ssn ~ '^[0-9]{3}-[0-9]{2}-[0-9]{4}$'))`,
			table("p", "ssn=digits()"), "", nil,
		},
		"digits that a domain asks for": {
			`CREATE DOMAIN my_number AS char(12) CHECK (VALUE ~ '^[0-9]{12}$');
				CREATE TABLE p (n my_number PRIMARY KEY)`, table("p", "n=digits({ keep_last = 2 })"), "", nil,
		},
		"digits that may be none": {
			`CREATE TABLE p (n text UNIQUE CHECK (n ~ '^[0-9]*$'))`, table("p", "n=digits()"),
			"lossy_unique check_unknown", nil,
		},
		"digits of two scripts": {
			`CREATE TABLE p (n text UNIQUE CHECK (n ~ '^[0-9０-９]+$'))`, table("p", "n=digits()"), "lossy_unique", nil,
		},
		"digits of a CHECK that is not valid": {
			`CREATE TABLE p (n text UNIQUE); ALTER TABLE p ADD CHECK (n ~ '^[0-9]+$') NOT VALID`,
			table("p", "n=digits()"), "lossy_unique", nil,
		},
		"digits of a domain that is not valid": {
			`CREATE DOMAIN d AS text; ALTER DOMAIN d ADD CHECK (VALUE ~ '^[0-9]+$') NOT VALID;
				CREATE TABLE p (n d UNIQUE)`, table("p", "n=digits()"), "lossy_unique", nil,
		},
		"digits of a pattern for LIKE": {
			`CREATE TABLE p (n text UNIQUE CHECK (n LIKE '___-__-____'))`, table("p", "n=digits()"),
			"lossy_unique check_unknown", []string{"'^[0-9]+$'; LIKE and a length do not"},
		},
		"digits of a short code": {
			`CREATE TABLE p (n char(6) UNIQUE)`, table("p", "n=digits()"), "lossy_unique",
			[]string{`distinct: digits({ unmatched = "token", length = 6 }) or token({ length = 6 }).`},
		},
		"digits of a shorter one": {
			`CREATE TABLE p (n varchar(5) UNIQUE)`, table("p", "n=digits()"), "lossy_unique",
			[]string{"No mask keeps values distinct in character varying(5): use keep()"},
		},
		"a number that may meet another": {
			`CREATE TABLE p (n int UNIQUE)`, table("p", "n=noise(0.1)"), "lossy_unique",
			[]string{"distinct: int_map() or token()."},
		},
		"a short code under what keeps it apart": {
			`CREATE TABLE p (n char(6) UNIQUE)`, table("p", `n=digits({ unmatched = "token", length = 6 })`), "", nil,
		},
		"a key masked with what is proven unique": {
			`CREATE TABLE p (id int PRIMARY KEY, u uuid UNIQUE)`, table("p", "id=int_map()", "u=uuid()"), "", nil,
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.sql, c.hcl, nil, c.codes, c.words...) })
	}
}

// TestNullsNotDistinct: to such a key all NULLs are one.
func TestNullsNotDistinct(t *testing.T) {
	if pgtest.Rows(t, pgtest.Database(t, pgtest.Server(t)),
		"SELECT current_setting('server_version_num')::int >= 150000")[0] != "t" {
		t.Skip("NULLS NOT DISTINCT is of PostgreSQL 15")
	}
	expect(t, `CREATE TABLE p (a text, b text, UNIQUE NULLS NOT DISTINCT (a))`, table("p", "a=null_value()", "b"), nil,
		"lossy_unique", "which has room for one NULL")
	expect(t, `CREATE TABLE p (a text, b text UNIQUE, UNIQUE NULLS NOT DISTINCT (a, b))`,
		table("p", "a=null_value()", "b"), nil, "lossy_unique")
	expect(t, `CREATE TABLE p (a text, b text PRIMARY KEY, UNIQUE NULLS NOT DISTINCT (a, b))`,
		table("p", "a=null_value()", "b"), nil, "")
}

func TestConstraints(t *testing.T) {
	for name, c := range map[string]struct {
		sql, hcl string
		codes    string
		words    []string
	}{
		"a constant that is refused": {
			`CREATE TABLE p (status text CONSTRAINT states CHECK (status IN ('on', 'off')))`,
			table("p", `status=fixed("gone")`), "check_fails",
			[]string{"states of public.p", `"gone" violates it`},
		},
		"a constant that is allowed": {
			`CREATE TABLE p (status text CHECK (status IN ('on', 'off')))`, table("p", `status=fixed("off")`), "", nil,
		},
		"values of which some are refused": {
			`CREATE TABLE p (status text CHECK (status IN ('on', 'off')))`, table("p", `status=one_of(["on", "gone"])`),
			"check_unknown", []string{`"gone"`},
		},
		"a constraint of another column": {
			`CREATE TABLE p (status text CHECK (status IN ('on', 'off')), name text)`,
			table("p", "status", "name=token()"), "", nil,
		},
		"two columns together": {
			`CREATE TABLE p (a date, b date, CHECK (a < b))`, table("p", `a=jitter("3 days")`, "b"), "check_unknown",
			nil,
		},
		"a domain": {
			`CREATE DOMAIN mail AS text CHECK (VALUE ~ '@'); CREATE TABLE p (m mail)`, table("p", "m=token()"),
			"check_fails", []string{"The domain public.mail of public.p.m", "VALUE"},
		},
		"a domain on a domain": {
			`CREATE DOMAIN mail AS text CHECK (VALUE ~ '@');
				CREATE DOMAIN short AS mail CHECK (char_length(VALUE) < 40); CREATE TABLE p (m short)`,
			table("p", "m=email()"), "", nil,
		},
		"what is not checked in the source": {
			`CREATE TABLE p (status text); ALTER TABLE p ADD CHECK (status IN ('on', 'off')) NOT VALID`,
			table("p", `status=fixed("gone")`), "", nil,
		},
		"a constraint on a generated column": {
			`CREATE TABLE p (m text, at int GENERATED ALWAYS AS (char_length(m)) STORED CHECK (at > 20))`,
			table("p", "m=token()", "at"), "check_fails", nil,
		},
		"a constraint of a partitioned table": {
			`CREATE TABLE p (n int, status text CHECK (status IN ('on', 'off'))) PARTITION BY LIST (n);
				CREATE TABLE p1 PARTITION OF p DEFAULT`, table("p", "n", `status=fixed("gone")`), "check_fails", nil,
		},
		"a constraint of a partition alone": {
			`CREATE TABLE p (n int, status text) PARTITION BY LIST (n); CREATE TABLE p1 PARTITION OF p DEFAULT;
				ALTER TABLE p1 ADD CHECK (status = 'on')`, table("p", "n", `status=fixed("gone")`), "check_fails",
			[]string{"public.p1"},
		},
		"a constraint that a child inherits": {
			`CREATE TABLE p (status text CHECK (status = 'on')); CREATE TABLE c () INHERITS (p)`,
			table("p", "status") + table("c", `status=fixed("gone")`), "check_fails", []string{"public.c"},
		},
		"ranges that exclude each other": {
			`CREATE TABLE p (during daterange, EXCLUDE USING gist (during WITH &&))`,
			table("p", `during=fixed("[2020-01-01,2021-01-01)")`), "check_fails", []string{"EXCLUDE USING gist"},
		},
		"ranges that may": {
			`CREATE TABLE p (during daterange, EXCLUDE USING gist (during WITH &&))`,
			table("p", `during=range(jitter("3 days"))`), "check_unknown", nil,
		},
		"ranges that are NULL": {
			`CREATE TABLE p (during daterange, EXCLUDE USING gist (during WITH &&))`, table("p", "during=null_value()"),
			"", nil,
		},
		"equality that excludes": {
			`CREATE TABLE p (room text, EXCLUDE USING hash (room WITH =))`, table("p", "room=token()"), "", nil,
		},
		"equality that excludes a lossy mask": {
			`CREATE TABLE p (room text, EXCLUDE USING hash (room WITH =))`, table("p", "room=first_name()"),
			"check_unknown", nil,
		},
		"a mask of a row, none of which fits": {
			`CREATE TABLE p (ok bool, m text CHECK (m LIKE '%@%'))`,
			table("p", "ok", `m=when("ok", token(), fixed("x"))`), "check_fails", nil,
		},
		"a mask of a row, one part of which is": {
			`CREATE TABLE p (ok bool, m text CHECK (m LIKE '%@%'))`, table("p", "ok", `m=when("ok", token(), email())`),
			"check_unknown", nil,
		},
	} {
		t.Run(name, func(t *testing.T) { expect(t, c.sql, c.hcl, nil, c.codes, c.words...) })
	}
}

func TestTags(t *testing.T) {
	const rule = "rule \"addresses\" {\n match {\n tag = [\"email\", \"#Contact\"]\n }\n mask = email()\n}\n" +
		"rule \"logs\" {\n match {\n tag = \"log\"\n }\n data = false\n}\n"
	tables := expect(t,
		`CREATE TABLE a (email text, contact_address text, note text, mail_count int);
			COMMENT ON COLUMN a.note IS 'How to reach them #contact, ask bob@email.example'; CREATE TABLE b (x text);
			COMMENT ON TABLE b IS '@log of changes'`,
		rule+table("a", "contact_address", "mail_count"),
		[]string{"a.email=email() (rule.addresses (tag email))", "a.note=email() (rule.addresses (tag contact))"}, "")
	if got := string(tables[1].Treatment) + " " + tables[1].Reason; got != "structure rule.logs" {
		t.Error(got)
	}
	_, ds := resolve(t, `CREATE TABLE a (x text)`, strings.Replace(rule, "log\"", "nothing\"", 1)+table("a", "x"))
	if codes(ds) != "rule_matches_nothing rule_matches_nothing" {
		t.Error(ds)
	}
}

// TestMisspeltTag: a rule whose tag nothing has names the nearest that there is.
func TestMisspeltTag(t *testing.T) {
	const sql = `CREATE TABLE p (id int, x text); COMMENT ON COLUMN p.x IS 'held for #lawyers'`
	rule := func(tag string) string {
		return table("p", "id", "x") + "rule \"a\" {\n match {\n tag = " + tag + "\n }\n mask = email()\n}\n"
	}
	expect(t, sql, rule(`"emial"`), nil, "rule_matches_nothing", `has the tag "emial". Did you mean "email"?`)
	expect(t, sql, rule(`"#lawyer"`), nil, "rule_matches_nothing", `Did you mean "lawyers"?`)
	if _, ds := resolve(t, sql, rule(`["email", "em*"]`)); strings.Contains(ds.Error(), "has the tag") {
		t.Errorf("tags that there are: %s", ds)
	}
}
