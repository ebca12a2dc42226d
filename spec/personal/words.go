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
customer: cust customers cstmr custmr clnt client customerr
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
url: uri href
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
nenshu: nenshuu nensyu`

// persons are words for people: a name in a table of them, or after such a word, is a person's.
var persons = wordSet(
	`customer member employee user person contact patient student teacher doctor nurse physician author
owner guest visitor applicant candidate subscriber recipient addressee sender payer payee beneficiary holder cardholder
guardian spouse husband wife mother father driver passenger resident citizen borrower insured claimant lead prospect
manager supervisor staff player participant attendee referrer consignee buyer seller reviewer approver creator editor
profile admin administrator operator lawyer witness victim donor volunteer speaker instructor tutor pupil crew pilot
salesperson representative rep requester reporter assignee delegate caller debtor creditor tenant renter landlord
policyholder dependent emergency signer signatory friend follower guarantor cosigner freelancer contractor worker
technician shipper bearer registrant enrollee parent child relative sibling partner kokyaku kaiin shain tantosha
riyosha hogosha keiyakusha kanja gakusei okyaku juminn jugyoin moushikomisha uketorinin daihyosha`)

// things are words for what is not a person: a name in a table of them, or after such a word, is no person's.
var things = wordSet(
	`product item category tag role permission country region currency language plan feature setting job
queue task project department brand model genre track album playlist media status type kind campaign coupon warehouse
course room plugin template migration schema page report unit tax method bank group segment channel board column label
workflow webhook integration service package sku attribute option variant collection menu dish ingredient material part
asset machine process rule policy badge theme block widget term taxonomy price discount promotion invoice order line
cart shipment carrier subject topic skill industry sector timezone locale translation config configuration parameter
flag version release build environment node cluster server host database table index metric alert dashboard chart stock
inventory bom bin shelf location zone area district prefecture province state city town place station route vehicle
color colour size grade level class lesson exam question answer quiz survey form field ledger journal budget costcenter
center factory plant store shop branch office division section team league game genus species event holiday calendar
season symptom drug medicine test lab procedure bucket folder volume image layer hotel restaurant museum theater
article experiment faq banner achievement shohin busho tenpo shurui kubun shiten bumon buhin seihin`)

// deeds are things that somebody does or has done to them: a name in a table of them can be a person's all the same.
var deeds = wordSet(
	`order invoice cart shipment task project event survey quiz exam lesson location place question answer
report service lab test drug medicine procedure symptom job policy ledger journal`)

// firms are words for companies: a name in a table of them, or after such a word, is a company's.
var firms = wordSet(
	`organization company supplier vendor firm employer merchant corporation business manufacturer retailer
reseller distributor agency torihikisaki tokuisaki shiiresaki kaisha`)

// otherWords only help to cut names that are run together.
var otherWords = wordSet(`billing shipping delivery ship bill home work office business mailing residential permanent
temporary current previous primary secondary alternate emergency main default reply from sent received created updated
deleted verified confirmed unconfirmed sender has count login logged last next access refresh reset api key secret
client file web site line one two three day month year time stamp master history detail data table log archive list
code house flat floor unit region display legal real maiden given family middle second prefix suffix initial title
salutation number kanji romaji insured policy claim group access order product`)

// neutral words at the end of a name do not change what it is about.
var neutral = wordSet(`enc encrypted crypted cipher ciphertext raw plain text txt str string value val field col new old
current curr cur prev previous normalized normalised canonical lower upper lowercase uppercase primary secondary main
alt alternate home work office business jp ja jpn en eng kanji romaji roman latin local encoded masked backup orig
original full long short private personal sub x`)

// blockers at the beginning of a name make it a measure or a switch about something, not that thing.
var blockers = wordSet(`max min avg average mean num count total has is can allow allows require requires`)

// whose are words before a phrase that only say whose or which it is.
var whose = wordSet(
	`billing shipping delivery ship bill home work office business mailing residential permanent temporary
current previous primary secondary alternate emergency main default other reply from first last second my new old bank
prefill original`)

// objects name files, functions and machines: a name after such a word is not a person's.
var objects = wordSet(`file domain path directory function module class server cluster node memory base start end bus
register method host network system db database app application program print screen web`)

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
