package operation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// far is another region of the source's account.
const far = `
aws "far" {
  account  = "111111111111"
  region   = "eu-west-1"
  profile  = "prod"
  endpoint = var.endpoint
}
`

// restoreIn restores a snapshot in a place, under a key there.
func restoreIn(place, key, more string) string {
	return fmt.Sprintf("restore {\n class = \"db.r6g.large\"\n in = aws.%s\n security_groups = [\"sg-1\"]\n"+
		" subnet_group = \"default\"\n %s\n %s\n}", place, key, more)
}

func keyed(arn string) string { return fmt.Sprintf("kms_key = %q", arn) }

// instance makes an RDS instance with a table of people, and gives its superuser's URL.
func (w *world) instance(name, key string) string {
	w.t.Helper()
	c := w.rds("prod")
	_, err := c.CreateDBInstance(context.Background(), &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name,
		Engine:               awssdk.String("postgres"),
		EngineVersion:        awssdk.String("15.10"),
		DBInstanceClass:      awssdk.String("db.t4g.large"),
		AllocatedStorage:     awssdk.Int32(20),
		DBName:               awssdk.String("shop"),
		MasterUsername:       awssdk.String("app"),
		MasterUserPassword:   awssdk.String("password"),
		StorageEncrypted:     awssdk.Bool(key != ""),
		KmsKeyId:             &key,
	})
	w.ok(err)
	w.until(func() bool {
		out, err := c.DescribeDBInstances(context.Background(),
			&rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
		w.ok(err)
		return *out.DBInstances[0].DBInstanceStatus == "available"
	})
	url, err := w.lab.AdminURL(arn("prod", "db", name), "shop")
	w.ok(err)
	return url
}

// fromInstance is a refresh from an RDS instance.
func (w *world) fromInstance(restore string) string {
	return strings.Replace(w.refresh(strings.Replace(restore, "{", "{\n instance = \"alone\"\n account = aws.prod\n",
		1), ""), "  url     = secret.prod\n  cluster = cluster.prod\n", "  url     = secret.prod\n", 1)
}

// made are the operations of the calls since n that changed something, with the place that was asked.
func (w *world) called(from int) string {
	var out []string
	for _, c := range w.changing(from) {
		if c.Service == "rds" {
			out = append(out, c.Operation+" "+c.Region+" "+c.Account)
		}
	}
	return strings.Join(out, "\n")
}

// TestSnapshotsAreRestoredElsewhere: rows are read from what a snapshot is restored to in another region, in another
// account, and from an RDS instance. All of it is removed, also after the process was killed.
func TestSnapshotsAreRestoredElsewhere(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	w.blocks, w.places = blocks+far, append(w.places, "far")
	defer func() { w.t = t }()
	source := w.key("prod", letStaging)
	shopWith(t, w, encrypted(source))
	inFar, inStaging := keyed(w.key("far")), keyed(w.key("staging"))
	run := func(t *testing.T, text, calls string, rows ...string) *engine.Plan {
		t.Helper()
		w.t = t
		plan := w.plan(text)
		from := len(w.lab.Calls())
		w.done(plan)
		w.arrived(rows...)
		w.clean()
		w.planned(plan, from)
		if got := w.called(from); got != calls {
			t.Errorf("called\n%s\nand not\n%s", got, calls)
		}
		return plan
	}
	t.Run("in another region", func(t *testing.T) {
		w.t = t
		w.refused(w.refresh(restoreIn("far", "", ""), ""), "Missing key",
			"an encrypted copy in eu-west-1 needs kms_key")
		w.refused(w.refresh(restoreIn("far",
			keyed("arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"), ""), ""),
			"the key does not exist")
		text := w.refresh(restoreIn("far", inFar, ""), "")
		plan := run(t, text, `CreateDBClusterSnapshot ap-northeast-1 111111111111
CopyDBClusterSnapshot eu-west-1 111111111111
RestoreDBClusterFromSnapshot eu-west-1 111111111111
CreateDBInstance eu-west-1 111111111111
DeleteDBInstance eu-west-1 111111111111
DeleteDBCluster eu-west-1 111111111111
DeleteDBClusterSnapshot eu-west-1 111111111111
DeleteDBClusterSnapshot ap-northeast-1 111111111111`, "1|Ann", "2|Bob")
		mentions(t, statements(plan), "aws.far: rds:CopyDBClusterSnapshot shoji-(run)-",
			`"SourceRegion":"ap-northeast-1"`,
			`"SourceDBClusterSnapshotIdentifier":"arn:aws:rds:ap-northeast-1:111111111111:`+
				`cluster-snapshot:shoji-(run)-`,
			"check kms:CreateGrant on "+source)
		w.killedIn(text, "CopyDBClusterSnapshot")
		w.killedIn(text, "RestoreDBClusterFromSnapshot")
	})
	t.Run("in another account, which the snapshot is shared with while it is copied", func(t *testing.T) {
		w.t = t
		w.refused(w.refresh(restoreIn("staging", "", ""), ""), "Missing key",
			"an encrypted copy in account 222222222222 needs kms_key")
		text := w.refresh(restoreIn("staging", inStaging, ""), "")
		plan := run(t, text, `CreateDBClusterSnapshot ap-northeast-1 111111111111
ModifyDBClusterSnapshotAttribute ap-northeast-1 111111111111
CopyDBClusterSnapshot ap-northeast-1 222222222222
ModifyDBClusterSnapshotAttribute ap-northeast-1 111111111111
RestoreDBClusterFromSnapshot ap-northeast-1 222222222222
CreateDBInstance ap-northeast-1 222222222222
DeleteDBInstance ap-northeast-1 222222222222
DeleteDBCluster ap-northeast-1 222222222222
DeleteDBClusterSnapshot ap-northeast-1 222222222222
ModifyDBClusterSnapshotAttribute ap-northeast-1 111111111111
DeleteDBClusterSnapshot ap-northeast-1 111111111111`, "1|Ann", "2|Bob")
		if h := plan.Refreshes[0].Hazards; !slices.ContainsFunc(h, func(h engine.Hazard) bool {
			return h.Name == engine.ExposesData
		}) {
			t.Errorf("sharing raw rows is no hazard: %v", h)
		}
		mentions(t, statements(plan), `"ValuesToAdd":["222222222222"]`, `"ValuesToRemove":["222222222222"]`)
		mentions(t, strings.Join(plan.Refreshes[0].Notes, "\n"),
			"shared with account 222222222222 until it is copied", "taken back also if the run fails")
		w.killedIn(text, "ModifyDBClusterSnapshotAttribute")
		w.killedIn(text, "CopyDBClusterSnapshot")
	})
	t.Run("a share that cannot be taken back is not passed over", func(t *testing.T) {
		w.t = t
		shares := 0
		w.lab.OnCall(func(c cloud.Call) error {
			if c.Operation == "ModifyDBClusterSnapshotAttribute" {
				if shares++; shares == 2 {
					return &cloud.Error{Code: "InternalFailure", Message: "no", Status: 400}
				}
			}
			return nil
		})
		w.failed(w.plan(w.refresh(restoreIn("staging", inStaging, ""), "")), "InternalFailure")
	})
	t.Run("a key that does not let the account in", func(t *testing.T) {
		w.t = t
		a, err := w.open(w.load("")).accounts.Account(context.Background(), "aws.prod")
		w.ok(err)
		policy := func(statements string) {
			_, err := a.KMS.PutKeyPolicy(context.Background(), &kms.PutKeyPolicyInput{
				KeyId:      &source,
				PolicyName: awssdk.String("default"),
				Policy: awssdk.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
					`"Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"kms:*","Resource":"*"}` +
					statements + `]}`),
			})
			w.ok(err)
		}
		policy("")
		w.refused(w.refresh(restoreIn("staging", inStaging, ""), ""), "kms:Decrypt on "+source,
			"the policy of the key does not allow it", `"Principal":{"AWS":["arn:aws:iam::222222222222:user/admin"]}`)
		policy("," + letStaging)
	})
	t.Run("an RDS instance, and under another key", func(t *testing.T) {
		w.t = t
		url := w.instance("alone", source)
		pgtest.Exec(t, url, people+"INSERT INTO people VALUES (1, 'Cho'), (2, 'Dai')")
		t.Setenv("PROD_URL", url)
		run(t, w.fromInstance("restore {\n class = \"db.t4g.large\"\n}"), `CreateDBSnapshot ap-northeast-1 111111111111
RestoreDBInstanceFromDBSnapshot ap-northeast-1 111111111111
DeleteDBInstance ap-northeast-1 111111111111
DeleteDBSnapshot ap-northeast-1 111111111111`, "1|Cho", "2|Dai")
		own := keyed(w.key("prod"))
		text := w.fromInstance("restore {\n class = \"db.t4g.large\"\n " + own + "\n}")
		plan := run(t, text, `CreateDBSnapshot ap-northeast-1 111111111111
CopyDBSnapshot ap-northeast-1 111111111111
RestoreDBInstanceFromDBSnapshot ap-northeast-1 111111111111
DeleteDBInstance ap-northeast-1 111111111111
DeleteDBSnapshot ap-northeast-1 111111111111
DeleteDBSnapshot ap-northeast-1 111111111111`, "1|Cho", "2|Dai")
		mentions(t, statements(plan), `"MultiAZ":false`, `"DeleteAutomatedBackups":true`)
		w.killedIn(text, "RestoreDBInstanceFromDBSnapshot")
		run(t, w.fromInstance(restoreIn("staging", inStaging, "")), `CreateDBSnapshot ap-northeast-1 111111111111
ModifyDBSnapshotAttribute ap-northeast-1 111111111111
CopyDBSnapshot ap-northeast-1 222222222222
ModifyDBSnapshotAttribute ap-northeast-1 111111111111
RestoreDBInstanceFromDBSnapshot ap-northeast-1 222222222222
DeleteDBInstance ap-northeast-1 222222222222
DeleteDBSnapshot ap-northeast-1 222222222222
ModifyDBSnapshotAttribute ap-northeast-1 111111111111
DeleteDBSnapshot ap-northeast-1 111111111111`, "1|Cho", "2|Dai")
	})
}

// TestTheDefaultKeyCannotBeShared: nor what it encrypts, by a clone or a snapshot. The plan says so, and not RDS half
// way.
func TestTheDefaultKeyCannotBeShared(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w, func(in *rds.CreateDBClusterInput) { in.StorageEncrypted = awssdk.Bool(true) })
	for _, copied := range []string{foreignClone, restoreIn("staging", keyed(w.key("staging")), "")} {
		w.refused(w.refresh(copied, ""), "The source cannot be shared",
			"AWS's own key for RDS in account 111111111111 (alias/aws/rds)",
			"move the source to a key of your own, whose policy lets account 222222222222 use it")
	}
}
