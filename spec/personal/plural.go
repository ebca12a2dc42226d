package personal

// Plural returns what values of a kind are called in a sentence: "e-mail addresses".
func (k Kind) Plural() string {
	if text, ok := plurals[k]; ok {
		return text
	}
	return "values"
}

var plurals = map[Kind]string{
	Email:        "e-mail addresses",
	Phone:        "phone numbers",
	FirstName:    "given names",
	LastName:     "family names",
	FullName:     "names of people",
	Kana:         "readings of names",
	Username:     "user names",
	Company:      "names of companies",
	BirthDate:    "dates of birth",
	PersonalDate: "days in people's lives",
	Age:          "ages",
	Gender:       "genders or forms of address",
	Address:      "addresses",
	Street:       "streets and houses",
	City:         "towns",
	Postcode:     "postcodes",
	Geo:          "places on the map",
	NationalID:   "numbers of national registers",
	Passport:     "numbers of passports",
	License:      "numbers of licences or number plates",
	TaxID:        "tax numbers",
	CreditCard:   "card numbers",
	CardCode:     "security codes or expiries of cards",
	IBAN:         "IBANs",
	BankAccount:  "bank accounts",
	Job:          "positions at work",
	Salary:       "pay, income and leave",
	Health:       "health data",
	Belief:       "beliefs or origins",
	IP:           "network addresses",
	MAC:          "addresses of network cards",
	Device:       "identifiers of devices or accounts",
	UserAgent:    "descriptions of browsers",
	Password:     "passwords, or what proves them",
	Token:        "secrets of sessions or interfaces",
	Person:       "numbers or codes of people",
	URL:          "pages and links of people",
	Photo:        "pictures, voices or signatures",
	FreeText:     "free text",
	Document:     "documents",
}
