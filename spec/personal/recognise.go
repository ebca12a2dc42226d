package personal

import (
	"fmt"
	"slices"
	"strings"
)

// Recognise tells what personal data a column seems to hold; false where nothing speaks for any, or where the column's
// type cannot hold it: a boolean has_email is no e-mail. It is pure.
func Recognise(c Column) (Guess, bool) {
	class := classOf(c.Type)
	if class == none {
		return Guess{}, false
	}
	f := c.byName(class)
	f = f.with(c.byComment(), class)
	if !f.fits(class) {
		f = finding{}
	}
	if class.element() == document && f.kind != "" {
		if _, ordinary := ordinaryDocument(c); ordinary && f.confidence == Low {
			f = finding{}
		}
		if c.in().about == thing && f.kind != Token && f.kind != Password {
			f.confidence = Low // a setting about it, as like as not
		}
		if f.kind == FreeText {
			f.kind = Document
		}
	}
	if g := c.byType(class); g.kind != "" && (f.kind == "" || f.confidence < g.confidence) {
		f = g
	}
	if f.kind == "" {
		return Guess{}, false
	}
	ja := f.ja || c.Japanese()
	m, ok := Propose(f.kind, c.Type, ja)
	if !ok {
		return Guess{}, false
	}
	return Guess{
		Kind:       f.kind,
		Confidence: f.confidence,
		Reason:     f.reason,
		Mask:       c.inForm(f.kind, m),
		Japanese:   ja,
	}, true
}

// finding is a guess without its mask. Its kind is "" where nothing was found.
type finding struct {
	kind       Kind
	confidence Confidence
	reason     string
	ja         bool
	number     bool // the name itself says that it is a number or a code
}

// fits reports whether a column of that class can hold what was found. A number is a person's only where its name says
// that it is one: customer_id is a key, author an unknown.
func (f finding) fits(class class) bool {
	if f.kind == "" || !holds(f.kind, class) {
		return false
	}
	switch f.kind {
	case Person, BankAccount, Password:
		return class != integer && class != decimal || f.number
	case Device: // a random number that may be of a thing is a key
		return class != random || f.confidence > Low
	}
	return true
}

// with joins what the name says with what the comment says.
func (f finding) with(comment finding, class class) finding {
	switch {
	case !comment.fits(class):
		return f
	case !f.fits(class):
		return comment
	case f.kind == comment.kind:
		f.confidence, f.reason, f.ja = High, f.reason+", and "+comment.reason, f.ja || comment.ja
	case f.confidence < comment.confidence:
		return comment
	}
	return f
}

// byName reads the name, with its table's.
func (c Column) byName(class class) finding {
	if hasJapanese(c.Name) {
		return c.japaneseName(c.Name, fmt.Sprintf("the name %q", c.Name), High)
	}
	words := split(c.Name)
	if len(words) == 0 {
		return finding{}
	}
	if blockers()[words[0]] && len(words) > 1 { // the bounds of a place are a place
		if f := c.phrase(words[1:]); f.kind == Geo && (words[0] == "maximum" || words[0] == "minimum") {
			return f
		}
		return finding{}
	}
	if f := c.byTable(words, class); f.kind != "" {
		return f
	}
	for {
		if f := c.phrase(words); f.kind != "" {
			return f
		}
		if f, ok := c.nameOf(words); ok {
			return f
		}
		for _, by := range []func([]string) finding{c.byService, c.byKey, c.byHash, c.byCoarse, c.byCipher} {
			if f := by(words); f.kind != "" {
				return f
			}
		}
		last := words[len(words)-1]
		if len(words) == 1 || !isDigits(last) && !neutral()[last] {
			return finding{}
		}
		words = words[:len(words)-1]
	}
}

// phrase finds the longest phrase that the words end with.
func (c Column) phrase(words []string) finding {
	known := phrases()
	for from := max(0, len(words)-6); from < len(words); from++ {
		called, ok := known[strings.Join(words[from:], " ")]
		if !ok || called.whole && !c.ownWords(words[:from]) || c.elsewhere(called, words[:from], words[from:]) {
			continue
		}
		if called.kind == FullName && called.confidence < High && c.in().about == firm &&
			words[len(words)-1] == "name" {
			called.kind = Company
		}
		if called.kind == FullName && c.in().japanese && slices.Contains(words, "phonetic") {
			called.kind = Kana
		}
		if called.japaneseOnly && !c.in().japanese {
			called.confidence, called.ja = Low, false
		}
		last := words[len(words)-1]
		number := last == "number" || last == "code" || last == "bango" || last == "pin"
		return finding{
			called.kind, called.confidence, fmt.Sprintf("the name %q is that of %s", c.Name, called.kind.Title()),
			called.ja, number,
		}
	}
	return finding{}
}

// ownWords reports whether all words only say whose a thing is: persons, the table's own words, or billing and the
// like.
func (c Column) ownWords(words []string) bool {
	own := map[string]bool{}
	for _, w := range split(c.Table) {
		own[w] = true
	}
	for _, w := range words {
		if !isDigits(w) && !persons()[w] && !whose()[w] && !own[w] {
			return false
		}
	}
	return true
}

// elsewhere reports a word before the phrase, or a table, for which the phrase is no person's: the photo of a product,
// the description of a category, the address of a server.
func (c Column) elsewhere(called called, before, phrase []string) bool {
	previous := ""
	if len(before) > 0 {
		previous = before[len(before)-1]
	}
	switch called.kind {
	case Username:
		if len(phrase) == 1 && operations()[previous] { // sorted_by, powered_by
			return true
		}
		return isThing(previous)
	case FirstName, LastName, FullName, Kana:
		return isThing(previous)
	case Street:
		if nearAddress()[strings.Join(phrase, " ")] && !c.in().address && !strings.Contains(c.in().name, "addr") {
			return true
		}
		return objects()[previous]
	case Email:
		if phrase[0] == "smtp" && c.in().about != person { // that of a server
			return true
		}
	case Address, City, Postcode, Phone:
		return objects()[previous]
	case NationalID, TaxID, License, Passport:
		return isThing(previous) || firms()[previous] && called.kind == NationalID
	case Health:
		return len(phrase) > 1 && phrase[1] == "status" && c.in().about != person && previous == ""
	case Company, Document:
		return isThing(previous)
	case Photo:
		return isThing(previous) ||
			called.confidence < High && c.in().about == thing && (previous == "" || !persons()[previous])
	case FreeText: // a note on a thing can still be about a person
		if strings.Join(phrase, " ") == "file name" {
			return c.in().catalogue
		}
		if len(phrase) > 1 || !describing()[phrase[0]] {
			return false
		}
		return catalogueWords()[previous] || c.in().catalogue && !persons()[previous]
	case URL:
		if called.confidence == Low && previous == "" && phrase[0] == "url" {
			return c.in().about == thing && !c.in().hooks
		}
		if phrase[0] == "uri" { // of SIP, of a social network: it names an account
			return c.in().machines && isThing(previous)
		}
		return c.in().about != person && (isThing(previous) || pictures()[previous])
	}
	return false
}

// nameOf is for the word "name", whose meaning is in what it is the name of: the words before it, else the table.
func (c Column) nameOf(words []string) (finding, bool) {
	last := words[len(words)-1]
	if last != "name" && last != "mei" {
		return finding{}, false
	}
	ja := last == "mei"
	if len(words) > 1 {
		whose := words[len(words)-2]
		if persons()[whose] {
			return finding{FullName, High, fmt.Sprintf("the name %q is that of a person's name", c.Name), ja, false},
				true
		}
		if firms()[whose] {
			return finding{
				Company, Medium, fmt.Sprintf("the name %q is that of %s", c.Name, Company.Title()), ja, false,
			}, true
		}
		if isThing(whose) || !c.ownWords(words[:len(words)-1]) {
			return finding{}, true
		}
	}
	switch c.in().about {
	case person:
		return finding{FullName, High, fmt.Sprintf("a %q in %s is a person's", c.Name, c.Table), ja, false}, true
	case firm:
		return finding{Company, Medium, fmt.Sprintf("a %q in %s is a company's", c.Name, c.Table), ja, false}, true
	case thing:
		return finding{}, true
	}
	return finding{FullName, Low, fmt.Sprintf("%q may be a person's: %s does not tell", c.Name, c.Table), ja, false},
		true
}

// byType is for types that hold one thing, and for domains and composites with a name that says what they hold.
func (c Column) byType(class class) finding {
	t := c.Type
	if t.Elem != nil && t.Kind != 'd' {
		t = *t.Elem
	}
	switch class.element() {
	case network:
		return finding{IP, High, "its type holds addresses of a network", false, false}
	case hardware:
		return finding{MAC, High, "its type holds addresses of devices", false, false}
	case place:
		return finding{Geo, Low, "its type holds places", false, false}
	case document:
		if _, ordinary := ordinaryDocument(c); ordinary {
			return finding{}
		}
		return finding{Document, Low, "anything can be in a document", false, false}
	case searchWords:
		return finding{FreeText, Low, "it holds the words of other columns", false, false}
	}
	if t.Schema == "pg_catalog" || t.Kind != 'd' && t.Kind != 'c' {
		return finding{}
	}
	f := Column{Name: t.Name, Of: &Table{}}.byName(class)
	if !f.fits(class) || f.confidence == Low {
		return finding{}
	}
	f.confidence, f.reason = High, fmt.Sprintf("its type %q is that of %s", t.Name, f.kind.Title())
	return f
}

// nearAddress are phrases that are part of an address only beside the rest of one: a suite is one of tests elsewhere.
var nearAddress = wordSetOf("suite", "line", "building", "building name", "house", "unit number", "room number", "road")

// describing are words for text that says what a thing is.
var describing = wordSet("description content summary caption text headline details detail excerpt subject " +
	"body keyword keywords purpose")

// operations are words before "by" that no person does.
var operations = wordSet("sorted sort ordered order group grouped powered filter filtered triggered caused partition " +
	"partitioned multiplied divided followed accompanied locked")

// pictures are words before a URL that say it leads to nobody.
var pictures = wordSet("image logo icon thumbnail banner cover docs documentation help callback")

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789０１２３４５６７８９") == ""
}
