package personal

import (
	"strings"
	"testing"
)

func TestFindValuesKnowsTheForms(t *testing.T) {
	for text, kind := range map[string]Kind{
		"ask anna.kovacs@contoso-mail.hu about this":                              Email,
		"'Grüße.Müller@firma-süd.de'":                                             Email,
		"call +81 90-8371-2946.":                                                  Phone,
		"090-8371-2946":                                                           Phone,
		"03-6384-9021":                                                            Phone,
		"(415) 273-9164":                                                          Phone,
		"VALUES ('+4915735981246')":                                               Phone,
		"card 4539 5787 6362 1486":                                                CreditCard,
		"number = 4539578763621486":                                               CreditCard,
		"374245455400126":                                                         CreditCard,
		"pay to DE75 5121 0800 1245 1261 99":                                      IBAN,
		"ssn 536-22-8137":                                                         NationalID,
		"'1234-5678-9018'":                                                        NationalID,
		"blocked 81.2.69.142, since Monday":                                       IP,
		"2a02:6b8:b010:9020:1::2":                                                 IP,
		"https://svc:Tr0ub4dor@hooks.internal/x":                                  Password,
		"dblink('host=10.0.0.7 user=etl password=Zx81basic')":                     Password,
		"password=Zx81basic host=10.0.0.7":                                        Password,
		"ALTER ROLE etl PASSWORD 'Zx81basic'":                                     Password,
		"$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW":            Password,
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N":         Token,
		"AKIAIOSFODNN7QWERTYU":                                                    Token,
		"ghp_16C7e42F292c6912E7710c838347Ae178B4a":                                Token,
		"-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA\n":                     Token,
		"sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc":                                   Token,
		"'Authorization: Bearer 9f8E7d6C5b4A39281706fEdCbA'":                      Token,
		"api_key := '9f8E7d6C5b4A39281706fEdCbA'":                                 Token,
		"https://hooks.slack.com/services/T02AB/B03CD/" + "9f8E7d6C5b4A39281706f": Token,
	} {
		found := FindValues(text)
		if len(found) != 1 || found[0].Kind != kind {
			t.Errorf("%q: %v, want one %s", text, found, kind)
		}
		once := Redact(text)
		if again := Redact(once); again != once || !IsRedacted(once) || len(FindValues(once)) > 0 {
			t.Errorf("%q is redacted as %q, then as %q", text, once, again)
		}
	}
}

// What code, documentation and tests are full of is no finding: a report that cries wolf is switched off.
func TestFindValuesLeavesAloneWhatIsNobodys(t *testing.T) {
	for _, text := range []string{
		"someone@example.com", "a@mail.example.org", "bob@corp.test", "root@localhost", "me@domain.com",
		"noreply@shop.io", "git@github.com:shoji-pg/shoji.git", "icon@2x.png",
		`'^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'`, `^\S+@\S+\.\S+$`, "'%@shop.io'", "data @> '{}'::jsonb",
		"4111111111111111", "4242 4242 4242 4242", "5555555555554444", "4539578763621487", "0000000000000000",
		"9223372036854775807", "1700000000000", "20241128141255", "1234567890123456", "DE89370400440532013000",
		"123-45-6789", "000-12-3456", "987-65-4321", "2024-11-28", "2024-11-28 14:12:55.123456+09:00", "555-0134",
		"(555) 273-9164", "+1-202-555-0143", "123-456-7890", "+1234567890", "x+1000000000", "127.0.0.1", "10.0.0.7",
		"192.168.1.1", "0.0.0.0/0", "203.0.113.9", "8.8.8.8", "+44 20 7946 0123", "version 1.10.2.3", "::1",
		"2001:db8::1", "12:34:56",
		"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "nextval('orders_id_seq'::regclass)",
		"postgres://app:password@localhost/app", "UPDATE users SET password=new_password WHERE id = 1",
		"password = crypt(p, gen_salt('bf'))", "AKIAIOSFODNN7EXAMPLE",
		"token := encode(digest(random()::text, 'sha256'), 'hex')", "api_key = 'CHANGE_ME_CHANGE_ME_CHANGE_ME'",
		"sk_live_xxxxxxxxxxxxxxxxxxxx", "d41d8cd98f00b204e9800998ecf8427e", "0x1F4A9", "<email:3fa1>",
		"ISBN 978-3-16-148410-0", "ON numeric(12,2)", "secret '%s'",
	} {
		if found := FindValues(text); len(found) > 0 {
			t.Errorf("%q: %v", text, found)
		}
	}
}

func TestRedactKeepsAllElse(t *testing.T) {
	const text = "CHECK ((email <> 'anna.kovacs@contoso-mail.hu'::text) AND (tel <> '090-8371-2946'::text))"
	got := Redact(text)
	want := "CHECK ((email <> '<email:" + DigestOf("Anna.Kovacs@contoso-mail.hu") + ">'::text) AND (tel <> '<phone:" +
		DigestOf("090-8371-2946") + ">'::text))"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// A guess from a comment must not hang on a value in it: the schema lock has the comment without.
func TestRecogniseDoesNotReadTheValuesOfAComment(t *testing.T) {
	for _, comment := range []string{"email.desk@contoso-mail.hu", "<email:3fa1>", "phone@contoso-mail.hu"} {
		c := Column{Schema: "public", Table: "things", Name: "x1", Comment: comment, Type: typeOf("text")}
		if g, ok := Recognise(c); ok {
			t.Errorf("%q: %+v", comment, g)
		}
	}
	if strings.Contains(Redact("the customer's email"), "<") {
		t.Error("a word is no value")
	}
}
