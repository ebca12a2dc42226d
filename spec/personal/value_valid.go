package personal

import (
	"math"
	"net/netip"
	"net/url"
	"strings"
)

// realMailbox reports whether an address may belong to a person, rather than to documentation or to no one.
func realMailbox(address string) bool {
	local, domain, _ := strings.Cut(strings.ToLower(address), "@")
	labels := strings.Split(domain, ".")
	top, second := labels[len(labels)-1], labels[len(labels)-2]
	switch {
	case strings.Contains(" example test invalid localhost local localdomain internal ", " "+top+" "):
		return false
	case strings.Contains(" png jpg jpeg gif svg webp css js sql html json ", " "+top+" "): // a file
		return false
	case second == "example" || second == "domain" || second == "yourdomain" || second == "mydomain":
		return false
	case len(labels) > 2 && labels[len(labels)-3] == "example": // example.co.jp
		return false
	case local == "git" || strings.HasPrefix(local, "noreply") || strings.HasPrefix(local, "no-reply"):
		return false
	case local == "donotreply" || local == "do-not-reply" || local == "postmaster" || local == "mailer-daemon":
		return false
	}
	return true
}

// digits returns the digits of a text.
func digits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

// isFilling reports whether digits look typed as a placeholder: all the same, or in order.
func isFilling(number string) bool {
	const up, down = "01234567890123456789", "98765432109876543210"
	same := strings.Count(number, number[:1]) == len(number)
	return same || strings.Contains(up, number) || strings.Contains(down, number)
}

// testCards are the numbers that payment providers publish for tests.
const testCards = " 4111111111111111 4242424242424242 4012888888881881 4000056655665556 4000000000000002 " +
	"4000000000009995 " +
	"4000002500003155 4000000000003220 4917610000000000 4444333322221111 4012000033330026 4005519200000004 " +
	"5555555555554444 5105105105105100 5200828282828210 5454545454545454 5500000000000004 5424000000000015 " +
	"2223003122003222 2222405343248877 2223000048400011 2222420000001113 378282246310005 371449635398431 " +
	"378734493671000 340000000000009 370000000000002 6011111111111117 6011000990139424 6011000000000004 " +
	"6011000000000012 " +
	"30569309025904 38520000023237 36227206271667 30000000000004 3056930009020004 36006666333344 3530111333300000 " +
	"3566002020360505 " +
	"3088000000000017 6205500000000000004 6304000000000000 6759649826438453 "

// realCard reports whether a number begins as a card's does and passes Luhn's check.
func realCard(text string) bool {
	n := digits(text)
	if strings.Contains(testCards, " "+n+" ") || isFilling(n) || !luhn(n) || strings.HasSuffix(n, "00000000") {
		return false
	}
	switch first := n[:2]; {
	case len(n) == 16:
		return n[0] == '4' || first >= "51" && first <= "55" || first >= "22" && first <= "27" || first == "65" ||
			first == "35" || n[:4] == "6011"
	case len(n) == 15:
		return first == "34" || first == "37"
	}
	return len(n) == 14
}

func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		d := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// sampleIBANs are those that registries and manuals show.
const sampleIBANs = " DE89370400440532013000 GB82WEST12345698765432 GB29NWBK60161331926819 " +
	"FR1420041010050500013M02606 " +
	"NL91ABNA0417164300 ES9121000418450200051332 CH9300762011623852957 BE68539007547034 IT60X0542811101000000123456 "

// realIBAN reports whether a text passes the check of ISO 7064 that its digits two and three are for.
func realIBAN(text string) bool {
	n := strings.ReplaceAll(text, " ", "")
	if len(n) < 15 || len(n) > 34 {
		return false
	}
	if strings.Contains(sampleIBANs, " "+n+" ") {
		return false
	}
	rest := 0
	for _, r := range n[4:] + n[:4] {
		if r >= 'A' {
			rest = (rest*100 + int(r-'A') + 10) % 97
		} else {
			rest = (rest*10 + int(r-'0')) % 97
		}
	}
	return rest == 1
}

// realSSN reports whether the United States may have assigned a number.
func realSSN(text string) bool {
	area, group, serial := text[:3], text[4:6], text[7:]
	if area == "000" || area == "666" || area[0] == '9' || group == "00" || serial == "0000" {
		return false
	}
	return text != "123-45-6789" && text != "078-05-1120" && text != "219-09-9999" && !isFilling(digits(text))
}

// realMyNumber reports whether the last of twelve digits checks the others as Japanese law on individual numbers says.
func realMyNumber(text string) bool {
	n := digits(text)
	if isFilling(n) {
		return false
	}
	sum := 0
	for i := range 11 { // from the right of the eleven
		weight := i + 2
		if i >= 6 {
			weight = i - 4
		}
		sum += int(n[10-i]-'0') * weight
	}
	check := 0
	if rest := sum % 11; rest > 1 {
		check = 11 - rest
	}
	return int(n[11]-'0') == check
}

func realInternational(text string) bool {
	n := digits(text)
	filling := isFilling(n) || len(n) > 2 && (isFilling(n[1:]) || isFilling(n[2:]))
	return len(n) >= 9 && len(n) <= 15 && !filling && !isFiction(n) && !strings.HasSuffix(n, "00000")
}

// isFiction reports whether a number is of the blocks that films use: 555-0100 to 555-0199, and 020 7946 0000 to 0999
// in London.
func isFiction(number string) bool {
	return strings.HasPrefix(number, "442079460") || len(number) >= 10 && number[len(number)-7:len(number)-2] == "55501"
}

// realJapanese reports whether a number has the ten digits of a line, or the eleven of a mobile phone.
func realJapanese(text string) bool {
	n := digits(text)
	mobile := len(n) == 11 && strings.Contains("070 080 090 050", n[:3])
	if !mobile && len(n) != 10 {
		return false
	}
	subscriber := n[len(n)-8:]
	return !isFilling(subscriber) && !isFilling(n) && !strings.HasSuffix(n, "00000") && n[len(n)-8:] != "12345678"
}

func realAmerican(text string) bool {
	n := digits(text)
	return !isFilling(n) && !isFiction(n) && n[:3] != "555" && !strings.HasSuffix(n, "0000") && n[3:] != "4567890"
}

// reserved are networks that are not on the internet.
const reserved = "0.0.0.0/8 100.64.0.0/10 192.0.0.0/24 192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 " +
	"203.0.113.0/24 240.0.0.0/4"

// realIP reports whether a host on the internet can have an address. Addresses of private networks, documentation and
// public name servers do not count, nor do version numbers.
func realIP(text string) bool {
	a, err := netip.ParseAddr(text)
	if err != nil || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	if a.Is6() {
		return !netip.MustParsePrefix("2001:db8::/32").Contains(a) && a.As16()[0]&0xe0 == 0x20
	}
	for _, p := range strings.Fields(reserved) {
		if netip.MustParsePrefix(p).Contains(a) {
			return false
		}
	}
	b := a.As4()
	if b[0] < 20 && b[1] < 20 && b[2] < 20 && b[3] < 20 || b[0] >= 224 { // 10.4.1.2 of a program; 1.1.1.1
		return false
	}
	return text != "8.8.8.8" && text != "8.8.4.4" && text != "9.9.9.9" && text != "1.2.3.4"
}

// placeholders are texts that stand in for a password.
const placeholders = " password passwd pass pwd secret changeme change_me xxx xxxx xxxxx yourpassword your_password " +
	"mypassword user username test "

// knownPassword reports whether what follows password= is one.
func knownPassword(text string) bool {
	p := strings.ToLower(strings.Trim(text, "'"))
	return len(p) > 2 && !strings.ContainsAny(p, "<>{}$%|()[]") && !strings.Contains(placeholders, " "+p+" ") &&
		strings.Trim(p, "*.x-_?") != ""
}

func urlWithPassword(text string) bool {
	_, rest, _ := strings.Cut(text, "://")
	userinfo := rest[:strings.LastIndexByte(rest, '@')]
	_, password, _ := strings.Cut(userinfo, ":")
	if plain, err := url.PathUnescape(password); err == nil {
		password = plain
	}
	return knownPassword(password)
}

// notSample reports whether documentation does not show the text as an example.
func notSample(text string) bool {
	upper := strings.ToUpper(text)
	body := strings.TrimLeft(upper[4:], "-_")
	sample := strings.Contains(upper, "EXAMPLE") || strings.Contains(upper, "XXXX")
	return !sample && body != "" && strings.Count(body, body[:1]) < len(body)
}

// randomLooking reports whether a text mixes letters and digits as no words do.
func randomLooking(text string) bool {
	var lower, upper, digit int
	count := map[rune]float64{}
	for _, r := range text {
		count[r]++
		switch {
		case r >= 'a' && r <= 'z':
			lower++
		case r >= 'A' && r <= 'Z':
			upper++
		case r >= '0' && r <= '9':
			digit++
		}
	}
	entropy := 0.0
	for _, n := range count {
		p := n / float64(len(text))
		entropy -= p * math.Log2(p)
	}
	return notSample(text) && digit > 1 && lower+upper > 2 && entropy > 3.2
}
