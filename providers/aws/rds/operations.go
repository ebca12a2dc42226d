package rds

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// Operations returns the calls that this package plans.
func Operations() awsapi.Operations {
	return awsapi.Operations{
		"rds:CreateDBClusterParameterGroup": awsapi.On(createClusterGroup,
			func(r *awsapi.Rights, in *rds.CreateDBClusterParameterGroupInput) {
				r.RDS(kindClusterGroup, in.DBClusterParameterGroupName,
					"rds:CreateDBClusterParameterGroup", "rds:AddTagsToResource")
			}),
		"rds:CreateDBParameterGroup": awsapi.On(createGroup,
			func(r *awsapi.Rights, in *rds.CreateDBParameterGroupInput) {
				r.RDS(kindGroup, in.DBParameterGroupName, "rds:CreateDBParameterGroup", "rds:AddTagsToResource")
			}),
		"rds:ModifyDBClusterParameterGroup": awsapi.RDS((*rds.Client).ModifyDBClusterParameterGroup,
			func(r *awsapi.Rights, in *rds.ModifyDBClusterParameterGroupInput) {
				r.RDS(kindClusterGroup, in.DBClusterParameterGroupName)
			}),
		"rds:ResetDBClusterParameterGroup": awsapi.RDS((*rds.Client).ResetDBClusterParameterGroup,
			func(r *awsapi.Rights, in *rds.ResetDBClusterParameterGroupInput) {
				r.RDS(kindClusterGroup, in.DBClusterParameterGroupName)
			}),
		"rds:DeleteDBClusterParameterGroup": awsapi.RDS((*rds.Client).DeleteDBClusterParameterGroup,
			func(r *awsapi.Rights, in *rds.DeleteDBClusterParameterGroupInput) {
				r.RDS(kindClusterGroup, in.DBClusterParameterGroupName)
			}),
		"rds:ModifyDBParameterGroup": awsapi.RDS((*rds.Client).ModifyDBParameterGroup,
			func(r *awsapi.Rights, in *rds.ModifyDBParameterGroupInput) { r.RDS(kindGroup, in.DBParameterGroupName) }),
		"rds:ResetDBParameterGroup": awsapi.RDS((*rds.Client).ResetDBParameterGroup,
			func(r *awsapi.Rights, in *rds.ResetDBParameterGroupInput) { r.RDS(kindGroup, in.DBParameterGroupName) }),
		"rds:DeleteDBParameterGroup": awsapi.RDS((*rds.Client).DeleteDBParameterGroup,
			func(r *awsapi.Rights, in *rds.DeleteDBParameterGroupInput) { r.RDS(kindGroup, in.DBParameterGroupName) }),
		"rds:DescribeDBClusterParameterGroups": awsapi.On(waitForClusterGroup,
			func(r *awsapi.Rights, in *rds.DescribeDBClusterParameterGroupsInput) {
				r.RDS(kindClusterGroup, in.DBClusterParameterGroupName)
			}),
		"rds:DescribeDBParameterGroups": awsapi.On(waitForGroup,
			func(r *awsapi.Rights, in *rds.DescribeDBParameterGroupsInput) {
				r.RDS(kindGroup, in.DBParameterGroupName)
			}),
		"rds:AddTagsToResource": awsapi.RDS((*rds.Client).AddTagsToResource,
			func(r *awsapi.Rights, in *rds.AddTagsToResourceInput) { r.On(aws.ToString(in.ResourceName)) }),
		"rds:AddRoleToDBCluster": awsapi.RDS((*rds.Client).AddRoleToDBCluster,
			func(r *awsapi.Rights, in *rds.AddRoleToDBClusterInput) {
				r.RDS(kindCluster, in.DBClusterIdentifier)
				r.PassToRDS(in.RoleArn)
				r.TrustRDS(in.RoleArn, in.DBClusterIdentifier)
			}),
		"rds:RemoveRoleFromDBCluster": awsapi.RDS((*rds.Client).RemoveRoleFromDBCluster,
			func(r *awsapi.Rights, in *rds.RemoveRoleFromDBClusterInput) {
				r.RDS(kindCluster, in.DBClusterIdentifier)
				r.PassToRDS(in.RoleArn)
			}),
		"rds:ModifyDBCluster": awsapi.RDS((*rds.Client).ModifyDBCluster,
			func(r *awsapi.Rights, in *rds.ModifyDBClusterInput) {
				r.RDS(kindCluster, in.DBClusterIdentifier)
				r.RDS(kindClusterGroup, in.DBClusterParameterGroupName)
			}),
		"rds:ModifyDBInstance": awsapi.RDS((*rds.Client).ModifyDBInstance,
			func(r *awsapi.Rights, in *rds.ModifyDBInstanceInput) {
				r.RDS(kindInstance, in.DBInstanceIdentifier)
				r.RDS(kindGroup, in.DBParameterGroupName)
			}),
		"rds:DescribeDBClusters": awsapi.On(waitForCluster,
			func(r *awsapi.Rights, in *rds.DescribeDBClustersInput) { r.RDS(kindCluster, in.DBClusterIdentifier) }),
		"rds:DescribeDBInstances": awsapi.On(waitForInstance,
			func(r *awsapi.Rights, in *rds.DescribeDBInstancesInput) { r.RDS(kindInstance, in.DBInstanceIdentifier) }),
	}
}

// The kinds of resources in ARNs.
const (
	kindCluster      = "cluster"
	kindInstance     = "db"
	kindClusterGroup = "cluster-pg"
	kindGroup        = "pg"
)

func waitForClusterGroup(ctx context.Context, r *awsapi.Run, c awsapi.Call,
	in *rds.DescribeDBClusterParameterGroupsInput) error {
	return waitUntilOld(ctx, r, c, func(ctx context.Context) error {
		_, err := r.In.RDS.DescribeDBClusterParameterGroups(ctx, in)
		return err
	})
}

func waitForGroup(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *rds.DescribeDBParameterGroupsInput) error {
	return waitUntilOld(ctx, r, c, func(ctx context.Context) error {
		_, err := r.In.RDS.DescribeDBParameterGroups(ctx, in)
		return err
	})
}

// waitUntilOld waits until a group that was just created is old enough. RDS reports neither when a group is known
// everywhere nor when it was created. What starts with one too soon gets the defaults of the engine, without an error.
func waitUntilOld(ctx context.Context, r *awsapi.Run, c awsapi.Call, find func(ctx context.Context) error) error {
	began := time.Now()
	return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
		if err := find(ctx); err != nil || time.Since(began) >= r.Fresh {
			return "", err
		}
		return "it is new", awsapi.ErrNotYet
	})
}

// createClusterGroup takes over a group that an interrupted run created: it has the tags that it was created with.
func createClusterGroup(ctx context.Context, r *awsapi.Run, _ awsapi.Call,
	in *rds.CreateDBClusterParameterGroupInput) error {
	_, err := r.In.RDS.CreateDBClusterParameterGroup(ctx, in)
	if !awsapi.Is(err, "DBParameterGroupAlreadyExists") {
		return err
	}
	out, findErr := r.In.RDS.DescribeDBClusterParameterGroups(ctx, &rds.DescribeDBClusterParameterGroupsInput{
		DBClusterParameterGroupName: in.DBClusterParameterGroupName,
	})
	if findErr != nil || len(out.DBClusterParameterGroups) == 0 {
		return err
	}
	return takeOver(ctx, r.In, out.DBClusterParameterGroups[0].DBClusterParameterGroupArn, in.Tags, err)
}

func createGroup(ctx context.Context, r *awsapi.Run, _ awsapi.Call, in *rds.CreateDBParameterGroupInput) error {
	_, err := r.In.RDS.CreateDBParameterGroup(ctx, in)
	if !awsapi.Is(err, "DBParameterGroupAlreadyExists") {
		return err
	}
	out, findErr := r.In.RDS.DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{
		DBParameterGroupName: in.DBParameterGroupName,
	})
	if findErr != nil || len(out.DBParameterGroups) == 0 {
		return err
	}
	return takeOver(ctx, r.In, out.DBParameterGroups[0].DBParameterGroupArn, in.Tags, err)
}

// takeOver returns exists unless the group has all the tags that it is created with.
func takeOver(ctx context.Context, a *awsapi.Account, arn *string, want []types.Tag, exists error) error {
	have, err := tagsOf(ctx, a, aws.ToString(arn))
	if err == nil && len(have.Missing(object.FromList(want, pair))) > 0 {
		return exists
	}
	return err
}

// waitForCluster polls a cluster until the condition of the call holds.
func waitForCluster(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *rds.DescribeDBClustersInput) error {
	return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
		out, err := r.In.RDS.DescribeDBClusters(ctx, in)
		if err != nil {
			return "", err
		}
		if len(out.DBClusters) == 0 {
			return "", fmt.Errorf("%s: cluster %s no longer exists", c.In, c.On)
		}
		x := out.DBClusters[0]
		have := clusterOf(x)
		switch c.Until {
		case awsapi.MembersAvailable:
			if p := x.PendingModifiedValues; p != nil && p.IAMDatabaseAuthenticationEnabled != nil {
				return "IAM authentication is on its way", awsapi.ErrNotYet
			}
			return available(ctx, r, have)
		case awsapi.ParametersApplied:
			var members []member
			for _, m := range x.DBClusterMembers {
				members = append(members, member{m.DBInstanceIdentifier, m.DBClusterParameterGroupStatus})
			}
			return parametersApplied(r, c, members)
		}
		if feature, ok := c.Until.IsRoleGone(); ok {
			if role, has := have.Role(feature); has {
				return "the role is " + role.Status, awsapi.ErrNotYet
			}
			return "", nil
		}
		feature, ok := c.Until.IsRoleActive()
		if !ok {
			return "", awsapi.UnknownCondition(c)
		}
		return roleActive(c, feature, have)
	})
}

func roleActive(c awsapi.Call, feature string, have *Cluster) (string, error) {
	role, has := have.Role(feature)
	switch {
	case !has:
		return "the role is not associated yet", awsapi.ErrNotYet
	case role.Status == "ACTIVE":
		return "", nil
	case role.Status == "INVALID":
		return "",
			fmt.Errorf("%s: RDS cannot work as %s for %s of %s (INVALID). Its trust policy must let "+
				"rds.amazonaws.com assume it for this cluster: check the clusters of the trust block, then apply again",
				c.In, role.Role, feature, c.On)
	}
	return "the role is " + role.Status, awsapi.ErrNotYet
}

// available waits for a cluster and each of its instances. Inferred: a cluster is available before its writer is, and
// the writer may be for a moment before it starts to change; pending values announce that.
func available(ctx context.Context, r *awsapi.Run, have *Cluster) (string, error) {
	if have.Status != "available" {
		return have.Status, stuck(have.Identifier, have.Status)
	}
	for _, id := range have.Instances {
		out, err := r.In.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
		if err != nil {
			return "", err
		}
		for _, x := range out.DBInstances {
			if status := aws.ToString(x.DBInstanceStatus); status != "available" {
				return id + " is " + status, stuck(id, status)
			}
			if p := x.PendingModifiedValues; p != nil && p.IAMDatabaseAuthenticationEnabled != nil {
				return id + " is about to change", awsapi.ErrNotYet
			}
		}
	}
	return "", nil
}

// stuck returns an error for a state that no waiting ends, else ErrNotYet.
func stuck(id, status string) error {
	switch status {
	case "failed", "deleting", "deleted", "stopped", "stopping", "incompatible-parameters", "incompatible-restore",
		"inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable", "storage-full":
		return fmt.Errorf("%s is %s, which does not change by itself. Fix that, then apply again", id, status)
	}
	return awsapi.ErrNotYet
}

func waitForInstance(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *rds.DescribeDBInstancesInput) error {
	if c.Until != awsapi.ParametersApplied {
		return awsapi.UnknownCondition(c)
	}
	return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
		out, err := r.In.RDS.DescribeDBInstances(ctx, in)
		if err != nil {
			return "", err
		}
		var members []member
		for _, x := range out.DBInstances {
			for _, g := range x.DBParameterGroups {
				members = append(members, member{x.DBInstanceIdentifier, g.ParameterApplyStatus})
			}
		}
		return parametersApplied(r, c, members)
	})
}

// member is an instance and how far it has taken the parameters of its group.
type member struct{ id, status *string }

// parametersApplied waits while parameters are on their way, and notes which instances wait for a restart.
func parametersApplied(r *awsapi.Run, c awsapi.Call, members []member) (string, error) {
	for _, m := range members {
		state := aws.ToString(m.id) + " " + aws.ToString(m.status)
		switch aws.ToString(m.status) {
		case "applying":
			return state, awsapi.ErrNotYet
		case "failed-to-apply":
			return "", fmt.Errorf("%s: RDS could not apply the parameters (%s). Check the events of %s",
				c.In, state, c.On)
		case "pending-reboot":
			r.Report.Note(state + ": parameters take effect when it restarts")
		}
	}
	return "", nil
}
