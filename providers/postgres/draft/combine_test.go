package draft

import (
	"testing"

	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// countsOf returns counts: of 1000 values, n look like a kind.
func countsOf(kind personal.Kind, within bool, n int64) Counts {
	c := Counts{Rows: 1000, Values: 1000, Distinct: 900, Matches: map[int]int64{}}
	for i, p := range patterns() {
		c.Matches[i] = 0
		if p.kind == kind && p.within == within {
			c.Matches[i] = n
		}
	}
	return c
}

func TestCombine(t *testing.T) {
	text := mask.Type{Schema: "pg_catalog", Name: "text", Formatted: "text", Kind: 'b', Category: 'S'}
	document := mask.Type{Schema: "pg_catalog", Name: "jsonb", Formatted: "jsonb", Kind: 'b', Category: 'U'}
	for _, c := range []struct {
		sentence   string
		name       string
		typ        mask.Type
		counted    Counts
		kind       personal.Kind
		confidence personal.Confidence
		reason     string
	}{
		{
			"values make a guess where the name says nothing", "c17", text, countsOf(personal.Email, false, 87),
			personal.Email, personal.Medium, "87 of 1000 sampled values look like an e-mail address",
		},
		{
			"most values make a sure one", "c17", text, countsOf(personal.Email, false, 600), personal.Email,
			personal.High, "600 of 1000 sampled values look like an e-mail address",
		},
		{
			"values confirm a name", "mailbox", text, countsOf(personal.Email, false, 1), personal.Email, personal.High,
			`the name "mailbox" is that of an e-mail address; 1 of 1000 sampled values looks like an e-mail address`,
		},
		{
			"a name whose values look otherwise is believed less", "email", text, countsOf(personal.Email, false, 3),
			personal.Email, personal.High,
			`the name "email" is that of an e-mail address; 3 of 1000 sampled values look like an e-mail address`,
		},
		{
			"a name without one value like it is believed less", "email", text, countsOf(personal.Email, false, 0),
			personal.Email, personal.Medium,
			`the name "email" is that of an e-mail address; but of 1000 sampled values none looks ` +
				`like an e-mail address`,
		},
		{
			"a user name that is an address", "username", text, countsOf(personal.Email, false, 990), personal.Email,
			personal.High, "990 of 1000 sampled values look like an e-mail address",
		},
		{
			"a sure name stays against a few values", "username", text, countsOf(personal.Email, false, 90),
			personal.Username, personal.High, `the name "username" is that of a user name`,
		},
		{
			"what is met by chance counts only where most are", "c17", text, countsOf(personal.Phone, false, 300), "",
			0,
			"",
		},
		{
			"phones", "c17", text, countsOf(personal.Phone, false, 700), personal.Phone, personal.Medium,
			"700 of 1000 sampled values look like a phone number",
		},
		{
			"an address within a note", "notes", text, countsOf(personal.Email, true, 12), personal.FreeText,
			personal.Medium,
			`the name "notes" is that of free text; 12 of 1000 sampled values have an e-mail address in them`,
		},
		{
			"an address within a document", "doc", document, countsOf(personal.Email, true, 1), personal.Document,
			personal.Medium, "anything can be in a document; 1 of 1000 sampled values has an e-mail address in it",
		},
		{
			"sentences are free text", "c17", text, countsOf(personal.FreeText, false, 400), personal.FreeText,
			personal.Low, "400 of 1000 sampled values are sentences",
		},
		{
			"an empty table says nothing", "email", text, Counts{Matches: map[int]int64{0: 0}}, personal.Email,
			personal.High, `the name "email" is that of an e-mail address`,
		},
		{
			"a number that cannot be seen in values stays", "national_id", text, countsOf(personal.Email, false, 0),
			personal.NationalID, personal.High, `the name "national_id" is that of a number of a national register`,
		},
	} {
		column := personal.Column{Schema: "public", Table: "t", Name: c.name, Type: c.typ}
		before, _ := personal.Recognise(column)
		g := combine(column, before, c.counted)
		if g.Kind != c.kind || g.Confidence != c.confidence || g.Reason != c.reason {
			t.Errorf("%s: %s, %s, %q", c.sentence, g.Kind, g.Confidence, g.Reason)
		}
		if g.Kind != "" && g.Mask == "" {
			t.Errorf("%s: no mask", c.sentence)
		}
	}
}
