package aws_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/spec"
)

// but is a policy that allows everything but an action.
func but(action string) string {
	return strings.TrimSuffix(allowsAll, "]}") + `,{"Effect":"Deny","Action":"` + action + `","Resource":"*"}]}`
}

// TestADenyWinsWhoeverSaysIt: a right that the key's or the bucket's policy gives by name is denied by each kind of
// policy in turn, and the plan says so before anything changes, though the others allow it.
func TestADenyWinsWhoeverSaysIt(t *testing.T) {
	if testing.Short() {
		t.Skip("plans again for each action")
	}
	const only = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:*","iam:*","rds:*",` +
		`"s3:List*","s3:Get*","kms:Get*","kms:List*","kms:Describe*"],"Resource":"*"}]}`
	for _, action := range []string{
		"kms:GenerateDataKey", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:GetObject",
		"s3:ListBucket",
	} {
		for name, c := range map[string]struct {
			deny   func(w *work, action string) error
			reason string
		}{
			"a policy of the user": {func(w *work, action string) error {
				w.give("prod", allowsAll, denies(action))
				return nil
			}, "a statement explicitly denies it"},
			"its permissions boundary": {func(w *work, action string) error {
				return w.lab.LimitUser(prodAccount, "runner-prod", but(action))
			}, "a statement of the permissions boundary or of a policy explicitly denies it"},
			"a boundary that does not mention it": {func(w *work, _ string) error {
				return w.lab.LimitUser(prodAccount, "runner-prod", only)
			}, "the permissions boundary does not allow it"},
			"the organization": {func(w *work, action string) error {
				return w.lab.LimitAccount(prodAccount, but(action))
			}, "a policy of the organization"},
			"an organization that does not mention it": {func(w *work, _ string) error {
				return w.lab.LimitAccount(prodAccount, only)
			}, "a policy of the organization"},
		} {
			if strings.HasSuffix(name, "mention it") && !strings.HasPrefix(action, "kms:G") &&
				!strings.HasPrefix(action, "s3:Put") {
				continue
			}
			t.Run(action+" by "+name, func(t *testing.T) {
				w := named(t)
				if _, ds := w.plan(); ds.HasErrors() || strings.Contains(fmt.Sprint(ds), action) {
					t.Fatalf("before it is denied: %v", ds)
				}
				if err := c.deny(w, action); err != nil {
					t.Fatal(err)
				}
				_, ds := w.plan()
				said := fmt.Sprint(ds)
				if !strings.Contains(said, action+" on ") || !strings.Contains(said, c.reason) {
					t.Errorf("the plan says %s", said)
				}
				// A user whom a key's policy names may do what its boundary is silent about, and a deny is an error.
				if name != "a boundary that does not mention it" && !ds.HasErrors() {
					t.Errorf("it is no error: %s", said)
				}
			})
		}
		t.Run(action+" by the policy of the key or of the bucket", func(t *testing.T) {
			w := named(t, action)
			_, ds := w.plan()
			if said := fmt.Sprint(ds); !ds.HasErrors() || !strings.Contains(said, action+" on ") ||
				!strings.Contains(said, "explicitly denies it") {
				t.Errorf("the plan says %s", said)
			}
		})
	}
}

// named is rows on their way through a bucket whose policy, as that of its key, names the runner, and says more.
func named(t *testing.T, more ...string) *work {
	t.Helper()
	a, _ := withShop(t)
	w := &work{accounts: a}
	w.giveAll()
	keys := []string{statement(w.runner("prod"), "Allow", "kms:*")}
	objects := []string{statement(w.runner("prod"), "Allow", "s3:*")}
	for _, action := range more {
		if strings.HasPrefix(action, "kms:") {
			keys = append(keys, statement("*", "Deny", action))
		} else {
			objects = append(objects, statement("*", "Deny", action))
		}
	}
	const alias, bucket = `  alias     = "alias/shop-transfer"`, `  name      = "shop-transfer"`
	text := strings.NewReplacer(alias, alias+strings.Join(keys, ""), bucket, bucket+strings.Join(objects, "")).
		Replace(through)
	w.load = func() *spec.Project { return w.project(text) }
	objectsAlone := strings.Replace(text, refreshThrough, "", 1)
	if r := w.run(w.accounts.plan(objectsAlone)); r.State != engine.RunDone {
		t.Fatal(r.Diagnostics())
	}
	return w
}

// statement is one of a key's or a bucket's block.
func statement(principal, effect, action string) string {
	resources := ""
	if strings.HasPrefix(action, "s3:") {
		resources = "\n    resources  = [\"arn:aws:s3:::shop-transfer\", \"arn:aws:s3:::shop-transfer/*\"]"
	}
	return fmt.Sprintf(
		"\n  statement {\n    effect     = %q\n    principals = [%q]\n    actions    = [%q]%s\n  }",
		effect,
		principal,
		action,
		resources,
	)
}

// TestADenyOfTheRoleOfAServerWins: nobody but RDS can work as it, so nobody would find out before hours of work.
func TestADenyOfTheRoleOfAServerWins(t *testing.T) {
	const role = "arn:aws:iam::111111111111:role/shop-s3-export"
	for reason, limit := range map[string]func(w *work) error{
		"a statement of the permissions boundary or of a policy explicitly denies it": func(w *work) error {
			return w.lab.LimitRole(role, but("s3:PutObject"))
		},
		"the permissions boundary does not allow it": func(w *work) error {
			return w.lab.LimitRole(role,
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`)
		},
	} {
		w := named(t)
		if err := limit(w); err != nil {
			t.Fatal(err)
		}
		_, ds := w.plan()
		want := "s3:PutObject on arn:aws:s3:::shop-transfer/shoji/preflight is denied to " + role + " (" + reason + ")"
		if said := fmt.Sprint(ds); !ds.HasErrors() || !strings.Contains(said, want) {
			t.Errorf("it lacks %q: %s", want, said)
		}
	}
}
