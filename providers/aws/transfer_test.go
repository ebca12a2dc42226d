package aws_test

import (
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// transfer is a key, a bucket and two roles in two accounts; who reads and writes is said once.
const transfer = `
kms_key "transfer" {
  in    = aws.prod
  alias = "alias/shop-transfer"
}
bucket "transfer" {
  in      = aws.prod
  name    = "shop-transfer"
  kms_key = kms_key.transfer
  write   = [iam_role.export]
}
iam_role "export" {
  in   = aws.prod
  name = "shop-s3-export"
  trust {
    service = "rds.amazonaws.com"
  }
}
iam_role "import" {
  in    = aws.staging
  name  = "shop-s3-import"
  read  = [bucket.transfer]
  trust {
    service = "rds.amazonaws.com"
  }
}
`

// slow is a lab in which IAM takes its time.
func slow() cloud.Config {
	times := cloud.Quick()
	times.IAM = wire.Settle{Polls: 2}
	return cloud.Config{Times: times}
}

func TestTransferIsMadeAndSettles(t *testing.T) {
	a := lab(t, slow())
	plan := a.apply(transfer)
	if got := plan.Summary().String(); got != "Plan: 4 to add, 0 to change, 0 to destroy." {
		t.Error(got)
	}
	made := map[string]int{}
	for i, s := range plan.Steps {
		made[s.ID] = i
	}
	for _, pair := range [][2]string{
		{"iam_role.import.create", "kms_key.transfer.create"},
		{"iam_role.export.create", "kms_key.transfer.create"},
		{"kms_key.transfer.create", "bucket.transfer.create"},
		{"kms_key.transfer.create", "iam_role.import.permissions"},
	} {
		if made[pair[0]] >= made[pair[1]] {
			t.Errorf("%s does not come before %s:\n%s", pair[0], pair[1], statements(plan))
		}
	}
	key := change(t, plan, "kms_key.transfer")
	if key.Action != engine.Create ||
		!strings.Contains(key.After["policy.DecryptThroughS3From222222222222"].(string),
			"role/shop-s3-import kms:Decrypt") || len(key.Unknown) == 0 {
		t.Errorf("%+v", key)
	}
	if !strings.Contains(statements(plan), `(ARN of kms_key.transfer, known after apply)`) {
		t.Errorf("the ARN of the key is known before it is made:\n%s", statements(plan))
	}
	if len(plan.Accounts) != 2 || plan.Accounts[0].Caller != "arn:aws:iam::111111111111:user/admin" {
		t.Errorf("%+v", plan.Accounts)
	}
}

func TestUpdateOfEveryObject(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	for name, c := range map[string]struct {
		old, new, address string
		calls             string
		hazards           string
	}{
		"the rotation of a key": {
			`alias = "alias/shop-transfer"`, "alias    = \"alias/shop-transfer\"\n  rotation = false",
			"kms_key.transfer", "kms:DisableKeyRotation", "",
		},
		"a description": {
			`alias = "alias/shop-transfer"`, "alias       = \"alias/shop-transfer\"\n  description = \"rows\"",
			"kms_key.transfer", "kms:UpdateKeyDescription", "",
		},
		"the lifecycle of a bucket": {
			`name    = "shop-transfer"`, "name        = \"shop-transfer\"\n  expire_days = 9", "bucket.transfer",
			"s3:PutBucketLifecycleConfiguration", "DELETES_DATA",
		},
		"the prefix of a bucket, everywhere": {
			`name    = "shop-transfer"`, "name    = \"shop-transfer\"\n  prefix  = \"rows/\"", "iam_role.import",
			"iam:PutRolePolicy", "EXPOSES_DATA LOSES_ACCESS",
		},
		"a trust that is narrowed": {
			"name = \"shop-s3-export\"\n  trust {\n    service = \"rds.amazonaws.com\"",
			"name = \"shop-s3-export\"\n  trust {\n    service  = \"rds.amazonaws.com\"\n    clusters = [\"shop-*\"]",
			"iam_role.export", "iam:UpdateAssumeRolePolicy", "LOSES_ACCESS",
		},
		"a reader more": {
			`write   = [iam_role.export]`,
			"write   = [iam_role.export]\n  read    = [\"arn:aws:iam::111111111111:role/shop-s3-export\"]",
			"bucket.transfer", "s3:PutBucketPolicy", "EXPOSES_DATA",
		},
		"a tag": {
			`name    = "shop-transfer"`, "name    = \"shop-transfer\"\n  tags    = { cost = \"7\" }", "bucket.transfer",
			"s3:PutBucketTagging", "",
		},
		"an instance profile": {
			`name = "shop-s3-export"`, "name             = \"shop-s3-export\"\n  instance_profile = true",
			"iam_role.export", "iam:CreateInstanceProfile", "",
		},
		"a policy attached": {
			`name = "shop-s3-export"`,
			"name     = \"shop-s3-export\"\n  policies = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]",
			"iam_role.export", "iam:AttachRolePolicy", "EXPOSES_DATA",
		},
	} {
		t.Run(name, func(t *testing.T) {
			a.t = t
			changed := strings.Replace(transfer, c.old, c.new, 1)
			if changed == transfer {
				t.Fatal("the spec did not change")
			}
			plan := a.plan(changed)
			got := change(t, plan, c.address)
			if got.Action != engine.Update || !strings.Contains(statements(plan), c.calls+" ") ||
				hazards(got) != c.hazards {
				t.Errorf("%s", describe(plan))
			}
			a.apply(changed)
			a.apply(transfer) // and back
		})
	}
}

func TestDriftIsPutRight(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	c := a.clients("prod")
	c.run("aws s3: a policy that lets everybody in", c.openBucket("shop-transfer"))
	plan := a.plan(transfer)
	got := change(t, plan, "bucket.transfer")
	if !strings.Contains(hazards(got), "LOSES_ACCESS") || !strings.Contains(describe(plan), "DenyWithoutTLS") {
		t.Error(describe(plan))
	}
	a.apply(transfer)
}

func TestAdoption(t *testing.T) {
	a := lab(t, cloud.Config{})
	c := a.clients("prod")
	c.run("a bucket by hand", c.makeBucket("shop-transfer"))
	c.run("a role by hand", c.makeRole("shop-s3-export"))
	c.run("a key by hand", c.makeKey("alias/shop-transfer"))
	a.refused(transfer, "already has bucket shop-transfer", "adopt = true")
	a.refused(transfer, "already has iam_role shop-s3-export", "adopt = true")
	a.refused(transfer, "already has kms_key alias/shop-transfer", "adopt = true")
	adopting := strings.NewReplacer(`alias = "alias/shop-transfer"`, "alias = \"alias/shop-transfer\"\n  adopt = true",
		`name    = "shop-transfer"`, "name    = \"shop-transfer\"\n  adopt   = true",
		`name = "shop-s3-export"`, "name  = \"shop-s3-export\"\n  adopt = true").Replace(transfer)
	plan := a.apply(adopting)
	for _, address := range []string{"bucket.transfer", "kms_key.transfer", "iam_role.export"} {
		if got := change(t, plan, address); got.Action != engine.Update ||
			!strings.Contains(strings.Join(got.Notes, "\n"), "adopted") {
			t.Errorf("%+v", got)
		}
	}
	a.settled(transfer) // it is ours now, with or without adopt
	a.refused(strings.Replace(blocks, `project "shop"`, `project "other"`, 1)+transfer, "Managed by another project",
		`project "shop"`)
}

func TestWhatLeftTheSpec(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	plan, ds := a.build("")
	if ds.HasErrors() || plan.HasChanges() || len(ds) != 4 ||
		!strings.Contains(ds.Error(), "Removed from the spec but retained") {
		t.Errorf("what left is kept, and said so: %v\n%s", ds, describe(plan))
	}
	removing := strings.NewReplacer(`alias = "alias/shop-transfer"`,
		"alias           = \"alias/shop-transfer\"\n  on_remove       = \"delete\"\n  deletion_window = 7",
		`name    = "shop-transfer"`, "name      = \"shop-transfer\"\n  on_remove = \"delete\"",
		`name = "shop-s3-export"`,
		"name             = \"shop-s3-export\"\n  instance_profile = true\n"+
			"  policies         = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]\n  on_remove        = \"delete\"",
		`name  = "shop-s3-import"`, "name      = \"shop-s3-import\"\n  on_remove = \"delete\"").Replace(transfer)
	a.apply(removing)
	c := a.clients("prod")
	c.run("an object", c.putObject("shop-transfer", "shoji/a"))
	plan = a.apply("")
	for address, want := range map[string]string{
		"bucket.transfer":  "DELETES_DATA",
		"kms_key.transfer": "KEY_UNRECOVERABLE",
		"iam_role.export":  "LOSES_ACCESS",
		"iam_role.import":  "LOSES_ACCESS",
	} {
		if got := change(t, plan, address); got.Action != engine.Delete || hazards(got) != want {
			t.Errorf("%s: %+v", address, got)
		}
	}
	if !strings.Contains(describe(plan), "will be deleted after 7 days") {
		t.Error(describe(plan))
	}
	// The key is on its way out and can be had back.
	plan = a.apply(transfer)
	if got := change(t, plan, "kms_key.transfer"); got.Action != engine.Update ||
		!strings.Contains(statements(plan), "kms:CancelKeyDeletion") {
		t.Error(describe(plan))
	}
}

// TestInterruptedAnywhere ends a run after each of its changing calls, and finds that the next plan goes on from there.
func TestInterruptedAnywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("plans and applies many times")
	}
	full := lab(t, cloud.Config{})
	from := len(full.lab.Calls())
	full.apply(transfer)
	all := full.calls(from)
	if len(all) < 12 {
		t.Fatalf("only %d calls: %v", len(all), all)
	}
	for n := range all {
		refused := &cloud.Error{Code: "AccessDenied", Message: "no", Status: 403}
		// the call is made and nobody knows, or it is not made
		for _, first := range []error{cloud.ErrLostAnswer, refused} {
			a := lab(t, cloud.Config{})
			seen := 0
			plan := a.plan(transfer)
			a.lab.OnCall(func(c cloud.Call) error {
				if changing(c) {
					switch seen++; {
					case seen == n+1:
						return first
					case seen > n+1:
						return refused
					}
				}
				return nil
			})
			if r := a.run(plan); r.State == engine.RunDone {
				t.Fatalf("after %d calls the run ended well", n)
			}
			seen = -1 << 30
			a.apply(transfer)
		}
	}
}

func changing(c cloud.Call) bool {
	for _, prefix := range []string{"Get", "List", "Describe", "Head", "AssumeRole", "Simulate"} {
		if strings.HasPrefix(c.Operation, prefix) {
			return false
		}
	}
	return true
}

func TestStepsCanBeRunAgain(t *testing.T) {
	a := lab(t, cloud.Config{})
	plan := a.plan(transfer)
	for range 2 {
		if r := a.run(plan); r.State != engine.RunDone {
			t.Fatalf("%v", r.Diagnostics())
		}
	}
	a.settled(transfer)
	c := a.clients("prod")
	if n := c.keys(); n != 1 {
		t.Errorf("there are %d keys after the same step twice", n)
	}
}

func TestASavedPlanIsStaleWhenAPolicyMoved(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	changed := strings.Replace(transfer, `name    = "shop-transfer"`,
		"name        = \"shop-transfer\"\n  expire_days = 9", 1)
	saved := a.plan(changed)
	c := a.clients("prod")
	c.run("somebody changes the policy", c.openBucket("shop-transfer"))
	ds := engine.Stale(saved, a.plan(changed))
	if !ds.HasErrors() || !strings.Contains(ds.Error(), "bucket shop-transfer of aws.prod changed") {
		t.Errorf("%v", ds)
	}
}
