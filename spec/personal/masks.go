package personal

import (
	"strings"
	"sync"

	"github.com/shoji-pg/shoji/spec/mask"
)

// candidate is a mask that is proposed if the type has room for it. %L is the locale's argument.
type candidate struct {
	mask string
	room int // the shortest varchar(n) that it fits
	ja   int // that in ja, where it differs
}

// hidden keeps only the length and fits everywhere: the last resort for a text.
const hidden = `partial(0, "*", 0)`

// forText are the masks of text by kind, the best first; hidden stands behind each.
var forText = sync.OnceValue(func() map[Kind][]candidate {
	removed := []candidate{{`fixed("(removed)", { keep_null = true })`, 9, 0}}
	words := []candidate{{"lorem(%L)", 1, 0}}
	form := []candidate{{"shape()", 1, 0}}
	opaque := []candidate{{"token()", 16, 0}, {"token({ length = 8 })", 8, 0}}
	digest := []candidate{{"hash()", 32, 0}, {"token({ length = 8 })", 8, 0}}
	return map[Kind][]candidate{
		Email:     {{"email()", 28, 0}, {"email({ length = 8 })", 20, 0}, {"token({ length = 8 })", 8, 0}},
		Phone:     {{"phone(%L)", 10, 11}, {"digits()", 1, 0}},
		FirstName: {{"first_name(%L)", 4, 1}},
		LastName:  {{"last_name(%L)", 4, 1}},
		FullName:  {{"full_name(%L)", 10, 3}},
		Kana:      {{`full_name("ja", { form = "kana" })`, 5, 0}},
		Username:  {{"username()", 21, 0}, {"username({ length = 8 })", 13, 0}, {"token({ length = 8 })", 8, 0}},
		Company:   {{"company(%L)", 9, 8}, {"token({ length = 8 })", 8, 0}},
		BirthDate: {
			{`fixed("1970-01-01", { keep_null = true })`, 10, 0},
			{`fixed("1970", { keep_null = true })`, 4, 0},
		},
		PersonalDate: {{`fixed("1970-01-01", { keep_null = true })`, 10, 0}},
		Age:          {{`fixed("0", { keep_null = true })`, 1, 0}},
		Gender:       {{`fixed("unknown", { keep_null = true })`, 7, 0}, {`fixed("x", { keep_null = true })`, 1, 0}},
		Address:      {{"address(%L)", 44, 23}, {"street(%L)", 13, 10}, {"token({ length = 8 })", 8, 0}},
		Street:       {{"street(%L)", 13, 10}, {"token({ length = 8 })", 8, 0}},
		City:         {{"city(%L)", 4, 2}},
		Postcode:     {{"postcode(%L)", 5, 7}, {"digits()", 1, 0}},
		Geo:          {{`fixed("0", { keep_null = true })`, 1, 0}},
		NationalID:   form,
		Passport:     form,
		License:      form,
		TaxID:        form,
		CreditCard:   {{"credit_card()", 1, 0}},
		CardCode:     {{"digits()", 1, 0}},
		IBAN:         {{"iban()", 1, 0}},
		BankAccount:  form,
		Job:          removed,
		Salary:       {{"digits()", 1, 0}},
		Health:       removed,
		Belief:       removed,
		IP:           {{"ip()", 39, 0}, {"ip_prefix(24)", 1, 0}},
		MAC:          {{"mac()", 17, 0}, {"token({ length = 8 })", 8, 0}},
		Device:       opaque,
		UserAgent:    removed,
		Password:     digest,
		Token:        digest,
		Person:       form,
		URL:          {{"url()", 36, 0}, {"url({ length = 8 })", 28, 0}, {"token({ length = 8 })", 8, 0}},
		Photo:        removed,
		FreeText:     words,
		Document:     removed,
	}
})

// forOthers are the masks of types other than text, by kind. A class does not hold the kinds that are missing here: an
// e-mail address is not a number.
var forOthers = sync.OnceValue(func() map[class]map[Kind]string {
	number, date := `noise(0.2)`, `truncate("year")`
	return map[class]map[Kind]string{
		integer: {
			Phone:       "int_map()",
			Age:         "truncate(10)",
			Salary:      number,
			NationalID:  "int_map()",
			TaxID:       "int_map()",
			CreditCard:  "int_map()",
			CardCode:    "fixed(0, { keep_null = true })",
			Postcode:    "truncate(1000)",
			BankAccount: "int_map()",
			Person:      "int_map()",
			Gender:      "fixed(0, { keep_null = true })",
			BirthDate:   "truncate(10000)",
			Password:    "fixed(0, { keep_null = true })",
			Health:      number,
			License:     "int_map()",
			Passport:    "int_map()",
			Geo:         "truncate(1000000)", // of degrees times ten million, as maps store them; others become 0
		},
		decimal: {
			Phone:       "fixed(0, { keep_null = true })",
			Age:         "truncate(10)",
			Salary:      number,
			NationalID:  "fixed(0, { keep_null = true })",
			TaxID:       "fixed(0, { keep_null = true })",
			CreditCard:  "fixed(0, { keep_null = true })",
			BankAccount: "fixed(0, { keep_null = true })",
			Person:      "fixed(0, { keep_null = true })",
			Geo:         "truncate(0.1)",
			Health:      number,
		},
		day:      {BirthDate: date, PersonalDate: `jitter("90 days")`, CardCode: date},
		labels:   {Gender: "enum()", Belief: "enum()", Health: "enum()", Age: "enum()", Job: "enum()"},
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

// Propose returns a mask for a column of a type that holds a kind; false if such a column cannot. With ja the names
// and places are Japanese.
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
		return map[string]string{
			"json":   `fixed("{}")`,
			"jsonb":  `fixed("{}")`,
			"xml":    `fixed("<removed/>")`,
			"hstore": `fixed("")`,
		}[u.Name], true
	case composite:
		return "null_value()", true
	case place:
		if u.Name == "point" {
			return `fixed("(0,0)")`, true
		}
		return "null_value()", true
	default:
		m, ok := forOthers()[c][k]
		return m, ok
	}
}

func ofText(k Kind, limit int, ja bool) string {
	for _, c := range forText()[k] {
		room, locale := c.room, ""
		if ja {
			locale = `"ja"`
			if c.ja > 0 {
				room = c.ja
			}
		}
		if limit == 0 || limit >= room {
			return strings.Replace(c.mask, "%L", locale, 1)
		}
	}
	return hidden
}
