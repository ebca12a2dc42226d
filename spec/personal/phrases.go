package personal

import (
	"strings"
	"sync"
)

// called is what a phrase at the end of a name says.
type called struct {
	kind       Kind
	confidence Confidence
	ja         bool // a Japanese word in Latin letters
	// japaneseOnly: a word of other languages too, which is that Japanese one only in a table that speaks Japanese.
	japaneseOnly bool
	whole        bool // only where it is all of the name, but for words that say whose or which
}

// phrases returns what columns are called by kind, in the spelling of split. The longest phrase at a name's end
// decides: "ip address" is no address, "email sent at" is no e-mail.
var phrases = sync.OnceValue(func() map[string]called {
	out := map[string]called{}
	for _, p := range []struct {
		kind       Kind
		confidence Confidence
		text       string
	}{
		{Email, High, `email; e email; email address; smtp address; email id; gmail;
mailbox address; user email`},
		{Email, Medium, `=mailbox; from address; to address; reply to address; cc address;
bcc address; =reply to; =cc; =bcc; from email header`},
		{Phone, High, `phone; phone number; mobile; mobile number; mobile phone;
mobile phone number; fax; fax number; contact number; whatsapp; whatsapp number; landline; msisdn; =telf;
telfx; =pager; =phone ext; phone extension; e164`},
		{Phone, Medium, `=sms number; line number id; calling number; =caller id;
=extension number; call number; phone e 164`},
		{FirstName, High, `first name; given name; middle name; forename; =middle initial;
christian name; vorname; prenom`},
		{FirstName, Medium, `=middle; =given`},
		{LastName, High, `last name; family name; second name; maiden name; surname; nachname;
=maiden; father last name; birth name`},
		{FullName, High, `full name; real name; person name; legal full name; contact person;
card holder; cardholder; card holder name; account holder; account holder name; name on card; addressee;
contact name; display full name; emergency contact; kontoinhaber`},
		{FullName, Medium, `display name; legal name; preferred name; =recipient; =consignee;
=payee; =payer; =beneficiary; =attention; attn; attention to; care of; ship to; bill to; salesperson;
sales rep; sales representative; next of kin; =author; attending physician; =doctor; =physician; =customer;
=patient; =student; =teacher; =guardian; =spouse; =manager; =supervisor; =employee; =guest; =passenger;
=driver; =applicant; =candidate; =contact; user nicename; signed by; =signatory; =signer; =witness; =attendee;
=instructor; =reporter; =assignee; =reviewer; ship name; bill name; shipping name; billing name; delivery name;
ship to name; bill to name; sold to name; deliver to name; =buyer; =seller; referred by; name in full`},
		{FullName, Low, `=owner; =creator; =sender; =operator; =holder; =alias`},
		{FullName, Medium, `phonetic name; name phonetic; =phonetic`},
		{Username, High, `user name; login name; screen name; nick name; user login; login id;
user handle; twitter handle; instagram handle; skype id; line user id; slack user; github username;
discord username; account login; twitter username; =whodunnit`},
		{Username, Medium, `=login; =handle; =nick; =user; twitter; instagram; facebook; skype;
slack id; telegram; linkedin handle; created by; updated by; modified by; approved by; assigned to;
reviewed by; entered by; requested by; deleted by; last modified by; changed by; submitted by; closed by;
posted by; =line id; by; owned by; login name; chat handle; chat id; sip uri; presentity uri; watcher uri;
presence uri; contact uri; from uri; to uri; twitter id; instagram id; facebook id; fb id; upd user;
update user; updated user; crt user; create user; created user; reg user; registered user; ins user;
entry user; modified user; last user`},
		{Company, Medium, `company; company name; =employer; employer name; organization;
organization name; business name; supplier name; vendor name; workplace; firm name; trade name; trading name;
client company; legal entity name; =affiliation; =institution`},
		{BirthDate, High, `birth date; date of birth; =birth; birth day; born on; =born; birth dt;
birth day date; born at; dateofbirth; geburtsdatum; birth month; birth date time`},
		{Age, High, `birth year; year of birth; =age; age years; yob; age at visit;
age group; age range; age band`},
		{PersonalDate, Medium, `joining date; leaving date; date of joining; date of leaving;
last working day; exit date; notice date; hire date; hired on; hired at; date hired; join date;
date joined company; employment date; termination date; terminated on; retirement date; resignation date;
death date; date of death; deceased at; deceased on; deceased date; wedding date; marriage date; =anniversary;
anniversary date; admission date; discharge date; visa expiry; visa expiry date; probation end;
graduation date; =death; employment start date; employment end date`},
		{Gender, High, `gender; gender code; gender identity; gender name; geschlecht`},
		{Gender, Medium, `=relationship; kin relationship; relationship to patient;
relationship to insured; salutation; honorific; name suffix; pronoun; pronouns; name prefix; marital status;
civil status; marriage status; personal title`},
		{Address, High, `address; full address; home address; postal address; mailing address;
street address full; address text; formatted address; location address; billing address; shipping address;
delivery address; ship address; ship to address; bill to address; sold to address; deliver to address;
=residence; =address block`},
		{Address, Medium, `domicile; delivery instructions; where to deliver; residential`},
		{Street, High, `street; street name; street address; street number; address line;
address street; house number; line one; line two; address line one; address line two; apartment;
apartment number; =house name; stras; strasse; building name number; suite number; flat number`},
		{Street, Medium, `building name; =road; suite; =line; =house; =unit number; =room number;
=building`},
		{City, Medium, `city; city name; town; home location; home location name;
=hometown name; municipality; locality; suburb; village; town name; =ort; hometown; home town; birth place;
place of birth; birth city; birthplace`},
		{Postcode, High, `postcode; postal code; post code; zip plus four; pstlz; zip four;
postal; pin code postal; postcode code`},
		{Geo, High, `latitude; longitude; =geo; geolocation; geo location; lat long; gps;
gps location; coordinates; gps coordinates; geo point; lat lng; latlng; =geom; latlong; geo lat; geo long`},
		{Geo, Medium, `=geog; =coords; last location; current location; =position gps;
spatial location; home tile; home latitude; home longitude; bounding box; bbox; =geom point`},
		{NationalID, High, `social security number; social security; sin number; national id;
national identifier; national id number; national insurance number; nino; aadhaar; aadhaar number; aadhar; cpf;
personal number; personal id number; identity number; identity card; identity card number; citizen id; id card;
id card number; =id number; government id; mynumber; my number; curp; nric; personnummer; nhs number;
resident id; pension number; =dni; social insurance number; identity document; id document number; hkid;
=identification id; =identification number; national identification number; personal identification number;
national id code`},
		{NationalID, Medium, `ssn last; =social; ssn last four; =nif; =sin; =rut`},
		{Passport, High, `=passport; passport number; passport id; passport code;
travel document number; visa number; passport country number`},
		{License, High, `license number; driver license; driver license number; drivers license;
drivers license number; driving license; driving license number; dl number; license plate;
license plate number; number plate; plate number; registration plate; =vin; vehicle identification number;
car plate; license plate code`},
		{TaxID, High, `tax id; tax number; =tin; tax identifier; tax identification number;
vat id; vat number; itin; taxpayer id; steuernummer; =ein; tax file number; pan number; siret; taxvat`},
		{CreditCard, High, `credit card; credit card number; card number; =pan;
primary account number; debit card; debit card number; payment card number; cc number; cc num; credit number`},
		{CreditCard, Medium, `card last four; card last; card digits; card bin; card fingerprint;
=last digits; =last four`},
		{CardCode, High, `cvv; cvc; cvv code; card code; card security code; security code; cvn;
=csc; card verification value`},
		{CardCode, Medium, `card expiry; card expiration; card exp; cc exp; card expiry date;
card expiration date; card exp month; card exp year; exp month; exp year; cc exp month; cc exp year;
expiry month; expiry year; card valid until; card valid thru; valid thru; =expiry mm; =expiry yy;
exp date card`},
		{IBAN, High, `iban; iban number; bank iban; account iban`},
		{BankAccount, High, `bank account; bank account number; routing number; sort code;
account routing; bank account code; direct debit account; clabe`},
		{BankAccount, Medium, `account number; bank number; swift account; wallet address;
bitcoin address; eth address; crypto address; contract address`},
		{Salary, High, `salary; base salary; monthly salary; annual salary; wage; wages;
hourly wage; payroll; net pay; gross pay; take home pay; annual income; monthly income; =income; =compensation;
base pay; yearly income; bonus salary; basic pay; pay rate; household income; rate of pay; hourly rate;
daily rate; monthly rate; overtime rate; wage rate; day rate employee; take home; commission rate; severance;
paycheck`},
		{Salary, Medium, `=bonus; commission pct; net worth; credit score; credit limit;
remuneration; vacation hours; vacation days; vacation balance; leave balance; annual leave; leave days;
leave hours; paid leave; pto balance; pto hours; holiday allowance`},
		{Health, High, `diagnosis; diagnosis code; blood type; blood group; allergy; allergies;
medical history; medical condition; medication; medications; disability; symptom; symptoms; chief complaint;
prescription; blood pressure; heart rate; bmi; insurance member number; medical record number; mrn;
vaccination; hiv status; pregnancy; health condition; health status; insurance policy number;
health insurance number; medicare number; =illness; disease; medical note; clinical note; =treatment note;
mental health`},
		{Health, Medium, `hearing level; vision level; dietary; dietary requirement;
dietary requirements; diet; special needs; care needs; care level; medical; sick days; sick day; sick leave;
sick leave hours; sick leave days; sick hours; sick hour; sick leave hour; sick leave balance; days sick;
absence reason; medical leave; maternity leave; medical certificate; health certificate; height cm; weight kg;
body weight; body height; icd code; icd; dietary restriction; dietary restrictions; smoking status;
=test result`},
		{Belief, High, `religion; ethnicity; =race; ethnic group; ethnic origin;
sexual orientation; political party; political affiliation; political view; trade union; union membership;
religious belief; caste; criminal record; =conviction`},
		{Belief, Medium, `nationality; citizenship; mother tongue; native language;
birth country; country of birth`},
		{IP, High, `ip; ip address; remote ip; client ip; sign in ip; last ip; login ip;
ip v; remote address; remote addr; author ip; created ip; source ip; x forwarded for; user ip`},
		{MAC, High, `mac address; =mac; hardware address; ethernet address; wifi mac`},
		{Device, High, `imei; imsi; iccid; idfa; idfv; gaid; advertising id; device id;
device identifier; device serial; device fingerprint; browser fingerprint; udid; android id; meid`},
		{Device, Medium, `extern uid; external uid; auth uid; secondary extern uid; identity uid;
ldap dn; ldap uid; =uid; =sub; visitor id; cookie id; client fingerprint; =cookie; tracking id; anonymous id;
device name; visitor token`},
		{Device, Low, `message id; subscription id; payment id; charge id; transaction id;
customer id; call id; external id; foreign id; remote id; extern id; stripe id; paypal id; payment intent id;
payer id; ticket id; conversation id; thread id external; =fingerprint; key fingerprint; external reference;
external ref; external key; correlation external id; gateway customer id`},
		{Job, Medium, `job title; position name; post title; =occupation; =profession;
job position; position title; work title; job name; job function; current position; employment title;
professional title; =designation; job description; business title`},
		{UserAgent, High, `user agent; http user agent; browser agent; comment agent;
last user agent; agent string`},
		{Password, High, `ha 1; ha 1 b; auth ha 1; password verifier; password; password hash;
password digest; encrypted password; hashed password; crypted password; password salt; salt; user pass;
password hint; security answer; secret answer; security question; =pin; pin number; pin code; pin hash;
password history; login password; mother maiden name; memorable word`},
		{Token, High, `access token; refresh token; reset token; reset password token;
confirmation token; api key; api secret; api token; auth token; client secret; secret; secret key; private key;
session token; session key; session data; session id; oauth token; id token; bearer token; device token;
push token; fcm token; remember token; unlock token; invitation token; verification token; verification code;
activation key; activation code; activation token; backup code; recovery code; otp; otp code; totp secret;
webhook secret; signing secret; encryption key; access key; secret access key; ssh key; csrf token;
authentication token; registration token; magic link; unsubscribe token; otp secret; user activation key;
refresh token hash; token hash; token digest; key hash; two factor secret; totp seed; jwt; code challenge;
code verifier; session vars; deploy key; gpg key; public key; pgp key; smime certificate; client certificate;
opaque lock token; apns token; credential; credentials; connection string; dsn; confirmation code`},
		{Token, Medium, `token; security stamp; digest token; =nonce; =authorization; auth code;
auth key; authorization code; signature key; share token; invite code; public token`},
		{Person, Medium, `external user id; customer number; customer code; member number;
member code; membership number; membership id; employee number; employee code; patient number; patient code;
student number; student code; staff number; staff code; badge number; user number; user code; insured number;
policy holder number; personnel number; loyalty number; frequent flyer number; loyalty card number;
client number; client code; subscriber number; library card number; kunnr; provider uid; oauth uid;
payroll number; stripe customer id; customer external id`},
		{URL, Medium, `website; homepage; home page; web site; web address; profile url;
linkedin url; linkedin; facebook url; twitter url; instagram url; avatar url; photo url; personal url; blog;
blog url; github url; profile link; user url; author url; profile image url; picture url; profile picture url;
resume url; cv url; website url; homepage url; social url`},
		{URL, Low, `=url; =link; =uri; uri; referer; referrer; referrer url; http referer;
request url; landing page; path info; redirect url; query string`},
		{Photo, High, `profile photo; profile picture; selfie; face image; face photo;
portrait; headshot; profile image; user photo; id photo; id scan; passport scan; signature image;
face encoding; face embedding; fingerprint template; biometric; biometrics; voice print; voice sample;
photo id scan; mugshot`},
		{Photo, Medium, `photo path; avatar path; picture path; photo; avatar; picture;
=signature; voice recording; =recording; =scan`},
		{FreeText, Medium, `bio; biography; =about me; =about; self introduction; =introduction;
personal statement; cover letter; resume; resume text; cv; cv text; transcript; special request;
special requests; message body; email body; chat message; chat log; customer note; internal note; doctor note;
patient note; user comment; feedback text; complaint; inquiry; case note; =hobby; =hobbies; =interests;
gift message; customer comment; delivery note; search query; search term; email subject; customer message;
order comment; raw message; raw email; utterance`},
		{FreeText, Low, `request data; request headers; request params; request payload;
request content; response data; response headers; http headers; raw headers; extra headers; message headers;
file name; =lines; csv lines; =rows; csv rows; csv content; csv data; csv; file content; help text; page text;
html; body html; description html; title html; commit message; commit title; failure reason; failure message;
last error; errors; stdout; stderr; trace; backtrace; handler; =v; =val; =value; avalue; option value;
meta value; setting value; attribute value; merge error; sync error; trailers; vcard; =words; icalendar;
calendar data; ics; draft text; template text; comment; note; remark; memo; message; =body; =content; =text;
description; =details; =detail; feedback; reason; =answer; =response; =question; =summary; free text; freetext;
additional information; =information; =excerpt; post content; comment content; =instructions;
special instructions; =narrative; =review; =story; =caption; annotation; =subject; =log; payload; raw data;
headline; request body; response body; raw request; raw response; diff; old value; new value; =changes;
object repr; error message; stack trace; =error; =output; =input; =body text; =purpose; =observation;
=findings; =conversation; =quote; =testimonial; signature text; =keyword; =keywords; =query; =arguments; =args`},
		{Document, Low, `json; =data; metadata; =meta; meta value; =properties; =attributes;
=extra; =extras; settings; preferences; custom fields; =fields; =params; parameters; =raw; payload json;
=object; object changes; =traits; =context; =options; profile data; details json; event data; =session;
=variables; =headers; =document; xml; =blob; raw json`},
		{Document, Medium, `form data; user data; customer data; personal data; =profile;
personal information; contact information; traits json; billing details; customer details; contact details;
user information; shipping details; survey response; survey answers; =contacts; =recipients; =people`},
	} {
		read(out, p.text, called{kind: p.kind, confidence: p.confidence})
	}
	romanised(out)
	return out
})

// read adds the phrases of a list. One with = before it stands for a whole name.
func read(into map[string]called, list string, c called) {
	for _, text := range strings.Split(list, ";") {
		phrase, whole := strings.CutPrefix(strings.TrimSpace(text), "=")
		c.whole = whole
		into[normalize(phrase)] = c
	}
}

// romanised adds Japanese words in Latin letters.
func romanised(into map[string]called) {
	for _, p := range []struct {
		kind       Kind
		confidence Confidence
		text       string
	}{
		{FullName, High, `shimei; namae; onamae; shimei kanji; seimei; koza meigi; meiginin;
daihyosha mei; tantosha mei; kokyaku mei; kaiin mei; shain mei; atena`},
		{FullName, Medium, `=tantosha; =daihyosha; =hogosha; =keiyakusha; =meigi; tantosha name;
uketorinin`},
		{LastName, High, `myoji; myouji; sei kanji; name sei`},
		{FirstName, High, `mei kanji; name mei`},
		{Kana, High, `sei kana; mei kana; last name kana; first name kana; kana shimei;
namae kana; kana sei; kana mei; kokyaku kana; tantosha kana`},
		{Kana, High, `furigana; hurigana; yomigana; name kana; kana name; shimei kana;
full name kana; name yomi; name furigana`},
		{Kana, Medium, `=kana; =yomi`},
		{Email, High, `meeru; meru; meruado; meado; mail addr`},
		{Phone, High, `denwa; denwa bango; tel bango; phone bango; keitai; keitai bango;
keitai denwa; denwa number; keitai number; renrakusaki denwa; jitaku denwa; fax bango; mobile bango;
phone jitaku; phone keitai; phone kinmusaki`},
		{Phone, Medium, `renrakusaki`},
		{Address, High, `jusho; genjusho; kyojuchi; jusho kanji`},
		{Street, High, `banchi; =chome; tatemono; tatemono mei; machi mei; choiki`},
		{City, Medium, `shikuchoson; shikuchouson; sikutyoson; shicho`},
		{Postcode, High, `yubin; yubin bango; yubinbango; yubin number; yubin code`},
		{BirthDate, High, `seinengappi; seinen gappi; tanjobi; tanjoubi; =umare; birth ymd`},
		{Age, High, `nenrei; =seinen`},
		{Gender, High, `seibetsu; seibetsu code`},
		{PersonalDate, Medium, `nyushabi; nyusha bi; taishoku bi; taishokubi`},
		{Company, Medium, `kaisha; kaisha mei; kaishamei; kaisya mei; kinmusaki; kinmusaki mei;
torihikisaki mei; tokuisaki mei; hojin mei`},
		{NationalID, High, `kojin bango; nenkin bango`},
		{License, High, `menkyo bango; menkyosho bango; menkyo`},
		{Passport, High, `ryoken bango`},
		{BankAccount, High, `koza bango; koza number`},
		{Salary, High, `nenshu; kyuyo; kyuryo; gekkyu; shotoku`},
		{Health, High, `byomei; byoumei; shindan; ketsueki gata; ketsuekigata;
hihokensha bango; hokensho bango; hokensho number; hoken bango; hoken number; kiorireki`},
		{Belief, Medium, `kokuseki; honseki`},
		{Person, Medium, `kaiin bango; kokyaku bango; shain bango; kokyaku code; kaiin code;
shain code; gakuseki bango; kanja bango; kaiin number; shain number; kokyaku number`},
		{Password, High, `pasuwado; ansho bango; anshou bango; ansyo bango`},
		{FreeText, Low, `biko; tokki jiko; =honbun; =naiyo; tekiyo; toiawase naiyo`},
	} {
		read(into, p.text, called{kind: p.kind, confidence: p.confidence, ja: true})
	}
	read(into, "=sei", called{kind: LastName, confidence: Medium, ja: true, japaneseOnly: true})
	read(into, "=mei", called{kind: FirstName, confidence: Medium, ja: true, japaneseOnly: true})
}
