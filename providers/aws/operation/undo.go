package operation

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// removals are the calls that remove something a run has made, with the argument that names it.
func removals() map[string]string {
	return map[string]string{
		"rds:DeleteDBCluster":         "DBClusterIdentifier",
		"rds:DeleteDBInstance":        "DBInstanceIdentifier",
		"rds:DeleteDBClusterSnapshot": "DBClusterSnapshotIdentifier",
		"rds:DeleteDBSnapshot":        "DBSnapshotIdentifier",
		"ram:DeleteResourceShare":     "Name",
	}
}

// CheckUndo refuses calls that put a step back and are none that this package plans: they remove what has the name of
// a run or take it back from whom it was lent to, put the one parameter back, and wait. They come from a journal, and
// not every journal is sealed. That what they remove carries the mark of the run is seen when they are made.
func CheckUndo(step engine.Step) error {
	var p awsapi.Params
	if err := json.Unmarshal(step.Params, &p); err != nil {
		return fmt.Errorf("reading the parameters of %s: %w", step.ID, err)
	}
	for _, c := range p.Undo {
		if !undoes(c) {
			return fmt.Errorf("putting %s back is not %s %s: the journal was edited, and "+
				"nothing of the step was put back",
				step.ID, c.Operation, c.On)
		}
	}
	return nil
}

func undoes(c awsapi.Call) bool {
	if argument, removes := removals()[c.Operation]; removes {
		var in map[string]any
		if err := json.Unmarshal(c.Input, &in); err != nil {
			return false
		}
		return in[argument] == c.On && ofRun(c.On)
	}
	switch c.Operation {
	case "rds:ModifyDBClusterSnapshotAttribute":
		in, err := awsapi.Input[rds.ModifyDBClusterSnapshotAttributeInput](c)
		own := err == nil && aws.ToString(in.DBClusterSnapshotIdentifier) == c.On && ofRun(c.On)
		return own && len(in.ValuesToAdd) == 0
	case "rds:ModifyDBSnapshotAttribute":
		in, err := awsapi.Input[rds.ModifyDBSnapshotAttributeInput](c)
		own := err == nil && aws.ToString(in.DBSnapshotIdentifier) == c.On && ofRun(c.On)
		return own && len(in.ValuesToAdd) == 0
	case "rds:DescribeDBClusters", "rds:DescribeDBInstances", showOperation:
		return true
	case "rds:ModifyDBClusterParameterGroup":
		in, err := awsapi.Input[rds.ModifyDBClusterParameterGroupInput](c)
		return err == nil && aws.ToString(in.DBClusterParameterGroupName) == c.On && only(in.Parameters)
	case "rds:ResetDBClusterParameterGroup":
		in, err := awsapi.Input[rds.ResetDBClusterParameterGroupInput](c)
		own := err == nil && aws.ToString(in.DBClusterParameterGroupName) == c.On
		return own && !aws.ToBool(in.ResetAllParameters) && only(in.Parameters)
	}
	return false
}

// ofRun reports whether an identifier is one that a run gives to what it makes.
func ofRun(identifier string) bool {
	return strings.HasPrefix(identifier, "shoji-"+awsapi.RunToken+"-")
}

// only reports whether nothing but the parameter is set that is changed for a while, and not to what a run changes it
// to: no run begins where it is that already.
func only(parameters []types.Parameter) bool {
	return len(parameters) == 1 && aws.ToString(parameters[0].ParameterName) == parameter &&
		!strings.EqualFold(aws.ToString(parameters[0].ParameterValue), "replica")
}
