package operation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

const people = "CREATE TABLE people (id int PRIMARY KEY, name text); "

// shop makes both clusters with a table of people, of whom the source has two.
func shop(t *testing.T, c cloud.Config) *world { return shopWith(t, newWorld(t, c)) }

func shopWith(t *testing.T, w *world, change ...func(*rds.CreateDBClusterInput)) *world {
	t.Helper()
	pgtest.Exec(t, w.cluster("prod", "shop-prod", change...), people+"INSERT INTO people VALUES (1, 'Ann'), (2, 'Bob')")
	pgtest.Exec(t, w.cluster("staging", "shop-staging"), people)
	t.Setenv("PROD_URL", w.url("prod", "shop-prod"))
	t.Setenv("STAGING_URL", w.url("staging", "shop-staging"))
	return w
}

// arrived compares the rows of the target.
func (w *world) arrived(rows ...string) {
	w.t.Helper()
	if d := cmp.Diff(rows, pgtest.Rows(w.t, w.url("staging", "shop-staging"),
		"SELECT id, name FROM people ORDER BY 1")); d != "" {
		w.t.Errorf("(-want +got)\n%s", d)
	}
}

const clone = `clone { class = "db.r6g.large" }`

func TestARefreshReadsFromAClone(t *testing.T) {
	w := shop(t, cloud.Config{})
	plan := w.plan(w.refresh(clone, ""))
	text := statements(plan)
	mentions(t, text, "refresh.nightly.clone (after [",
		"refresh.nightly.clone.instance (after [refresh.nightly.clone])",
		"refresh.nightly.clone.ready (after [refresh.nightly.clone.instance])",
		"refresh.nightly.replace (after [refresh.nightly.clone.ready])",
		"refresh.nightly.clone.remove (after [refresh.nightly.replace])",
		"aws.prod: rds:RestoreDBClusterToPointInTime shoji-(run)-", `"RestoreType":"copy-on-write"`,
		`"DBClusterParameterGroupName":"default.aurora-postgresql15"`,
		`"DBSubnetGroupName":"default"`, `"VpcSecurityGroupIds":["sg-`, `"DeletionProtection":false`,
		"database.prod (clone): COPY", "rds:DeleteDBInstance", "rds:DeleteDBCluster", `"SkipFinalSnapshot":true`)
	if strings.Contains(text, "database.prod: ") {
		t.Errorf("something is read from the source itself:\n%s", text)
	}
	mentions(t, strings.Join(plan.Refreshes[0].Notes, "\n"), "copy-on-write clone of shop-prod",
		"left to RDS's defaults")
	from := len(w.lab.Calls())
	// A row that comes when the clone is there does not cross: it is read, and not the source.
	w.lab.OnCall(func(c cloud.Call) error {
		if c.Operation == "CreateDBInstance" {
			pgtest.Exec(t, w.url("prod", "shop-prod"), "INSERT INTO people VALUES (3, 'late') ON CONFLICT DO NOTHING")
		}
		return nil
	})
	w.done(plan)
	w.arrived("1|Ann", "2|Bob")
	w.clean()
	w.planned(plan, from)
}
