package operation

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// snapshots are those of clusters or those of instances: RDS has each call twice.
type snapshots struct {
	cluster  bool
	word     string // in the names of calls
	resource string // in ARNs
}

var (
	clusterSnapshots  = snapshots{true, "DBClusterSnapshot", "cluster-snapshot"}
	instanceSnapshots = snapshots{false, "DBSnapshot", "snapshot"}
)

func (k snapshots) wait(in, name string) awsapi.Call {
	return wait(in, "rds:Describe"+k.word+"s", name, awsapi.SnapshotAvailable)
}

func (k snapshots) remove(in, name string) []awsapi.Call {
	if k.cluster {
		return []awsapi.Call{
			awsapi.New(in, "rds:DeleteDBClusterSnapshot", name, rds.DeleteDBClusterSnapshotInput{
				DBClusterSnapshotIdentifier: &name,
			}),
		}
	}
	return []awsapi.Call{
		awsapi.New(in, "rds:DeleteDBSnapshot", name, rds.DeleteDBSnapshotInput{DBSnapshotIdentifier: &name}),
	}
}

// setSharing returns the call that lets accounts restore a snapshot, and no longer lets others.
func (k snapshots) setSharing(in, name string, add, remove []string) awsapi.Call {
	if k.cluster {
		return awsapi.New(in, "rds:ModifyDBClusterSnapshotAttribute", name, rds.ModifyDBClusterSnapshotAttributeInput{
			DBClusterSnapshotIdentifier: &name,
			AttributeName:               aws.String("restore"),
			ValuesToAdd:                 add,
			ValuesToRemove:              remove,
		})
	}
	return awsapi.New(in, "rds:ModifyDBSnapshotAttribute", name, rds.ModifyDBSnapshotAttributeInput{
		DBSnapshotIdentifier: &name,
		AttributeName:        aws.String("restore"),
		ValuesToAdd:          add,
		ValuesToRemove:       remove,
	})
}

// takeSnapshot plans the snapshot of the source.
func (b *build) takeSnapshot(k snapshots, create awsapi.Call) {
	b.step("restore.snapshot", "snapshot of "+b.Source.Identifier, []awsapi.Call{create, k.wait(b.from(), b.name)},
		k.remove(b.from(), b.name))
}

// copySnapshot plans the copy of the snapshot where it is restored, with a key, and returns its name. Another account
// has access while it copies.
func (b *build) copySnapshot(k snapshots, key *string) string {
	if b.crossAccount() {
		b.shareSnapshot(k)
	}
	name, source, from := b.name+"-copy", &b.name, b.Refresh.Source()
	if b.elsewhere() {
		at := policy.Place{Partition: b.At.Partition, Region: from.Region, Account: from.Account}
		source = aws.String(at.RDS(k.resource, b.name))
	}
	var region *string
	if from.Region != b.Refresh.Place().Region {
		region = &from.Region
	}
	var c awsapi.Call
	if k.cluster {
		c = awsapi.New(b.in(), "rds:CopyDBClusterSnapshot", name, rds.CopyDBClusterSnapshotInput{
			SourceDBClusterSnapshotIdentifier: source,
			TargetDBClusterSnapshotIdentifier: &name,
			KmsKeyId:                          key,
			SourceRegion:                      region,
			CopyTags:                          aws.Bool(false),
			Tags:                              b.marks(),
		})
	} else {
		c = awsapi.New(b.in(), "rds:CopyDBSnapshot", name, rds.CopyDBSnapshotInput{
			SourceDBSnapshotIdentifier: source,
			TargetDBSnapshotIdentifier: &name,
			KmsKeyId:                   key,
			SourceRegion:               region,
			CopyTags:                   aws.Bool(false),
			Tags:                       b.marks(),
		})
	}
	if b.crossAccount() {
		// The share is not known at once.
		c.RetryCodes = []string{"DBClusterSnapshotNotFoundFault", "DBSnapshotNotFound", "DBSnapshotNotFoundFault"}
	}
	if b.Source.Encryption == "sse-kms" {
		c.Keys = []awsapi.KeyUse{b.sourceKey()}
	}
	b.step("restore.copy", "copy of the snapshot", []awsapi.Call{c, k.wait(b.in(), name)}, k.remove(b.in(), name))
	if b.crossAccount() {
		b.around.Before = append(b.around.Before,
			step(b.Refresh, "restore.unshare", "take the share of the snapshot back",
				[]awsapi.Call{b.unshareSnapshot(k)}, nil))
	}
	return name
}

// shareSnapshot plans that the account of the copy may restore the snapshot, which it needs to copy it.
func (b *build) shareSnapshot(k snapshots) {
	account := b.Refresh.Place().Account
	b.step("restore.share", "share of the snapshot",
		[]awsapi.Call{k.setSharing(b.from(), b.name, []string{account}, nil)},
		[]awsapi.Call{b.unshareSnapshot(k)})
	b.around.Hazards = append(b.around.Hazards, engine.Hazard{Name: engine.ExposesData,
		Reason: fmt.Sprintf("a snapshot of %s, which holds raw rows, is shared with account %s while it is copied, "+
			"and restored there while the rows are read. In the meantime, whoever may restore snapshots in that "+
			"account can copy it", b.Source.Identifier, account)})
	b.note("the snapshot is shared with account " + account +
		" until it is copied, and the share is taken back also if the run fails; the account " +
		"copies it under a key of its own")
}

// unshareSnapshot returns the call that takes the share back.
func (b *build) unshareSnapshot(k snapshots) awsapi.Call {
	return k.setSharing(b.from(), b.name, nil, []string{b.Refresh.Place().Account})
}

// keyRights are what RDS needs of the caller on a key, foreignKeyRights on a key of another account.
func keyRights() []string { return []string{"kms:CreateGrant", "kms:DescribeKey"} }

func foreignKeyRights() []string {
	return []string{"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey",
		"kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"}
}

// sourceKey returns how the key of the source is used on behalf of who creates the copy.
func (b *build) sourceKey() awsapi.KeyUse {
	if b.crossAccount() {
		return awsapi.KeyUse{Key: b.Source.Key, Actions: foreignKeyRights()}
	}
	return awsapi.KeyUse{Key: b.Source.Key, Actions: keyRights()}
}
