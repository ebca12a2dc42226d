package operation

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/spec"
)

// check reports what RDS would refuse, or would do otherwise than intended.
func (b *build) check() {
	s, c := b.Source, b.copy
	wrong := func(at diag.Range, summary, format string, args ...any) {
		b.diags.Errorf(&at, summary, format, args...)
	}
	if s.Cluster && s.Engine != "aurora-postgresql" {
		wrong(c.Range, "Not an Aurora PostgreSQL cluster",
			"%s is %s. Only clusters of aurora-postgresql can be cloned or restored.",
			s.Identifier, s.Engine)
	}
	if s.status != "available" {
		wrong(c.Range, "The source cannot be copied now", "%s is %s; RDS copies what is available.", s.Identifier,
			s.status)
	}
	if s.Instances == 0 && c.Kind == spec.CopyClone {
		wrong(c.Range, "The source has no instance", "RDS clones clusters that have an instance, and %s has none.",
			s.Identifier)
	}
	if c.Class == "db.serverless" && c.Capacity == nil && s.Capacity == nil {
		wrong(c.At.Class.Range, "Missing capacity",
			"%s is not serverless, so that it has no capacity to take over. Write capacity = [least, most].",
			s.Identifier)
	}
	named := b.KeyARN != ""
	switch {
	case c.Kind == spec.CopyClone && named && s.Encryption != "sse-kms":
		wrong(c.At.Key.Range, "A clone cannot be encrypted anew",
			"%s is not encrypted with a KMS key, and RDS refuses a key for a clone of it. Restore a snapshot "+
				"instead, which can be encrypted: restore { … }.", s.Identifier)
	case b.crossAccount() && s.Encryption == "sse-rds":
		wrong(c.At.In.Range, "The source cannot be shared",
			"%s is encrypted with a key that AWS owns, which no other account may use. Read "+
				"from a copy in its own account.", s.Identifier)
	case b.crossAccount() && s.managed:
		wrong(c.At.In.Range, "The source cannot be shared",
			"%s is encrypted with AWS's own key for RDS in account %s (alias/aws/rds), which no other account may "+
				"use. Read from a copy in its own account, or move the source to a key of your own, whose policy "+
				"lets account %s use it.", s.Identifier, b.Refresh.Source().Account, b.Refresh.Place().Account)
	case b.crossAccount() && c.Kind == spec.CopyRestore && s.Encryption == "sse-kms" && !named:
		wrong(c.Range, "Missing key",
			"What another account shares is copied under a key of the own account: an encrypted copy in account %s "+
				"needs kms_key, a key there.", b.At.Account)
	case b.elsewhere() && c.Kind == spec.CopyRestore && s.Encryption == "sse-kms" && !named:
		wrong(c.Range, "Missing key", "Keys stay in their regions: an encrypted copy in %s needs kms_key, a key there.",
			b.At.Region)
	}
	if own := Name(b.Refresh.Address(), b.Before); s.existingClone != "" && s.existingClone != own &&
		c.Kind == spec.CopyClone {
		wrong(c.Range, "The account already has a clone",
			"RDS allows an account one clone of another account's cluster, and %s has %s. Wait for the run that "+
				"created it, let shoji recover remove it, or delete it.", b.Refresh.Place().Account, s.existingClone)
	}
	if b.crossAccount() && s.Foreign {
		wrong(c.Range, "The source cannot be shared again",
			"%s is a clone of a cluster that another account shared, and RDS does not share such a clone again.",
			s.Identifier)
	}
}

// clone plans the steps of a copy-on-write clone.
func (b *build) clone() {
	if b.crossAccount() {
		b.shareCluster()
	}
	in, s := rds.RestoreDBClusterToPointInTimeInput{
		RestoreType:               aws.String("copy-on-write"),
		UseLatestRestorableTime:   aws.Bool(true),
		SourceDBClusterIdentifier: &b.Source.Identifier,
	}, b.settings()
	if b.crossAccount() {
		in.SourceDBClusterIdentifier = &b.Source.ARN
	}
	in.DBClusterIdentifier, in.DBClusterParameterGroupName, in.DBSubnetGroupName, in.VpcSecurityGroupIds = &b.name,
		s.group, s.subnets, s.security
	in.EnableIAMDatabaseAuthentication, in.Port, in.Tags, in.ServerlessV2ScalingConfiguration, in.StorageType = &s.iam,
		&b.Source.Port, b.marks(), s.capacity, s.storage
	in.DeletionProtection, in.CopyTagsToSnapshot, in.BackupRetentionPeriod = aws.Bool(false), aws.Bool(false),
		aws.Int32(1)
	if b.Source.Encryption == "sse-kms" {
		in.KmsKeyId = b.key()
	}
	restore := awsapi.New(b.in(), "rds:RestoreDBClusterToPointInTime", b.name, in)
	// Inferred: what is read is under the source's key.
	if b.crossAccount() && b.Source.Encryption == "sse-kms" && b.KeyARN != "" && b.KeyARN != b.Source.Key {
		restore.Keys = []awsapi.KeyUse{b.sourceKey()}
	}
	b.clusterSteps("clone", restore)
	b.note(fmt.Sprintf("rows are read from a copy-on-write clone of %s in %s, which shares its storage and not its "+
		"compute; %s itself is read for its structure only. The clone and its instance are removed once the rows "+
		"were read, and also if the run fails; shoji recover removes them after this process was killed",
		b.Source.Identifier, b.in(), b.Source.Identifier))
}

// settings are what RDS would not take over from the source by itself. The plan names each.
type settings struct {
	group, subnets *string
	security       []string
	iam            bool
	capacity       *types.ServerlessV2ScalingConfiguration
	storage        *string
}

func (b *build) settings() settings {
	c, src := b.copy, b.Source
	s := settings{iam: src.IAM || b.Refresh.From.IAM, security: c.SecurityGroups, subnets: &c.SubnetGroup}
	if len(s.security) == 0 {
		s.security = src.SecurityGroups
	}
	if c.SubnetGroup == "" {
		s.subnets = &src.SubnetGroup
	}
	var defaults []string
	switch {
	case c.ParameterGroup != nil:
		s.group = &c.ParameterGroup.Name
	case !b.elsewhere() && src.Cluster:
		s.group = &src.ParameterGroup
	case src.Cluster:
		defaults = append(defaults, "the cluster parameter group (that of the engine)")
	}
	if c.Class == "db.serverless" {
		limits := src.Capacity
		if c.Capacity != nil {
			limits = c.Capacity
		}
		s.capacity = &types.ServerlessV2ScalingConfiguration{MinCapacity: &limits[0], MaxCapacity: &limits[1]}
	}
	if src.StorageType != "" && (!src.Cluster || src.StorageType != "aurora") {
		s.storage = &src.StorageType
	}
	if c.InstanceParameterGroup == nil && b.elsewhere() {
		defaults = append(defaults, "the instance's parameter group (that of the engine)")
	}
	defaults = append(defaults, "the network type", "exports of logs, monitoring and performance insights (none)",
		"the windows for backups and maintenance")
	b.note("left to RDS's defaults: " + strings.Join(defaults, ", "))
	return s
}

// key returns the key of the copy.
func (b *build) key() *string {
	key := b.Source.Key
	if b.KeyARN != "" {
		key = b.KeyARN
	}
	return &key
}

// clusterSteps adds the steps from a cluster without instances to one that can be read. restore creates the cluster.
func (b *build) clusterSteps(kind string, restore awsapi.Call) {
	in := b.in()
	b.step(kind, kind+" of "+b.Source.Identifier,
		[]awsapi.Call{restore, b.until("rds:DescribeDBClusters", b.name, awsapi.ClusterAvailable)},
		deleteCluster(in, b.name))
	id := instanceName(b.name)
	instance := rds.CreateDBInstanceInput{
		DBClusterIdentifier:     &b.name,
		DBInstanceIdentifier:    &id,
		Engine:                  &b.Source.Engine,
		DBInstanceClass:         &b.copy.Class,
		DBParameterGroupName:    b.instanceGroup(),
		PubliclyAccessible:      &b.Source.Public,
		AutoMinorVersionUpgrade: aws.Bool(false),
		PromotionTier:           aws.Int32(0),
		Tags:                    b.marks(),
	}
	if b.elsewhere() {
		instance.PubliclyAccessible = aws.Bool(false)
	}
	b.step(kind+".instance", "instance of the "+kind,
		[]awsapi.Call{
			awsapi.New(in, "rds:CreateDBInstance", id, instance),
			b.until("rds:DescribeDBInstances", id, awsapi.InstanceAvailable),
		}, deleteInstance(in, id, false))
	if b.ExportRole != "" {
		add := awsapi.New(in, "rds:AddRoleToDBCluster", b.name, rds.AddRoleToDBClusterInput{
			DBClusterIdentifier: &b.name,
			RoleArn:             &b.ExportRole,
			FeatureName:         aws.String("s3Export"),
		})
		add.DoneCodes, add.RetryCodes = []string{"DBClusterRoleAlreadyExists"},
			[]string{"InvalidParameterValue", "InvalidDBClusterStateFault"}
		b.step(kind+".role", "role of the "+kind,
			[]awsapi.Call{add, b.until("rds:DescribeDBClusters", b.name, awsapi.RoleActive("s3Export"))}, nil)
	}
	b.removeAll()
}

func (b *build) instanceGroup() *string {
	switch {
	case b.copy.InstanceParameterGroup != nil:
		return &b.copy.InstanceParameterGroup.Name
	case b.elsewhere() || b.Source.InstanceGroup == "":
		return nil
	}
	return &b.Source.InstanceGroup
}

// until returns a call that waits.
func (b *build) until(operation, id string, until awsapi.Condition) awsapi.Call {
	return wait(b.in(), operation, id, until)
}

func wait(in, operation, id string, until awsapi.Condition) awsapi.Call {
	var c awsapi.Call
	switch operation {
	case "rds:DescribeDBClusters":
		c = awsapi.New(in, operation, id, rds.DescribeDBClustersInput{DBClusterIdentifier: &id})
	case "rds:DescribeDBInstances":
		c = awsapi.New(in, operation, id, rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	case "rds:DescribeDBClusterSnapshots":
		c = awsapi.New(in, operation, id, rds.DescribeDBClusterSnapshotsInput{DBClusterSnapshotIdentifier: &id})
	case "rds:DescribeDBSnapshots":
		c = awsapi.New(in, operation, id, rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &id})
	}
	c.Until = until
	return c
}

func deleteCluster(in, name string) []awsapi.Call {
	input := rds.DeleteDBClusterInput{
		DBClusterIdentifier:    &name,
		SkipFinalSnapshot:      aws.Bool(true),
		DeleteAutomatedBackups: aws.Bool(true),
	}
	return []awsapi.Call{
		awsapi.New(in, "rds:DeleteDBCluster", name, input), wait(in, "rds:DescribeDBClusters", name, awsapi.Gone),
	}
}

// deleteInstance returns the calls that remove an instance. The backups of one in a cluster are the cluster's.
func deleteInstance(in, id string, alone bool) []awsapi.Call {
	input := rds.DeleteDBInstanceInput{DBInstanceIdentifier: &id, SkipFinalSnapshot: aws.Bool(true)}
	if alone {
		input.DeleteAutomatedBackups = aws.Bool(true)
	}
	return []awsapi.Call{
		awsapi.New(in, "rds:DeleteDBInstance", id, input), wait(in, "rds:DescribeDBInstances", id, awsapi.Gone),
	}
}
