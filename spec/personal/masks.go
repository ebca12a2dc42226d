package personal

import (
	"strings"
	"sync"

	"github.com/shoji-pg/shoji/spec/mask"
)

// candidate is a mask that is proposed where the type has room for it. %L is the locale's argument.
type candidate struct {
	mask string
	room int // the shortest varchar(n) that it fits
}

// hidden keeps the length alone, and fits everywhere: what a text gets when nothing else does.
const hidden = `partial(0, "*", 0)`

// forText are the masks of text by kind, the best first; hidden stands behind each.
var forText = sync.OnceValue(func() map[Kind][]candidate {
	removed := []candidate{{`fixed("(removed)", { keep_null = true })`, 9}}
	opaque := []candidate{{"token()", 16}, {"token({ length = 8 })", 8}}
	digits := []candidate{{"digits()", 1}}
	return map[Kind][]candidate{
		Email:        {{"email()", 28}, {"email({ length = 8 })", 20}, {"token({ length = 8 })", 8}},
		Phone:        {{"phone(%L)", 20}, {"digits()", 1}},
		FirstName:    {{"first_name(%L)", 8}},
		LastName:     {{"last_name(%L)", 8}},
		FullName:     {{"full_name(%L)", 17}},
		Kana:         {{"full_name(%K)", 17}},
		Username:     {{"username()", 24}, {"token()", 16}, {"token({ length = 8 })", 8}},
		Company:      {{"company(%L)", 40}, {"token({ length = 8 })", 8}},
		BirthDate:    {{`fixed("1970-01-01", { keep_null = true })`, 10}, {`fixed("1970", { keep_null = true })`, 4}},
		PersonalDate: {{`fixed("1970-01-01", { keep_null = true })`, 10}},
		Age:          {{`fixed("0", { keep_null = true })`, 1}},
		Gender:       {{`fixed("unknown", { keep_null = true })`, 7}, {`fixed("x", { keep_null = true })`, 1}},
		Address:      {{"address(%L)", 80}, {"street(%L)", 40}, {"token({ length = 8 })", 8}},
		Street:       {{"street(%L)", 40}, {"token({ length = 8 })", 8}},
		City:         {{"city(%L)", 20}, {"token({ length = 8 })", 8}},
		Postcode:     {{"postcode(%L)", 10}, {"digits()", 1}},
		Geo:          {{`fixed("0", { keep_null = true })`, 1}},
		NationalID:   digits,
		Passport:     {{"token()", 16}, {"token({ length = 8 })", 8}},
		License:      opaque,
		TaxID:        digits,
		CreditCard:   {{"credit_card()", 19}, {"digits()", 1}},
		CardCode:     digits,
		IBAN:         {{"iban()", 34}, {"digits()", 1}},
		BankAccount:  digits,
		Salary:       digits,
		Health:       removed,
		Belief:       removed,
		IP:           {{"ip()", 15}},
		MAC:          {{"mac()", 17}, {"token({ length = 8 })", 8}},
		Device:       opaque,
		UserAgent:    removed,
		Password:     {{"hash()", 32}, {"token({ length = 8 })", 8}},
		Token:        {{"hash()", 32}, {"token({ length = 8 })", 8}},
		Person:       {{"digits()", 1}},
		URL:          {{"url()", 60}, {"token({ length = 8 })", 8}},
		Photo:        removed,
		FreeText:     removed,
		Document:     removed,
	}
})

// forOthers are the masks of types that are no text, by kind. What is not here is not held by that class: an e-mail is no number.
var forOthers = sync.OnceValue(func() map[class]map[Kind]string {
	number, date := `noise(0.2)`, `truncate("year")`
	return map[class]map[Kind]string{
		integer: {Phone: "token()", Age: "truncate(10)", Salary: number, NationalID: "token()", TaxID: "token()", CreditCard: "token()", CardCode: "fixed(0, { keep_null = true })",
			Postcode: "truncate(1000)", BankAccount: "token()", Person: "token()", Gender: "fixed(0, { keep_null = true })", BirthDate: "truncate(10000)", Password: "fixed(0, { keep_null = true })",
			Health: number, License: "token()", Passport: "token()"},
		decimal: {Phone: "fixed(0, { keep_null = true })", Age: "truncate(10)", Salary: number, NationalID: "fixed(0, { keep_null = true })", TaxID: "fixed(0, { keep_null = true })",
			CreditCard: "fixed(0, { keep_null = true })", BankAccount: "fixed(0, { keep_null = true })", Person: "fixed(0, { keep_null = true })", Geo: "truncate(0.1)", Health: number},
		day:      {BirthDate: date, PersonalDate: `jitter("90 days")`, CardCode: date},
		labels:   {Gender: "one_of()", Belief: "one_of()", Health: "one_of()", Age: "one_of()"},
		random:   {Token: "uuid()", Password: "uuid()", Device: "uuid()"},
		network:  {IP: "ip()"},
		hardware: {MAC: "mac()"},
	}
})

// holds reports whether a class can hold a kind.
func holds(k Kind, c class) bool {
	switch c = c.element(); c {
	case none:
		return false
	case text, bytes, document, searchWords, composite, place:
		return c != place || k == Geo || k == Address || k == City
	}
	return forOthers()[c][k] != ""
}

// Propose gives a mask for a column of a type that holds a kind; false where such a column cannot. ja asks for Japanese names and places.
func Propose(k Kind, t mask.Type, ja bool) (string, bool) {
	u := t.Underlying()
	if c := classOf(t); c != c.element() {
		inner, ok := Propose(k, *u.Elem, ja)
		return "array(" + inner + ")", ok
	}
	switch c := classOf(t); c {
	case none:
		return "", false
	case text:
		return ofText(k, u.MaxLength, ja), true
	case bytes, searchWords:
		return `fixed("")`, true
	case document:
		return map[string]string{"json": `fixed("{}")`, "jsonb": `fixed("{}")`, "xml": `fixed("<removed/>")`, "hstore": `fixed("")`}[u.Name], true
	case composite:
		return "null_value()", true
	case place:
		if u.Name == "point" {
			return `fixed("(0,0)")`, true
		}
		return "null_value()", true
	case decimal:
		if u.Name == "money" {
			return "fixed(0, { keep_null = true })", true
		}
		fallthrough
	default:
		m, ok := forOthers()[c][k]
		if u.Name == "int2" && m == "token()" { // too small for one
			m = "fixed(0, { keep_null = true })"
		}
		if !inCatalogue(m) {
			m = `fixed("02:00:00:00:00:00", { keep_null = true })`
		}
		return m, ok
	}
}

func ofText(k Kind, limit int, ja bool) string {
	for _, c := range forText()[k] {
		m := strings.NewReplacer("%L", locale(ja), "%K", `"ja"`).Replace(c.mask)
		if (limit == 0 || limit >= c.room) && inCatalogue(m) {
			return m
		}
	}
	return hidden
}

func locale(ja bool) string {
	if ja {
		return `"ja"`
	}
	return ""
}

// inCatalogue reports whether this release has the mask.
func inCatalogue(m string) bool {
	name, _, _ := strings.Cut(m, "(")
	return catalogue()[name]
}

var catalogue = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for name := range mask.Functions() {
		out[name] = true
	}
	return out
})
