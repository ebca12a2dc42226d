package policy

import (
	"strings"
	"testing"
)

func parse(t *testing.T, text string, kind Kind) *Document {
	t.Helper()
	d, err := Parse(text, kind)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestIdentityDocuments(t *testing.T) {
	const object = "arn:aws:s3:::shop/runs/1/a"
	for name, c := range map[string]struct {
		statements string
		context    map[string][]string
		want       Effect
	}{
		"an exact action on an exact resource": {
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::shop/runs/1/a"}`, nil, Allowed,
		},
		"actions ignore case, resources do not": {
			`{"Effect":"Allow","Action":"S3:getobject","Resource":"arn:aws:s3:::SHOP/*"}`, nil, Silent,
		},
		"wildcards reach over slashes": {
			`{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::shop/*"}`, nil, Allowed,
		},
		"one character for ?": {
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::sho?/runs/?/a"}`, nil, Allowed,
		},
		"another action": {
			`{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`, nil, Silent,
		},
		"a deny wins over an allow": {
			`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"*"}`, nil,
			Denied,
		},
		"NotAction": {
			`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, nil, Allowed,
		},
		"NotResource": {
			`{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::shop/*"}`, nil, Silent,
		},
		"StringEquals holds": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"1"}}}`,
			map[string][]string{"aws:sourceaccount": {"1"}}, Allowed,
		},
		"StringEquals on a key that is not there": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":"1"}}}`,
			nil, Silent,
		},
		"StringEqualsIfExists on a key that is not there": {
			`{"Effect":"Allow","Action":"*","Resource":"*",` +
				`"Condition":{"StringEqualsIfExists":{"aws:SourceAccount":"1"}}}`, nil, Allowed,
		},
		"StringNotEquals on a key that is not there": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:SourceAccount":"1"}}}`,
			nil, Allowed,
		},
		"StringLike": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"s3:prefix":["a/*","runs/*"]}}}`,
			map[string][]string{"s3:prefix": {"runs/1"}}, Allowed,
		},
		"ArnLike does not reach over colons": {
			`{"Effect":"Allow","Action":"*","Resource":"*",` +
				`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:rds:*:cluster:x"}}}`,
			map[string][]string{"aws:sourcearn": {"arn:aws:rds:r:1:cluster:x"}}, Silent,
		},
		"ArnLike part by part": {
			`{"Effect":"Allow","Action":"*","Resource":"*",` +
				`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:rds:*:1:cluster:refresh-*"}}}`,
			map[string][]string{"aws:sourcearn": {"arn:aws:rds:r:1:cluster:refresh-9"}}, Allowed,
		},
		"Bool": {
			`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
			map[string][]string{"aws:securetransport": {"true"}}, Silent,
		},
		"numbers compare as numbers": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"s3:max-keys":"10"}}}`,
			map[string][]string{"s3:max-keys": {"9"}}, Allowed,
		},
		"dates": {
			`{"Effect":"Allow","Action":"*","Resource":"*",` +
				`"Condition":{"DateLessThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}}`,
			map[string][]string{"aws:currenttime": {"2029-01-01T00:00:00Z"}}, Allowed,
		},
		"Null": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"kms:ViaService":"true"}}}`, nil,
			Allowed,
		},
		"ForAllValues": {
			`{"Effect":"Allow","Action":"*","Resource":"*",` +
				`"Condition":{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}}`,
			map[string][]string{"aws:tagkeys": {"a", "c"}}, Silent,
		},
		"ForAnyValue": {
			`{"Effect":"Allow","Action":"*","Resource":"*",` +
				`"Condition":{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}}`,
			map[string][]string{"aws:tagkeys": {"a", "c"}}, Allowed,
		},
		"all conditions must hold": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"true"},` +
				`"StringEquals":{"c:d":"x"}}}`, map[string][]string{"a:b": {"true"}, "c:d": {"y"}}, Silent,
		},
		"variables are filled": {
			`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::shop/${aws:username}/*"}`,
			map[string][]string{"aws:username": {"runs"}}, Allowed,
		},
		"a variable that is not known matches nothing": {
			`{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::shop/${aws:username}/*"}`, nil, Silent,
		},
		"one statement that is no list": {
			`{"Effect":"Allow","Action":"*","Resource":"*"}`, nil, Allowed,
		},
		"a statement whose condition fails does not hide one": {
			`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b":"true"}}},{"Effect":"Allow",` +
				`"Action":"s3:*","Resource":"*"}`, nil, Allowed,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, `{"Version":"2012-10-17","Statement":[`+c.statements+`]}`, Identity)
			if got := d.Identity(Request{Action: "s3:GetObject", Resource: object, Context: c.context}); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestResourceDocumentsNamePrincipals(t *testing.T) {
	role := Who{Account: "2", Is: func(arn string) bool { return arn == "arn:aws:iam::2:role/import" }}
	for name, c := range map[string]struct {
		principal string
		who       Who
		want      Effect
	}{
		"the role by name":             {`{"AWS":"arn:aws:iam::2:role/import"}`, role, Allowed},
		"another role":                 {`{"AWS":"arn:aws:iam::2:role/other"}`, role, Silent},
		"the account's root delegates": {`{"AWS":"arn:aws:iam::2:root"}`, role, Delegated},
		"the account's number too":     {`{"AWS":["1","2"]}`, role, Delegated},
		"root itself is allowed":       {`{"AWS":"arn:aws:iam::2:root"}`, Who{Account: "2", Root: true}, Allowed},
		"everybody":                    {`"*"`, role, Allowed},
		"a service":                    {`{"Service":"rds.amazonaws.com"}`, Who{Service: "rds.amazonaws.com"}, Allowed},
		"a service is no role":         {`{"Service":"rds.amazonaws.com"}`, role, Silent},
	} {
		t.Run(name, func(t *testing.T) {
			d := parse(t, `{"Statement":{"Effect":"Allow","Principal":`+c.principal+
				`,"Action":"kms:*","Resource":"*"}}`, Resource)
			if got := d.For(Request{Action: "kms:Decrypt", Resource: "arn:aws:kms:r:1:key/k"}, c.who); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestMalformedDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		kind Kind
		want string
	}{
		"no JSON": {`{`, Identity, "Syntax errors"},
		"an element that is not known": {
			`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Resources":"*"}]}`, Identity,
			"Syntax errors",
		},
		"no effect": {
			`{"Statement":[{"Action":"s3:*","Resource":"*"}]}`, Identity, "Syntax errors",
		},
		"an action without its service": {
			`{"Statement":[{"Effect":"Allow","Action":"GetObject","Resource":"*"}]}`, Identity, "vendor",
		},
		"a principal in an identity policy": {
			`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Principal":"*"}]}`, Identity,
			"should not specify a principal",
		},
		"no principal in a key policy": {
			`{"Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`, Resource, "Principal",
		},
		"a resource in a trust policy": {
			`{"Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",` +
				`"Principal":{"Service":"rds.amazonaws.com"},"Resource":"*"}]}`, Trust, "Resource",
		},
		"a resource that is no ARN": {
			`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"shop/*"}]}`, Identity, "ARN format",
		},
		"a condition that does not exist": {
			`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEqual":{"a:b":"c"}}}]}`,
			Identity, "Invalid Condition type",
		},
		"two statements of one Sid": {
			`{"Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"A","Effect":"Allow",` +
				`"Action":"s3:*","Resource":"*"}]}`, Identity, "unique",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse(c.text, c.kind); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestMissingContext(t *testing.T) {
	d := parse(t, `{"Statement":[
		{"Effect":"Allow","Action":"s3:Get*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"},
			"StringEquals":{"s3:prefix":"a"}}},
		{"Effect":"Allow","Action":"s3:Put*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}]}`,
		Identity)
	got := strings.Join(d.Missing(Request{
		Action:   "s3:GetObject",
		Resource: "*",
		Context:  map[string][]string{"s3:prefix": {"a"}},
	}), " ")
	if got != "aws:MultiFactorAuthPresent" {
		t.Errorf("got %s", got)
	}
}
