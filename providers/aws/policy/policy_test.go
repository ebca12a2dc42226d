package policy

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func parse(t *testing.T, text string) Document {
	t.Helper()
	d, err := Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

// allow wraps the inside of one allowing statement.
func allow(inside string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` + inside + `}}`
}

func TestEqual(t *testing.T) {
	const two = `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject",` +
		`"Resource":"*"},{"Sid":"B","Effect":"Deny","Action":"s3:*","Resource":"*"}]}`
	const swapped = `{"Version":"2012-10-17","Statement":[{"Sid":"B","Effect":"Deny","Action":"s3:*","Resource":"*"},` +
		`{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`
	for name, c := range map[string]struct {
		a, b string
		same bool
	}{
		"the order of statements says nothing": {two, swapped, true},
		"a scalar is a list of one": {
			allow(`"Action":"s3:GetObject","Resource":"*"`), allow(`"Action":["s3:GetObject"],"Resource":["*"]`), true,
		},
		"a statement alone is a list of one": {
			allow(`"Action":"s3:GetObject","Resource":"*"`),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}`, true,
		},
		"the order of actions says nothing": {
			allow(`"Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*"`),
			allow(`"Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*"`), true,
		},
		"the case of actions says nothing": {
			allow(`"Action":"kms:decrypt","Resource":"*"`), allow(`"Action":"KMS:Decrypt","Resource":"*"`), true,
		},
		"the case of resources matters": {
			allow(`"Action":"s3:*","Resource":"arn:aws:s3:::a/B"`),
			allow(`"Action":"s3:*","Resource":"arn:aws:s3:::a/b"`), false,
		},
		"an account is its root": {
			allow(`"Principal":{"AWS":"111111111111"},"Action":"kms:*","Resource":"*"`),
			allow(`"Principal":{"AWS":["arn:aws:iam::111111111111:root"]},"Action":"kms:*","Resource":"*"`), true,
		},
		"everybody is everybody of AWS": {
			allow(`"Principal":"*","Action":"kms:*","Resource":"*"`),
			allow(`"Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"`), true,
		},
		"a role is not another of the same name": {
			allow(`"Principal":{"AWS":"AROAIIAV7L7LEXAMPLE"},"Action":"kms:*","Resource":"*"`),
			allow(`"Principal":{"AWS":"arn:aws:iam::111111111111:role/x"},"Action":"kms:*","Resource":"*"`), false,
		},
		"a bool is its text": {
			allow(`"Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":false}}`),
			allow(`"Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`), true,
		},
		"the case of operators and keys says nothing": {
			allow(`"Action":"s3:*","Resource":"*","Condition":{"bool":{"AWS:securetransport":"false"}}`),
			allow(`"Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}`), true,
		},
		"the values of a condition matter": {
			allow(`"Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"a:b":"x"}}`),
			allow(`"Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"a:b":"X"}}`), false,
		},
		"a statement less is another policy": {
			two, allow(`"Sid":"A","Action":"s3:GetObject","Resource":"*"`), false,
		},
		"IAM encodes for URLs": {
			`%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C` +
				`%22Action%22%3A%22a%3Ab%22%2C%22Resource%22%3A%22arn%3Ax%2By%22%7D%7D`,
			allow(`"Action":"a:b","Resource":"arn:x+y"`), true,
		},
		"NotAction is not Action": {
			allow(`"NotAction":"s3:*","Resource":"*"`), allow(`"Action":"s3:*","Resource":"*"`), false,
		},
		"the version matters: an old one has no variables": {
			`{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`, allow(`"Action":"s3:*","Resource":"*"`),
			false,
		},
		"no policy is one without statements": {``, `{"Version":"2012-10-17","Statement":[]}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := parse(t, c.a), parse(t, c.b)
			if a.Equal(b) != c.same || b.Equal(a) != c.same {
				t.Errorf("equal: %v\n%s\n%s", !c.same, a.JSON(), b.JSON())
			}
			if again := parse(t, a.JSON()); len(a.Statements) > 0 && cmp.Diff(a, again) != "" {
				t.Errorf("what is written is not read back:\n%s", cmp.Diff(a, again))
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"half a document":         `{"Version":"2012-10-17","Statement":[{`,
		"an unknown element":      allow(`"Action":"a:b","Resource":"*","Actions":"x"`),
		"an effect that is none":  `{"Statement":{"Effect":"allow","Action":"a:b","Resource":"*"}}`,
		"a principal that is ARN": allow(`"Principal":"arn:aws:iam::1:root","Action":"a:b"`),
		"an action that is not":   allow(`"Action":{"a":"b"}`),
	} {
		if d, err := Parse(text); err == nil {
			t.Errorf("%s was read: %s", name, d.JSON())
		}
	}
}

func TestWidenedAndNarrowed(t *testing.T) {
	const key = `"Resource":"arn:k"`
	deny := func(inside string) string { return strings.Replace(allow(inside), "Allow", "Deny", 1) }
	for name, c := range map[string]struct {
		a, b              string
		widened, narrowed bool
	}{
		"an action more": {
			allow(`"Action":"kms:Decrypt",` + key), allow(`"Action":["kms:Decrypt","kms:Encrypt"],` + key), true, false,
		},
		"a star for an action": {
			allow(`"Action":"kms:Decrypt",` + key), allow(`"Action":"kms:*",` + key), true, false,
		},
		"an action for a star": {
			allow(`"Action":"kms:*",` + key), allow(`"Action":"kms:Decrypt",` + key), false, true,
		},
		"another action": {
			allow(`"Action":"kms:Encrypt",` + key), allow(`"Action":"kms:Decrypt",` + key), true, true,
		},
		"only other names": {
			allow(`"Sid":"A","Action":"kms:Encrypt",` + key), allow(`"Sid":"B","Action":"kms:encrypt",` + key), false,
			false,
		},
		"one statement cut in two": {
			allow(`"Action":["a:b","a:c"],` + key),
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b",` + key +
				`},{"Effect":"Allow","Action":"a:c",` + key + `}]}`, false, false,
		},
		"a condition less": {
			allow(`"Action":"a:b",` + key + `,"Condition":{"StringEquals":{"x:y":"1"}}`),
			allow(`"Action":"a:b",` + key), true, false,
		},
		"a value of a condition more": {
			allow(`"Action":"a:b",` + key + `,"Condition":{"StringEquals":{"x:y":"1"}}`),
			allow(`"Action":"a:b",` + key + `,"Condition":{"StringEquals":{"x:y":["1","2"]}}`), true, false,
		},
		"a wider pattern": {
			allow(`"Action":"a:b",` + key + `,"Condition":{"ArnLike":{"x:y":"arn:c:1"}}`),
			allow(`"Action":"a:b",` + key + `,"Condition":{"ArnLike":{"x:y":"arn:c:*"}}`), true, false,
		},
		"a negated condition that changes cannot be told": {
			allow(`"Action":"a:b",` + key + `,"Condition":{"StringNotEquals":{"x:y":"1"}}`),
			allow(`"Action":"a:b",` + key + `,"Condition":{"StringNotEquals":{"x:y":["1","2"]}}`), true, true,
		},
		"everybody for a role": {
			allow(`"Principal":{"AWS":"arn:aws:iam::1:role/x"},"Action":"a:b",` + key),
			allow(`"Principal":"*","Action":"a:b",` + key), true, false,
		},
		"a denial less": {deny(`"Action":"a:b",` + key), ``, true, false},
		"a denial of more": {
			deny(`"Action":"a:b",` + key), deny(`"Action":"a:*",` + key), false, true,
		},
		"another NotAction": {
			allow(`"NotAction":"a:b",` + key), allow(`"NotAction":["a:b","a:c"],` + key), true, true,
		},
		"a shorter prefix": {
			allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/p/*"`),
			allow(`"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"`), true, false,
		},
		"a pattern for a pattern": {
			allow(`"Action":"s3:Get*",` + key), allow(`"Action":"s3:GetObject*",` + key), false, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := parse(t, c.a), parse(t, c.b)
			if got := Widened(a, b); got != c.widened {
				t.Errorf("widened: %v", got)
			}
			if got := Narrowed(a, b); got != c.narrowed {
				t.Errorf("narrowed: %v", got)
			}
		})
	}
}

func TestDiff(t *testing.T) {
	const root = `{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"kms:*","Resource":"*"}`
	a := parse(t, `{"Version":"2012-10-17","Statement":[`+root+`,
		{"Sid":"Import","Effect":"Allow","Principal":{"AWS":"AROAEXAMPLE"},"Action":["kms:Decrypt","kms:Encrypt"],
			"Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::333333333333:role/old"},"Action":"kms:Decrypt",
			"Resource":"*"}]}`)
	b := parse(t, `{"Version":"2012-10-17","Statement":[
		{"Sid":"Import","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/import"},
			"Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*",
				"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}},
		{"Sid":"Export","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/export"},
			"Action":"kms:GenerateDataKey","Resource":"*"},`+root+`]}`)
	var got []string
	for _, c := range Diff(a, b) {
		got = append(got, c.Text()...)
	}
	want := []string{
		"~ Import:",
		"    + arn:aws:iam::222222222222:role/import",
		"    - AROAEXAMPLE (a principal that was deleted)",
		"    + kms:DescribeKey",
		"    - kms:Encrypt",
		"    + where kms:ViaService StringEquals s3.eu-west-1.amazonaws.com",
		"+ Export: Allow arn:aws:iam::111111111111:role/export kms:GenerateDataKey on *",
		"- a statement without a name: Allow arn:aws:iam::333333333333:role/old kms:Decrypt on *",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if again := Diff(a, a); again != nil {
		t.Errorf("a policy differs from itself: %v", again)
	}
}
