package personal

// Plural returns what values of a kind are called in a sentence: "e-mail addresses".
func (k Kind) Plural() string {
	switch k {
	case Email:
		return "e-mail addresses"
	case Phone:
		return "phone numbers"
	case FirstName:
		return "given names"
	case LastName:
		return "family names"
	case FullName:
		return "names of people"
	case Kana:
		return "readings of names"
	case Username:
		return "user names"
	case Company:
		return "names of companies"
	case BirthDate:
		return "dates of birth"
	case PersonalDate:
		return "days in people's lives"
	case Age:
		return "ages"
	case Gender:
		return "genders or forms of address"
	case Address:
		return "addresses"
	case Street:
		return "streets and houses"
	case City:
		return "towns"
	case Postcode:
		return "postcodes"
	case Geo:
		return "places on the map"
	case NationalID:
		return "numbers of national registers"
	case Passport:
		return "numbers of passports"
	case License:
		return "numbers of licences or number plates"
	case TaxID:
		return "tax numbers"
	case CreditCard:
		return "card numbers"
	case CardCode:
		return "security codes or expiries of cards"
	case IBAN:
		return "IBANs"
	case BankAccount:
		return "bank accounts"
	case Job:
		return "positions at work"
	case Salary:
		return "pay, income and leave"
	case Health:
		return "health data"
	case Belief:
		return "beliefs or origins"
	case IP:
		return "network addresses"
	case MAC:
		return "addresses of network cards"
	case Device:
		return "identifiers of devices or accounts"
	case UserAgent:
		return "descriptions of browsers"
	case Password:
		return "passwords, or what proves them"
	case Token:
		return "secrets of sessions or interfaces"
	case Person:
		return "numbers or codes of people"
	case URL:
		return "pages and links of people"
	case Photo:
		return "pictures, voices or signatures"
	case FreeText:
		return "free text"
	case Document:
		return "documents"
	}
	return "values"
}
