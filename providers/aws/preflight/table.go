// Package preflight finds out, before anything changes, whether AWS will let a plan run: every right that its calls
// need, in every account. What cannot be found out is unknown, and said to be.
package preflight

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Need is a right that a plan will use.
type Need struct {
	In       string `json:"in"`     // the account that it is used in: aws.prod
	Action   string `json:"action"` // "kms:CreateGrant"
	Resource string `json:"resource"`
	// Via is the service that uses it for whoever needs it: "rds" for a key that a clone is encrypted with. "" is
	// nobody.
	Via string `json:"via,omitempty"`
	// Role is the ARN of the role that needs it; "" is who makes the calls.
	Role string `json:"role,omitempty"`
	// Project is what the tags of the project say, on what the right is used for; "" where none are looked at.
	Project string `json:"project,omitempty"`
	// Guess says that the resource's path is not known, so that a denial may be about another one.
	Guess bool `json:"guess,omitempty"`
	// Owner is the account that a bucket is in where it is another one, and Region its region: the bucket's policy
	// decides too.
	Owner  string `json:"owner,omitempty"`
	Region string `json:"region,omitempty"`
	// Under is the key that an object is written under.
	Under string `json:"under,omitempty"`
	// Service is the one that a role is passed to: "rds.amazonaws.com".
	Service string `json:"service,omitempty"`
	// Seal says that a key is used directly, for the seal of a manifest.
	Seal bool `json:"seal,omitempty"`
	// Attached is the policy that a role is given or loses.
	Attached string `json:"attached,omitempty"`
}

// named returns the resource with a name in place of what a run only knows.
func (n Need) named() string { return strings.ReplaceAll(n.Resource, awsapi.RunToken, "run") }

// right is what a call needs: an action, and which fields of its input say on what.
type right struct {
	action string
	kind   string // "cluster", "db", … of RDS; "key", "role", "bucket", …; "*" for actions without resources
	field  string // "" of a kind: any of it, where it has no name before
}

// foreignKey is a key of another account: RDS copies what it encrypts with the rights of the caller, and not with a
// grant alone.
const foreignKey = "key of another account"

// rights lists what calls need beside or instead of an action of their own name on one resource. It follows the
// reference of IAM's actions: what is made with tags needs the right to tag, and what is encrypted that to the key.
func rights() map[string][]right {
	clusterMade := func(operation string, more ...right) []right {
		return append([]right{
			{operation, "cluster", "DBClusterIdentifier"},
			{"rds:AddTagsToResource", "cluster", "DBClusterIdentifier"},
			{operation, "cluster-pg", "DBClusterParameterGroupName"},
			{operation, "subgrp", "DBSubnetGroupName"},
			{"kms:CreateGrant", "key", "KmsKeyId"},
			{"kms:DescribeKey", "key", "KmsKeyId"},
		}, more...)
	}
	instanceMade := func(operation string, more ...right) []right {
		return append([]right{
			{operation, "db", "DBInstanceIdentifier"},
			{"rds:AddTagsToResource", "db", "DBInstanceIdentifier"},
			{operation, "pg", "DBParameterGroupName"},
			{operation, "subgrp", "DBSubnetGroupName"},
		}, more...)
	}
	clone := clusterMade("rds:RestoreDBClusterToPointInTime", right{
		"rds:RestoreDBClusterToPointInTime", "cluster", "SourceDBClusterIdentifier",
	})
	for _, action := range []string{
		"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
	} {
		clone = append(clone, right{"kms:" + action, foreignKey, "KmsKeyId"})
	}
	return map[string][]right{
		"rds:RestoreDBClusterToPointInTime": clone,
		"rds:RestoreDBClusterFromSnapshot": clusterMade("rds:RestoreDBClusterFromSnapshot", right{
			"rds:RestoreDBClusterFromSnapshot", "cluster-snapshot", "SnapshotIdentifier",
		}),
		"rds:CreateDBInstance": instanceMade("rds:CreateDBInstance", right{
			"rds:CreateDBInstance", "cluster", "DBClusterIdentifier",
		}),
		"rds:RestoreDBInstanceFromDBSnapshot": instanceMade("rds:RestoreDBInstanceFromDBSnapshot", right{
			"rds:RestoreDBInstanceFromDBSnapshot", "snapshot", "DBSnapshotIdentifier",
		}),
		// Taking a snapshot needs no right to the key; copying and restoring it do.
		"rds:CreateDBClusterSnapshot": {
			{"rds:CreateDBClusterSnapshot", "cluster", "DBClusterIdentifier"},
			{"rds:CreateDBClusterSnapshot", "cluster-snapshot", "DBClusterSnapshotIdentifier"},
			{"rds:AddTagsToResource", "cluster-snapshot", "DBClusterSnapshotIdentifier"},
		},
		"rds:CreateDBSnapshot": {
			{"rds:CreateDBSnapshot", "db", "DBInstanceIdentifier"},
			{"rds:CreateDBSnapshot", "snapshot", "DBSnapshotIdentifier"},
			{"rds:AddTagsToResource", "snapshot", "DBSnapshotIdentifier"},
		},
		"rds:CopyDBClusterSnapshot": {
			{"rds:CopyDBClusterSnapshot", "cluster-snapshot", "SourceDBClusterSnapshotIdentifier"},
			{"rds:CopyDBClusterSnapshot", "cluster-snapshot", "TargetDBClusterSnapshotIdentifier"},
			{"rds:AddTagsToResource", "cluster-snapshot", "TargetDBClusterSnapshotIdentifier"},
			{"kms:CreateGrant", "key", "KmsKeyId"},
			{"kms:DescribeKey", "key", "KmsKeyId"},
		},
		"rds:CopyDBSnapshot": {
			{"rds:CopyDBSnapshot", "snapshot", "SourceDBSnapshotIdentifier"},
			{"rds:CopyDBSnapshot", "snapshot", "TargetDBSnapshotIdentifier"},
			{"rds:AddTagsToResource", "snapshot", "TargetDBSnapshotIdentifier"},
			{"kms:CreateGrant", "key", "KmsKeyId"},
			{"kms:DescribeKey", "key", "KmsKeyId"},
		},
		"rds:ModifyDBClusterSnapshotAttribute": {{
			"rds:ModifyDBClusterSnapshotAttribute", "cluster-snapshot", "DBClusterSnapshotIdentifier",
		}},
		"rds:ModifyDBSnapshotAttribute": {{"rds:ModifyDBSnapshotAttribute", "snapshot", "DBSnapshotIdentifier"}},
		"rds:AddRoleToDBCluster": {
			{"rds:AddRoleToDBCluster", "cluster", "DBClusterIdentifier"},
			{"iam:PassRole", "arn", "RoleArn"},
		},
		"rds:RemoveRoleFromDBCluster": {
			{"rds:RemoveRoleFromDBCluster", "cluster", "DBClusterIdentifier"},
			{"iam:PassRole", "arn", "RoleArn"},
		},
		"rds:DescribeDBClusters":  {{"rds:DescribeDBClusters", "cluster", "DBClusterIdentifier"}},
		"rds:DescribeDBInstances": {{"rds:DescribeDBInstances", "db", "DBInstanceIdentifier"}},
		"rds:DescribeDBClusterSnapshots": {{
			"rds:DescribeDBClusterSnapshots", "cluster-snapshot", "DBClusterSnapshotIdentifier",
		}},
		"rds:DescribeDBSnapshots": {{"rds:DescribeDBSnapshots", "snapshot", "DBSnapshotIdentifier"}},
		"rds:DeleteDBCluster":     {{"rds:DeleteDBCluster", "cluster", "DBClusterIdentifier"}},
		"rds:DeleteDBInstance":    {{"rds:DeleteDBInstance", "db", "DBInstanceIdentifier"}},
		"rds:DeleteDBClusterSnapshot": {{
			"rds:DeleteDBClusterSnapshot", "cluster-snapshot", "DBClusterSnapshotIdentifier",
		}},
		"rds:DeleteDBSnapshot": {{"rds:DeleteDBSnapshot", "snapshot", "DBSnapshotIdentifier"}},
		"rds:ModifyDBCluster": {
			{"rds:ModifyDBCluster", "cluster", "DBClusterIdentifier"},
			{"rds:ModifyDBCluster", "cluster-pg", "DBClusterParameterGroupName"},
		},
		"rds:ModifyDBInstance": {
			{"rds:ModifyDBInstance", "db", "DBInstanceIdentifier"},
			{"rds:ModifyDBInstance", "pg", "DBParameterGroupName"},
		},
		"rds:ModifyDBClusterParameterGroup": {{
			"rds:ModifyDBClusterParameterGroup", "cluster-pg", "DBClusterParameterGroupName",
		}},
		"rds:ResetDBClusterParameterGroup": {{
			"rds:ResetDBClusterParameterGroup", "cluster-pg", "DBClusterParameterGroupName",
		}},
		"rds:ModifyDBParameterGroup": {{"rds:ModifyDBParameterGroup", "pg", "DBParameterGroupName"}},
		"rds:ResetDBParameterGroup":  {{"rds:ResetDBParameterGroup", "pg", "DBParameterGroupName"}},
		"ram:CreateResourceShare":    {{"ram:CreateResourceShare", "*", ""}, {"ram:TagResource", "*", ""}},
		"ram:AcceptResourceShareInvitation": {
			{"ram:AcceptResourceShareInvitation", "invitation", "SenderAccountID"},
			{"ram:GetResourceShareInvitations", "*", ""},
			{"rds:DescribeDBClusters", "cluster", ""},
		},
		"ram:DeleteResourceShare": {
			{"ram:DeleteResourceShare", "share", ""},
			{"ram:GetResourceShares", "*", ""},
		},
	}
}

// Needs gives the rights that a call of a project needs in the account at a place. known is false for a call that is
// about something that the table does not know.
func Needs(c awsapi.Call, at policy.Place, project string) (needs []Need, known bool) {
	in := map[string]any{}
	if err := json.Unmarshal(c.Input, &in); err != nil {
		return nil, false
	}
	list, known := rights()[c.Operation]
	if !known {
		list, known = objectRights()[c.Operation]
	}
	if !known {
		if list = plain(c.Operation, in); list == nil {
			return nil, strings.HasPrefix(c.Operation, "postgres:") // asked of a server, not of AWS
		}
	}
	for _, r := range list {
		name, _ := in[r.field].(string)
		switch {
		case r.field == "":
			name = "*"
		case name == "", r.kind == foreignKey &&
			(!strings.HasPrefix(name, "arn:") || policy.AccountOf(name) == at.Account):
			continue
		}
		n := Need{In: c.In, Action: r.action, Resource: resource(at, r.kind, name)}
		// Neither a share nor a new key has a name in ARNs: its tag says whose it is.
		if strings.HasPrefix(r.action, "ram:") || c.Operation == "kms:CreateKey" {
			n.Project = project
		}
		if n.Attached, _ = in["PolicyArn"].(string); r.kind != "role" {
			n.Attached = ""
		}
		if n.Action == "iam:PassRole" {
			n.Service = passedTo(c.Operation)
		}
		path, ok := in["Path"].(string)
		switch {
		case r.kind == "policy":
			n.Resource = at.Policy(cmp.Or(path, "/"), name)
		case r.kind == "role" && ok:
			n.Resource = at.Role(path, name)
		case r.kind == "instance-profile" && ok:
			n.Resource = "arn:" + at.Partition + ":iam::" + at.Account + ":instance-profile" + path + name
		case r.kind == "role", r.kind == "instance-profile":
			n.Guess = true
		}
		if strings.HasPrefix(n.Action, "kms:") && strings.HasPrefix(c.Operation, "rds:") {
			n.Via = "rds"
		}
		needs = append(needs, n)
	}
	for _, k := range c.Keys {
		for _, action := range k.Actions {
			needs = append(needs, Need{In: c.In, Action: action, Resource: k.Key, Via: "rds"})
		}
	}
	return needs, true
}

// passedTo is the service that a call gives a role to.
func passedTo(operation string) string {
	if strings.HasPrefix(operation, "iam:") {
		return "ec2.amazonaws.com"
	}
	return "rds.amazonaws.com"
}

// plain is for calls that need the action of their name on what one field says.
func plain(operation string, in map[string]any) []right {
	service, name, _ := strings.Cut(operation, ":")
	for _, x := range []struct{ service, field, kind string }{
		{"kms", "KeyId", "key"},
		{"iam", "RoleName", "role"},
		{"iam", "PolicyArn", "arn"},
		{"s3", "Bucket", "bucket"},
		{"rds", "DBClusterParameterGroupName", "cluster-pg"},
		{"rds", "DBParameterGroupName", "pg"},
		{"rds", "ResourceName", "arn"},
	} {
		if _, there := in[x.field]; there && x.service == service {
			return []right{{awsapi.Action(service, name), x.kind, x.field}}
		}
	}
	return nil
}

func resource(at policy.Place, kind, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	switch kind {
	case "*":
		return "*"
	case "share":
		return "arn:" + at.Partition + ":ram:" + at.Region + ":" + at.Account + ":resource-share/" + name
	case "invitation": // it belongs to who sends it
		return "arn:" + at.Partition + ":ram:" + at.Region + ":" + name + ":resource-share-invitation/*"
	case "role":
		return at.Role("/", name)
	case "instance-profile":
		return "arn:" + at.Partition + ":iam::" + at.Account + ":instance-profile/" + name
	case "alias":
		return "arn:" + at.Partition + ":kms:" + at.Region + ":" + at.Account + ":" + name
	case "bucket":
		return at.Bucket(name)
	case "objects":
		return at.Bucket(name) + "/*"
	case "key":
		return "arn:" + at.Partition + ":kms:" + at.Region + ":" + at.Account + ":key/" + name
	}
	return "arn:" + at.Partition + ":rds:" + at.Region + ":" + at.Account + ":" + kind + ":" + name
}
