package policy

import "testing"

// TestDecide asks a key's policy as a preflight does.
func TestDecide(t *testing.T) {
	const role, other = "arn:aws:iam::111111111111:role/export", "arn:aws:iam::222222222222:role/import"
	d, err := Parse(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"kms:*","Resource":"*"},
		{"Effect":"Allow","Principal":{"AWS":"` + other +
		`"},"Action":["kms:Decrypt"],"Resource":"*",
			"Condition":{"StringEquals":{"kms:ViaService":"s3.eu-west-1.amazonaws.com"}}},
		{"Effect":"Allow","Principal":{"AWS":"` + other +
		`"},"Action":"kms:Encrypt","Resource":"*","Condition":{"NumericLessThan":{"x":"1"}}},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:ReEncryptTo","Resource":"*",
			"Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"a"}}},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Verify","Resource":"*",
			"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}},
		{"Effect":"Deny","Principal":{"AWS":"arn:aws:sts::111111111111:assumed-role/export/nightly"},
			"Action":"kms:Encrypt","Resource":"*"},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Verify","Resource":"*"},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:GetPublicKey",
			"Resource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:ListGrants",
			"NotResource":"arn:aws:kms:*:*:key/${aws:PrincipalTag/key}"},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:RetireGrant",
			"Resource":"arn:aws:kms:*:*:alias/${aws:username}"},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:TagResource","Resource":"*",
			"Condition":{"StringNotEquals":{"kms:ViaService":"${aws:PrincipalTag/service}"}}},
		{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"kms:Sign","Resource":"*"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	s3 := map[string]string{"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
	for name, c := range map[string]struct {
		principal, action string
		context           map[string]string
		want              Verdict
	}{
		"the account's own policies decide of its principals": {role, "kms:GenerateDataKey", s3, Delegated},
		"a principal that is named, through the service":      {other, "kms:Decrypt", s3, Allowed},
		"a principal that is named, not through the service": {
			other, "kms:Decrypt", map[string]string{"kms:ViaService": "rds.eu-west-1.amazonaws.com"}, Silent,
		},
		"what depends on what is not known":           {other, "kms:Decrypt", nil, Unknown},
		"a condition that is not understood":          {other, "kms:Encrypt", s3, Unknown},
		"an action that nobody gave":                  {other, "kms:CreateGrant", s3, Silent},
		"a deny that may hold":                        {role, "kms:ReEncryptTo", s3, Unknown},
		"a deny":                                      {role, "kms:Sign", s3, Denied},
		"a deny after one that may hold":              {role, "kms:Verify", s3, Denied},
		"a deny of what a variable names":             {role, "kms:GetPublicKey", s3, Unknown},
		"a deny of all but what a variable names":     {role, "kms:ListGrants", s3, Unknown},
		"a deny of what no value of a variable names": {role, "kms:RetireGrant", s3, Delegated},
		"a deny unless a key is what a variable says": {role, "kms:TagResource", s3, Unknown},
		"a deny of a session of the role":             {role, "kms:Encrypt", s3, Unknown},
		"a deny of a session of another role":         {role + "er", "kms:Encrypt", s3, Delegated},
	} {
		if got := d.Decide(Request{
			Principal: c.principal,
			Action:    c.action,
			Resource:  "arn:aws:kms:eu-west-1:111111111111:key/1",
			Context:   c.context,
		}); got != c.want {
			t.Errorf("%s: %v, not %v", name, got, c.want)
		}
	}
	trust,
		err := Parse(`{"Statement":{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},` +
		`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"1"},` +
		`"ArnLike":{"aws:SourceArn":"arn:aws:rds:r:1:cluster:shoji-*"}}}}`)
	if err != nil {
		t.Fatal(err)
	}
	for cluster, want := range map[string]Verdict{"shoji-x": Allowed, "prod": Silent} {
		if got := trust.Decide(Request{
			Principal: "rds.amazonaws.com",
			Action:    "sts:AssumeRole",
			Context: map[string]string{
				"aws:SourceAccount": "1",
				"aws:SourceArn":     "arn:aws:rds:r:1:cluster:" + cluster,
			},
		}); got != want {
			t.Errorf("%s: %v, not %v", cluster, got, want)
		}
	}
}
