package personal

import (
	"fmt"
	"strings"
	"sync"
)

// kinds is made once: each column of a catalog needs it.
var kinds = sync.OnceValue(Kinds)

// Kinds returns all kinds, in the order of the documentation.
func Kinds() []KindInfo {
	return []KindInfo{
		{Email, "an e-mail address", names("email, mail_address, contactEmail, メールアドレス")},
		{Phone, "a phone number", names("phone, tel_no, mobile, fax, denwa_bango, 電話番号")},
		{FirstName, "a given name", names("first_name, fname, given_name, mei_kanji, 名")},
		{LastName, "a family name", names("last_name, surname, myoji, 姓")},
		{FullName, "a person's name", names("full_name, cust_nm, contact_name, name in customers, shimei, 氏名, 担当者名")},
		{Kana, "the reading of a name", names("name_kana, furigana, sei_kana, フリガナ")},
		{Username, "a user name", names("username, login, nickname, created_by, ニックネーム")},
		{Company, "the name of a company", names("company, employer_name, kaisha_mei, 会社名")},
		{BirthDate, "a date of birth", names("birth_date, dob, date_of_birth, seinengappi, 生年月日")},
		{Age, "an age or a year of birth", names("age, birth_year, nenrei, 年齢")},
		{PersonalDate, "a day in somebody's life", names("hire_date, deceased_at, admission_date, 入社日")},
		{Gender, "a gender or a form of address", names("gender, sex, marital_status, seibetsu, 性別")},
		{Address, "an address", names("address, shipping_address, jusho, 住所")},
		{Street, "a street or a house", names("street, address_line1, house_number, banchi, 建物名")},
		{City, "a town", names("city, town, birth_place, shikuchoson, 市区町村")},
		{Postcode, "a postcode", names("zip, postal_code, yubin_bango, 郵便番号")},
		{Geo, "a place on the map", names("latitude, lng, gps_location, 緯度")},
		{NationalID, "a number of a national register", names("ssn, national_id, cpf, mynumber, マイナンバー")},
		{Passport, "a number of a passport", names("passport_no, visa_number, 旅券番号")},
		{License, "a number of a licence or a number plate", names("driver_license_number, plate_number, 免許証番号")},
		{TaxID, "a tax number", names("tax_id, vat_number, itin")},
		{CreditCard, "a card number", names("credit_card_number, card_no, pan, カード番号")},
		{CardCode, "a security code or an expiry of a card", names("cvv, card_expiry, セキュリティコード")},
		{IBAN, "an IBAN", names("iban, bank_iban")},
		{BankAccount, "a bank account", names("account_number, routing_number, koza_bango, 口座番号")},
		{Job, "somebody's position at work", names("job_title, occupation, title in employees")},
		{
			Salary, "somebody's pay, income or leave",
			names("salary, hourly_rate, rate in payroll, vacation_days, nenshu, 年収"),
		},
		{Health, "somebody's health", names("diagnosis, blood_type, sick_days, allergies, byomei, 病名")},
		{Belief, "belief or origin", names("religion, ethnicity, nationality, 国籍")},
		{IP, "an address of a network", names("ip_address, last_sign_in_ip, every inet, IPアドレス")},
		{MAC, "an address of a device's network card", names("mac_address, every macaddr")},
		{Device, "an identifier of a device or of an account elsewhere", names("device_id, imei, idfa, uid, 端末ID")},
		{UserAgent, "what a browser says of itself", names("user_agent, comment_agent")},
		{Password, "a password, or what proves one", names("password_digest, salt, pin, security_answer, 暗証番号")},
		{Token, "a secret of a session or an interface", names("api_key, reset_password_token, session_data, トークン")},
		{Person, "a number or code of a person", names("member_no, cust_cd, employee_number, kaiin_bango, 会員番号")},
		{URL, "a page or link of a person's", names("website, avatar_url, linkedin_url, referer")},
		{Photo, "a picture, a voice or a signature", names("photo, selfie, signature_image, 顔写真")},
		{FreeText, "free text", names("notes, bio, message_body, biko, 備考")},
		{Document, "a document of any form", names("metadata, form_data, every json")},
	}
}

// Markdown returns the table of kinds for docs/recognition.md, with the mask that a column of text gets.
func Markdown() string {
	var b strings.Builder
	b.WriteString("| kind | what it is | names that tell it | a text becomes |\n|---|---|---|---|\n")
	for _, k := range kinds() {
		examples := make([]string, len(k.Examples))
		for i, e := range k.Examples {
			examples[i] = "`" + e + "`"
			if typ, every := strings.CutPrefix(e, "every "); every {
				examples[i] = "every `" + typ + "`"
			} else if name, table, in := strings.Cut(e, " in "); in {
				examples[i] = "`" + name + "` in `" + table + "`"
			}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | `%s` |\n", k.Kind, k.Title, strings.Join(examples, ", "),
			ofText(k.Kind, 0, false))
	}
	return b.String()
}

func names(list string) []string { return strings.Split(list, ", ") }

// Title returns a kind as it stands in a sentence: "an e-mail address".
func (k Kind) Title() string {
	for _, i := range kinds() {
		if i.Kind == k {
			return i.Title
		}
	}
	return string(k)
}
