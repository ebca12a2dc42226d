package check

import (
	"fmt"
	"regexp"
	"strings"
)

// form returns a regular expression that every text of a mask matches whole, "" where none is known. What masks leave
// as it is, NULL and the empty text, is not meant.
func form(name string, a []any, longest int) string {
	hex := fmt.Sprintf(`[0-9a-f]{%d}`, length(a, map[string]int{"hash": 32}[name]))
	_, named := argument(a, 0).(string) // with a locale, names stand before the digits
	domain := regexp.QuoteMeta(strings.ToLower(optionText(a, "domain", "example.com")))
	switch name {
	case "email":
		if named {
			return `.+\.` + hex + "@" + domain
		}
		return hex + "@" + domain
	case "username":
		if named {
			return `.+\.` + hex
		}
		return "user_" + hex
	case "domain":
		return hex + `\.` + domain
	case "url":
		return "https://" + domain + "/" + hex
	case "token", "hash":
		return regexp.QuoteMeta(optionText(a, "prefix", "")) + hex
	case "uuid":
		return `[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}`
	case "mac":
		return `[0-9a-f]{2}(:[0-9a-f]{2}){5}`
	case "phone":
		return phone(a)
	case "country":
		if optionText(a, "form", "name") == "code" {
			return `[A-Z]{2}`
		}
		return words(longest)
	case "postcode":
		if locale, _ := argument(a, 0).(string); locale == "ja" {
			return `[0-9]{3}-?[0-9]{4}` // without the hyphen where the value has none
		}
		return `[0-9]{5}`
	case "first_name", "last_name", "full_name":
		if optionText(a, "form", "") == "kana" {
			return map[bool]string{true: `[ァ-ヴー]+ [ァ-ヴー]+`, false: `[ァ-ヴー]+`}[name == "full_name"]
		}
		return words(longest)
	case "company", "city", "street", "address":
		return words(longest)
	}
	return ""
}

// words returns a pattern for texts that neither begin nor end with a space.
func words(longest int) string {
	if n := longest - 2; n >= 0 && n < 900 {
		return fmt.Sprintf(`\S|\S.{0,%d}\S`, n)
	}
	return `\S|\S.*\S`
}

// phone returns the forms of numbers; which of them a number takes can depend on the value and on the room that there
// is.
func phone(a []any) string {
	prefix, area, rest := `1`, `[0-9]{3}`, []string{`555`, `01[0-9]{2}`}
	trunk := ""
	if locale, _ := argument(a, 0).(string); locale == "ja" {
		prefix, area, rest, trunk = `81`, `90`, []string{`0[0-9]{3}`, `[0-9]{4}`}, "0"
	}
	forms := map[string]string{
		"national":      trunk + area + "-" + rest[0] + "-" + rest[1],
		"international": `\+` + prefix + " " + area + "-" + rest[0] + "-" + rest[1],
		"digits":        trunk + area + rest[0] + rest[1],
		"e164":          `\+` + prefix + area + rest[0] + rest[1],
	}
	if style := optionText(a, "style", "keep"); style != "keep" {
		return forms[style]
	}
	return forms["national"] + "|" + forms["international"] + "|" + forms["digits"] + "|" + forms["e164"]
}

// options returns the object that stands last in a call, nil where there is none.
func options(a []any) map[string]any {
	if len(a) == 0 {
		return nil
	}
	o, _ := a[len(a)-1].(map[string]any)
	return o
}

func optionText(a []any, name, otherwise string) string {
	if s, ok := options(a)[name].(string); ok {
		return s
	}
	return otherwise
}

// length reads the option of that name; 16 unless a mask has another default.
func length(a []any, otherwise int) int {
	if n, ok := options(a)["length"].(float64); ok {
		return int(n)
	}
	if otherwise == 0 {
		return 16
	}
	return otherwise
}
