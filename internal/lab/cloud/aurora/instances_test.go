package aurora_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
)

// session opens one at an instance that stands alone, as its master user.
func (w world) session(name string) *pgx.Conn {
	w.t.Helper()
	w.ready(name)
	out, err := w.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	w.ok(err)
	at := out.DBInstances[0].Endpoint
	config, err := pgx.ParseConfig("postgres://app:password@localhost/shop?sslmode=disable")
	w.ok(err)
	config.Host, config.Port = *at.Address, uint16(*at.Port)
	conn, err := pgx.ConnectConfig(ctx, config)
	w.ok(err)
	w.t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

func TestInstancesAreServers(t *testing.T) {
	w := start(t, aurora.Config{})
	_, err := w.rds.CreateDBParameterGroup(ctx, &rds.CreateDBParameterGroupInput{
		DBParameterGroupName:   aws.String("own"),
		DBParameterGroupFamily: aws.String("postgres15"),
		Description:            aws.String("d"),
	})
	w.ok(err)
	_, err = w.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("alone"),
		Engine:               aws.String("postgres"),
		EngineVersion:        aws.String("15.10"),
		DBInstanceClass:      aws.String("db.t4g.large"),
		AllocatedStorage:     aws.Int32(20),
		DBName:               aws.String("shop"),
		MasterUsername:       aws.String("app"),
		MasterUserPassword:   aws.String("password"),
		DBParameterGroupName: aws.String("own"),
	})
	w.ok(err)
	alone := w.session("alone")
	w.exec(alone, "CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 100) g")

	t.Run("a parameter of its group reaches new sessions", func(t *testing.T) {
		_, err := w.rds.ModifyDBParameterGroup(ctx, &rds.ModifyDBParameterGroupInput{
			DBParameterGroupName: aws.String("own"),
			Parameters: []types.Parameter{{
				ParameterName:  aws.String("log_min_duration_statement"),
				ParameterValue: aws.String("77"),
				ApplyMethod:    types.ApplyMethodImmediate,
			}},
		})
		w.ok(err)
		for range 500 {
			if w.one(w.session("alone"), "SHOW log_min_duration_statement") == "77ms" {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Error("it never does")
	})
	t.Run("a snapshot of it is restored, and so is its last moment", func(t *testing.T) {
		_, err := w.rds.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{
			DBInstanceIdentifier: aws.String("alone"),
			DBSnapshotIdentifier: aws.String("s1"),
		})
		w.ok(err)
		w.ok(rds.NewDBSnapshotAvailableWaiter(w.rds, func(o *rds.DBSnapshotAvailableWaiterOptions) {
			o.MinDelay, o.MaxDelay = 10*time.Millisecond, 10*time.Millisecond
		}).Wait(ctx, &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: aws.String("s1")}, time.Minute))
		w.exec(alone, "DELETE FROM t WHERE id > 10")
		_, err = w.rds.RestoreDBInstanceFromDBSnapshot(ctx, &rds.RestoreDBInstanceFromDBSnapshotInput{
			DBInstanceIdentifier: aws.String("restored"),
			DBSnapshotIdentifier: aws.String("s1"),
			DBInstanceClass:      aws.String("db.t4g.large"),
		})
		w.ok(err)
		_, err = w.rds.RestoreDBInstanceToPointInTime(ctx, &rds.RestoreDBInstanceToPointInTimeInput{
			SourceDBInstanceIdentifier: aws.String("alone"),
			TargetDBInstanceIdentifier: aws.String("latest"),
			UseLatestRestorableTime:    aws.Bool(true),
		})
		w.ok(err)
		for name, want := range map[string]string{"restored": "100", "latest": "10", "alone": "10"} {
			if got := w.one(w.session(name), "SELECT count(*) FROM t"); got != want {
				t.Errorf("%s has %s rows", name, got)
			}
		}
		if got := w.one(w.session("restored"), "SHOW log_min_duration_statement"); got == "77ms" {
			t.Error("the restored one has its source's parameters")
		}
	})
	t.Run("deleted, it answers no more, and its data is gone", func(t *testing.T) {
		copied := w.session("restored")
		_, err := w.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
			DBInstanceIdentifier: aws.String("restored"),
			SkipFinalSnapshot:    aws.Bool(true),
		})
		w.ok(err)
		w.ok(rds.NewDBInstanceDeletedWaiter(w.rds, func(o *rds.DBInstanceDeletedWaiterOptions) {
			o.MinDelay, o.MaxDelay = 10*time.Millisecond, 10*time.Millisecond
		}).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("restored")}, time.Minute))
		if copied.Ping(ctx) == nil {
			t.Error("it still answers")
		}
		if _, err := w.AdminURL("arn:aws:rds:"+region+":"+source+":db:restored", "shop"); err == nil {
			t.Error("it still has data")
		}
	})
}
