package operation

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// CheckUndo refuses calls that undo a step and that this package does not plan. It plans to remove what has the name of
// a run, to take back its share, to restore the one parameter, and to wait. The calls come from a journal, and not
// every journal is sealed. Whether what they remove carries the mark of the run is checked when they are made.
func CheckUndo(step engine.Step) error {
	p, err := awsapi.DecodeParams(step)
	if err != nil {
		return err
	}
	for _, c := range p.Undo {
		if undoes := undoes()[c.Operation]; undoes == nil || !undoes(c) {
			return fmt.Errorf("%s is not put back by %s %s: the journal was edited, and "+
				"nothing of the step was put back",
				step.ID, c.Operation, c.On)
		}
	}
	return nil
}

// undoes maps the operations that undo steps to what reports whether a call is one that this package plans.
func undoes() map[string]func(awsapi.Call) bool {
	wait := func(awsapi.Call) bool { return true }
	return map[string]func(awsapi.Call) bool{
		"rds:DeleteDBCluster": ofRun(func(in *rds.DeleteDBClusterInput) (*string, bool) {
			return in.DBClusterIdentifier, true
		}),
		"rds:DeleteDBInstance": ofRun(func(in *rds.DeleteDBInstanceInput) (*string, bool) {
			return in.DBInstanceIdentifier, true
		}),
		"rds:DeleteDBClusterSnapshot": ofRun(func(in *rds.DeleteDBClusterSnapshotInput) (*string, bool) {
			return in.DBClusterSnapshotIdentifier, true
		}),
		"rds:DeleteDBSnapshot": ofRun(func(in *rds.DeleteDBSnapshotInput) (*string, bool) {
			return in.DBSnapshotIdentifier, true
		}),
		"ram:DeleteResourceShare": ofRun(func(in *shareNamed) (*string, bool) { return &in.Name, true }),
		"rds:ModifyDBClusterSnapshotAttribute": ofRun(func(in *rds.ModifyDBClusterSnapshotAttributeInput) (*string,
			bool) {
			return in.DBClusterSnapshotIdentifier, len(in.ValuesToAdd) == 0
		}),
		"rds:ModifyDBSnapshotAttribute": ofRun(func(in *rds.ModifyDBSnapshotAttributeInput) (*string, bool) {
			return in.DBSnapshotIdentifier, len(in.ValuesToAdd) == 0
		}),
		"rds:DescribeDBClusters":  wait,
		"rds:DescribeDBInstances": wait,
		showOperation:             wait,
		"rds:ModifyDBClusterParameterGroup": onItself(func(in *rds.ModifyDBClusterParameterGroupInput) (*string, bool) {
			return in.DBClusterParameterGroupName, restores(in.Parameters)
		}),
		"rds:ResetDBClusterParameterGroup": onItself(func(in *rds.ResetDBClusterParameterGroupInput) (*string, bool) {
			return in.DBClusterParameterGroupName, !aws.ToBool(in.ResetAllParameters) && restores(in.Parameters)
		}),
	}
}

// onItself accepts calls whose input is about what they name, and is harmless.
func onItself[I any](read func(*I) (name *string, harmless bool)) func(awsapi.Call) bool {
	return func(c awsapi.Call) bool {
		in, err := awsapi.Input[I](c)
		if err != nil {
			return false
		}
		name, harmless := read(in)
		return aws.ToString(name) == c.On && harmless
	}
}

// ofRun accepts what onItself accepts, on resources with the name of a run's.
func ofRun[I any](read func(*I) (name *string, harmless bool)) func(awsapi.Call) bool {
	return onItself(func(in *I) (name *string, harmless bool) {
		name, harmless = read(in)
		return name, harmless && strings.HasPrefix(aws.ToString(name), namePrefix+awsapi.RunToken+"-")
	})
}

// restores reports whether only the one parameter is set, and not to the value that a run sets it to: no run starts
// while it has that.
func restores(parameters []types.Parameter) bool {
	return len(parameters) == 1 && aws.ToString(parameters[0].ParameterName) == parameter &&
		!strings.EqualFold(aws.ToString(parameters[0].ParameterValue), "replica")
}
