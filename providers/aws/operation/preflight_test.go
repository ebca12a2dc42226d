package operation_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// user signs in to the source's account as a user with statements of a policy; NAME is what a plan calls "shoji-…".
func (w *world) user(statements ...string) {
	w.t.Helper()
	c, err := w.lab.User(prodAccount, "runner",
		`{"Version":"2012-10-17","Statement":[`+strings.Join(statements, ",")+`]}`)
	w.ok(err)
	w.signIn(map[string]cloud.Credentials{"prod": c, "staging": w.admin(stagingAccount)})
}

func allow(resource string, actions ...string) string {
	return fmt.Sprintf(`{"Effect":"Allow","Action":["%s"],"Resource":"%s"}`, strings.Join(actions, `","`), resource)
}

const (
	arnPrefix = "arn:aws:rds:ap-northeast-1:111111111111:"
	copies    = "shoji-*"
)

// least is what a clone in its own account needs, and no more.
func least(simulate bool) []string {
	out := []string{
		allow(arnPrefix+"cluster:"+copies, "rds:RestoreDBClusterToPointInTime", "rds:AddTagsToResource",
			"rds:CreateDBInstance", "rds:DeleteDBCluster"),
		allow(arnPrefix+"cluster:shop-prod", "rds:RestoreDBClusterToPointInTime"),
		allow(arnPrefix+"cluster-pg:*", "rds:RestoreDBClusterToPointInTime"),
		allow(arnPrefix+"subgrp:*", "rds:RestoreDBClusterToPointInTime"),
		allow(arnPrefix+"db:"+copies, "rds:CreateDBInstance", "rds:AddTagsToResource", "rds:DeleteDBInstance"),
		allow(arnPrefix+"pg:*", "rds:CreateDBInstance"),
		allow("*", "rds:Describe*", "rds:ListTagsForResource", "ram:GetResourceShares"),
	}
	if simulate {
		out = append(out, allow("arn:aws:iam::111111111111:user/runner", "iam:SimulatePrincipalPolicy"))
	}
	return out
}

// problems gives the errors and the warnings of a plan as text.
func problems(ds diag.Diagnostics) (errors, warnings string) {
	for _, d := range ds {
		if d.Severity == diag.Error {
			errors += d.Summary + ": " + d.Detail + "\n"
		} else {
			warnings += d.Summary + ": " + d.Detail + "\n"
		}
	}
	return errors, warnings
}

func TestRightsAreCheckedBeforeAnythingChanges(t *testing.T) {
	w := shop(t, cloud.Config{})
	text := w.refresh(clone, "")
	t.Run("all that a clone needs is enough", func(t *testing.T) {
		w.user(least(true)...)
		plan, ds := w.build(text)
		if errors, warnings := problems(ds); errors != "" || strings.Contains(warnings, "could not be checked") {
			t.Fatalf("%s%s", errors, warnings)
		}
		w.done(plan)
		w.clean()
	})
	t.Run("everything that is missing is named at once, with what helps", func(t *testing.T) {
		w.user(least(true)[1:]...)
		from := len(w.lab.Calls())
		_, ds := w.build(text)
		errors, _ := problems(ds)
		mentions(t, errors, "AWS would refuse this plan",
			"rds:RestoreDBClusterToPointInTime on arn:aws:rds:ap-northeast-1:111111111111:cluster:shoji-(run)-",
			"rds:DeleteDBCluster", "rds:AddTagsToResource",
			`{"Effect":"Allow","Action":["rds:DeleteDBCluster"],`+
				`"Resource":["arn:aws:rds:ap-northeast-1:111111111111:cluster:shoji-*"]}`)
		if got := w.changing(from); len(got) > 0 {
			t.Errorf("something was called: %v", got)
		}
	})
	t.Run("what cannot be asked for is unknown and not passed", func(t *testing.T) {
		w.user(least(false)...)
		_, ds := w.build(text)
		errors, warnings := problems(ds)
		if errors != "" {
			t.Error(errors)
		}
		mentions(t, warnings, "Rights that could not be checked",
			"the caller may not simulate policies (iam:SimulatePrincipalPolicy", "rds:DeleteDBCluster on ")
	})
	t.Run("a right that is lost since the plan ends the run before it changes anything", func(t *testing.T) {
		w.user(least(true)...)
		plan := w.plan(text)
		w.user(append(least(true)[1:], allow("*", "iam:SimulatePrincipalPolicy"))...)
		from := len(w.lab.Calls())
		w.failed(plan, "AWS would refuse this plan", "rds:DeleteDBCluster")
		if got := w.changing(from); len(got) > 0 {
			t.Errorf("something was called: %v", got)
		}
	})
}

// roleFor makes a role in the source's account.
func (w *world) roleFor(name, path, trust string, statements ...string) string {
	w.t.Helper()
	a, err := w.open(w.load("")).accounts.Account(context.Background(), "aws.prod")
	w.ok(err)
	out, err := a.IAM.CreateRole(context.Background(), &iam.CreateRoleInput{
		RoleName:                 &name,
		Path:                     &path,
		AssumeRolePolicyDocument: awssdk.String(`{"Version":"2012-10-17","Statement":[` + trust + `]}`),
	})
	w.ok(err)
	if len(statements) > 0 {
		_, err = a.IAM.PutRolePolicy(context.Background(), &iam.PutRolePolicyInput{
			RoleName:   &name,
			PolicyName: awssdk.String("p"),
			PolicyDocument: awssdk.String(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") +
				`]}`),
		})
		w.ok(err)
	}
	return *out.Role.Arn
}

func TestTheCallerIsARoleWithAPath(t *testing.T) {
	w := shop(t, cloud.Config{})
	role := w.roleFor("runner", "/teams/data/",
		`{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}`,
		append(least(false)[1:],
			allow("arn:aws:iam::111111111111:role/teams/data/runner", "iam:GetRole", "iam:SimulatePrincipalPolicy"))...)
	w.blocks = strings.Replace(blocks, "profile  = \"prod\"",
		"profile  = \"prod\"\n  assume_role { arn = \""+role+"\" }", 1)
	w.refused(w.refresh(clone, ""), "AWS would refuse this plan", "rds:DeleteDBCluster", "assumed-role/runner")
}

func TestKeysAreCheckedForWhoUsesThem(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	locked := `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/admin"},` +
		`"Action":"kms:*","Resource":"*"}`
	key := w.key("prod")
	shopWith(t, w, encrypted(key))
	simulate := allow("arn:aws:iam::111111111111:user/runner", "iam:SimulatePrincipalPolicy")
	text := w.refresh(clone, "")
	rds := append(least(false), simulate)

	w.user(append(rds, allow(key, "kms:DescribeKey", "kms:GetKeyPolicy"))...)
	w.refused(text, "kms:CreateGrant on "+key+" is denied", `"kms:GrantIsForAWSResource":["true"]`)

	w.user(append(rds, allow(key, "kms:DescribeKey", "kms:GetKeyPolicy"),
		fmt.Sprintf(`{"Effect":"Allow","Action":"kms:CreateGrant","Resource":%q,`+
			`"Condition":{"Bool":{"kms:GrantIsForAWSResource":"true"}}}`, key))...)
	if errors, warnings := problems(second(w.build(text))); errors != "" ||
		strings.Contains(warnings, "could not be checked") {
		t.Errorf("%s%s", errors, warnings)
	}

	w.signIn(map[string]cloud.Credentials{"prod": w.admin(prodAccount), "staging": w.admin(stagingAccount)})
	a, err := w.open(w.load("")).accounts.Account(context.Background(), "aws.prod")
	w.ok(err)
	_, err = a.KMS.PutKeyPolicy(context.Background(), &kms.PutKeyPolicyInput{
		KeyId:      &key,
		PolicyName: awssdk.String("default"),
		Policy: awssdk.String(`{"Version":"2012-10-17","Statement":[` + locked +
			`,{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:user/runner"},` +
			`"Action":["kms:GetKeyPolicy","kms:DescribeKey"],"Resource":"*"}]}`),
	})
	w.ok(err)
	w.user(append(rds, allow(key, "kms:*"))...)
	w.refused(text, "kms:CreateGrant on "+key, "the policy of the key does not allow it",
		`"Principal":{"AWS":["arn:aws:iam::111111111111:user/runner"]}`)

	// Taking a snapshot needs no right to the key, restoring it does.
	plan, ds := w.build(w.refresh(`restore { class = "db.r6g.large" }`, ""))
	errors, _ := problems(ds)
	mentions(t, errors, "kms:CreateGrant", "the policy of the key does not allow it")
	mentions(t, strings.Join(plan.Refreshes[0].Notes, "\n"),
		"taking the snapshot needs no right to the key of shop-prod; copying and restoring it need kms:CreateGrant")
	_, err = a.KMS.DisableKey(context.Background(), &kms.DisableKeyInput{KeyId: &key})
	w.ok(err)
	w.signIn(map[string]cloud.Credentials{"prod": w.admin(prodAccount), "staging": w.admin(stagingAccount)})
	w.refused(text, "inaccessible-encryption-credentials")
}

func second[A, B any](_ A, b B) B { return b }
