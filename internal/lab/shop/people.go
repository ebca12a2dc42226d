package shop

import (
	"fmt"
	"strings"
	"time"
)

// The shop is open between these two moments.
func opening() time.Time { return time.Date(2023, 11, 1, 0, 0, 0, 0, time.UTC) }
func closing() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }

// person is somebody who does not exist.
type person struct {
	locale                string
	first, last, kana     string
	latinFirst, latinLast string
	email, phone          string
	born                  time.Time
	home                  place
}

// name is the whole name, in the order of its language.
func (p person) name() string {
	if p.locale == "ja" {
		return p.last + " " + p.first
	}
	return p.first + " " + p.last
}

// latin is the name as a card has it.
func (p person) latin() string { return strings.ToUpper(p.latinFirst + " " + p.latinLast) }

// crowd makes people, no two with one address.
type crowd struct {
	r        *random
	taken    map[string]bool
	firstEN  []string
	lastEN   []string
	firstJA  []japanese
	lastJA   []japanese
	placesEN []place
	placesJA []place
}

func newCrowd(r *random) *crowd {
	return &crowd{
		r:        r,
		taken:    map[string]bool{},
		firstEN:  englishFirst(),
		lastEN:   englishLast(),
		firstJA:  japaneseFirst(),
		lastJA:   japaneseLast(),
		placesEN: englishPlaces(),
		placesJA: japanesePlaces(),
	}
}

// person makes one whose mail is at one of the hosts.
func (c *crowd) person(hosts []string) person {
	r := c.r
	var p person
	if r.chance(55) {
		first, last := pick(r, c.firstEN), pick(r, c.lastEN)
		p = person{
			locale:     "en",
			first:      first,
			last:       last,
			latinFirst: first,
			latinLast:  last,
			home:       pick(r, c.placesEN),
		}
	} else {
		first, last := pick(r, c.firstJA), pick(r, c.lastJA)
		p = person{locale: "ja", first: first.kanji, last: last.kanji, kana: last.kana + " " + first.kana,
			latinFirst: first.romaji, latinLast: last.romaji, home: pick(r, c.placesJA)}
	}
	p.born = time.Date(r.between(1938, 2007), time.Month(r.between(1, 12)), r.between(1, 28), 0, 0, 0, 0, time.UTC)
	p.phone = p.home.phone(r)
	p.email = c.address(p, pick(r, hosts))
	return p
}

// address gives a free e-mail address in one of the ways that people choose theirs.
func (c *crowd) address(p person, host string) string {
	first, last, year := strings.ToLower(p.latinFirst), strings.ToLower(p.latinLast), p.born.Year()
	forms := []string{
		first + "." + last, first + last, first[:1] + last, last + "." + first, fmt.Sprintf("%s%02d", first, year%100),
		fmt.Sprintf("%s.%s%d", first, last, year), first + "_" + last, fmt.Sprintf("%s%d", last, year),
	}
	start := c.r.below(len(forms))
	for i := range forms {
		if a := forms[(start+i)%len(forms)] + "@" + host; !c.taken[a] {
			c.taken[a] = true
			return a
		}
	}
	for n := 2; ; n++ {
		if a := fmt.Sprintf("%s.%s.%d@%s", first, last, n, host); !c.taken[a] {
			c.taken[a] = true
			return a
		}
	}
}

// moment gives a time between two, to the millisecond.
func (r *random) moment(from, to time.Time) time.Time {
	span := int(to.Sub(from) / time.Millisecond)
	if span <= 0 {
		return from
	}
	return from.Add(time.Duration(r.below(span)) * time.Millisecond)
}

// ip gives an address of the ranges for documentation (RFC 5737, RFC 3849) or of a home's.
func (r *random) ip() string {
	switch r.below(10) {
	case 0:
		return fmt.Sprintf("2001:db8:%x:%x::%x", r.between(1, 0xffff), r.between(1, 0xffff), r.between(1, 0xffff))
	case 1, 2, 3:
		return fmt.Sprintf("203.0.113.%d", r.between(1, 254))
	case 4, 5, 6:
		return fmt.Sprintf("198.51.100.%d", r.between(1, 254))
	default:
		return fmt.Sprintf("100.%d.%d.%d", r.between(64, 127), r.below(256), r.between(1, 254))
	}
}
