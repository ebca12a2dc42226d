package personal

import (
	"slices"
	"strings"
)

// about is what the rows of a table are.
type about int

const (
	unknown about = iota
	person
	firm
	thing
)

// Table is what the names of a table and of its columns tell of its rows. The zero value tells nothing.
type Table struct {
	name  string
	about about
	// catalogue: its things are known to everybody, so what describes them is no secret: products, countries, roles.
	catalogue bool
	// workers: the people work for somebody, and amounts are what they get; pay: the table is about that alone.
	workers, pay bool
	// head is the word of the name that says what they are.
	head string
	// certain: a word that everybody knows says that they are things, not the form of a word alone.
	certain bool
	// settings: they are those of a machine; hooks: URLs in it have a secret.
	settings, hooks bool
	// routes: its names and paths are made of those of accounts.
	routes bool
	// cards: its rows are cards that somebody pays with.
	cards bool
	// machines: it is about software and what runs it.
	machines bool
	// coordinates, address, pairs, japanese: its columns have a latitude, a town or postcode, names with their values,
	// Japanese names.
	coordinates, address, pairs, japanese bool
}

// NewTable reads the name of a table and those of its columns.
func NewTable(name string, columns []string) *Table {
	t := &Table{name: name}
	t.readName()
	t.readColumns(columns)
	return t
}

// tableWords do not say what a table is about.
var tableWords = wordSet(`t tbl m mst master table data history log archive list wp auth app hist snapshot
backup bak temp tmp v d f dim fact stg staging ods old new all x core public main base entity record records
directory mstr version revision draft audit translation change p detail info information`)

// sides are words for what belongs to a person: customer_addresses has rows about customers.
var sides = wordSet(`address contact profile detail information account name identity phone email registration
application enrollment consent kyc`)

// ambiguous are words for people in one application and for things in another: a dast_profile, an ml_candidate.
var ambiguous = wordSet(`profile candidate account client agent worker provider sender child parent operator
player scanner`)

// Area returns what a table belongs to: "things" where its rows are things, else the first word of its name that says
// something.
func (t *Table) Area() string {
	if t.about == thing {
		return "things"
	}
	if !hasJapanese(t.name) {
		for _, w := range split(t.name) {
			if w = singular(w); !tableWords()[w] && !isDigits(w) {
				return w
			}
		}
	}
	return t.name
}

func (t *Table) readName() {
	if hasJapanese(t.name) {
		t.about, t.japanese = japaneseTable(t.name), true
		t.catalogue = t.about == thing
		return
	}
	words := split(t.name)
	for i := range words {
		words[i] = singular(words[i])
	}
	t.pay = slices.ContainsFunc(words, func(w string) bool { return payWords()[w] })
	t.machines = slices.ContainsFunc(words, func(w string) bool { return machineWords()[w] })
	words = slices.DeleteFunc(words, func(w string) bool { return isDigits(w) || tableWords()[w] })
	if len(words) == 0 {
		return
	}
	head := words[len(words)-1]
	t.head = head
	before := words[:len(words)-1]
	t.workers = slices.ContainsFunc(words, func(w string) bool { return workerWords()[w] })
	t.routes = routeWords()[head] && !slices.ContainsFunc(before, isThing)
	t.cards = head == "card" && slices.ContainsFunc(before, func(w string) bool {
		return w == "credit" || w == "debit" || w == "payment" || w == "bank" || persons()[w]
	})
	t.hooks = head == "webhook" || head == "hook"
	t.settings = (head == "setting" || head == "configuration" || head == "option") &&
		slices.ContainsFunc(before, func(w string) bool { return machineWords()[w] || installed()[w] })
	if head == "type" || head == "kind" || head == "category" || head == "class" {
		t.pay = false
	}
	isPerson := func(w string) bool { return persons()[w] }
	switch {
	case t.routes:
	case sides()[head] && slices.ContainsFunc(before, isPerson):
		t.about = person
	case ambiguous()[head] && len(before) > 0 && slices.ContainsFunc(before, isThing),
		ambiguous()[head] && slices.ContainsFunc(before, func(w string) bool { return machineWords()[w] }):
		t.about = thing
	case head == "profile" || head == "candidate" || head == "scanner" || head == "account":
	case persons()[head]:
		t.about = person
	case firms()[head]:
		t.about = firm
	case pictured()[head] && slices.ContainsFunc(before, isThing):
		t.about, t.certain, t.catalogue = thing, true, catalogueWords()[before[len(before)-1]]
	case preferred()[head] && slices.ContainsFunc(before, isPerson):
	case things()[head] && !deeds()[head], abstract(head) && !deeds()[head]:
		t.about, t.certain = thing, things()[head]
		t.catalogue = catalogueWords()[head] && (len(before) == 0 || !parts()[head] || catalogueWords()[before[0]])
	}
}

// installed are words before settings for those of a whole installation.
var installed = wordSet(`application system site instance app global plan feature platform`)

// preferred are things that are somebody's own, where a word for people stands before them.
var preferred = wordSet(`setting preference configuration option session`)

// parts are words for things that are whatever they are part of.
var parts = wordSet(`item part group class level`)

// abstract reports whether an English noun of that form names no person: a subscription, a shipment.
func abstract(word string) bool {
	if len(word) < 7 || persons()[word] || firms()[word] {
		return false
	}
	for _, end := range strings.Fields("tion sion ment ness ance ence ology ware ship ism") {
		if strings.HasSuffix(word, end) {
			return true
		}
	}
	return false
}

// readColumns looks at what else a table holds.
func (t *Table) readColumns(columns []string) {
	var people, accounts, sei, mei bool
	var keys, values bool
	for _, name := range columns {
		if hasJapanese(name) {
			t.japanese = true
			continue
		}
		words := split(name)
		switch strings.Join(words, " ") {
		case "k", "key", "setting key", "attribute", "attr", "code", "name", "meta key", "option name":
			keys = true
		case "v", "value", "val", "meta value", "option value", "content":
			values = true
		case "sei":
			sei = true
		case "mei":
			mei = true
		}
		f := Column{Name: name, Of: &Table{}}.phrase(words)
		switch f.kind {
		case FirstName, LastName, BirthDate, NationalID:
			people = people || f.confidence == High
		case Username, Password:
			accounts = accounts || f.confidence == High
		case Gender:
			people = people || f.confidence == High
		case City, Postcode:
			t.address = true
		case Geo:
			t.coordinates = t.coordinates || f.confidence == High
		}
		t.japanese = t.japanese || f.ja && f.confidence == High
	}
	t.pairs = keys && values
	t.japanese = t.japanese || sei && mei
	if t.about == unknown && (people || accounts && (t.head == "account" || t.head == "profile")) {
		t.about = person
	}
}

func japaneseTable(name string) about {
	name = stripJapanese(name)
	for _, end := range strings.Fields("マスタ マスター 情報 テーブル データ 一覧 履歴 台帳 明細") {
		name = strings.TrimSuffix(name, end)
	}
	for _, w := range strings.Fields(japanesePersons) {
		if strings.HasSuffix(name, w) {
			return person
		}
	}
	for _, w := range strings.Fields("取引先 得意先 仕入先 会社 企業 法人 業者") {
		if strings.HasSuffix(name, w) {
			return firm
		}
	}
	for _, w := range strings.Fields(japaneseThings) {
		if strings.HasSuffix(name, w) {
			return thing
		}
	}
	return unknown
}

// in returns the table of a column, read from its name alone where nobody read the whole.
func (c Column) in() *Table {
	if c.Of != nil {
		return c.Of
	}
	return NewTable(c.Table, nil)
}
