package operation_test

import (
	"encoding/json"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/operation"
)

// TestCheckUndo: a journal that nothing seals puts back what a run can have done, and nothing else.
func TestCheckUndo(t *testing.T) {
	mine := "shoji-" + awsapi.RunToken + "-abcdef"
	for name, c := range map[string]struct {
		operation, on, input string
		ok                   bool
	}{
		"the run's clone": {
			"rds:DeleteDBCluster", mine, `{"DBClusterIdentifier":"` + mine + `","SkipFinalSnapshot":true}`, true,
		},
		"the run's instance": {
			"rds:DeleteDBInstance", mine + "-1", `{"DBInstanceIdentifier":"` + mine + `-1"}`, true,
		},
		"its share": {"ram:DeleteResourceShare", mine, `{"Name":"` + mine + `"}`, true},
		"another cluster": {
			"rds:DeleteDBCluster", "shop-prod", `{"DBClusterIdentifier":"shop-prod"}`, false,
		},
		"another cluster than it says": {"rds:DeleteDBCluster", mine, `{"DBClusterIdentifier":"shop-prod"}`, false},
		"a snapshot of somebody": {
			"rds:DeleteDBClusterSnapshot", "weekly", `{"DBClusterSnapshotIdentifier":"weekly"}`, false,
		},
		"the parameter": {
			"rds:ResetDBClusterParameterGroup", "g",
			`{"DBClusterParameterGroupName":"g","Parameters":[{"ParameterName":"session_replication_role",` +
				`"ApplyMethod":"immediate"}]}`, true,
		},
		"the parameter as it was": {
			"rds:ModifyDBClusterParameterGroup", "g",
			`{"DBClusterParameterGroupName":"g","Parameters":[{"ParameterName":"session_replication_role",` +
				`"ParameterValue":"local"}]}`, true},
		"the parameter as a run sets it": {
			"rds:ModifyDBClusterParameterGroup", "g",
			`{"DBClusterParameterGroupName":"g","Parameters":[{"ParameterName":"session_replication_role",` +
				`"ParameterValue":"Replica"}]}`, false},
		"another parameter": {
			"rds:ModifyDBClusterParameterGroup", "g",
			`{"DBClusterParameterGroupName":"g","Parameters":[{"ParameterName":"rds.force_ssl","ParameterValue":"0"}]}`,
			false,
		},
		"all parameters": {
			"rds:ResetDBClusterParameterGroup", "g", `{"DBClusterParameterGroupName":"g","ResetAllParameters":true}`,
			false,
		},
		"another group than it says": {
			"rds:ResetDBClusterParameterGroup", "g",
			`{"DBClusterParameterGroupName":"h","Parameters":[{"ParameterName":"session_replication_role"}]}`, false,
		},
		"a wait": {
			"rds:DescribeDBClusters", "shop-prod", `{"DBClusterIdentifier":"shop-prod"}`, true,
		},
		"a password": {
			"rds:ModifyDBCluster", "shop-prod", `{"DBClusterIdentifier":"shop-prod","MasterUserPassword":"x"}`, false,
		},
		"a snapshot lent to somebody": {
			"rds:ModifyDBClusterSnapshotAttribute", mine,
			`{"DBClusterSnapshotIdentifier":"` + mine + `","ValuesToAdd":["all"]}`, false,
		},
		"a snapshot lent once": {
			"rds:ModifyDBClusterSnapshotAttribute", mine,
			`{"DBClusterSnapshotIdentifier":"` + mine +
				`","AttributeName":"restore","ValuesToRemove":["222222222222"]}`, true},
		"one of an instance": {
			"rds:ModifyDBSnapshotAttribute", mine,
			`{"DBSnapshotIdentifier":"` + mine + `","AttributeName":"restore","ValuesToRemove":["222222222222"]}`,
			true},
		"a snapshot of somebody taken back": {
			"rds:ModifyDBSnapshotAttribute", "weekly",
			`{"DBSnapshotIdentifier":"weekly","AttributeName":"restore","ValuesToRemove":["222222222222"]}`, false},
		"a role": {"iam:PutRolePolicy", "admin", `{"RoleName":"admin"}`, false},
		"what this version does not delete": {
			"rds:DeleteDBClusterParameterGroup", mine, `{"DBClusterParameterGroupName":"` + mine + `"}`, false,
		},
	} {
		raw, err := json.Marshal(awsapi.Params{
			Undo: []awsapi.Call{{In: "aws.prod", Operation: c.operation, On: c.on, Input: json.RawMessage(c.input)}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := operation.CheckUndo(engine.Step{ID: "refresh.nightly.clone", Params: raw}); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}
