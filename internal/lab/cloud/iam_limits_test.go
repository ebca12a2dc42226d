package cloud_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// TestLimits: a boundary and an organization's policy give nothing and take away whatever else allows it, in calls and
// in simulations.
func TestLimits(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	const everything = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
	const noRoles = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` +
		`{"Effect":"Deny","Action":"iam:GetRole","Resource":"*"}]}`
	const keysAlone = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`
	someone := user(t, lab, source, "someone", everything)
	role(t, c, "export", trustService("rds.amazonaws.com"))
	get := func() error {
		_, err := someone.iam.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String("export")})
		return err
	}
	simulate := func() types.EvaluationResult {
		t.Helper()
		out := must[*iam.SimulatePrincipalPolicyOutput](
			t,
		)(
			c.iam.SimulatePrincipalPolicy(ctx, &iam.SimulatePrincipalPolicyInput{
				PolicySourceArn: aws.String("arn:aws:iam::" + source + ":user/someone"),
				ActionNames:     []string{"iam:GetRole"},
				ResourceArns:    []string{"arn:aws:iam::" + source + ":role/export"},
			}),
		)
		return out.EvaluationResults[0]
	}
	ok(t, get())
	if r := simulate(); r.OrganizationsDecisionDetail != nil || r.PermissionsBoundaryDecisionDetail != nil {
		t.Errorf("without limits the simulation says %+v", r)
	}

	ok(t, lab.LimitUser(source, "someone", keysAlone))
	says(t, get(), "AccessDenied", "no permissions boundary allows the iam:GetRole action")
	r := simulate()
	detail := r.ResourceSpecificResults[0].PermissionsBoundaryDecisionDetail
	if r.EvalDecision != types.PolicyEvaluationDecisionTypeImplicitDeny || detail == nil ||
		detail.AllowedByPermissionsBoundary {
		t.Errorf("with a boundary that is silent: %+v", r)
	}
	ok(t, lab.LimitUser(source, "someone", noRoles))
	says(t, get(), "AccessDenied", "an explicit deny in a permissions boundary")
	if r := simulate(); r.EvalDecision != types.PolicyEvaluationDecisionTypeExplicitDeny {
		t.Errorf("with a boundary that denies: %+v", r)
	}
	ok(t, lab.LimitUser(source, "someone", ""))

	ok(t, lab.LimitAccount(source, noRoles))
	says(t, get(), "AccessDenied", "an explicit deny in a service control policy")
	r = simulate()
	if d := r.OrganizationsDecisionDetail; d == nil || d.AllowedByOrganizations || len(r.ResourceSpecificResults) > 0 {
		t.Errorf("with an organization that denies: %+v", r)
	}
	ok(t, lab.LimitAccount(source, keysAlone))
	says(t, get(), "AccessDenied", "no service control policy allows the iam:GetRole action")
	ok(t, lab.LimitAccount(source, everything))
	if d := simulate().OrganizationsDecisionDetail; d == nil || !d.AllowedByOrganizations {
		t.Errorf("with an organization that allows: %+v", d)
	}
	ok(t, get())
	if asked := lab.Asked("arn:aws:iam::" + source + ":user/someone"); !slices.Equal(asked, []string{"iam:GetRole"}) {
		t.Errorf("it was asked for %v", asked)
	}
}

// TestABoundaryLimitsWhatAKeyGivesARole: of a user, a key's policy that names it is limited by a deny only.
func TestABoundaryLimitsWhatAKeyGivesARole(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	someone := user(t, lab, source, "someone")
	arn := "arn:aws:iam::" + source + ":user/someone"
	key := must[*kms.CreateKeyOutput](t)(c.kms.CreateKey(ctx, &kms.CreateKeyInput{Policy: aws.String(
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::` + source +
			`:root","` + arn + `"]},` +
			`"Action":"kms:*","Resource":"*"}]}`,
	)}))
	ok(
		t,
		lab.LimitUser(
			source,
			"someone",
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`,
		),
	)
	_, err := someone.kms.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: key.KeyMetadata.Arn})
	ok(t, err)
}
