package rds

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// What is waited for. The words stand in plans.
const (
	untilRole       = " is ACTIVE"
	untilGone       = " is gone"
	untilAvailable  = "it and its instances are available"
	untilParameters = "parameters are in-sync or pending-reboot"
	untilKnown      = "it is 5 minutes old, as RDS wants it before a copy begins with it"
)

// Operations are the calls that this package plans.
func Operations(a *awsapi.Account) awsapi.Operations {
	return awsapi.Operations{
		"rds:CreateDBClusterParameterGroup": createClusterGroup,
		"rds:CreateDBParameterGroup":        createGroup,
		"rds:ModifyDBClusterParameterGroup": awsapi.Do(a.RDS.ModifyDBClusterParameterGroup),
		"rds:ModifyDBParameterGroup":        awsapi.Do(a.RDS.ModifyDBParameterGroup),
		"rds:ResetDBClusterParameterGroup":  awsapi.Do(a.RDS.ResetDBClusterParameterGroup),
		"rds:ResetDBParameterGroup":         awsapi.Do(a.RDS.ResetDBParameterGroup),
		"rds:DeleteDBClusterParameterGroup": awsapi.Do(a.RDS.DeleteDBClusterParameterGroup),
		"rds:DeleteDBParameterGroup":        awsapi.Do(a.RDS.DeleteDBParameterGroup),
		"rds:AddTagsToResource":             awsapi.Do(a.RDS.AddTagsToResource),
		"rds:AddRoleToDBCluster":            awsapi.Do(a.RDS.AddRoleToDBCluster),
		"rds:RemoveRoleFromDBCluster":       awsapi.Do(a.RDS.RemoveRoleFromDBCluster),
		"rds:ModifyDBCluster":               awsapi.Do(a.RDS.ModifyDBCluster),
		"rds:ModifyDBInstance":              awsapi.Do(a.RDS.ModifyDBInstance),
		"rds:DescribeDBClusters":            waitCluster,
		"rds:DescribeDBInstances":           waitInstance,
		"rds:DescribeDBClusterParameterGroups": known(func(ctx context.Context, r *awsapi.Run, name *string) error {
			_, err := r.In.RDS.DescribeDBClusterParameterGroups(ctx, &rds.DescribeDBClusterParameterGroupsInput{
				DBClusterParameterGroupName: name,
			})
			return err
		}),
		"rds:DescribeDBParameterGroups": known(func(ctx context.Context, r *awsapi.Run, name *string) error {
			_, err := r.In.RDS.DescribeDBParameterGroups(ctx,
				&rds.DescribeDBParameterGroupsInput{DBParameterGroupName: name})
			return err
		}),
	}
}

// known waits until a group that was just made is old enough. RDS tells nobody when it knows of a group everywhere, nor
// when a group was made; what begins with one too soon gets the engine's defaults instead, without an error.
func known(look func(ctx context.Context, r *awsapi.Run, name *string) error) awsapi.Operation {
	return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
		made := time.Now()
		return r.Until(ctx, c, func(ctx context.Context) (string, error) {
			if err := look(ctx, r, &c.On); err != nil || time.Since(made) >= r.Fresh {
				return "", err
			}
			return "it is new", awsapi.ErrNotYet
		})
	}
}

// createClusterGroup takes a group that an interrupted run made, which its tags tell: they came with it.
func createClusterGroup(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[rds.CreateDBClusterParameterGroupInput](c)
	if err != nil {
		return err
	}
	_, err = r.In.RDS.CreateDBClusterParameterGroup(ctx, in)
	if !awsapi.Is(err, "DBParameterGroupAlreadyExists") {
		return err
	}
	out, look := r.In.RDS.DescribeDBClusterParameterGroups(ctx, &rds.DescribeDBClusterParameterGroupsInput{
		DBClusterParameterGroupName: in.DBClusterParameterGroupName,
	})
	if look != nil || len(out.DBClusterParameterGroups) == 0 {
		return err
	}
	return mine(ctx, r.In, aws.ToString(out.DBClusterParameterGroups[0].DBClusterParameterGroupArn),
		object.FromList(in.Tags, pair), err)
}

func createGroup(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[rds.CreateDBParameterGroupInput](c)
	if err != nil {
		return err
	}
	_, err = r.In.RDS.CreateDBParameterGroup(ctx, in)
	if !awsapi.Is(err, "DBParameterGroupAlreadyExists") {
		return err
	}
	out, look := r.In.RDS.DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{
		DBParameterGroupName: in.DBParameterGroupName,
	})
	if look != nil || len(out.DBParameterGroups) == 0 {
		return err
	}
	return mine(ctx, r.In, aws.ToString(out.DBParameterGroups[0].DBParameterGroupArn), object.FromList(in.Tags, pair),
		err)
}

// mine gives exists, unless what exists has all the tags that it was made with.
func mine(ctx context.Context, a *awsapi.Account, arn string, want object.Tags, exists error) error {
	have, err := tagsOf(ctx, a, arn)
	if err != nil {
		return err
	}
	if len(have.Missing(want)) > 0 {
		return exists
	}
	return nil
}

// waitCluster looks at a cluster until what the call says holds.
func waitCluster(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[rds.DescribeDBClustersInput](c)
	if err != nil {
		return err
	}
	return r.Until(ctx, c, func(ctx context.Context) (string, error) {
		out, err := r.In.RDS.DescribeDBClusters(ctx, in)
		if err != nil {
			return "", err
		}
		if len(out.DBClusters) == 0 {
			return "", fmt.Errorf("%s: there is no cluster %s any more", c.In, c.On)
		}
		have := clusterOf(out.DBClusters[0])
		switch {
		case c.Until == untilAvailable:
			if p := out.DBClusters[0].PendingModifiedValues; p != nil && p.IAMDatabaseAuthenticationEnabled != nil {
				return "IAM authentication is on its way", awsapi.ErrNotYet
			}
			return available(ctx, r, have)
		case c.Until == untilParameters:
			var states []string
			for _, m := range out.DBClusters[0].DBClusterMembers {
				states = append(states, aws.ToString(m.DBInstanceIdentifier)+" "+
					aws.ToString(m.DBClusterParameterGroupStatus))
			}
			return parametersTaken(r, c, states)
		case strings.HasSuffix(c.Until, untilGone):
			if is, has := have.Role(strings.TrimSuffix(c.Until, untilGone)); has {
				return "the role is " + is.Status, awsapi.ErrNotYet
			}
			return "", nil
		}
		return roleActive(c, have)
	})
}

func roleActive(c awsapi.Call, have *Cluster) (string, error) {
	feature := strings.TrimSuffix(c.Until, untilRole)
	is, has := have.Role(feature)
	switch {
	case !has:
		return "the role is not there yet", awsapi.ErrNotYet
	case is.Status == "ACTIVE":
		return "", nil
	case is.Status == "INVALID":
		return "",
			fmt.Errorf("%s: RDS cannot work as %s for %s of %s (INVALID). Its trust policy must let "+
				"rds.amazonaws.com assume it for this cluster: look at the trust block's clusters, then apply again",
				c.In, is.Role, feature, c.On)
	}
	return "the role is " + is.Status, awsapi.ErrNotYet
}

// available waits for a cluster and each of its instances. Inferred: a cluster is available before its writer is, and
// the writer may be for a moment before it begins to change: what is pending says that it will.
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

// stuck tells states that no waiting ends from those that pass.
func stuck(id, status string) error {
	switch status {
	case "failed", "deleting", "deleted", "stopped", "stopping", "incompatible-parameters", "incompatible-restore",
		"inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable", "storage-full":
		return fmt.Errorf("%s is %s, and that does not pass by itself. Mend it, then apply again", id, status)
	}
	return awsapi.ErrNotYet
}

func waitInstance(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[rds.DescribeDBInstancesInput](c)
	if err != nil {
		return err
	}
	return r.Until(ctx, c, func(ctx context.Context) (string, error) {
		out, err := r.In.RDS.DescribeDBInstances(ctx, in)
		if err != nil {
			return "", err
		}
		var states []string
		for _, x := range out.DBInstances {
			for _, g := range x.DBParameterGroups {
				states = append(states, aws.ToString(x.DBInstanceIdentifier)+" "+aws.ToString(g.ParameterApplyStatus))
			}
		}
		return parametersTaken(r, c, states)
	})
}

// parametersTaken waits while parameters are on their way, and says which instances wait for a restart.
func parametersTaken(r *awsapi.Run, c awsapi.Call, states []string) (string, error) {
	for _, s := range states {
		switch {
		case strings.HasSuffix(s, " applying"):
			return s, awsapi.ErrNotYet
		case strings.HasSuffix(s, " failed-to-apply"):
			return "", fmt.Errorf("%s: RDS could not apply the parameters (%s). Look at the events of %s", c.In, s,
				c.On)
		case strings.HasSuffix(s, " pending-reboot"):
			r.Report.Note(s + ": parameters take effect when it restarts")
		}
	}
	return "", nil
}
