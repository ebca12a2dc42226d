// Package personal recognises columns that hold personal data by what a catalog tells of them: the column's name, its
// table's, its comment and its type. It sees no value.
package personal

import "github.com/shoji-pg/shoji/spec/mask"

// Kind is what personal data is about.
type Kind string

const (
	Email        Kind = "email"
	Phone        Kind = "phone"
	FirstName    Kind = "first_name"
	LastName     Kind = "last_name"
	FullName     Kind = "full_name"
	Kana         Kind = "kana" // how a name is read, in Japanese
	Username     Kind = "username"
	Company      Kind = "company"
	BirthDate    Kind = "birth_date"
	PersonalDate Kind = "personal_date" // a day in somebody's life: hired, married, deceased
	Age          Kind = "age"
	Gender       Kind = "gender"
	Address      Kind = "address" // a whole one
	Street       Kind = "street"
	City         Kind = "city"
	Postcode     Kind = "postcode"
	Geo          Kind = "geo"
	NationalID   Kind = "national_id"
	Passport     Kind = "passport"
	License      Kind = "license" // of a driver, and the plate of a car
	TaxID        Kind = "tax_id"
	CreditCard   Kind = "credit_card"
	CardCode     Kind = "card_code"
	IBAN         Kind = "iban"
	BankAccount  Kind = "bank_account"
	Job          Kind = "job"    // somebody's position at work
	Salary       Kind = "salary" // and what else an employer grants: leave, a bonus
	Health       Kind = "health"
	Belief       Kind = "belief" // religion, ethnicity, politics, union, orientation
	IP           Kind = "ip"
	MAC          Kind = "mac"
	Device       Kind = "device"
	UserAgent    Kind = "user_agent"
	Password     Kind = "password"
	Token        Kind = "token"
	Person       Kind = "person_id" // a number or code that others know somebody by: member, customer, patient
	URL          Kind = "url"
	Photo        Kind = "photo"
	FreeText     Kind = "free_text"
	Document     Kind = "document" // json, xml, hstore: anything can be in it
)

// Confidence orders guesses.
type Confidence int

const (
	Low Confidence = iota
	Medium
	High
)

// String returns the confidence in one word.
func (c Confidence) String() string { return [...]string{"low", "medium", "high"}[c] }

// Column is what a catalog tells of one.
type Column struct {
	Schema, Table, Name, Comment string
	Type                         mask.Type
	// Of is what the column's table tells; nil: its name alone does.
	Of *Table
	// InJapanese: something beside the column, its neighbours or its values, says that the table is in Japanese.
	InJapanese bool
}

// Guess says what a column seems to hold.
type Guess struct {
	Kind       Kind
	Confidence Confidence
	// Reason is words for people: `the name "tel_no" is that of a phone number`.
	Reason string
	// Mask is an expression for HCL that the column's type accepts: `phone("ja")`.
	Mask string
	// Japanese: names and places in the column are Japanese ones.
	Japanese bool
}

// KindInfo describes a kind.
type KindInfo struct {
	Kind Kind
	// Title is the kind in a sentence: "an e-mail address".
	Title string
	// Examples are names of columns that are recognised as it.
	Examples []string
}
