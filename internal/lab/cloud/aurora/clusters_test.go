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

func TestClustersAreServers(t *testing.T) {
	w := start(t, aurora.Config{})
	_, err := w.rds.CreateDBClusterParameterGroup(ctx, &rds.CreateDBClusterParameterGroupInput{
		DBClusterParameterGroupName: aws.String("own"),
		DBParameterGroupFamily:      aws.String("aurora-postgresql15"),
		Description:                 aws.String("d"),
	})
	w.ok(err)
	w.cluster(func(in *rds.CreateDBClusterInput) { in.DBClusterParameterGroupName = aws.String("own") })
	prod := w.connect("prod", "app", "password", "shop")
	w.exec(prod, "CREATE TABLE t AS SELECT g AS id FROM generate_series(1, 1000) g",
		"SELECT pg_create_physical_replication_slot('left', true)")

	set := func(name, value string, method types.ApplyMethod) {
		_, err := w.rds.ModifyDBClusterParameterGroup(ctx, &rds.ModifyDBClusterParameterGroupInput{
			DBClusterParameterGroupName: aws.String("own"),
			Parameters: []types.Parameter{{
				ParameterName:  &name,
				ParameterValue: &value,
				ApplyMethod:    method,
			}},
		})
		w.ok(err)
	}
	until := func(want string) {
		t.Helper()
		for range 500 {
			if *w.available("prod").DBClusterMembers[0].DBClusterParameterGroupStatus == want {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Fatalf("it is never %s", want)
	}

	t.Run("a dynamic parameter reaches new sessions, and those that are open", func(t *testing.T) {
		open := w.connect("prod", "app", "password", "shop")
		set("session_replication_role", "replica", types.ApplyMethodImmediate)
		until("in-sync")
		for _, c := range []*pgx.Conn{w.connect("prod", "app", "password", "shop"), open} {
			if got := w.one(c, "SHOW session_replication_role"); got != "replica" {
				t.Errorf("it is %s", got)
			}
		}
	})
	t.Run("a clone has the data of its moment, and the parameters of its own group", func(t *testing.T) {
		_, err := w.rds.RestoreDBClusterToPointInTime(ctx, &rds.RestoreDBClusterToPointInTimeInput{
			SourceDBClusterIdentifier: aws.String("prod"),
			DBClusterIdentifier:       aws.String("refresh-1"),
			RestoreType:               aws.String("copy-on-write"),
			UseLatestRestorableTime:   aws.Bool(true),
		})
		w.ok(err)
		w.available("refresh-1")
		w.exec(prod, "INSERT INTO t SELECT 0") // the source goes on
		w.instance("refresh-1")
		copied := w.connect("refresh-1", "app", "password", "shop")
		if got := w.one(copied,
			"SELECT count(*), current_setting('session_replication_role') FROM t"); got != "1000|origin" {
			t.Errorf("the clone has %s", got)
		}
		if got := w.one(copied, "SELECT slot_name FROM pg_replication_slots"); got != "left" {
			t.Errorf("the clone's slot is %q", got)
		}
		w.exec(copied, "DROP TABLE t")
		if got := w.one(prod, "SELECT count(*) FROM t"); got != "1001" {
			t.Errorf("the source has %s", got)
		}
		_, err = w.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
			DBInstanceIdentifier: aws.String("refresh-1-1"),
			SkipFinalSnapshot:    aws.Bool(true),
		})
		w.ok(err)
		w.ok(rds.NewDBInstanceDeletedWaiter(w.rds, func(o *rds.DBInstanceDeletedWaiterOptions) {
			o.MinDelay, o.MaxDelay = 10*time.Millisecond, 10*time.Millisecond
		}).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("refresh-1-1")}, time.Minute))
		if copied.Ping(ctx) == nil {
			t.Error("the clone still answers")
		}
		_, err = w.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
			DBClusterIdentifier: aws.String("refresh-1"),
			SkipFinalSnapshot:   aws.Bool(true),
		})
		w.ok(err)
	})
	t.Run("putting a parameter back takes it from the server", func(t *testing.T) {
		_, err := w.rds.ResetDBClusterParameterGroup(ctx, &rds.ResetDBClusterParameterGroupInput{
			DBClusterParameterGroupName: aws.String("own"),
			Parameters: []types.Parameter{{
				ParameterName: aws.String("session_replication_role"),
				ApplyMethod:   types.ApplyMethodImmediate,
			}},
		})
		w.ok(err)
		until("in-sync")
		if got := w.one(w.connect("prod", "app", "password", "shop"),
			"SHOW session_replication_role"); got != "origin" {
			t.Errorf("it is %s", got)
		}
	})
	t.Run("a snapshot is restored", func(t *testing.T) {
		_, err := w.rds.CreateDBClusterSnapshot(ctx, &rds.CreateDBClusterSnapshotInput{
			DBClusterIdentifier:         aws.String("prod"),
			DBClusterSnapshotIdentifier: aws.String("s1"),
		})
		w.ok(err)
		w.ok(rds.NewDBClusterSnapshotAvailableWaiter(w.rds, func(o *rds.DBClusterSnapshotAvailableWaiterOptions) {
			o.MinDelay, o.MaxDelay = 10*time.Millisecond, 10*time.Millisecond
		}).Wait(ctx, &rds.DescribeDBClusterSnapshotsInput{DBClusterSnapshotIdentifier: aws.String("s1")}, time.Minute))
		w.exec(prod, "DELETE FROM t")
		_, err = w.rds.RestoreDBClusterFromSnapshot(ctx, &rds.RestoreDBClusterFromSnapshotInput{
			SnapshotIdentifier:  aws.String("s1"),
			DBClusterIdentifier: aws.String("restored"),
			Engine:              aws.String("aurora-postgresql"),
		})
		w.ok(err)
		w.available("restored")
		w.instance("restored")
		if got := w.one(w.connect("restored", "app", "password", "shop"), "SELECT count(*) FROM t"); got != "1001" {
			t.Errorf("the copy has %s rows", got)
		}
	})
	t.Run("a static parameter waits for a reboot, which ends sessions", func(t *testing.T) {
		set("rds.logical_replication", "1", types.ApplyMethodPendingReboot)
		until("pending-reboot")
		if got := w.one(prod, "SHOW wal_level"); got != "replica" {
			t.Errorf("it is %s", got)
		}
		_, err := w.rds.RebootDBInstance(ctx, &rds.RebootDBInstanceInput{DBInstanceIdentifier: aws.String("prod-1")})
		w.ok(err)
		w.ready("prod-1")
		if prod.Ping(ctx) == nil {
			t.Error("the session outlives the reboot")
		}
		if got := w.one(w.connect("prod", "app", "password", "shop"), "SHOW wal_level"); got != "logical" {
			t.Errorf("it is %s", got)
		}
	})
}
