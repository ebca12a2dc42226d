package operation

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/providers/aws/call"
)

// Taking a snapshot needs no right to the key; copying and restoring it do.
const snapshotNote = "taking the snapshot needs no right to the key of %s; copying and restoring it need kms:CreateGrant and kms:DescribeKey for the caller, on %s"

// restoreCluster plans snapshot, copy in another region, restore and instance of a cluster.
func (b *build) restoreCluster() {
	src, at := &b.Source.Identifier, b.name
	take := call.New(b.from(), "rds:CreateDBClusterSnapshot", b.name, rds.CreateDBClusterSnapshotInput{DBClusterIdentifier: src, DBClusterSnapshotIdentifier: &b.name, Tags: b.marks()})
	take.Settles = []string{"InvalidDBClusterStateFault"}
	b.step("restore.snapshot", "snapshot of "+*src, []call.Call{take, wait(b.from(), "rds:DescribeDBClusterSnapshots", b.name, untilSnapshot)}, deleteSnapshot(b.from(), b.name, true))
	encrypted := b.Source.Encryption == "sse-kms"
	if b.away() {
		at = b.name + "-copy"
		in := rds.CopyDBClusterSnapshotInput{SourceDBClusterSnapshotIdentifier: aws.String(b.snapshotARN("cluster-snapshot")), TargetDBClusterSnapshotIdentifier: &at, SourceRegion: &b.Refresh.Source().Region, CopyTags: aws.Bool(false), Tags: b.marks()}
		if encrypted { // what is in the clear is encrypted by restoring it: RDS refuses a key for its copy
			in.KmsKeyId = b.key()
		}
		b.step("restore.copy", "copy of the snapshot", []call.Call{call.New(b.in(), "rds:CopyDBClusterSnapshot", at, in), wait(b.in(), "rds:DescribeDBClusterSnapshots", at, untilSnapshot)}, deleteSnapshot(b.in(), at, true))
	}
	s := b.settings()
	in := rds.RestoreDBClusterFromSnapshotInput{DBClusterIdentifier: &b.name, SnapshotIdentifier: &at, Engine: &b.Source.Engine, EngineVersion: &b.Source.Version, DBClusterParameterGroupName: s.group, DBSubnetGroupName: s.subnets, VpcSecurityGroupIds: s.security,
		EnableIAMDatabaseAuthentication: &s.iam, Port: &b.Source.Port, Tags: b.marks(), ServerlessV2ScalingConfiguration: s.capacity, StorageType: s.storage, DeletionProtection: aws.Bool(false), CopyTagsToSnapshot: aws.Bool(false)}
	if b.KeyARN != "" || encrypted {
		in.KmsKeyId = b.key()
		b.note(fmt.Sprintf(snapshotNote, *src, *b.key()))
	}
	b.clusterSteps("restore", call.New(b.in(), "rds:RestoreDBClusterFromSnapshot", b.name, in))
	b.restored()
}

// restoreInstance plans snapshot, copy with a key or in another region, and restore of an RDS instance.
func (b *build) restoreInstance() {
	src, at := &b.Source.Identifier, b.name
	take := call.New(b.from(), "rds:CreateDBSnapshot", b.name, rds.CreateDBSnapshotInput{DBInstanceIdentifier: src, DBSnapshotIdentifier: &b.name, Tags: b.marks()})
	take.Settles = []string{"InvalidDBInstanceState"}
	b.step("restore.snapshot", "snapshot of "+*src, []call.Call{take, wait(b.from(), "rds:DescribeDBSnapshots", b.name, untilSnapshot)}, deleteSnapshot(b.from(), b.name, false))
	if other := b.KeyARN != "" && b.KeyARN != b.Source.Key; b.away() || other { // restoring takes no key: the copy does
		at = b.name + "-copy"
		in := rds.CopyDBSnapshotInput{SourceDBSnapshotIdentifier: &b.name, TargetDBSnapshotIdentifier: &at, CopyTags: aws.Bool(false), Tags: b.marks()}
		if b.away() {
			in.SourceDBSnapshotIdentifier, in.SourceRegion = aws.String(b.snapshotARN("snapshot")), &b.Refresh.Source().Region
		}
		if b.KeyARN != "" {
			in.KmsKeyId = &b.KeyARN
		}
		b.step("restore.copy", "copy of the snapshot", []call.Call{call.New(b.in(), "rds:CopyDBSnapshot", at, in), wait(b.in(), "rds:DescribeDBSnapshots", at, untilSnapshot)}, deleteSnapshot(b.in(), at, false))
	}
	s := b.settings()
	in := rds.RestoreDBInstanceFromDBSnapshotInput{DBInstanceIdentifier: &b.name, DBSnapshotIdentifier: &at, DBInstanceClass: &b.copy.Class, DBParameterGroupName: b.instanceGroup(), DBSubnetGroupName: s.subnets, VpcSecurityGroupIds: s.security,
		EnableIAMDatabaseAuthentication: &s.iam, Port: &b.Source.Port, StorageType: s.storage, PubliclyAccessible: &b.Source.Public, MultiAZ: aws.Bool(false), AutoMinorVersionUpgrade: aws.Bool(false), DeletionProtection: aws.Bool(false), CopyTagsToSnapshot: aws.Bool(false), Tags: b.marks()}
	if b.away() {
		in.PubliclyAccessible = aws.Bool(false)
	}
	if b.KeyARN != "" || b.Source.Encryption == "sse-kms" {
		b.note(fmt.Sprintf(snapshotNote, *src, *b.key()))
	}
	b.step("restore", "restore of "+*src, []call.Call{call.New(b.in(), "rds:RestoreDBInstanceFromDBSnapshot", b.name, in), b.until("rds:DescribeDBInstances", b.name, untilInstance)}, deleteInstance(b.in(), b.name, true))
	b.remove()
	b.restored()
}

func (b *build) restored() {
	b.note(fmt.Sprintf("rows are read from what a snapshot of %s is restored to in %s; its blocks are loaded when they are first read, so the first reading is slow. Unlogged tables are empty there. Snapshot and copy are removed when the rows were read, and whatever happens otherwise", b.Source.Identifier, b.in()))
}

// snapshotARN names the snapshot for another region.
func (b *build) snapshotARN(resource string) string {
	from := b.Refresh.Source()
	return "arn:" + b.At.Partition + ":rds:" + from.Region + ":" + from.Account + ":" + resource + ":" + b.name
}

func deleteSnapshot(in, name string, cluster bool) []call.Call {
	if cluster {
		return []call.Call{call.New(in, "rds:DeleteDBClusterSnapshot", name, rds.DeleteDBClusterSnapshotInput{DBClusterSnapshotIdentifier: &name})}
	}
	return []call.Call{call.New(in, "rds:DeleteDBSnapshot", name, rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: &name})}
}
