package operation_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

func TestARefreshReadsFromARestoredSnapshot(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w) // encrypted with a key that AWS hides: what a new cluster is
	key := w.key("prod")
	text := w.refresh(fmt.Sprintf("restore {\n class = \"db.r6g.large\"\n kms_key = %q\n}", key), "")
	plan := w.plan(text)
	mentions(t, statements(plan), "refresh.nightly.restore.snapshot (after [preflight])",
		"aws.prod: rds:CreateDBClusterSnapshot shoji-(run)-", "aws.prod: rds:RestoreDBClusterFromSnapshot",
		`"KmsKeyId":"`+key, "database.prod (restore): COPY", "rds:DeleteDBClusterSnapshot")
	mentions(t, strings.Join(plan.Refreshes[0].Notes, "\n"), "what a snapshot of shop-prod is restored to",
		"loaded when they are first read")
	from := len(w.lab.Calls())
	w.done(plan)
	w.arrived("1|Ann", "2|Bob")
	w.clean()
	w.planned(plan, from)
	w.everyKill(text, func() {})
	w.clean()
}

func TestCopiesThatRDSWouldRefuse(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w)
	key := w.key("prod")
	w.refused(w.refresh(fmt.Sprintf("clone {\n class = \"db.r6g.large\"\n kms_key = %q\n}", key), ""),
		"A clone cannot be encrypted", "restore { … }")
	w.refused(w.refresh(foreignClone, ""), "The source cannot be shared", "a key that AWS owns")
	w.refused(w.refresh(`clone { class = "db.serverless" }`, ""), "Missing capacity")
	w.refused(strings.Replace(w.refresh(clone, ""), `"shop-prod"`, `"shop-produ"`, 1),
		"The source of the copy does not exist",
		"shop-produ")
	w.lab.Force(arn("prod", "cluster", "shop-prod"), "backing-up")
	w.refused(w.refresh(clone, ""), "The source cannot be copied now", "backing-up")
}

// misled is told that a copy answers where the source does.
type misled struct{}

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
	w.origins = func(*aws.Accounts) session.Origins { return misled{} }
	w.failed(plan, "answers where the source itself does. Nothing was done to it")
}
