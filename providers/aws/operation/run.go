package operation

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// Operations returns the calls that this package plans. base are those of RDS, which wait for other conditions of the
// same resources.
func Operations(base awsapi.Operations, setting Setting) awsapi.Operations {
	return awsapi.Operations{
		"rds:RestoreDBClusterToPointInTime": created(awsapi.RDS((*rds.Client).RestoreDBClusterToPointInTime,
			func(r *awsapi.Rights, in *rds.RestoreDBClusterToPointInTimeInput) {
				clusterRights(r, in.DBClusterIdentifier, in.DBClusterParameterGroupName, in.DBSubnetGroupName,
					in.KmsKeyId)
				r.RDS("cluster", in.SourceDBClusterIdentifier)
				// RDS copies what a key of another account encrypts with the rights of the caller: a grant alone does
				// not do.
				if r.IsForeign(in.KmsKeyId) {
					r.KeyThroughRDS(in.KmsKeyId, "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey",
						"kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo")
				}
			}), "DBClusterAlreadyExistsFault", findCluster),
		"rds:RestoreDBClusterFromSnapshot": created(awsapi.RDS((*rds.Client).RestoreDBClusterFromSnapshot,
			func(r *awsapi.Rights, in *rds.RestoreDBClusterFromSnapshotInput) {
				clusterRights(r, in.DBClusterIdentifier, in.DBClusterParameterGroupName, in.DBSubnetGroupName,
					in.KmsKeyId)
				r.RDS("cluster-snapshot", in.SnapshotIdentifier)
			}), "DBClusterAlreadyExistsFault", findCluster),
		"rds:CreateDBInstance": created(awsapi.RDS((*rds.Client).CreateDBInstance,
			func(r *awsapi.Rights, in *rds.CreateDBInstanceInput) {
				instanceRights(r, in.DBInstanceIdentifier, in.DBParameterGroupName, in.DBSubnetGroupName)
				r.RDS("cluster", in.DBClusterIdentifier)
			}), "DBInstanceAlreadyExists", findInstance),
		"rds:RestoreDBInstanceFromDBSnapshot": created(awsapi.RDS((*rds.Client).RestoreDBInstanceFromDBSnapshot,
			func(r *awsapi.Rights, in *rds.RestoreDBInstanceFromDBSnapshotInput) {
				instanceRights(r, in.DBInstanceIdentifier, in.DBParameterGroupName, in.DBSubnetGroupName)
				r.RDS("snapshot", in.DBSnapshotIdentifier)
			}), "DBInstanceAlreadyExists", findInstance),
		// Taking a snapshot needs no right to the key; copying and restoring it do.
		"rds:CreateDBClusterSnapshot": created(awsapi.RDS((*rds.Client).CreateDBClusterSnapshot,
			func(r *awsapi.Rights, in *rds.CreateDBClusterSnapshotInput) {
				r.RDS("cluster", in.DBClusterIdentifier)
				r.RDS("cluster-snapshot", in.DBClusterSnapshotIdentifier,
					"rds:CreateDBClusterSnapshot", "rds:AddTagsToResource")
			}), "DBClusterSnapshotAlreadyExistsFault", findClusterSnapshot),
		"rds:CreateDBSnapshot": created(awsapi.RDS((*rds.Client).CreateDBSnapshot,
			func(r *awsapi.Rights, in *rds.CreateDBSnapshotInput) {
				r.RDS("db", in.DBInstanceIdentifier)
				r.RDS("snapshot", in.DBSnapshotIdentifier, "rds:CreateDBSnapshot", "rds:AddTagsToResource")
			}), "DBSnapshotAlreadyExists", findSnapshot),
		"rds:CopyDBClusterSnapshot": created(awsapi.RDS((*rds.Client).CopyDBClusterSnapshot,
			func(r *awsapi.Rights, in *rds.CopyDBClusterSnapshotInput) {
				r.RDS("cluster-snapshot", in.SourceDBClusterSnapshotIdentifier)
				r.RDS("cluster-snapshot", in.TargetDBClusterSnapshotIdentifier,
					"rds:CopyDBClusterSnapshot", "rds:AddTagsToResource")
				r.KeyThroughRDS(in.KmsKeyId, keyRights()...)
			}), "DBClusterSnapshotAlreadyExistsFault", findClusterSnapshot),
		"rds:CopyDBSnapshot": created(awsapi.RDS((*rds.Client).CopyDBSnapshot,
			func(r *awsapi.Rights, in *rds.CopyDBSnapshotInput) {
				r.RDS("snapshot", in.SourceDBSnapshotIdentifier)
				r.RDS("snapshot", in.TargetDBSnapshotIdentifier, "rds:CopyDBSnapshot", "rds:AddTagsToResource")
				r.KeyThroughRDS(in.KmsKeyId, keyRights()...)
			}), "DBSnapshotAlreadyExists", findSnapshot),
		"rds:DeleteDBCluster": removed(awsapi.RDS((*rds.Client).DeleteDBCluster,
			func(r *awsapi.Rights, in *rds.DeleteDBClusterInput) { r.RDS("cluster", in.DBClusterIdentifier) }),
			findCluster, "InvalidDBClusterStateFault"),
		"rds:DeleteDBInstance": removed(awsapi.RDS((*rds.Client).DeleteDBInstance,
			func(r *awsapi.Rights, in *rds.DeleteDBInstanceInput) { r.RDS("db", in.DBInstanceIdentifier) }),
			findInstance, "InvalidDBInstanceState", "InvalidDBClusterStateFault"),
		"rds:DeleteDBClusterSnapshot": removed(awsapi.RDS((*rds.Client).DeleteDBClusterSnapshot,
			func(r *awsapi.Rights, in *rds.DeleteDBClusterSnapshotInput) {
				r.RDS("cluster-snapshot", in.DBClusterSnapshotIdentifier)
			}), findClusterSnapshot, "InvalidDBClusterSnapshotStateFault"),
		"rds:DeleteDBSnapshot": removed(awsapi.RDS((*rds.Client).DeleteDBSnapshot,
			func(r *awsapi.Rights, in *rds.DeleteDBSnapshotInput) { r.RDS("snapshot", in.DBSnapshotIdentifier) }),
			findSnapshot, "InvalidDBSnapshotState"),
		"rds:ModifyDBClusterSnapshotAttribute": awsapi.RDS((*rds.Client).ModifyDBClusterSnapshotAttribute,
			func(r *awsapi.Rights, in *rds.ModifyDBClusterSnapshotAttributeInput) {
				r.RDS("cluster-snapshot", in.DBClusterSnapshotIdentifier)
			}).Wrap(shared(findClusterSnapshot,
			func(in *rds.ModifyDBClusterSnapshotAttributeInput) bool { return len(in.ValuesToRemove) > 0 })),
		"rds:ModifyDBSnapshotAttribute": awsapi.RDS((*rds.Client).ModifyDBSnapshotAttribute,
			func(r *awsapi.Rights, in *rds.ModifyDBSnapshotAttributeInput) {
				r.RDS("snapshot", in.DBSnapshotIdentifier)
			}).Wrap(shared(findSnapshot,
			func(in *rds.ModifyDBSnapshotAttributeInput) bool { return len(in.ValuesToRemove) > 0 })),
		"rds:DescribeDBClusterSnapshots": polled(awsapi.On(unknown,
			func(r *awsapi.Rights, in *rds.DescribeDBClusterSnapshotsInput) {
				r.RDS("cluster-snapshot", in.DBClusterSnapshotIdentifier)
			}), findClusterSnapshot),
		"rds:DescribeDBSnapshots": polled(awsapi.On(unknown,
			func(r *awsapi.Rights, in *rds.DescribeDBSnapshotsInput) { r.RDS("snapshot", in.DBSnapshotIdentifier) }),
			findSnapshot),
		"rds:DescribeDBClusters":  polled(base["rds:DescribeDBClusters"], findCluster),
		"rds:DescribeDBInstances": polled(base["rds:DescribeDBInstances"], findInstance),
		// Its client token makes it safe to repeat.
		"ram:CreateResourceShare": awsapi.RAM((*ram.Client).CreateResourceShare,
			func(r *awsapi.Rights, _ *ram.CreateResourceShareInput) {
				r.Tagged("*", "ram:CreateResourceShare", "ram:TagResource")
			}),
		"ram:AcceptResourceShareInvitation": awsapi.On(accept, func(r *awsapi.Rights, in *acceptance) {
			sender := r.Place
			sender.Account = in.SenderAccountID // whose resource an invitation is
			r.Tagged(sender.RAM("resource-share-invitation", "*"))
			r.Tagged("*", "ram:GetResourceShareInvitations")
			r.On(r.Place.Cluster("*"), "rds:DescribeDBClusters")
		}),
		"ram:DeleteResourceShare": awsapi.On(unshare, func(r *awsapi.Rights, _ *shareNamed) {
			r.Tagged(r.Place.RAM("resource-share", "*"))
			r.Tagged("*", "ram:GetResourceShares")
		}),
		"rds:ModifyDBClusterParameterGroup": base["rds:ModifyDBClusterParameterGroup"].Wrap(noting(
			func(in *rds.ModifyDBClusterParameterGroupInput) []types.Parameter { return in.Parameters })),
		"rds:ResetDBClusterParameterGroup": base["rds:ResetDBClusterParameterGroup"].Wrap(noting(
			func(in *rds.ResetDBClusterParameterGroupInput) []types.Parameter { return in.Parameters })),
		// This reads from a server, and makes no call of AWS.
		showOperation: awsapi.On(setting.poll, func(*awsapi.Rights, *showInput) {}),
	}
}

// clusterRights adds what creating a cluster takes: the right to tag it, and to use its key.
func clusterRights(r *awsapi.Rights, id, group, subnets, key *string) {
	r.RDS("cluster", id)
	r.RDS("cluster", id, "rds:AddTagsToResource")
	r.RDS("cluster-pg", group)
	r.RDS("subgrp", subnets)
	r.KeyThroughRDS(key, keyRights()...)
}

func instanceRights(r *awsapi.Rights, id, group, subnets *string) {
	r.RDS("db", id)
	r.RDS("db", id, "rds:AddTagsToResource")
	r.RDS("pg", group)
	r.RDS("subgrp", subnets)
}

// unknown is for what is polled for the conditions of this package only.
func unknown[I any](_ context.Context, _ *awsapi.Run, c awsapi.Call, _ *I) error {
	return awsapi.UnknownCondition(c)
}

// created returns the operation for something that this run may have created before: an answer may have been lost. RDS
// may refuse a second clone of a cluster before it notices that it has the name of the first, so that every refusal is
// followed by a look.
func created(op awsapi.Operation, exists string, find finder) awsapi.Operation {
	return op.Wrap(func(do awsapi.Func) awsapi.Func {
		return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
			err := do(ctx, r, c)
			if err == nil {
				return nil
			}
			have, findErr := find(ctx, r.In, c.On)
			if findErr != nil || have == nil {
				return err
			}
			if owned := have.checkOwner(c.On, r.ID); owned == nil || awsapi.Is(err, exists) {
				return owned
			}
			return err
		}
	})
}

// removed returns the operation that removes something of this run. It waits while the state does not allow that. What
// does not exist counts as removed.
func removed(op awsapi.Operation, find finder, busy ...string) awsapi.Operation {
	return op.Wrap(func(do awsapi.Func) awsapi.Func {
		return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
			c.Until = awsapi.Removable
			return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
				have, err := find(ctx, r.In, c.On)
				if err != nil || have == nil || have.status == "deleting" {
					return "", err
				}
				if err := have.checkOwner(c.On, r.ID); err != nil {
					return "", err
				}
				if err := do(ctx, r, c); awsapi.Is(err, busy...) {
					if err := have.checkMembers(ctx, r.In, c.On); err != nil {
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
	})
}

// polled returns the operation that waits for the conditions of this package, and leaves all others to op.
func polled(op awsapi.Operation, find finder) awsapi.Operation {
	return op.Wrap(func(do awsapi.Func) awsapi.Func {
		return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
			switch c.Until {
			case awsapi.ParametersInSync, awsapi.ParametersSettled:
				return waitForParameters(ctx, r, c)
			case awsapi.ClusterAvailable, awsapi.InstanceAvailable, awsapi.SnapshotAvailable, awsapi.Gone:
				return waitForState(ctx, r, c, find)
			}
			return do(ctx, r, c)
		}
	})
}

func waitForState(ctx context.Context, r *awsapi.Run, c awsapi.Call, find finder) error {
	return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
		have, err := find(ctx, r.In, c.On)
		switch {
		case err != nil:
			return "", err
		case c.Until == awsapi.Gone && have == nil:
			return "", nil
		case c.Until == awsapi.Gone:
			return have.status, awsapi.ErrNotYet
		case have == nil:
			return "it is not visible yet", awsapi.ErrNotYet
		case have.status == "available":
			return "", nil
		}
		return have.status, stuck(c.On, have.status)
	})
}

// Endpoint returns where the copy of a refresh answers in a run. A copy without the mark of the run is refused.
func Endpoint(ctx context.Context, a *awsapi.Account, refresh, run string,
	cluster bool) (host string, port int, err error) {
	name, find := Name(refresh, run), finder(findInstance)
	if cluster {
		find = findCluster
	}
	have, err := find(ctx, a, name)
	switch {
	case err != nil:
		return "", 0, a.Explain(err, name)
	case have == nil:
		return "", 0, fmt.Errorf("%s: the copy %s no longer exists", a.Address(), name)
	}
	return have.host, have.port, have.checkOwner(name, run)
}
