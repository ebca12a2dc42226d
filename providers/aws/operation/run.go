package operation

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// What is waited for. The words stand in plans.
const (
	untilCluster  = "the cluster is available"
	untilInstance = "the instance is available"
	untilSnapshot = "the snapshot is available"
	untilGone     = "it is gone"
	untilShared   = "the cluster is visible in the account, accepting an invitation where there is one"
)

// Operations are the calls that this package plans. What others wait for with the same calls is left to base.
func Operations(a *awsapi.Account, base awsapi.Operations, setting Setting) awsapi.Operations {
	return awsapi.Operations{
		"rds:RestoreDBClusterToPointInTime": made(awsapi.Do(a.RDS.RestoreDBClusterToPointInTime),
			"DBClusterAlreadyExistsFault", lookCluster),
		"rds:RestoreDBClusterFromSnapshot": made(awsapi.Do(a.RDS.RestoreDBClusterFromSnapshot),
			"DBClusterAlreadyExistsFault", lookCluster),
		"rds:CreateDBInstance": made(awsapi.Do(a.RDS.CreateDBInstance), "DBInstanceAlreadyExists",
			lookInstance),
		"rds:RestoreDBInstanceFromDBSnapshot": made(awsapi.Do(a.RDS.RestoreDBInstanceFromDBSnapshot),
			"DBInstanceAlreadyExists", lookInstance),
		"rds:CreateDBClusterSnapshot": made(awsapi.Do(a.RDS.CreateDBClusterSnapshot),
			"DBClusterSnapshotAlreadyExistsFault", lookClusterSnapshot),
		"rds:CreateDBSnapshot": made(awsapi.Do(a.RDS.CreateDBSnapshot), "DBSnapshotAlreadyExists",
			lookSnapshot),
		"rds:CopyDBClusterSnapshot": made(awsapi.Do(a.RDS.CopyDBClusterSnapshot),
			"DBClusterSnapshotAlreadyExistsFault", lookClusterSnapshot),
		"rds:CopyDBSnapshot": made(awsapi.Do(a.RDS.CopyDBSnapshot), "DBSnapshotAlreadyExists",
			lookSnapshot),
		"rds:DeleteDBCluster": removed(awsapi.Do(a.RDS.DeleteDBCluster), lookCluster,
			"InvalidDBClusterStateFault"),
		"rds:DeleteDBInstance": removed(awsapi.Do(a.RDS.DeleteDBInstance), lookInstance,
			"InvalidDBInstanceState", "InvalidDBClusterStateFault"),
		"rds:DeleteDBClusterSnapshot": removed(awsapi.Do(a.RDS.DeleteDBClusterSnapshot), lookClusterSnapshot,
			"InvalidDBClusterSnapshotStateFault"),
		"rds:DeleteDBSnapshot": removed(awsapi.Do(a.RDS.DeleteDBSnapshot), lookSnapshot,
			"InvalidDBSnapshotState"),
		"rds:ModifyDBClusterSnapshotAttribute": shared(awsapi.Do(a.RDS.ModifyDBClusterSnapshotAttribute),
			lookClusterSnapshot),
		"rds:ModifyDBSnapshotAttribute":  shared(awsapi.Do(a.RDS.ModifyDBSnapshotAttribute), lookSnapshot),
		"rds:DescribeDBClusterSnapshots": waited(nil, lookClusterSnapshot),
		"rds:DescribeDBSnapshots":        waited(nil, lookSnapshot),
		"rds:DescribeDBClusters":         waited(base["rds:DescribeDBClusters"], lookCluster),
		"rds:DescribeDBInstances":        waited(base["rds:DescribeDBInstances"], lookInstance),
		// its client token makes it safe to repeat
		"ram:CreateResourceShare":           awsapi.Do(a.RAM.CreateResourceShare),
		"ram:AcceptResourceShareInvitation": accept,
		"ram:DeleteResourceShare":           unshare,
		"rds:ModifyDBClusterParameterGroup": saying(base["rds:ModifyDBClusterParameterGroup"]),
		"rds:ResetDBClusterParameterGroup":  saying(base["rds:ResetDBClusterParameterGroup"]),
		showOperation:                       setting.look,
	}
}

// made carries a call out that makes something, unless this run made it before: an answer may have been lost. RDS may
// refuse a second clone of a cluster before it sees that it has the name of the first, so any refusal is answered by
// looking.
func made(do awsapi.Operation, exists string, find look) awsapi.Operation {
	return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
		err := do(ctx, r, c)
		if err == nil {
			return nil
		}
		have, look := find(ctx, r.In, c.On)
		if look != nil || have == nil {
			return err
		}
		if owned := mine(have, c.On, r.ID); owned == nil || awsapi.Is(err, exists) {
			return owned
		}
		return err
	}
}

// removed carries a call out that removes something of this run, waiting while its state does not let it go. What is
// not there is removed.
func removed(do awsapi.Operation, find look, busy ...string) awsapi.Operation {
	return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
		c.Until = "a state in which it can be removed"
		return r.Until(ctx, c, func(ctx context.Context) (string, error) {
			have, err := find(ctx, r.In, c.On)
			if err != nil || have == nil || have.status == "deleting" {
				return "", err
			}
			if err := mine(have, c.On, r.ID); err != nil {
				return "", err
			}
			if err := do(ctx, r, c); awsapi.Is(err, busy...) {
				if err := held(ctx, r.In, c.On, have); err != nil {
					return "", err
				}
				return have.status, awsapi.ErrNotYet
			} else if err != nil {
				return "", err
			}
			r.Report.Note("removed " + c.On)
			return "", nil
		})
	}
}

// waited looks until what the call says holds.
func waited(base awsapi.Operation, find look) awsapi.Operation {
	return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
		switch c.Until {
		case untilInSync, untilStill:
			return inSync(ctx, r, c)
		case untilCluster, untilInstance, untilSnapshot, untilGone:
		default:
			if base == nil {
				return fmt.Errorf("this version of shoji does not know how to wait until %s", c.Until)
			}
			return base(ctx, r, c)
		}
		return r.Until(ctx, c, func(ctx context.Context) (string, error) {
			have, err := find(ctx, r.In, c.On)
			switch {
			case err != nil:
				return "", err
			case c.Until == untilGone && have == nil:
				return "", nil
			case c.Until == untilGone:
				return have.status, awsapi.ErrNotYet
			case have == nil:
				return "it does not show yet", awsapi.ErrNotYet
			case have.status == "available":
				return "", nil
			}
			return have.status, stuck(c.On, have.status)
		})
	}
}

// Endpoint finds where the copy of a refresh answers in a run: what carries the run's mark, and nothing else.
func Endpoint(ctx context.Context, a *awsapi.Account, refresh, run string,
	cluster bool) (host string, port int, err error) {
	name, find := Name(refresh, run), lookInstance
	if cluster {
		find = lookCluster
	}
	have, err := find(ctx, a, name)
	switch {
	case err != nil:
		return "", 0, a.Explain(err, name)
	case have == nil:
		return "", 0, fmt.Errorf("%s: the copy %s is not there any more", a.Address(), name)
	}
	return have.host, have.port, mine(have, name, run)
}
