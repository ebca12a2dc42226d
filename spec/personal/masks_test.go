package personal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/spec/mask"
)

// types are those that a column of somebody's can have.
func types() []mask.Type {
	var out []mask.Type
	for _, name := range strings.Fields("smallint integer bigint numeric float4 float8 money date timestamp " +
		"timestamptz uuid inet cidr macaddr macaddr8 bytea json jsonb xml tsvector point geometry text citext bpchar") {
		out = append(out, typeOf(name))
	}
	for _, n := range []int{1, 2, 4, 7, 8, 9, 10, 12, 15, 16, 17, 19, 20, 24, 28, 34, 40, 60, 80, 255} {
		out = append(out, typeOf(fmt.Sprintf("varchar(%d)", n)), typeOf(fmt.Sprintf("char(%d)", n)))
	}
	hstore := mask.Type{Schema: "public", Name: "hstore", Formatted: "hstore", Kind: 'b', Category: 'U'}
	enum := mask.Type{
		Schema:    "public",
		Name:      "sort",
		Formatted: "sort",
		Kind:      'e',
		Category:  'E',
		Labels:    []string{"a", "b"},
	}
	row := mask.Type{Schema: "public", Name: "pair", Formatted: "pair", Kind: 'c', Category: 'C'}
	domain := typeOf("varchar(80)")
	return append(out, hstore, enum, row, typeOf("text[]"), typeOf("varchar(20)[]"), typeOf("inet[]"), mask.Type{
		Schema:    "public",
		Name:      "word",
		Formatted: "word",
		Kind:      'd',
		Category:  'S',
		Base:      &domain,
	})
}

// TestProposalsCompile: a mask that is proposed fits every type for which it is.
func TestProposalsCompile(t *testing.T) {
	compiled := 0
	for _, k := range Kinds() {
		for _, typ := range types() {
			for _, ja := range []bool{false, true} {
				if !holds(k.Kind, classOf(typ)) {
					continue
				}
				text, ok := Propose(k.Kind, typ, ja)
				if !ok {
					t.Errorf("%s on %s: held, but without a mask", k.Kind, typ.Formatted)
					continue
				}
				m, err := mask.Parse(text)
				if err != nil {
					t.Errorf("%s on %s: %v", k.Kind, typ.Formatted, err)
					continue
				}
				if _, err := m.Compile(mask.Column{
					Schema:   "public",
					Table:    "t",
					Name:     "c",
					Type:     typ,
					Siblings: []string{"c"},
				}); err != nil {
					t.Errorf("%s on %s: %v", k.Kind, typ.Formatted, err)
				}
				compiled++
			}
		}
	}
	if compiled < 1000 {
		t.Errorf("only %d proposals were tried", compiled)
	}
}

// TestEveryMaskIsReached: no candidate of a text stands behind one that always fits before it, and none is misspelt.
func TestEveryMaskIsReached(t *testing.T) {
	for kind, list := range forText() {
		for i, c := range list {
			if i > 0 && c.room >= list[i-1].room {
				t.Errorf("%s: %s is never reached", kind, c.mask)
			}
		}
	}
	for _, k := range Kinds() {
		if forText()[k.Kind] == nil {
			t.Errorf("%s has no mask for text", k.Kind)
		}
	}
}

// TestForms: the name of a column says in which part and script of a Japanese name it is.
func TestForms(t *testing.T) {
	for name, want := range map[string]string{
		"name_kana":        `full_name("ja", { form = "kana" })`,
		"sei_kana":         `last_name("ja", { form = "kana" })`,
		"first_name_kana":  `first_name("ja", { form = "kana" })`,
		"shimei_kana":      `full_name("ja", { form = "kana" })`,
		"セイ":               `last_name("ja", { form = "kana" })`,
		"姓":                `last_name("ja")`,
		"full_name_romaji": `full_name("ja", { form = "romaji" })`,
		"full_name":        "full_name()",
	} {
		g, _ := Recognise(Column{Table: "t", Name: name, Type: typeOf("varchar(40)")})
		if g.Mask != want {
			t.Errorf("%s: %s", name, g.Mask)
		}
		if _, err := mask.Parse(g.Mask); err != nil {
			t.Error(err)
		}
	}
}
