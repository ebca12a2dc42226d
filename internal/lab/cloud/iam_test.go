package cloud_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func TestRoles(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	create := func(name, path, trust string) (*iam.CreateRoleOutput, error) {
		return c.iam.CreateRole(ctx, &iam.CreateRoleInput{
			RoleName:                 &name,
			Path:                     &path,
			AssumeRolePolicyDocument: &trust,
			Description:              aws.String("d"),
			Tags:                     []types.Tag{{Key: aws.String("shoji"), Value: aws.String("shop")}},
		})
	}
	trust := trustService("rds.amazonaws.com")
	made := must[*iam.CreateRoleOutput](t)(create("export", "/shoji/", trust))
	if *made.Role.Arn != "arn:aws:iam::"+source+":role/shoji/export" || !strings.HasPrefix(*made.Role.RoleId, "AROA") ||
		*made.Role.MaxSessionDuration != 3600 {
		t.Errorf("got %+v", made.Role)
	}
	_, err := create("export", "/", trust)
	refused(t, err, "EntityAlreadyExists")
	_, err = create("bad", "/", `{"Statement":[]`)
	refused(t, err, "MalformedPolicyDocument")
	_, err = create("bad", "/", trustAWS("arn:aws:iam::"+target+":role/missing"))
	says(t, err, "MalformedPolicyDocument", "Invalid principal")
	_, err = create("no/slash", "/", trust)
	refused(t, err, "ValidationError")

	got := must[*iam.GetRoleOutput](t)(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("export")}))
	if text, _ := url.QueryUnescape(*got.Role.AssumeRolePolicyDocument); text != trust ||
		*got.Role.Tags[0].Value != "shop" || *got.Role.Description != "d" {
		t.Errorf("got %+v", got.Role)
	}

	other := trustService("ec2.amazonaws.com")
	must[*iam.UpdateAssumeRolePolicyOutput](t)(c.iam.UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
		RoleName:       aws.String("export"),
		PolicyDocument: &other,
	}))
	must[*iam.UpdateRoleOutput](t)(c.iam.UpdateRole(ctx, &iam.UpdateRoleInput{
		RoleName:           aws.String("export"),
		MaxSessionDuration: aws.Int32(7200),
	}))
	got = must[*iam.GetRoleOutput](t)(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("export")}))
	if text, _ := url.QueryUnescape(*got.Role.AssumeRolePolicyDocument); text != other ||
		*got.Role.MaxSessionDuration != 7200 || *got.Role.Description != "d" {
		t.Errorf("got %+v", got.Role)
	}

	must[*iam.TagRoleOutput](t)(c.iam.TagRole(ctx, &iam.TagRoleInput{
		RoleName: aws.String("export"),
		Tags:     []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	}))
	must[*iam.UntagRoleOutput](t)(c.iam.UntagRole(ctx, &iam.UntagRoleInput{
		RoleName: aws.String("export"),
		TagKeys:  []string{"shoji"},
	}))
	tags := must[*iam.ListRoleTagsOutput](t)(c.iam.ListRoleTags(ctx,
		&iam.ListRoleTagsInput{RoleName: aws.String("export")}))
	if len(tags.Tags) != 1 || *tags.Tags[0].Key != "a" {
		t.Errorf("got %+v", tags.Tags)
	}

	must[*iam.DeleteRoleOutput](t)(c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("export")}))
	_, err = c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("export")})
	refused(t, err, "NoSuchEntity")
}

func TestListsArePaged(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	for i := range 5 {
		role(t, c, fmt.Sprintf("r%d", i), trustService("rds.amazonaws.com"))
	}
	var names []string
	pages := 0
	for p := iam.NewListRolesPaginator(c.iam, &iam.ListRolesInput{MaxItems: aws.Int32(2)}); p.HasMorePages(); pages++ {
		for _, r := range must[*iam.ListRolesOutput](t)(p.NextPage(ctx)).Roles {
			names = append(names, *r.RoleName)
		}
	}
	if got := strings.Join(names, " "); got != "r0 r1 r2 r3 r4" || pages != 3 {
		t.Errorf("got %s in %d pages", got, pages)
	}
	_, err := c.iam.ListRoles(ctx, &iam.ListRolesInput{Marker: aws.String("x")})
	refused(t, err, "ValidationError")
}

func TestManagedPolicies(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	text := func(n int) *string { return aws.String(allow("s3:GetObject", fmt.Sprintf("arn:aws:s3:::shop/%d", n))) }
	made := must[*iam.CreatePolicyOutput](t)(c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName:     aws.String("read"),
		PolicyDocument: text(1),
	}))
	arn := made.Policy.Arn
	if *arn != "arn:aws:iam::"+source+":policy/read" || *made.Policy.DefaultVersionId != "v1" {
		t.Errorf("got %+v", made.Policy)
	}
	_, err := c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{PolicyName: aws.String("read"), PolicyDocument: text(1)})
	refused(t, err, "EntityAlreadyExists")
	_, err = c.iam.CreatePolicy(ctx, &iam.CreatePolicyInput{
		PolicyName:     aws.String("bad"),
		PolicyDocument: aws.String(`{"Statement":{"Effect":"Allow"}}`),
	})
	refused(t, err, "MalformedPolicyDocument")

	// Five versions at most; the default stays until another is named.
	for n := 2; n <= 5; n++ {
		must[*iam.CreatePolicyVersionOutput](t)(c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
			PolicyArn:      arn,
			PolicyDocument: text(n),
			SetAsDefault:   n == 3,
		}))
	}
	_, err = c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{PolicyArn: arn, PolicyDocument: text(6)})
	refused(t, err, "LimitExceeded")
	if got := must[*iam.GetPolicyOutput](t)(c.iam.GetPolicy(ctx,
		&iam.GetPolicyInput{PolicyArn: arn})); *got.Policy.DefaultVersionId != "v3" {
		t.Errorf("the default is %s", *got.Policy.DefaultVersionId)
	}
	_, err = c.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{PolicyArn: arn, VersionId: aws.String("v3")})
	refused(t, err, "DeleteConflict")
	must[*iam.SetDefaultPolicyVersionOutput](t)(c.iam.SetDefaultPolicyVersion(ctx, &iam.SetDefaultPolicyVersionInput{
		PolicyArn: arn,
		VersionId: aws.String("v5"),
	}))
	must[*iam.DeletePolicyVersionOutput](t)(c.iam.DeletePolicyVersion(ctx, &iam.DeletePolicyVersionInput{
		PolicyArn: arn,
		VersionId: aws.String("v1"),
	}))
	// A number is never given twice.
	six := must[*iam.CreatePolicyVersionOutput](t)(c.iam.CreatePolicyVersion(ctx, &iam.CreatePolicyVersionInput{
		PolicyArn:      arn,
		PolicyDocument: text(6),
	}))
	got := must[*iam.GetPolicyVersionOutput](t)(c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{
		PolicyArn: arn,
		VersionId: six.PolicyVersion.VersionId,
	}))
	if document, _ := url.QueryUnescape(*got.PolicyVersion.Document); *six.PolicyVersion.VersionId != "v6" ||
		document != *text(6) || got.PolicyVersion.IsDefaultVersion {
		t.Errorf("got %+v", got.PolicyVersion)
	}

	role(t, c, "reader", trustService("ec2.amazonaws.com"))
	attach := func(arn string) error {
		_, err := c.iam.AttachRolePolicy(ctx, &iam.AttachRolePolicyInput{
			RoleName:  aws.String("reader"),
			PolicyArn: &arn,
		})
		return err
	}
	ok(t, attach(*arn))
	ok(t, attach(*arn)) // twice is once
	refused(t, attach("arn:aws:iam::"+source+":policy/missing"), "NoSuchEntity")
	attached := must[*iam.ListAttachedRolePoliciesOutput](t)(c.iam.ListAttachedRolePolicies(ctx,
		&iam.ListAttachedRolePoliciesInput{RoleName: aws.String("reader")}))
	if len(attached.AttachedPolicies) != 1 || *attached.AttachedPolicies[0].PolicyName != "read" {
		t.Errorf("got %+v", attached.AttachedPolicies)
	}
	entities := must[*iam.ListEntitiesForPolicyOutput](t)(c.iam.ListEntitiesForPolicy(ctx,
		&iam.ListEntitiesForPolicyInput{PolicyArn: arn}))
	if len(entities.PolicyRoles) != 1 || *entities.PolicyRoles[0].RoleName != "reader" {
		t.Errorf("got %+v", entities.PolicyRoles)
	}
	_, err = c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	says(t, err, "DeleteConflict", "attached")
	_, err = c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("reader")})
	refused(t, err, "DeleteConflict")
	must[*iam.DetachRolePolicyOutput](t)(c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{
		RoleName:  aws.String("reader"),
		PolicyArn: arn,
	}))
	_, err = c.iam.DetachRolePolicy(ctx, &iam.DetachRolePolicyInput{RoleName: aws.String("reader"), PolicyArn: arn})
	refused(t, err, "NoSuchEntity")
	_, err = c.iam.DeletePolicy(ctx, &iam.DeletePolicyInput{PolicyArn: arn})
	says(t, err, "DeleteConflict", "more than one version")
}

func TestInlinePolicies(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	text := allow("s3:PutObject", "arn:aws:s3:::shop/*")
	role(t, c, "export", trustService("rds.amazonaws.com"), text)
	got := must[*iam.GetRolePolicyOutput](t)(c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{
		RoleName:   aws.String("export"),
		PolicyName: aws.String("p"),
	}))
	if document, _ := url.QueryUnescape(*got.PolicyDocument); document != text {
		t.Errorf("got %s", document)
	}
	names := must[*iam.ListRolePoliciesOutput](t)(c.iam.ListRolePolicies(ctx,
		&iam.ListRolePoliciesInput{RoleName: aws.String("export")}))
	if strings.Join(names.PolicyNames, " ") != "p" {
		t.Errorf("got %v", names.PolicyNames)
	}
	_, err := c.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName:       aws.String("export"),
		PolicyName:     aws.String("big"),
		PolicyDocument: aws.String(allow("s3:GetObject", "arn:aws:s3:::"+strings.Repeat("x", 10240))),
	})
	refused(t, err, "LimitExceeded")
	must[*iam.DeleteRolePolicyOutput](t)(c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{
		RoleName:   aws.String("export"),
		PolicyName: aws.String("p"),
	}))
	_, err = c.iam.GetRolePolicy(ctx, &iam.GetRolePolicyInput{
		RoleName:   aws.String("export"),
		PolicyName: aws.String("p"),
	})
	refused(t, err, "NoSuchEntity")
}

func TestInstanceProfiles(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	arn := role(t, c, "runner", trustService("ec2.amazonaws.com"))
	role(t, c, "second", trustService("ec2.amazonaws.com"))
	must[*iam.CreateInstanceProfileOutput](t)(c.iam.CreateInstanceProfile(ctx, &iam.CreateInstanceProfileInput{
		InstanceProfileName: aws.String("runner"),
	}))
	add := func(c clients, name string) error {
		_, err := c.iam.AddRoleToInstanceProfile(ctx, &iam.AddRoleToInstanceProfileInput{
			InstanceProfileName: aws.String("runner"),
			RoleName:            &name,
		})
		return err
	}
	// Whoever gives a role to a machine must be allowed to pass it.
	says(t, add(user(t, lab, source, "poor", allow("iam:AddRoleToInstanceProfile", "*")), "runner"), "AccessDenied",
		"iam:PassRole")
	ok(t, add(user(t, lab, source, "poor", allow("iam:AddRoleToInstanceProfile iam:PassRole", "*")), "runner"))
	refused(t, add(c, "second"), "LimitExceeded")
	got := must[*iam.GetInstanceProfileOutput](t)(c.iam.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{
		InstanceProfileName: aws.String("runner"),
	}))
	if len(got.InstanceProfile.Roles) != 1 || *got.InstanceProfile.Roles[0].Arn != arn {
		t.Errorf("got %+v", got.InstanceProfile.Roles)
	}
	_, err := c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("runner")})
	refused(t, err, "DeleteConflict")
	_, err = c.iam.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{
		InstanceProfileName: aws.String("runner"),
	})
	refused(t, err, "DeleteConflict")
	must[*iam.RemoveRoleFromInstanceProfileOutput](t)(c.iam.RemoveRoleFromInstanceProfile(ctx,
		&iam.RemoveRoleFromInstanceProfileInput{
			InstanceProfileName: aws.String("runner"),
			RoleName:            aws.String("runner"),
		}))
	must[*iam.DeleteInstanceProfileOutput](t)(c.iam.DeleteInstanceProfile(ctx, &iam.DeleteInstanceProfileInput{
		InstanceProfileName: aws.String("runner"),
	}))
}

func TestSimulatePrincipalPolicy(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	arn := role(t, c, "export", trustService("rds.amazonaws.com"), `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":"arn:aws:s3:::shop/runs/*"},
		{"Effect":"Deny","Action":"s3:PutObject","Resource":"arn:aws:s3:::shop/runs/secret/*"},
		{"Effect":"Allow","Action":"kms:GenerateDataKey","Resource":"*",
			"Condition":{"StringEquals":{"kms:ViaService":"s3.ap-northeast-1.amazonaws.com"}}}]}`)
	simulate := func(action, resource string, context ...types.ContextEntry) types.EvaluationResult {
		t.Helper()
		out := must[*iam.SimulatePrincipalPolicyOutput](t)(c.iam.SimulatePrincipalPolicy(ctx,
			&iam.SimulatePrincipalPolicyInput{
				PolicySourceArn: &arn,
				ActionNames:     []string{action},
				ResourceArns:    []string{resource},
				ContextEntries:  context,
			}))
		return out.EvaluationResults[0]
	}
	via := types.ContextEntry{
		ContextKeyName:   aws.String("kms:ViaService"),
		ContextKeyType:   types.ContextKeyTypeEnumString,
		ContextKeyValues: []string{"s3.ap-northeast-1.amazonaws.com"},
	}
	for name, c := range map[string]struct {
		got  types.EvaluationResult
		want types.PolicyEvaluationDecisionType
	}{
		"what a policy allows": {
			simulate("s3:PutObject", "arn:aws:s3:::shop/runs/1"), types.PolicyEvaluationDecisionTypeAllowed,
		},
		"what none does": {
			simulate("s3:GetObject", "arn:aws:s3:::shop/runs/1"), types.PolicyEvaluationDecisionTypeImplicitDeny,
		},
		"what one denies": {
			simulate("s3:PutObject", "arn:aws:s3:::shop/runs/secret/1"), types.PolicyEvaluationDecisionTypeExplicitDeny,
		},
		"a condition whose key is given": {
			simulate("kms:GenerateDataKey", "arn:aws:kms:r:1:key/k", via), types.PolicyEvaluationDecisionTypeAllowed,
		},
		"a condition whose key is missing": {
			simulate("kms:GenerateDataKey", "arn:aws:kms:r:1:key/k"), types.PolicyEvaluationDecisionTypeImplicitDeny,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.got.EvalDecision != c.want || len(c.got.ResourceSpecificResults) != 1 ||
				c.got.ResourceSpecificResults[0].EvalResourceDecision != c.want {
				t.Errorf("got %+v", c.got)
			}
		})
	}
	if missing := simulate("kms:GenerateDataKey", "arn:aws:kms:r:1:key/k").MissingContextValues; strings.Join(missing,
		" ") != "kms:ViaService" {
		t.Errorf("missing are %v", missing)
	}
	in := &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &arn,
		ActionNames:     []string{"s3:GetObject"},
		ResourcePolicy:  aws.String("{}"),
	}
	_, err := c.iam.SimulatePrincipalPolicy(ctx, in)
	says(t, err, "InvalidInput", "isn't supported for IAM roles")
	_, err = c.iam.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: aws.String("arn:aws:sts::" + source + ":assumed-role/export/s"),
		ActionNames:     []string{"s3:GetObject"},
	})
	refused(t, err, "InvalidInput")
}

func TestRightsInIAM(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	role(t, c, "shoji-export", trustService("rds.amazonaws.com"))
	poor := user(t, lab, source, "poor", allow("iam:GetRole", "arn:aws:iam::"+source+":role/shoji-*"))
	must[*iam.GetRoleOutput](t)(poor.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("shoji-export")}))
	_, err := poor.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("other")})
	says(t, err, "AccessDenied",
		"is not authorized to perform: iam:GetRole on resource: arn:aws:iam::"+source+
			":role/other because no identity-based policy allows")
	_, err = poor.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("shoji-export")})
	refused(t, err, "AccessDenied")

	tagged := user(t, lab, source, "tagged",
		allow("iam:TagRole", "*", `{"StringEquals":{"aws:RequestTag/shoji":"shop"}}`))
	tag := func(value string) error {
		_, err := tagged.iam.TagRole(ctx, &iam.TagRoleInput{
			RoleName: aws.String("shoji-export"),
			Tags:     []types.Tag{{Key: aws.String("shoji"), Value: &value}},
		})
		return err
	}
	ok(t, tag("shop"))
	refused(t, tag("other"), "AccessDenied")
}

// A role that was just made is not known to other services for a moment.
func TestIAMIsEventuallyConsistent(t *testing.T) {
	lab := start(t, cloud.Config{Times: cloud.Times{IAM: cloud.Settle{Polls: 2}}})
	c := admin(t, lab, source)
	arn := role(t, c, "runner", trustAWS("arn:aws:iam::"+source+":root"))
	for range 2 {
		_, err := assume(t, lab, c, arn)
		refused(t, err, "AccessDenied")
	}
	_, err := assume(t, lab, c, arn)
	ok(t, err)

	role(t, c, "first", trustService("rds.amazonaws.com"))
	trust := func() error {
		_, err := c.iam.CreateRole(ctx, &iam.CreateRoleInput{
			RoleName:                 aws.String("second"),
			AssumeRolePolicyDocument: aws.String(trustAWS("arn:aws:iam::" + source + ":role/first")),
		})
		return err
	}
	refused(t, trust(), "MalformedPolicyDocument")
	refused(t, trust(), "MalformedPolicyDocument")
	ok(t, trust())
}

// A role that is made again under its name is another: policies that named the old one name nobody.
func TestARoleMadeAgainIsAnother(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	old := role(t, c, "runner", trustAWS("arn:aws:iam::"+source+":root"), allow("sts:AssumeRole", "*"))
	to := role(t, c, "target", trustAWS(old))
	reach := func() error {
		session, err := assume(t, lab, c, old)
		ok(t, err)
		_, err = assume(t, lab, session, to)
		return err
	}
	ok(t, reach())
	must[*iam.DeleteRolePolicyOutput](t)(c.iam.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{
		RoleName:   aws.String("runner"),
		PolicyName: aws.String("p"),
	}))
	must[*iam.DeleteRoleOutput](t)(c.iam.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: aws.String("runner")}))
	role(t, c, "runner", trustAWS("arn:aws:iam::"+source+":root"), allow("sts:AssumeRole", "*"))
	refused(t, reach(), "AccessDenied")
	got := must[*iam.GetRoleOutput](t)(c.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("target")}))
	if text, _ := url.QueryUnescape(*got.Role.AssumeRolePolicyDocument); !strings.Contains(text, `"AROA`) {
		t.Errorf("the trust policy shows %s", text)
	}
}
