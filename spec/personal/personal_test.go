package personal

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/spec/mask"
)

// typeOf makes a type from the way PostgreSQL prints it.
func typeOf(text string) mask.Type {
	if elem, isArray := strings.CutSuffix(text, "[]"); isArray {
		e := typeOf(elem)
		return mask.Type{Schema: "pg_catalog", Name: "_" + e.Name, Formatted: text, Kind: 'b', Category: 'A', Elem: &e}
	}
	name, rest, limited := strings.Cut(text, "(")
	aliases := map[string]string{
		"varchar":          "varchar",
		"char":             "bpchar",
		"integer":          "int4",
		"bigint":           "int8",
		"smallint":         "int2",
		"boolean":          "bool",
		"double precision": "float8",
	}
	t := mask.Type{Schema: "pg_catalog", Name: name, Formatted: text, Kind: 'b', Category: 'S'}
	if internal, ok := aliases[name]; ok {
		t.Name = internal
	}
	if strings.HasSuffix(name, "range") {
		t.Kind = 'r'
	}
	switch name {
	case "citext", "geometry", "geography":
		t.Schema = "public"
	}
	if limited && (t.Name == "varchar" || t.Name == "bpchar") {
		t.MaxLength, _ = strconv.Atoi(strings.TrimSuffix(rest, ")"))
	}
	return t
}

type named struct {
	line   string
	column Column
	want   Kind
}

// names reads testdata/names.txt.
func readNames(t *testing.T) []named {
	t.Helper()
	src, err := os.ReadFile("testdata/names.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []named
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		text, comment, _ := strings.Cut(line, " -- ")
		left, want, found := strings.Cut(text, " = ")
		name, typ, _ := strings.Cut(left, " ")
		table, column, ok := strings.Cut(name, ".")
		if !found || !ok {
			t.Fatalf("%q cannot be read", line)
		}
		want = strings.TrimSpace(want)
		if want == "none" {
			want = ""
		}
		out = append(out, named{
			line, Column{Schema: "public", Table: table, Name: column, Comment: comment, Type: typeOf(typ)}, Kind(want),
		})
	}
	return out
}

func TestNames(t *testing.T) {
	list := readNames(t)
	if len(list) < 300 {
		t.Fatalf("only %d names", len(list))
	}
	for _, n := range list {
		g, ok := Recognise(n.column)
		if g.Kind != n.want || ok != (n.want != "") {
			t.Errorf("%s: got %q (%s)", n.line, g.Kind, g.Reason)
		}
	}
}

// TestExamplesAreRecognised holds the table of the documentation against what is recognised.
func TestExamplesAreRecognised(t *testing.T) {
	for _, k := range Kinds() {
		for _, example := range k.Examples {
			if strings.HasPrefix(example, "every ") {
				continue // a type
			}
			name, table, _ := strings.Cut(example, " in ")
			found := false
			for _, typ := range []string{"text", "date", "integer", "numeric", "jsonb"} {
				g, _ := Recognise(Column{Table: table, Name: name, Type: typeOf(typ)})
				found = found || g.Kind == k.Kind
			}
			if !found {
				t.Errorf("%s: the example %q is not recognised", k.Kind, example)
			}
		}
	}
}

// TestOrdinary: what is kept without asking is certain, and never what is recognised.
func TestOrdinary(t *testing.T) {
	for text, want := range map[string]bool{
		"products.name text":                  true,
		"products.description text":           true,
		"orders.status text":                  true,
		"orders.currency char(3)":             true,
		"customers.created_at timestamptz":    true,
		"customers.id bigint":                 true,
		"customers.is_active boolean":         true,
		"employee.title varchar(30)":          false,
		"employees.country varchar(30)":       true,
		"routes.path text":                    false,
		"routes.name text":                    false,
		"redirect_routes.path text":           false,
		"namespaces.path text":                false,
		"uploads.file_path text":              true,
		"uploads.sha256 bytea":                true,
		"commits.sha bytea":                   true,
		"push_rules.email_regex text":         true,
		"environments.description text":       false,
		"products.long_description text":      true,
		"exports.csv_lines text":              false,
		"exports.lines text":                  false,
		"exports.rows text":                   false,
		"settings.help_page_text text":        false,
		"app_settings.rate_limits jsonb":      true,
		"user_settings.settings jsonb":        false,
		"messages.message_id text":            false,
		"shifts.name text":                    true,
		"customer.last_update timestamptz":    true,
		"customer.last_update date":           true,
		"customer.first_seen_ever timestamp":  true,
		"redactions.title text":               false,
		"scrapreason.name text":               true,
		"domain_attrs.name text":              true,
		"custom_emoji.name text":              true,
		"users.path text":                     false,
		"jobs.webhook_url text":               false,
		"builds.artifact_url text":            true,
		"events.duration interval":            true,
		"audit.request_id text":               true,
		"rooms.code text":                     true,
		"verifications.code text":             false,
		"orders.error_code text":              true,
		"customers.name text":                 false,
		"customers.external_ref text":         false,
		"customers.first_seen_somewhere date": false,
		"things.whatever text":                false,
		"wp_options.option_value text":        false,
		"t.data jsonb":                        false,
		"users.email text":                    false,
		"x.c bytea":                           false,
		"customers.tags text[]":               false,
		"products.tags text[]":                true,
		"顧客マスタ.都道府県 text":                     true,
		"商品マスタ.商品名 text":                      true,
		"顧客マスタ.会員コード text":                    false,
		"顧客マスタ.なにか text":                      false,
	} {
		name, typ, _ := strings.Cut(text, " ")
		table, column, _ := strings.Cut(name, ".")
		c := Column{Schema: "public", Table: table, Name: column, Type: typeOf(typ)}
		reason, ok := Ordinary(c)
		if ok != want || ok && reason.String() == string(reason) {
			t.Errorf("%s: %v (%s)", text, ok, reason)
		}
		if _, personal := Recognise(c); ok && personal {
			t.Errorf("%s is both", text)
		}
	}
}

// TestReasons are words that people can follow.
func TestReasons(t *testing.T) {
	for _, c := range []struct {
		column     Column
		confidence Confidence
		reason     string
	}{
		{Column{Table: "t", Name: "tel_no", Type: typeOf("text")}, High, `the name "tel_no" is that of a phone number`},
		{Column{Table: "customers", Name: "name", Type: typeOf("text")}, High, `a "name" in customers is a person's`},
		{Column{Table: "t", Name: "name", Type: typeOf("text")}, Low, `"name" may be a person's: t does not tell`},
		{
			Column{Table: "t", Name: "c1", Comment: "氏名", Type: typeOf("text")}, Medium,
			`the comment speaks of a person's name`,
		},
		{
			Column{Table: "t", Name: "notes", Comment: "free text", Type: typeOf("text")}, Low,
			`the name "notes" is that of free text`,
		},
		{
			Column{Table: "t", Name: "company", Comment: "Company name", Type: typeOf("text")}, High,
			`the name "company" is that of the name of a company, and the comment speaks of the name of a company`,
		},
		{Column{Table: "t", Name: "x", Type: typeOf("inet")}, High, "its type holds addresses of a network"},
		{
			Column{
				Table: "t",
				Name:  "x",
				Type:  mask.Type{Schema: "public", Name: "email_address", Kind: 'd', Base: ptr(typeOf("text"))},
			}, High, `its type "email_address" is that of an e-mail address`,
		},
	} {
		g, _ := Recognise(c.column)
		if g.Confidence != c.confidence || g.Reason != c.reason {
			t.Errorf("%s: %s, %s", c.column.Name, g.Confidence, g.Reason)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func BenchmarkRecognise(b *testing.B) {
	list := readNames(&testing.T{})
	for i := 0; b.Loop(); i++ {
		Recognise(list[i%len(list)].column)
	}
}
