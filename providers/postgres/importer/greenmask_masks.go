package importer

import (
	"regexp"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec/mask"
)

var (
	days       = strings.Fields("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
	months     = strings.Fields("January February March April May June July August September October November December")
	currencies = strings.Fields("USD EUR JPY GBP CHF AUD CAD CNY")
	zones      = strings.Fields("UTC Asia/Tokyo Europe/Berlin America/New_York America/Los_Angeles Australia/Sydney")
	centuries  = strings.Fields("XV XVI XVII XVIII XIX XX XXI")
	networks   = []string{"VISA", "MasterCard", "American Express", "Discover", "JCB"}
)

// greenmaskMask returns the mask of a transformer. own are the parameters of the column where the transformer has
// several.
func greenmaskMask(name, column string, params, own, dynamic value) outcome {
	o := greenmaskStatic(name, column, params, own)
	for _, p := range dynamic.pairs() {
		if name == "Replace" && p.key == "value" && p.value.get("column").there() {
			return expression(sqltext.Ident(p.value.get("column").text())).
				but("it takes the raw value of another column: mask that alike")
		}
		o = o.but(p.key + " of each row is not looked at")
	}
	for _, p := range params.pairs() {
		switch {
		case strings.HasPrefix(name, "Noise") && (p.key == "min" || p.key == "max" || p.key == "truncate"):
			o = o.but(p.key + " is not held")
		case p.key == "min_ratio":
			o = o.but("there is no least noise")
		}
	}
	return o
}

func greenmaskStatic(name, column string, params, own value) outcome {
	param := func(key string) string { return params.get(key).text() }
	switch name {
	case "Cmd":
		return never("it runs a program for each row, and shoji masks inside the source: write it as sql()")
	case "TemplateRecord":
		return never("it runs a program for each row: give each column that it writes a mask")
	case "Template":
		return template(param("template"))
	case "Dict":
		return greenmaskDict(column, params)
	case "Hash", "HashedPassword":
		return hashed(param("max_length"))
	case "Json":
		return jsonOperations(params.get("operations"))
	case "Masking":
		return masker(param("type"))
	case "NoiseDate":
		return span(either(param("max_ratio"), param("ratio")))
	case "NoiseFloat", "NoiseInt", "NoiseNumeric":
		return ratio(either(param("max_ratio"), param("ratio")))
	case "RandomAmountWithCurrency":
		return nearly("one amount for all", `fixed("100.00 USD", { keep_null = true })`)
	case "RandomBool":
		return truth()
	case "RandomCCNumber":
		return card()
	case "RandomCCType":
		return oneOf(networks)
	case "RandomCentury":
		return oneOf(centuries)
	case "RandomChoice":
		return oneOf(params.get("values").strings())
	case "RandomCompany":
		return company()
	case "RandomCurrency":
		return oneOf(currencies)
	case "RandomDate":
		return anotherDay()
	case "RandomDayOfMonth":
		return between("1", "28")
	case "RandomDayOfWeek":
		return oneOf(days)
	case "RandomDomainName":
		return domain()
	case "RandomE164PhoneNumber", "RandomPhoneNumber", "RandomTollFreePhoneNumber":
		return phone()
	case "RandomEmail":
		return greenmaskEmail(params)
	case "RandomFloat", "RandomNumeric":
		return anotherNumber()
	case "RandomInt":
		return between(param("min"), param("max"))
	case "RandomIp", "RandomIPv4", "RandomIPv6":
		return ip()
	case "RandomLatitude", "RandomLongitude":
		return nearly("a place nearby, of some ten kilometres", "truncate(0.1)")
	case "RandomMac", "RandomMacAddress":
		return mac()
	case "RandomMonthName":
		return oneOf(months)
	case "RandomParagraph", "RandomSentence", "RandomWord", "RandomTitleMale", "RandomTitleFemale":
		return someText()
	case "RandomPassword":
		return exactly("hash()")
	case "RandomPerson":
		return personal(own.get("template").text(), params)
	case "RandomName":
		return fullName()
	case "RandomFirstName", "RandomFirstNameMale", "RandomFirstNameFemale":
		return firstName()
	case "RandomLastName":
		return lastName()
	case "RandomString":
		return letters(param("max_length"))
	case "RandomTimezone":
		return oneOf(zones)
	case "RandomURL":
		return website()
	case "RandomUnixTimestamp", "RandomUnixTime":
		return nearly("the time moves by up to a hundredth of itself; the range is not held", "noise(0.01)")
	case "RandomUsername":
		return username()
	case "RandomUuid":
		return uuid()
	case "RandomYearString":
		return nearly("digits of no century in particular", "digits({ keep_first = 2 })")
	case "RealAddress":
		return place(own.get("template").text())
	case "RegexpReplace":
		return replaced(param("regexp"), param("replace"))
	case "Replace":
		return constant(param("value"), !params.get("keep_null").there() || params.get("keep_null").is())
	case "SetNull":
		return exactly("null_value()")
	}
	return never("shoji knows no transformer %s of greenmask", name)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// hashed is a digest of some length.
func hashed(length string) outcome {
	if length == "" || length == "0" {
		return exactly("hash()").but("32 hexadecimal digits, keyed")
	}
	o := letters(length)
	o.mask = strings.Replace(o.mask, "token(", "hash(", 1)
	return o
}

func greenmaskEmail(params value) outcome {
	o := email("", "")
	if domains := params.get("domains").strings(); len(domains) > 0 {
		if o = email(domains[0], ""); len(domains) > 1 {
			o = o.but("all at one domain")
		}
	}
	if params.get("keep_original_domain").is() {
		o = o.but("the domain does not stay")
	}
	if params.get("local_part_template").there() || params.get("domain_part_template").there() {
		o = o.but("the templates are not looked at")
	}
	return o
}

// personal reads the template of a person's name.
func personal(text string, params value) outcome {
	first, last, title := strings.Contains(text, ".FirstName"), strings.Contains(text, ".LastName"),
		strings.Contains(text, ".Title")
	o := never("the template of a person has neither .FirstName nor .LastName")
	switch {
	case first && last:
		o = fullName()
	case first:
		o = firstName()
	case last:
		o = lastName()
	case title:
		o = oneOf([]string{"Mr.", "Ms.", "Dr."})
	}
	if g := params.get("gender").text(); g != "" && g != "Any" {
		o = o.but("names of any gender")
	}
	return o
}

// place reads the template of an address.
func place(text string) outcome {
	var parts []string
	for _, p := range []string{".Address", ".City", ".State", ".PostalCode", ".Latitude", ".Longitude"} {
		if strings.Contains(text, p) {
			parts = append(parts, p)
		}
	}
	if len(parts) > 1 {
		return address().but("in the form that shoji writes addresses")
	}
	switch strings.Join(parts, "") {
	case ".Address":
		return street()
	case ".City":
		return city()
	case ".PostalCode":
		return postcode()
	case ".Latitude", ".Longitude":
		return nearly("a place nearby, of some ten kilometres", "truncate(0.1)")
	case ".State":
		return region()
	}
	return never("the template of an address has none of its parts")
}

var group = regexp.MustCompile(`\$\{?(\d)\}?`)

// replaced is a replacement by regular expression: RE2 writes $1 where PostgreSQL writes \1. A value that does not
// match stays, as it did.
func replaced(pattern, replacement string) outcome {
	if strings.Contains(pattern, `\C`) || strings.Contains(pattern, "(?P<") || strings.Contains(pattern, `\p{`) {
		return never("PostgreSQL's regular expressions know no such thing as %s", pattern)
	}
	return exactly("regex(" + mask.Quote(pattern) + ", " +
		mask.Quote(group.ReplaceAllString(strings.ReplaceAll(replacement, `\`, `\\`), `\$1`)) +
		`, { unmatched = "keep" })`)
}

func greenmaskDict(column string, params value) outcome {
	var pairs [][2]string
	for _, p := range params.get("values").pairs() {
		pairs = append(pairs, [2]string{p.key, p.value.text()})
	}
	switch {
	case len(pairs) == 0:
		return never("the dictionary is empty")
	case params.get("default").there():
		if d := params.get("default").text(); d != `\N` {
			return dictionary(column, pairs, sqltext.Literal(d))
		}
		return dictionary(column, pairs, "NULL")
	case params.get("fail_not_matched").there() && !params.get("fail_not_matched").is():
		return dictionary(column, pairs, sqltext.Ident(column))
	}
	return dictionary(column, pairs,
		"NULL").but("a value that is not in the dictionary becomes NULL, where it was an error")
}
