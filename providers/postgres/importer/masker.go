package importer

import (
	"regexp"
	"strings"
)

// masker returns the masks by stars that greenmask and pgstream have in common.
func masker(kind string) outcome {
	switch kind {
	case "", "default", "password":
		return hidden()
	case "name":
		return nearly("the first character stays", `partial(1, "*", 0)`)
	case "address", "id":
		return exactly(`partial(6, "*", 0)`)
	case "email":
		return email("", "the beginning and the domain do not stay")
	case "mobile", "tel", "telephone":
		return nearly("every digit becomes another, and the form stays", "digits()")
	case "credit_card":
		return exactly(`partial(6, "*", 4)`)
	case "postcode":
		return postcode().but("nothing of it stays")
	case "url":
		return website().but("nothing of it stays")
	}
	return never("masking knows no type %q", kind)
}

// email is an address at a domain; "" for the usual one.
func email(domain, note string) outcome {
	o := exactly("email()")
	if domain = strings.TrimPrefix(domain, "@"); domain != "" && domain != "example.com" {
		o = exactly("email({ domain = \"" + domain + "\" })")
	}
	if note != "" {
		return o.but(note)
	}
	return o
}

var maskingCall = regexp.MustCompile(`masking\s+"(\w+)"`)

// fakes are functions of templates by a part of their names, the longer ones first.
var fakes = []struct {
	part string
	make func() outcome
}{
	{"firstname", firstName},
	{"lastname", lastName},
	{"titlefemale", someText},
	{"titlemale", someText},
	{"tollfreephone", phone},
	{"phonenumber", phone},
	{"email", func() outcome { return email("", "") }},
	{"macaddress", mac},
	{"domainname", domain},
	{"username", username},
	{"url", website},
	{"ipv4", ip},
	{"ipv6", ip},
	{"password", func() outcome { return exactly("hash()") }},
	{"uuid", func() outcome { return exactly("uuid()") }},
	{"ccnumber", card},
	{"sentence", someText},
	{"paragraph", someText},
	{"word", someText},
	{"realaddress", address},
	{"latitude", anotherNumber},
	{"longitude", anotherNumber},
	{"timestamp", anotherDay},
	{"fakerdate", anotherDay},
	{"randomdate", anotherDay},
	{"fakername", fullName},
	{"randomint", anotherNumber},
	{"randomfloat", anotherNumber},
	{"noiseint", anotherNumber},
	{"noisefloat", anotherNumber},
	{"randomstring", func() outcome { return exactly("token()") }},
	{"noisedate", anotherDay},
}

// template reads what a template makes, where that is one thing.
func template(text string) outcome {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "{{") {
		return constant(text, true)
	}
	if strings.Count(text, "{{") > 1 {
		return never("the template has several parts: write it as sql(), or mask the column whole")
	}
	if m := maskingCall.FindStringSubmatch(text); m != nil {
		return masker(m[1]).but("what the template does besides is left out")
	}
	plain := strings.ToLower(strings.ReplaceAll(text, "_", ""))
	for _, f := range fakes {
		if strings.Contains(plain, f.part) {
			return f.make().but("what the template does besides is left out")
		}
	}
	return never("the template runs a program for each row: write it as sql()")
}
