package personal

import (
	"strings"
	"sync"
)

// spellings are canonical words, each with a colon, its abbreviations and variants.
const spellings = `phone: tel telephone fone phn phoneno telno telnum teleph
mobile: mob cell cellular cellphone mobilephone handphone smartphone
email: mail emails emailid emailaddr mailaddress emailaddress eml mailaddr mailadd emailadd emladdr mailadr
address: addr adr addrs adrs adress addres adres
name: nm nam nme nms
number: no num nbr nr nmbr numb
customer: cust customers cstmr custmr customerr
client: clnt clients
member: mbr memb mem mbrs
employee: emp empl emps employe
user: usr users appuser enduser
person: pers prsn persons people
contact: cntct contacts
patient: patnt
account: acct acc acnt accts accnt
date: dt
code: cd cde
password: pw pwd passwd pass passwort passphrase pswd psw passcode
birth: brth
first name: fname firstname fnm frstname givenname forename fstname
last name: lname lastname lnm surname familyname sname lstname
middle name: mname middlename midname
full name: fullname flname wholename
birth date: dob birthdate birthday bday dateofbirth birthdt brthdt
postcode: zip zipcode postalcode pstcd zipcd plz postleitzahl zcode
social security number: ssn socialsecuritynumber socsecno
description: desc descr descript
quantity: qty
amount: amt amnt
last ip: lastip
ip: ipaddr ipaddress ipv ipadr
mac: macaddr macaddress
url: href
user agent: useragent
token: tkn tok
latitude: lat
longitude: lng lon long
national: natl nat
identifier: ident
insurance: ins insur
license: licence lic licens
organization: org organisation
department: dept
recipient: recip rcpt
reference: ref
sequence: seq
message: msg
comment: cmt cmnt comments
remark: rmk rmks remarks
note: nt notes
information: info
transaction: txn trx tx
address line: addressline addrline adrline
gender: sex gndr
credit card: creditcard ccard
card number: cardno cardnum cardnumber
account number: acctno accountno accountnumber acctnum
user name: username uname usrname usernm
nick name: nickname
building: bldg
apartment: apt
street: strt straße strasse
province: prov
country: ctry cntry ctr
salary: sal
medical: med
diagnosis: diag dx
jusho: juusho jyusho jusyo jyusyo juusyo jyuusho jyuusyo zyusyo
bango: bangou bangoh bng
shimei: simei
seibetsu: seibetu
tantosha: tantousha tantosya tantousya
kokyaku: kokyakusama
shain: syain
yubin: yuubin
denwa: denwano
koza: kouza
biko: bikou
kana: kn kna
mynumber: mynum mynumbers
purchase order number: ponumber pono
expiry: expiration exp expire expires
invoice: inv invs
order: ord ords
quote: quo
hour: hrs hr
attribute: attr attrs att
regex: regexp regexps regexes
expression: expr
value: val
parameter: param params
configuration: config conf cfg configs
maximum: max
minimum: min
average: avg
header: hdr hdrs
certificate: cert certs
setting: prefs
domain: dom
crypt: crypted
nenshu: nenshuu nensyu`

// persons are words for people: a name in a table of them, or after such a word, is a person's.
var persons = wordSet(`customer client member employee user person contact patient student teacher doctor nurse
physician author owner guest visitor applicant candidate subscriber recipient addressee sender payer payee
beneficiary holder cardholder guardian spouse husband wife mother father driver passenger resident citizen
borrower insured claimant prospect manager supervisor staff player participant attendee referrer consignee buyer
seller reviewer approver creator editor admin administrator operator lawyer witness victim donor volunteer
speaker instructor tutor pupil crew pilot salesperson representative rep requester reporter assignee delegate
caller debtor creditor tenant renter landlord policyholder dependent emergency signer maintainer contributor
committer commenter inviter invitee uploader signatory friend follower guarantor cosigner freelancer contractor
worker technician shipper bearer registrant enrollee parent child relative sibling partner addressbook phonebook
rolodex kokyaku kaiin shain tantosha riyosha hogosha keiyakusha kanja gakusei okyaku juminn jugyoin
moushikomisha uketorinin daihyosha`)

// firms are words for companies: a name in a table of them, or after such a word, is a company's.
var firms = wordSet(`organization company supplier vendor firm employer merchant corporation business
manufacturer retailer reseller distributor agency torihikisaki tokuisaki shiiresaki kaisha`)

// otherWords only help to cut names that are run together.
var otherWords = wordSet(`billing shipping delivery ship bill home work office business mailing residential
permanent temporary current previous primary secondary alternate emergency main default reply from sent received
created updated deleted verified confirmed unconfirmed sender has count login logged last next access refresh
reset api key secret client file web site line one two three day month year time stamp master history detail
data table log archive list code house flat floor unit region valid invalid paid sales scrap sick leave vacation
large thumbnail thumb stored display legal real maiden given family middle second prefix suffix initial title
salutation number kanji romaji insured policy claim group order product`)

// neutral words at the end of a name do not change what it is about.
var neutral = wordSet(`enc encrypted crypt cipher ciphertext raw plain text txt str string value val col new
old current curr cur prev previous normalized normalised canonical lower upper lowercase uppercase primary
secondary main alt alternate home work office business jp ja jpn en eng kanji romaji roman latin local encoded
masked backup orig original full long short private personal sub x`)

// blockers at the beginning of a name make it a measure or a switch about something, not that thing.
var blockers = wordSet(`maximum minimum average mean num count total has is can allow allows require requires`)

// whose are words before a phrase that only say whose or which it is.
var whose = wordSet(`billing shipping delivery ship bill home work office business mailing residential
permanent temporary current previous primary secondary alternate emergency main default other reply from first
last second my new old bank prefill original`)

// wordSetOf returns a function that returns the set of some texts.
func wordSetOf(texts ...string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		out := map[string]bool{}
		for _, t := range texts {
			out[t] = true
		}
		return out
	})
}

// wordSet returns a function that cuts a text into its words once.
func wordSet(text string) func() map[string]bool {
	return sync.OnceValue(func() map[string]bool {
		out := map[string]bool{}
		for _, w := range strings.Fields(text) {
			out[w] = true
		}
		return out
	})
}
