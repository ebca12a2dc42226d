package aws_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// signIn gives a profile other credentials.
func (a *accounts) signIn(profile string, c cloud.Credentials) {
	a.t.Helper()
	a.keys = append(a.keys, c.Secret, c.AccessKey)
	a.profiles[profile] = c
	variables, err := cloud.SignIn(a.dir, a.profiles)
	if err != nil {
		a.t.Fatal(err)
	}
	setenv(a.t, variables)
}

func (a *accounts) user(account string, policies ...string) cloud.Credentials {
	a.t.Helper()
	c, err := a.lab.User(account, "runner", policies...)
	if err != nil {
		a.t.Fatal(err)
	}
	return c
}

func TestAnotherAccountIsRefusedBeforeAnythingIsRead(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.signIn("prod", a.user(stagingAccount,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`))
	from := len(a.lab.Calls())
	a.refused(transfer, "Cannot sign in to aws.prod",
		"are of account 222222222222 (arn:aws:iam::222222222222:user/runner), but the spec says 111111111111")
	for _, c := range a.lab.Calls()[from:] {
		if c.Principal == "arn:aws:iam::222222222222:user/runner" && c.Operation != "GetCallerIdentity" {
			t.Errorf("%s was asked", c.Operation)
		}
	}
}

func TestCredentialsThatAreNone(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.signIn("prod", cloud.Credentials{
		AccessKey: "AKIAIOSFODNN7EXAMPLE",
		Secret:    "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	})
	a.refused(transfer, "Cannot sign in to aws.prod", "AWS does not recognize these credentials")
	a = lab(t, cloud.Config{})
	a.lab.Fail("sts", "GetCallerIdentity", 0, &cloud.Error{
		Code:    "ExpiredToken",
		Message: "The security token included in the request is expired",
		Status:  403,
	})
	a.refused(transfer, "the credentials have expired", "Sign in again")
}

const readOnly = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["iam:Get*","iam:List*","s3:Get*",` +
	`"s3:List*","kms:List*","kms:Describe*","kms:Get*","rds:Describe*","rds:List*"],"Resource":"*"}}`

func TestADeniedCallSaysWhatHelps(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.signIn("prod", a.user(prodAccount, readOnly))
	r := a.run(a.plan(transfer))
	if r.State != engine.RunFailed {
		t.Fatalf("the run is %s", r.State)
	}
	text := r.Diagnostics().Error()
	for _, part := range []string{
		"main.hcl:", "aws.prod: iam:CreateRole on arn:aws:iam::111111111111:role/shop-s3-export",
		"is denied to arn:aws:iam::111111111111:user/runner",
		`{"Effect":"Allow","Action":["iam:CreateRole"],"Resource":["arn:aws:iam::111111111111:role/shop-s3-export"]}`,
	} {
		if !strings.Contains(text, part) {
			t.Errorf("it lacks %q: %s", part, text)
		}
	}
	a.hidden("the problem", text)
}

func TestWhatCannotBeListedIsSaid(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	a.signIn("prod", a.user(prodAccount, readOnly,
		`{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":["iam:ListRoles",`+
			`"kms:ListKeys"],"Resource":"*"}}`))
	plan, ds := a.build(transfer)
	if ds.HasErrors() || plan.HasChanges() {
		t.Fatalf("%v\n%s", ds, describe(plan))
	}
	for _, part := range []string{
		"Removed objects were not searched for", "iam:ListRoles on arn:aws:iam::111111111111:role/ is denied",
		"kms:ListKeys is denied", "by an explicit Deny",
	} {
		if !strings.Contains(ds.Error(), part) {
			t.Errorf("it lacks %q: %v", part, ds)
		}
	}
}

const assuming = `
project "shop" {}
variable "endpoint" {}
secret "external_id" {
  env = "SHOP_EXTERNAL_ID"
}
aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.endpoint
}
aws "staging" {
  account  = "222222222222"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.endpoint
  assume_role {
    arn          = "arn:aws:iam::222222222222:role/shoji-runner"
    external_id  = secret.external_id
    session_name = "nightly-1"
  }
}
`

func TestARoleIsAssumedAcrossAccounts(t *testing.T) {
	a := lab(t, cloud.Config{})
	// The runner's own role is made with shoji too.
	a.apply(`
iam_role "runner" {
  in       = aws.staging
  name     = "shoji-runner"
  policies = ["arn:aws:iam::aws:policy/AdministratorAccess"]
  trust {
    principals  = ["111111111111"]
    external_id = "planted-external-id"
  }
}
`)
	runner := strings.Replace(transfer, `iam_role "export"`, `iam_role "runner" {
  in   = aws.staging
  name = "shoji-runner"
  trust {
    principals  = ["111111111111"]
    external_id = "planted-external-id"
  }
}
iam_role "export"`, 1)
	t.Setenv("SHOP_EXTERNAL_ID", "a-wrong-external-id")
	a.keys = append(a.keys, "a-wrong-external-id")
	a.refused(assuming+runner, "Cannot sign in to aws.staging",
		"sts:AssumeRole on arn:aws:iam::222222222222:role/shoji-runner is denied")
	t.Setenv("SHOP_EXTERNAL_ID", "planted-external-id")
	plan := a.plan(assuming + runner)
	if got := plan.Accounts[1]; got.Caller != "arn:aws:sts::222222222222:assumed-role/shoji-runner" ||
		got.Account != stagingAccount {
		t.Errorf("%+v", got)
	}
	if r := a.run(plan); r.State != engine.RunDone {
		t.Fatal(r.Diagnostics())
	}
	a.settled(assuming + runner)
}

func TestOneHalfNeedsTheOtherAccountForItsKeyOnly(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	from := len(a.lab.Calls())
	said := strings.NewReplacer("  read  = [bucket.transfer]\n", "", `write   = [iam_role.export]`,
		"write   = [iam_role.export]\n  read    = [iam_role.import]").Replace(transfer)
	plan := a.plan(said, "iam_role.import")
	if plan.HasChanges() {
		t.Error(describe(plan))
	}
	for _, c := range a.lab.Calls()[from:] {
		if c.Account == prodAccount && c.Service != "sts" && c.Service != "kms" {
			t.Errorf("%s:%s was called in the other account", c.Service, c.Operation)
		}
	}
}

func TestAKeyThatIsNeitherThereNorPlanned(t *testing.T) {
	a := lab(t, cloud.Config{})
	said := strings.NewReplacer("  read  = [bucket.transfer]\n", "", `write   = [iam_role.export]`,
		"write   = [iam_role.export]\n  read    = [iam_role.import]").Replace(transfer)
	_, ds := a.build(said, "iam_role.import")
	if !strings.Contains(ds.Error(),
		"iam_role.import needs the ARN of kms_key.transfer, which neither exists nor is in this plan. Plan both: "+
			"-target kms_key.transfer") {
		t.Error(ds)
	}
}

func TestStatementsByHand(t *testing.T) {
	a := lab(t, cloud.Config{})
	byHand := strings.NewReplacer(`alias = "alias/shop-transfer"`, `alias = "alias/shop-transfer"
  statement {
    sid        = "Root"
    principals = [iam_role.export, "delivery.logs.amazonaws.com"]
    actions    = ["kms:DescribeKey"]
  }`, `name = "shop-s3-export"`, `name = "shop-s3-export"
  statement {
    actions    = ["s3:ListAllMyBuckets"]
    resources  = ["*"]
    conditions = { StringEquals = { "aws:RequestedRegion" = "ap-northeast-1" } }
  }`, `name    = "shop-transfer"`, `name    = "shop-transfer"
  statement {
    effect        = "Deny"
    principals    = ["*"]
    not_actions   = ["s3:*"]
    resources     = ["arn:aws:s3:::shop-transfer"]
  }`).Replace(transfer)
	plan := a.apply(byHand)
	if got := change(t, plan,
		"kms_key.transfer").After["policy.Root2"]; got != "Allow arn:aws:iam::111111111111:role/shop-s3-export, "+
		"delivery.logs.amazonaws.com kms:DescribeKey on *" {
		t.Errorf("%v", got)
	}
	a.refused(strings.NewReplacer(`actions    = ["kms:DescribeKey"]`,
		"effect     = \"Deny\"\n    actions    = [\"kms:*\"]", `[iam_role.export, "delivery.logs.amazonaws.com"]`,
		`["*"]`).Replace(byHand), "The account would be locked out")
}

func TestTwoRegionsOfOneAccount(t *testing.T) {
	a := lab(t, cloud.Config{})
	two := transfer + `
aws "osaka" {
  account  = "111111111111"
  region   = "ap-northeast-3"
  profile  = "prod"
  endpoint = var.endpoint
}
kms_key "osaka" {
  in    = aws.osaka
  alias = "alias/shop-transfer"
}
bucket "osaka" {
  in      = aws.osaka
  name    = "shop-osaka"
  kms_key = kms_key.osaka
  read    = [iam_role.import]
}
iam_role "osaka" {
  in    = aws.osaka
  name  = "shop-osaka"
  write = [bucket.osaka]
  trust {
    service = "ecs-tasks.amazonaws.com"
  }
}
`
	a.apply(two)
	if _, ds := a.build(two); len(ds) > 0 {
		t.Errorf("what is declared in one region is taken for left over in the other: %v", ds)
	}
	if _, ds := a.build(transfer); len(ds) != 1 || !strings.Contains(ds.Error(), "iam_role.osaka") {
		t.Errorf("the role left; nobody looks into a region without a block: %v", ds)
	}
}

func TestAnAccountThatCannotBeLookedAtIsNoMove(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	a.lab.Fail("kms", "DescribeKey", 0, &cloud.Error{Code: "AccessDeniedException", Message: "no", Status: 400})
	plan, ds := a.build(transfer)
	if !strings.Contains(ds.Error(), "aws.prod: kms:DescribeKey on") || len(plan.Accounts) != 1 {
		t.Errorf("%+v %v", plan.Accounts, ds)
	}
}

func TestThrottlingIsWaitedOut(t *testing.T) {
	if testing.Short() {
		t.Skip("plans and applies many times")
	}
	a := lab(t, cloud.Config{Rates: map[string]cloud.Rate{"iam": {PerSecond: 20, Burst: 5}}})
	a.apply(transfer)
}
