package operation

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// Taking a snapshot needs no right to the key; copying and restoring it do.
const snapshotNote = "taking the snapshot needs no right to the key of %s; copying and restoring it need " +
	"kms:CreateGrant and kms:DescribeKey for the caller, on %s"

// restoreCluster plans a snapshot of a cluster, its copy to another place, its restore and an instance.
func (b *build) restoreCluster() {
	src, at := &b.Source.Identifier, b.name
	take := awsapi.New(b.from(), "rds:CreateDBClusterSnapshot", b.name, rds.CreateDBClusterSnapshotInput{
		DBClusterIdentifier:         src,
		DBClusterSnapshotIdentifier: &b.name,
		Tags:                        b.marks(),
	})
	take.RetryCodes = []string{"InvalidDBClusterStateFault"}
	b.takeSnapshot(clusterSnapshots, take)
	encrypted := b.Source.Encryption == "sse-kms"
	if b.elsewhere() {
		var key *string
		if encrypted { // RDS refuses a key for a copy that is not encrypted; restoring encrypts it
			key = b.key()
		}
		at = b.copySnapshot(clusterSnapshots, key)
	}
	s := b.settings()
	in := rds.RestoreDBClusterFromSnapshotInput{
		DBClusterIdentifier:              &b.name,
		SnapshotIdentifier:               &at,
		Engine:                           &b.Source.Engine,
		EngineVersion:                    &b.Source.Version,
		DBClusterParameterGroupName:      s.group,
		DBSubnetGroupName:                s.subnets,
		VpcSecurityGroupIds:              s.security,
		EnableIAMDatabaseAuthentication:  &s.iam,
		Port:                             &b.Source.Port,
		Tags:                             b.marks(),
		ServerlessV2ScalingConfiguration: s.capacity,
		StorageType:                      s.storage,
		DeletionProtection:               aws.Bool(false),
		CopyTagsToSnapshot:               aws.Bool(false),
	}
	if b.KeyARN != "" || encrypted {
		in.KmsKeyId = b.key()
		b.note(fmt.Sprintf(snapshotNote, *src, *b.key()))
	}
	b.clusterSteps("restore", awsapi.New(b.in(), "rds:RestoreDBClusterFromSnapshot", b.name, in))
	b.noteRestore()
}

// restoreInstance plans a snapshot of an RDS instance, its copy with a key or to another place, and its restore.
func (b *build) restoreInstance() {
	src, at := &b.Source.Identifier, b.name
	take := awsapi.New(b.from(), "rds:CreateDBSnapshot", b.name, rds.CreateDBSnapshotInput{
		DBInstanceIdentifier: src,
		DBSnapshotIdentifier: &b.name,
		Tags:                 b.marks(),
	})
	take.RetryCodes = []string{"InvalidDBInstanceState"}
	b.takeSnapshot(instanceSnapshots, take)
	// a restore accepts no key, a copy does
	if other := b.KeyARN != "" && b.KeyARN != b.Source.Key; b.elsewhere() || other {
		var key *string
		if b.KeyARN != "" {
			key = &b.KeyARN
		}
		at = b.copySnapshot(instanceSnapshots, key)
	}
	s := b.settings()
	in := rds.RestoreDBInstanceFromDBSnapshotInput{
		DBInstanceIdentifier:            &b.name,
		DBSnapshotIdentifier:            &at,
		DBInstanceClass:                 &b.copy.Class,
		DBParameterGroupName:            b.instanceGroup(),
		DBSubnetGroupName:               s.subnets,
		VpcSecurityGroupIds:             s.security,
		EnableIAMDatabaseAuthentication: &s.iam,
		Port:                            &b.Source.Port,
		StorageType:                     s.storage,
		PubliclyAccessible:              &b.Source.Public,
		MultiAZ:                         aws.Bool(false),
		AutoMinorVersionUpgrade:         aws.Bool(false),
		DeletionProtection:              aws.Bool(false),
		CopyTagsToSnapshot:              aws.Bool(false),
		Tags:                            b.marks(),
	}
	if b.elsewhere() {
		in.PubliclyAccessible = aws.Bool(false)
	}
	restore := awsapi.New(b.in(), "rds:RestoreDBInstanceFromDBSnapshot", b.name, in)
	if b.KeyARN != "" || b.Source.Encryption == "sse-kms" {
		restore.Keys = []awsapi.KeyUse{{Key: *b.key(), Actions: keyRights()}}
		b.note(fmt.Sprintf(snapshotNote, *src, *b.key()))
	}
	b.step("restore", "restore of "+*src,
		[]awsapi.Call{restore, b.until("rds:DescribeDBInstances", b.name, awsapi.InstanceAvailable)},
		deleteInstance(b.in(), b.name, true))
	b.removeAll()
	b.noteRestore()
}

func (b *build) noteRestore() {
	b.note(fmt.Sprintf("rows are read from what a snapshot of %s is restored to in %s; its blocks are loaded when "+
		"they are first read, so that the first read is slow. Unlogged tables are empty there. Snapshot and copy are "+
		"removed once the rows have been read, and also if the run fails", b.Source.Identifier, b.in()))
}
