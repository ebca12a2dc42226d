package operation_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// circle are tables that refer to each other, with a key that waits for the end of a transaction.
const circle = `CREATE TABLE a (id int PRIMARY KEY, b int, UNIQUE (b) DEFERRABLE);
	CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
	ALTER TABLE a ADD CONSTRAINT a_b FOREIGN KEY (b) REFERENCES b; `

const circleRows = `BEGIN; SET LOCAL session_replication_role = replica; INSERT INTO a VALUES (1, 1), (2, 2);
	INSERT INTO b VALUES (1, 1), (2, 2); COMMIT; `

// circled makes both clusters with the circle, and a user of the target who owns nothing and may set nothing.
func circled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, cloud.Config{})
	pgtest.Exec(t, w.cluster("prod", "shop-prod"), circle+circleRows)
	pgtest.Exec(t, w.cluster("staging", "shop-staging"),
		circle+`CREATE ROLE loader LOGIN PASSWORD 'loader'; GRANT SELECT, INSERT, TRUNCATE ON a, b TO loader`)
	t.Setenv("PROD_URL", w.url("prod", "shop-prod"))
	t.Setenv("STAGING_URL", pgtest.As(t, w.url("staging", "shop-staging"), "loader"))
	return w
}

// group gives clusters of the target's account a group of their own.
func (w *world) group(name string, clusters ...string) {
	w.t.Helper()
	c, ctx := w.rds("staging"), context.Background()
	_, err := c.CreateDBClusterParameterGroup(ctx, &rds.CreateDBClusterParameterGroupInput{
		DBClusterParameterGroupName: &name,
		DBParameterGroupFamily:      awssdk.String("aurora-postgresql15"),
		Description:                 awssdk.String("x"),
	})
	w.ok(err)
	for _, id := range clusters {
		_, err := c.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
			DBClusterIdentifier:         &id,
			DBClusterParameterGroupName: &name,
			ApplyImmediately:            awssdk.Bool(true),
		})
		w.ok(err)
		w.until(func() bool { return w.status("staging", id) == "available" })
		_, err = c.RebootDBInstance(ctx, &rds.RebootDBInstanceInput{DBInstanceIdentifier: awssdk.String(id + "-1")})
		w.ok(err)
		w.until(func() bool {
			out, err := c.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &id})
			w.ok(err)
			i, err := c.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
				DBInstanceIdentifier: awssdk.String(id + "-1"),
			})
			w.ok(err)
			return *out.DBClusters[0].DBClusterMembers[0].DBClusterParameterGroupStatus == "in-sync" &&
				*i.DBInstances[0].DBInstanceStatus == "available"
		})
	}
}

// parameter gives what somebody set in a group, "" for nothing.
func (w *world) parameter(group string) string {
	w.t.Helper()
	out, err := w.rds("staging").DescribeDBClusterParameters(context.Background(),
		&rds.DescribeDBClusterParametersInput{DBClusterParameterGroupName: &group, Source: awssdk.String("user")})
	w.ok(err)
	for _, p := range out.Parameters {
		if *p.ParameterName == "session_replication_role" {
			return awssdk.ToString(p.ParameterValue)
		}
	}
	return ""
}

func (w *world) role() string {
	return pgtest.Rows(w.t, w.url("staging", "shop-staging"), "SHOW session_replication_role")[0]
}

func TestTheParameterGroupRelaxesForeignKeysForAWhile(t *testing.T) {
	w := circled(t)
	text := w.refresh("", "")
	w.refused(text, "Foreign keys stand in the way", "which is AWS's own and cannot be changed")
	w.cluster("staging", "shop-other")
	w.group("shared", "shop-staging", "shop-other")
	plan := w.plan(text)
	mentions(t, statements(plan), "refresh.nightly.foreign_keys.relax (after [preflight])",
		`aws.staging: rds:ModifyDBClusterParameterGroup shared {"DBClusterParameterGroupName":"shared",`+
			`"Parameters":[{"ApplyMethod":"immediate","ParameterName":"session_replication_role",`+
			`"ParameterValue":"replica"}]}`,
		"postgres:SHOW session_replication_role shop-staging until a new session on every instance says replica",
		"refresh.nightly.replace (after [refresh.nightly.foreign_keys.relax])",
		"refresh.nightly.foreign_keys.restore (after [refresh.nightly.replace])",
		"rds:ResetDBClusterParameterGroup shared", "rds:DescribeDBClusters shop-other until no parameter is on its way",
		"database.staging: SHOW session_replication_role", "NOT EXISTS", `GROUP BY "b" HAVING`)
	hazard := fmt.Sprint(plan.Refreshes[0].Hazards)
	mentions(t, hazard, "AFFECTS_OTHERS", "shop-other", "check no foreign keys", "open ones too")
	mentions(t, strings.Join(plan.Refreshes[0].Notes, "\n"),
		"may neither set session_replication_role nor drop constraints", "reset to its default")
	from := len(w.lab.Calls())
	w.done(plan)
	w.planned(plan, from)
	if d := cmp.Diff([]string{"1|1", "2|2"},
		pgtest.Rows(t, w.url("staging", "shop-staging"), "SELECT * FROM a ORDER BY 1")); d != "" {
		t.Error(d)
	}
	put := func() {
		t.Helper()
		if got, is := w.parameter("shared"), w.role(); got != "" || is != "origin" {
			t.Errorf("the group says %q, and sessions %s", got, is)
		}
	}
	put()
	w.everyKill(text, put)
	put()

	// What somebody had set is put back to that, and not to the default.
	_, err := w.rds("staging").ModifyDBClusterParameterGroup(context.Background(),
		&rds.ModifyDBClusterParameterGroupInput{
			DBClusterParameterGroupName: awssdk.String("shared"),
			Parameters: []types.Parameter{{
				ParameterName:  awssdk.String("session_replication_role"),
				ParameterValue: awssdk.String("local"),
				ApplyMethod:    types.ApplyMethodImmediate,
			}},
		})
	w.ok(err)
	w.until(w.synced)
	w.deaf.Store(5) // an instance restarts just when it is asked
	w.done(w.plan(text))
	if got, is := w.parameter("shared"), w.role(); got != "local" || is != "local" || w.deaf.Load() >= 0 {
		t.Errorf("the group says %q, and sessions %s", got, is)
	}

	_, err = w.rds("staging").ResetDBClusterParameterGroup(context.Background(), &rds.ResetDBClusterParameterGroupInput{
		DBClusterParameterGroupName: awssdk.String("shared"),
		Parameters: []types.Parameter{{
			ParameterName: awssdk.String("session_replication_role"),
			ApplyMethod:   types.ApplyMethodImmediate,
		}},
	})
	w.ok(err)
	w.until(func() bool { return w.role() == "origin" && w.synced() })

	t.Run("a setting that wins over the group's ends the run, and not after hours", func(t *testing.T) {
		w.t = t
		database := w.url("staging", "shop-staging")
		pgtest.Exec(t, database,
			"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_replication_role = origin', "+
				"current_database()); END $$")
		w.failed(w.plan(text), "still reports session_replication_role = origin", "pg_db_role_setting")
		put()
		pgtest.Exec(t, database,
			"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET session_replication_role', "+
				"current_database()); END $$")
	})

	t.Run("the runner's policy is enough for it, and no action in it too much", func(t *testing.T) {
		w.t = t
		statements := w.asRunner(text, "")
		w.done(w.plan(text))
		n := 0
		for _, s := range statements {
			if s.Sid != "OverriddenParameters" && !strings.HasSuffix(s.Sid, "Nightly") {
				continue
			}
			for _, action := range s.Actions {
				n++
				w.asRunner(text, action)
				w.refused(text, action)
			}
		}
		if n != 4 {
			t.Errorf("%d actions are about it", n)
		}
	})
}

// asRunner signs in to both accounts as users who have the policies of the runner, without one action in the target's,
// and gives the statements of the target's.
func (w *world) asRunner(text, leaveOut string) []policy.Statement {
	w.t.Helper()
	w.signIn(map[string]cloud.Credentials{"prod": w.admin(prodAccount), "staging": w.admin(stagingAccount)})
	profiles := map[string]cloud.Credentials{}
	var out []policy.Statement
	for _, p := range permit.Policies(w.load(text), permit.Known{}) {
		if p.For != permit.Runner {
			continue
		}
		d := p.Document
		if p.In.Name == "staging" {
			out, d.Statements = d.Statements, nil
			for _, s := range out {
				if s.Actions = slices.DeleteFunc(slices.Clone(s.Actions), func(a string) bool {
					return a == leaveOut
				}); len(s.Actions) > 0 {
					d.Statements = append(d.Statements, s)
				}
			}
		}
		c, err := w.lab.User(p.In.Account, "runner", d.JSON())
		w.ok(err)
		profiles[p.In.Name] = c
	}
	w.signIn(profiles)
	return out
}

func (w *world) synced() bool {
	out, err := w.rds("staging").DescribeDBClusters(context.Background(), &rds.DescribeDBClustersInput{
		DBClusterIdentifier: awssdk.String("shop-staging"),
	})
	w.ok(err)
	return *out.DBClusters[0].DBClusterMembers[0].DBClusterParameterGroupStatus == "in-sync"
}

func TestPuttingTheParameterBackSaysWhatSomebodyElseHasSetMeanwhile(t *testing.T) {
	w, ctx, group := circled(t), context.Background(), awssdk.String("own")
	w.group(*group, "shop-staging")
	plan := w.plan(w.refresh("", ""))
	set := func() error {
		_, err := w.rds("staging").ModifyDBClusterParameterGroup(ctx, &rds.ModifyDBClusterParameterGroupInput{
			DBClusterParameterGroupName: group,
			Parameters: []types.Parameter{{
				ParameterName:  awssdk.String("session_replication_role"),
				ParameterValue: awssdk.String("local"),
				ApplyMethod:    types.ApplyMethodImmediate,
			}},
		})
		return err
	}
	meanwhile := false
	w.lab.OnCall(func(c cloud.Call) error {
		// The wait before the value is put back: replica has been seen, and the rows are in place.
		if !meanwhile && c.Operation == "DescribeDBClusters" && w.role() == "replica" &&
			pgtest.Rows(t, w.url("staging", "shop-staging"), "SELECT count(*) FROM a")[0] == "2" {
			meanwhile = true
			return set()
		}
		return nil
	})
	w.done(plan)
	if !meanwhile || w.parameter("own") != "" {
		t.Errorf("set meanwhile: %v; the group says %q", meanwhile, w.parameter("own"))
	}
	mentions(t, strings.Join(w.notes, "\n"),
		"somebody has set session_replication_role to local in the group own meanwhile")
}

func TestWhatWasNotCheckedIsCheckedBeforeTheCommit(t *testing.T) {
	for name, c := range map[string]struct{ rows, want string }{
		"a key that refers to nothing": {
			"INSERT INTO b VALUES (3, 99)", "does not hold: 1 rows refer to rows that are not there",
		},
		"a deferrable key that occurs twice": {
			"INSERT INTO a VALUES (3, 2)",
			"unique constraint a_b_key of public.a does not hold: 1 keys are there more than once",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := circled(t)
			w.group("own", "shop-staging")
			// The source has what its own constraints do not allow, as after a bypass of somebody's.
			pgtest.Exec(t, w.url("prod", "shop-prod"),
				"BEGIN; SET LOCAL session_replication_role = replica; "+c.rows+"; COMMIT")
			w.failed(w.plan(w.refresh("", "")), c.want)
			if got := pgtest.Rows(t, w.url("staging", "shop-staging"), "SELECT count(*) FROM a")[0]; got != "0" {
				t.Errorf("%s rows arrived", got)
			}
			if got, is := w.parameter("own"), w.role(); got != "" || is != "origin" {
				t.Errorf("the group says %q, and sessions %s", got, is)
			}
		})
	}
}
