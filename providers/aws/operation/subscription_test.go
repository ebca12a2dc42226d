package operation_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// subscribed lets the source take changes from another server, whose log says who connects to it.
func subscribed(t *testing.T, w *world) (publisher *pgserver.Server, publishers string) {
	t.Helper()
	publisher = pgtest.Own(t, map[string]string{"wal_level": "logical", "log_connections": "on"})
	publishers = pgtest.Database(t, publisher)
	pgtest.Exec(t, publishers, "CREATE TABLE people (id int PRIMARY KEY, name text)",
		"CREATE PUBLICATION everyone FOR TABLE people")
	at, err := url.Parse(publishers)
	w.ok(err)
	password, _ := at.User.Password()
	pgtest.Exec(t, w.url("prod", "shop-prod"),
		fmt.Sprintf("CREATE SUBSCRIPTION follows CONNECTION 'host=%s port=%s user=%s password=%s dbname=%s' "+
			"PUBLICATION everyone", at.Hostname(), at.Port(), at.User.Username(), password,
			strings.TrimPrefix(at.Path, "/")))
	// one that makes the slot, one that stays and one for the table, of which the last two replicate
	w.until(func() bool { return followed(publisher) == 2 })
	return publisher, publishers
}

// followed counts the sessions that ever took changes from a publisher.
func followed(publisher *pgserver.Server) int {
	return strings.Count(publisher.Log(), "replication connection authorized")
}

const quiet = `
parameter_group "quiet" {
  in         = aws.prod
  name       = "shop-quiet"
  family     = "aurora-postgresql15"
  parameters = { max_logical_replication_workers = "0" }
}
`

// TestACopyNeverTakesTheChangesOfItsSource: a subscription of the source would begin to run in a copy before anybody is
// let in.
func TestACopyNeverTakesTheChangesOfItsSource(t *testing.T) {
	w := shop(t, cloud.Config{})
	publisher, publishers := subscribed(t, w)
	for _, kind := range []string{"clone", "restore"} {
		w.refused(w.refresh(kind+` { class = "db.r6g.large" }`, ""), "Subscriptions would run in the copy", "follows",
			"max_logical_replication_workers", "parameter_group")
		plan := w.plan(w.refresh(kind+" {\n class = \"db.r6g.large\"\n parameter_group = parameter_group.quiet\n}",
			quiet))
		mentions(t, statements(plan), "database.prod ("+kind+"): SHOW max_logical_replication_workers")
		before := followed(publisher)
		w.done(plan)
		if after := followed(publisher); after != before {
			t.Errorf("%s: %d sessions more took changes from the publisher", kind, after-before)
		}
		w.clean()
	}
	pgtest.Exec(t, publishers, "INSERT INTO people VALUES (7, 'Eve')")
	w.until(func() bool {
		return pgtest.Rows(t, w.url("prod", "shop-prod"), "SELECT count(*) FROM people WHERE id = 7")[0] == "1"
	})

	// A copy that is made without the group does connect: what was counted can be seen.
	before, name, c := followed(publisher), "other", w.rds("prod")
	_, err := c.RestoreDBClusterToPointInTime(context.Background(), &rds.RestoreDBClusterToPointInTimeInput{
		SourceDBClusterIdentifier: awssdk.String("shop-prod"),
		DBClusterIdentifier:       &name,
		RestoreType:               awssdk.String("copy-on-write"),
		UseLatestRestorableTime:   awssdk.Bool(true),
	})
	w.ok(err)
	w.until(func() bool { return w.status("prod", name) == "available" })
	_, err = c.CreateDBInstance(context.Background(), &rds.CreateDBInstanceInput{
		DBClusterIdentifier:  &name,
		DBInstanceIdentifier: &name,
		Engine:               awssdk.String("aurora-postgresql"),
		DBInstanceClass:      awssdk.String("db.r6g.large"),
	})
	w.ok(err)
	w.until(func() bool { return followed(publisher) > before })
}

// TestASubscriptionThatComesLater: what was enabled since the plan makes it stale, and what comes later still ends the
// run.
func TestASubscriptionThatComesLater(t *testing.T) {
	w := shop(t, cloud.Config{})
	plan := w.plan(w.refresh(clone, ""))
	subscribed(t, w)
	now, _ := w.build(w.refresh(clone, ""))
	mentions(t, fmt.Sprint(engine.Stale(plan, now)), "subscriptions of database.prod")
	w.failed(plan,
		"subscription follows of database shop is enabled in the copy, whose max_logical_replication_workers is 4",
		"Plan again")
}

// TestJobsOfACopyAreWarnedOf: pg_cron runs the source's jobs in a copy too, unless its group leaves it out.
func TestJobsOfACopyAreWarnedOf(t *testing.T) {
	w := shop(t, cloud.Config{})
	_, ds := w.build(w.refresh(clone, ""))
	if _, warnings := problems(ds); strings.Contains(warnings, "pg_cron") {
		t.Error(warnings)
	}
	scheduler := pgtest.Connect(t, w.url("prod", "shop-prod"))
	_, err := scheduler.Exec(context.Background(), "SET application_name = 'pg_cron scheduler'")
	w.ok(err)
	_, ds = w.build(w.refresh(clone, ""))
	_, warnings := problems(ds)
	mentions(t, warnings, "Jobs would run in the copy", "pg_cron", "shared_preload_libraries")
	_, ds = w.build(w.refresh("clone {\n class = \"db.r6g.large\"\n parameter_group = parameter_group.quiet\n}",
		strings.Replace(quiet, "max_logical_replication_workers = \"0\"",
			"shared_preload_libraries = \"pg_stat_statements\"", 1)))
	if errors, warnings := problems(ds); errors != "" || strings.Contains(warnings, "pg_cron") {
		t.Error(errors, warnings)
	}
}
