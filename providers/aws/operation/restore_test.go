package operation_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/spec"
)

func TestARefreshReadsFromARestoredSnapshot(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w) // encrypted with a key that AWS hides: what a new cluster is
	key := w.key("prod")
	text := w.refresh(fmt.Sprintf("restore {\n class = \"db.r6g.large\"\n kms_key = %q\n}", key), "")
	plan := w.plan(text)
	mentions(t, statements(plan), "refresh.nightly.restore.snapshot (after [preflight])", "aws.prod: rds:CreateDBClusterSnapshot shoji-(run)-", "aws.prod: rds:RestoreDBClusterFromSnapshot", `"KmsKeyId":"`+key, "database.prod (restore): COPY", "rds:DeleteDBClusterSnapshot")
	mentions(t, strings.Join(plan.Refreshes[0].Notes, "\n"), "what a snapshot of shop-prod is restored to", "loaded when they are first read")
	from := len(w.lab.Calls())
	w.done(plan)
	w.arrived("1|Ann", "2|Bob")
	w.clean()
	w.planned(plan, from)
	w.everyKill(text, func() {})
	w.clean()
}

// instance makes an RDS instance, which the lab has without a server behind it.
func (w *world) instance(name string) {
	w.t.Helper()
	c := w.rds("prod")
	_, err := c.CreateDBInstance(context.Background(), &rds.CreateDBInstanceInput{DBInstanceIdentifier: &name, Engine: awssdk.String("postgres"), DBInstanceClass: awssdk.String("db.t4g.large"), AllocatedStorage: awssdk.Int32(20), MasterUsername: awssdk.String("app"), MasterUserPassword: awssdk.String("password")})
	w.ok(err)
	w.until(func() bool {
		out, err := c.DescribeDBInstances(context.Background(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
		w.ok(err)
		return *out.DBInstances[0].DBInstanceStatus == "available"
	})
}

// TestAnInstanceIsEncryptedByCopyingItsSnapshot: restoring takes no key, copying does. The lab's instances have no server, so the run ends where
// the restored one has to answer; everything that was made up to there is gone after it.
func TestAnInstanceIsEncryptedByCopyingItsSnapshot(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w)
	w.instance("alone")
	key := w.key("prod")
	text := strings.Replace(w.refresh(fmt.Sprintf("restore {\n class = \"db.t4g.large\"\n kms_key = %q\n instance = \"alone\"\n account = aws.prod\n}", key), ""), "  url     = secret.prod\n  cluster = cluster.prod\n", "  url     = secret.prod\n", 1)
	plan := w.plan(text)
	mentions(t, statements(plan), "rds:CreateDBSnapshot", "rds:CopyDBSnapshot shoji-(run)-", `"KmsKeyId":"`+key, "rds:RestoreDBInstanceFromDBSnapshot", `"MultiAZ":false`, `"DeleteAutomatedBackups":true`, "rds:DeleteDBSnapshot")
	plan.Steps = before(plan.Steps, "restore.ready")
	from := len(w.lab.Calls())
	w.done(plan)
	var made []string
	for _, c := range w.changing(from) {
		made = append(made, c.Operation)
	}
	if got := strings.Join(made, " "); got != "CreateDBSnapshot CopyDBSnapshot RestoreDBInstanceFromDBSnapshot DeleteDBInstance DeleteDBSnapshot DeleteDBSnapshot" {
		t.Error(got)
	}
	w.clean() // put back, as what is changed for a while always is
}

// before gives the steps that do not need one.
func before(steps []engine.Step, id string) []engine.Step {
	var out []engine.Step
	for _, s := range steps {
		if strings.HasSuffix(s.ID, id) {
			return out
		}
		out = append(out, s)
	}
	return out
}

// TestASnapshotIsCopiedToAnotherRegion as far as plans go: the lab copies nothing across regions.
func TestASnapshotIsCopiedToAnotherRegion(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w, encrypted(w.key("prod")))
	far := "aws \"far\" {\n account = \"111111111111\"\n region = \"eu-west-1\"\n profile = \"prod\"\n endpoint = var.endpoint\n}\n"
	there := `restore {
  class           = "db.r6g.large"
  in              = aws.far
  security_groups = ["sg-1"]
  subnet_group    = "private"
  %s
}`
	w.refused(w.refresh(fmt.Sprintf(there, ""), far), "Which key?", "an encrypted copy in eu-west-1 needs kms_key")
	key := "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"
	plan, ds := w.build(w.refresh(fmt.Sprintf(there, fmt.Sprintf("kms_key = %q", key)), far))
	mentions(t, fmt.Sprint(ds), "there is no such key") // which the preflight finds out
	mentions(t, statements(plan), "aws.prod: rds:CreateDBClusterSnapshot", "aws.far: rds:CopyDBClusterSnapshot shoji-(run)-", `"SourceRegion":"ap-northeast-1"`, `"SourceDBClusterSnapshotIdentifier":"arn:aws:rds:ap-northeast-1:111111111111:cluster-snapshot:shoji-(run)-`,
		`"KmsKeyId":"`+key, "aws.far: rds:RestoreDBClusterFromSnapshot", "aws.far: rds:DeleteDBClusterSnapshot", "aws.prod: rds:DeleteDBClusterSnapshot")
}

func TestCopiesThatRDSWouldRefuse(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w)
	key := w.key("prod")
	w.refused(w.refresh(fmt.Sprintf("clone {\n class = \"db.r6g.large\"\n kms_key = %q\n}", key), ""), "A clone cannot be encrypted", "restore { … }")
	w.refused(w.refresh(foreignClone, ""), "A cluster that cannot be shared", "a key that AWS owns")
	w.refused(w.refresh(`clone { class = "db.serverless" }`, ""), "What capacity?")
	w.refused(strings.Replace(w.refresh(clone, ""), `"shop-prod"`, `"shop-produ"`, 1), "There is nothing to copy", "shop-produ")
	w.lab.Force(arn("prod", "cluster", "shop-prod"), "backing-up")
	w.refused(w.refresh(clone, ""), "The source cannot be copied now", "backing-up")
}

// misled is told that a copy answers where the source does.
type misled struct{ *aws.Provider }

func (misled) Origin(context.Context, *spec.Refresh) (string, int, error) {
	config, err := pgx.ParseConfig(os.Getenv("PROD_URL"))
	if err != nil {
		return "", 0, err
	}
	return config.Host, int(config.Port), nil
}

func TestTheSourceIsNeverQuietedInPlaceOfItsCopy(t *testing.T) {
	w := shop(t, cloud.Config{})
	plan := w.plan(w.refresh(clone, ""))
	mentions(t, statements(plan), "database.prod (clone): SELECT pg_catalog.pg_drop_replication_slot(slot_name)")
	w.wrap = func(p *aws.Provider) postgres.Accounts { return misled{p} }
	w.failed(plan, "answers where the source itself does. Nothing was done to it")
}
