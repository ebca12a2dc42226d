package importer

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/spec/mask"
)

// argument is one argument of a function: a column, a constant, a list of them; none of these where it is SQL.
type argument struct {
	column, constant string
	known            bool // constant is one
	list             []string
}

// anonSame are functions of PostgreSQL Anonymizer that make a value of a kind, by their names without fake_, dummy_,
// pseudo_, random_ and _locale.
func anonSame() map[string]func() outcome {
	some := func(note string, o outcome) func() outcome { return func() outcome { return o.but(note) } }
	return map[string]func() outcome{
		"first_name":            firstName,
		"last_name":             lastName,
		"name":                  fullName,
		"name_with_title":       some("without a title", fullName()),
		"email":                 func() outcome { return email("", "") },
		"free_email":            func() outcome { return email("", "") },
		"safe_email":            func() outcome { return email("", "") },
		"city":                  city,
		"city_name":             city,
		"state_name":            region,
		"state_abbr":            func() outcome { return exactly(`city({ part = "region_code" })`) },
		"country_code":          func() outcome { return exactly(`country({ form = "code" })`) },
		"country":               country,
		"country_name":          country,
		"company":               company,
		"company_name":          company,
		"address":               address,
		"secondary_address":     street,
		"street_name":           street,
		"building_number":       some("a whole street", street()),
		"postcode":              postcode,
		"post_code":             postcode,
		"zip_code":              postcode,
		"zip":                   postcode,
		"phone_number":          phone,
		"cell_number":           phone,
		"phone":                 phone,
		"credit_card_number":    card,
		"iban":                  iban,
		"ip":                    ip,
		"ipv4":                  ip,
		"ipv6":                  ip,
		"mac_address":           mac,
		"username":              username,
		"domain_suffix":         domain,
		"latitude":              some("a place nearby, of some ten kilometres", exactly("truncate(0.1)")),
		"longitude":             some("a place nearby, of some ten kilometres", exactly("truncate(0.1)")),
		"uuidv1":                uuid,
		"uuidv3":                uuid,
		"uuidv4":                uuid,
		"uuidv5":                uuid,
		"word":                  someText,
		"words":                 someText,
		"timezone":              func() outcome { return oneOf(zones) },
		"currency_code":         func() outcome { return oneOf(currencies) },
		"siret":                 some("digits without a check digit", exactly("digits()")),
		"bic":                   some("digits alone change", exactly("digits()")),
		"isbn":                  some("without a check digit", exactly("digits()")),
		"isbn13":                some("without a check digit", exactly("digits()")),
		"isin":                  some("digits alone change", exactly("digits()")),
		"licence_plate":         some("digits alone change", exactly("digits()")),
		"health_insurance_code": some("digits alone change", exactly("digits()")),
		"user_agent":            some("one for all", exactly(`fixed("Mozilla/5.0", { keep_null = true })`)),
		"file_name":             token,
		"file_path":             token,
		"dir_path":              token,
		"hash":                  func() outcome { return exactly("hash()") },
		"id":                    token,
		"id_int":                token,
	}
}

// anonFunction returns the mask of a function of the schema anon.
func anonFunction(name string, arguments []argument) outcome {
	at := func(i int) string {
		if i < len(arguments) {
			return arguments[i].constant
		}
		return ""
	}
	switch {
	case name == "noise" || name == "add_noise":
		return ratio(at(1))
	case name == "dnoise":
		return span(at(1))
	case name == "partial":
		return anonPartial(arguments)
	case name == "partial_email":
		return email("", "nothing of the address stays")
	case name == "hash" || name == "digest":
		return exactly("hash()").but("32 hexadecimal digits, keyed by the key of the refresh")
	case name == "lorem_ipsum":
		return someText().but("of another length")
	case name == "random_string":
		return letters(at(0))
	case name == "random_int_between" || name == "random_bigint_between":
		return between(at(0), at(1))
	case name == "random_in_int4range" || name == "random_in_int8range":
		return rangeOf(at(0))
	case name == "random_in_numrange":
		return anotherNumber()
	case name == "random_date" || name == "random_date_between" ||
		slices.Contains([]string{"random_in_daterange", "random_in_tsrange", "random_in_tstzrange"}, name):
		return anotherDay()
	case name == "random_in" && len(arguments) == 1 && arguments[0].list != nil:
		return oneOf(arguments[0].list)
	case name == "random_in_enum":
		return exactly("enum()")
	case name == "random_id_smallint":
		return between("1", "32767").but("a smallint has room for few values")
	case strings.HasPrefix(name, "generalize_"):
		return generalize(name, at(1))
	case name == "image_blur":
		return never("no mask blurs a picture: null_value() and fixed(\"\") hide it")
	case name == "shuffle_column":
		return never("values are not exchanged between rows: a real value would stand in another row")
	}
	kind := name
	for _, prefix := range []string{"fake_", "dummy_", "pseudo_", "random_"} {
		kind = strings.TrimPrefix(kind, prefix)
	}
	kind, localised := strings.CutSuffix(kind, "_locale")
	known := anonSame()[kind]
	if known == nil {
		return anonRest(kind)
	}
	o := known()
	if localised && strings.HasPrefix(at(len(arguments)-1), "ja") {
		return japanese(o)
	}
	return o
}

// japanese asks for names of Japan, where the mask has any.
func japanese(o outcome) outcome {
	ja := strings.Replace(o.mask, "()", `("ja")`, 1)
	if _, err := mask.Parse(ja); err == nil {
		o.mask = ja
	}
	return o
}

// anonRest is for functions that make words nobody has to keep.
func anonRest(kind string) outcome {
	for _, part := range []string{
		"bs", "buzzword", "catchphrase", "color", "industry", "profession", "title", "suffix", "prefix", "extension",
		"symbol", "currency", "rfc_status", "valid_statux", "hsl", "rgb", "hex",
	} {
		if strings.HasPrefix(kind, part) || strings.HasSuffix(kind, part) {
			return nearly("of another form", someText().mask)
		}
	}
	return never("shoji knows no function anon.%s", kind)
}

func anonPartial(arguments []argument) outcome {
	if len(arguments) != 4 {
		return never("partial takes four arguments")
	}
	pad := arguments[2].constant
	o := exactly("partial(" + arguments[1].constant + ", " + mask.Quote(pad) + ", " + arguments[3].constant + ")")
	if len([]rune(pad)) == 1 {
		return o.but("the padding is repeated up to the length of the value")
	}
	return o
}

// rangeOf reads [a,b) and the like, of whole numbers.
func rangeOf(text string) outcome {
	text = strings.TrimSpace(text)
	if len(text) < 5 {
		return between("", "")
	}
	low, high, _ := strings.Cut(text[1:len(text)-1], ",")
	low, high = strings.TrimSpace(low), strings.TrimSpace(high)
	o := between(low, high)
	if strings.HasSuffix(text, ")") && strings.HasSuffix(o.mask, ", "+high+"])") {
		o.mask = strings.TrimSuffix(o.mask, ", "+high+"])") + "])"
	}
	return o
}

// generalize makes a range of a value; a copy has the column's own type.
func generalize(name, step string) outcome {
	if step == "" {
		step = "10"
	}
	if strings.Trim(step, "0123456789.") == "" {
		return nearly("the lower end of the range, in the column's own type", "truncate("+step+")")
	}
	return nearly("the beginning of the range, in the column's own type", "truncate("+mask.Quote(step)+")")
}
