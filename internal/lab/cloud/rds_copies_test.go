package cloud_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func clone(c clients, from, to string,
	more ...func(*rds.RestoreDBClusterToPointInTimeInput)) (*types.DBCluster, error) {
	in := &rds.RestoreDBClusterToPointInTimeInput{
		SourceDBClusterIdentifier: &from,
		DBClusterIdentifier:       &to,
		RestoreType:               aws.String("copy-on-write"),
		UseLatestRestorableTime:   aws.Bool(true),
	}
	for _, m := range more {
		m(in)
	}
	out, err := c.rds.RestoreDBClusterToPointInTime(ctx, in)
	if err != nil {
		return nil, err
	}
	return out.DBCluster, nil
}

func TestClones(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	key := newKey(t, c, "")
	must[*rds.CreateDBClusterParameterGroupOutput](t)(c.rds.CreateDBClusterParameterGroup(ctx,
		&rds.CreateDBClusterParameterGroupInput{
			DBClusterParameterGroupName: aws.String("own"),
			DBParameterGroupFamily:      aws.String("aurora-postgresql15"),
			Description:                 aws.String("d"),
		}))
	prod := newCluster(t, c, "prod", func(in *rds.CreateDBClusterInput) {
		in.StorageEncrypted, in.KmsKeyId, in.DBClusterParameterGroupName,
			in.EnableIAMDatabaseAuthentication = aws.Bool(true), &key, aws.String("own"), aws.Bool(true)
		in.VpcSecurityGroupIds, in.DeletionProtection, in.CopyTagsToSnapshot, in.BackupRetentionPeriod,
			in.Port = []string{"sg-1"}, aws.Bool(true), aws.Bool(true), aws.Int32(7), aws.Int32(5433)
		in.EnableCloudwatchLogsExports, in.Tags = []string{"postgresql"},
			[]types.Tag{{Key: aws.String("env"), Value: aws.String("prod")}}
	})
	_, err := clone(c, "prod", "copy")
	says(t, err, "InvalidDBClusterStateFault", "no DB instances")
	newMember(t, c, "prod", "prod-1")

	t.Run("what is omitted is not the source's", func(t *testing.T) {
		made := must[*types.DBCluster](t)(clone(c, "prod", "copy"))
		got := awaitCluster(t, c, "copy")
		if *made.Status != "creating" || len(got.DBClusterMembers) != 0 {
			t.Errorf("it begins %s with %d instances", *made.Status, len(got.DBClusterMembers))
		}
		if *got.DBClusterParameterGroup != "default.aurora-postgresql15" ||
			*got.VpcSecurityGroups[0].VpcSecurityGroupId == "sg-1" || *got.IAMDatabaseAuthenticationEnabled ||
			*got.DeletionProtection || *got.CopyTagsToSnapshot ||
			len(got.TagList) != 0 || len(got.AssociatedRoles) != 0 || len(got.EnabledCloudwatchLogsExports) != 0 ||
			*got.Port != 5432 {
			t.Errorf("got %+v", got)
		}
		if *got.BackupRetentionPeriod != 7 || *got.EngineVersion != "15.10" || *got.MasterUsername != "app" ||
			*got.KmsKeyId != key || *got.CloneGroupId != *prod.CloneGroupId ||
			*got.DbClusterResourceId == *prod.DbClusterResourceId {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("what is given is taken", func(t *testing.T) {
		must[*types.DBCluster](t)(clone(c, "prod", "given", func(in *rds.RestoreDBClusterToPointInTimeInput) {
			in.DBClusterParameterGroupName, in.VpcSecurityGroupIds,
				in.EnableIAMDatabaseAuthentication = aws.String("own"), []string{"sg-2"}, aws.Bool(true)
			in.Tags = []types.Tag{{Key: aws.String("shoji"), Value: aws.String("run")}}
		}))
		if got := awaitCluster(t, c, "given"); *got.DBClusterParameterGroup != "own" ||
			*got.VpcSecurityGroups[0].VpcSecurityGroupId != "sg-2" || !*got.IAMDatabaseAuthenticationEnabled ||
			len(got.TagList) != 1 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("a full copy is of another clone group", func(t *testing.T) {
		if got := must[*types.DBCluster](t)(clone(c, "prod", "full", func(in *rds.RestoreDBClusterToPointInTimeInput) {
			in.RestoreType = nil
		})); *got.CloneGroupId == *prod.CloneGroupId {
			t.Error("it shares the source's storage")
		}
	})
	for name, f := range map[string]struct {
		change     func(*rds.RestoreDBClusterToPointInTimeInput)
		code, text string
	}{
		"a time and copy-on-write": {
			func(in *rds.RestoreDBClusterToPointInTimeInput) { in.RestoreToTime = aws.Time(time.Now()) },
			"InvalidParameterCombination", "RestoreToTime",
		},
		"neither a time nor the latest": {
			func(in *rds.RestoreDBClusterToPointInTimeInput) { in.UseLatestRestorableTime = nil },
			"InvalidParameterCombination", "Exactly one",
		},
		"another type": {
			func(in *rds.RestoreDBClusterToPointInTimeInput) { in.RestoreType = aws.String("thin") },
			"InvalidParameterValue", "RestoreType",
		},
		"a source that is not there": {
			func(in *rds.RestoreDBClusterToPointInTimeInput) { in.SourceDBClusterIdentifier = aws.String("none") },
			"DBClusterNotFoundFault", "none",
		},
		"a name that is taken": {
			func(in *rds.RestoreDBClusterToPointInTimeInput) { in.DBClusterIdentifier = aws.String("prod") },
			"DBClusterAlreadyExistsFault", "",
		},
		"a parameter group that is missing": {
			func(in *rds.RestoreDBClusterToPointInTimeInput) { in.DBClusterParameterGroupName = aws.String("none") },
			"DBClusterParameterGroupNotFound", "none",
		},
		"a key that is not there": {
			func(in *rds.RestoreDBClusterToPointInTimeInput) { in.KmsKeyId = aws.String("alias/none") },
			"KMSKeyNotAccessibleFault", "alias/none",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := clone(c, "prod", "bad", f.change)
			says(t, err, f.code, f.text)
		})
	}
	t.Run("a key for a source without one", func(t *testing.T) {
		newCluster(t, c, "plain", func(in *rds.CreateDBClusterInput) { in.StorageEncrypted = aws.Bool(false) })
		newMember(t, c, "plain", "plain-1")
		_, err := clone(c, "plain", "bad", func(in *rds.RestoreDBClusterToPointInTimeInput) { in.KmsKeyId = &key })
		says(t, err, "InvalidParameterCombination", "isn't encrypted")
	})
	t.Run("rights to the key", func(t *testing.T) {
		_, err := clone(user(t, lab, source, "poor", allow("rds:*", "*")), "prod", "bad")
		refused(t, err, "KMSKeyNotAccessibleFault")
	})
}

func TestClonesAcrossAccounts(t *testing.T) {
	lab := start(t, cloud.Config{})
	from, to := admin(t, lab, source), admin(t, lab, target)
	shut := newKey(t, from, "")
	open := newKey(t, from, keyPolicy(rootStatement(source),
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+target+
			`:root"},"Action":["kms:CreateGrant","kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*",`+
			`"kms:DescribeKey"],"Resource":"*"}`))
	arns := map[string]string{}
	for name, key := range map[string]*string{"shut": &shut, "open": &open, "standard": nil} {
		arns[name] = *newCluster(t, from, name, func(in *rds.CreateDBClusterInput) {
			in.StorageEncrypted, in.KmsKeyId = aws.Bool(true), key
		}).DBClusterArn
		newMember(t, from, name, name+"-1")
	}
	share := func(arn string) (*ram.CreateResourceShareOutput, error) {
		return from.ram.CreateResourceShare(ctx, &ram.CreateResourceShareInput{
			Name:         aws.String("clone"),
			ResourceArns: []string{arn},
			Principals:   []string{target},
		})
	}
	_, err := share(arns["standard"])
	refused(t, err, "InvalidParameterException") // AWS's own key cannot be shared, so its cluster cannot
	_, err = share("arn:aws:rds:" + region + ":" + source + ":cluster:missing")
	refused(t, err, "UnknownResourceException")

	_, err = clone(to, arns["open"], "copy")
	refused(t, err, "DBClusterNotFoundFault") // as if it were not there
	made := must[*ram.CreateResourceShareOutput](t)(share(arns["open"]))
	_, err = clone(to, arns["open"], "copy")
	refused(t, err, "DBClusterNotFoundFault") // nobody accepted yet

	invitations := must[*ram.GetResourceShareInvitationsOutput](t)(to.ram.GetResourceShareInvitations(ctx,
		&ram.GetResourceShareInvitationsInput{})).ResourceShareInvitations
	if len(invitations) != 1 || *invitations[0].SenderAccountId != source ||
		invitations[0].Status != ramtypes.ResourceShareInvitationStatusPending {
		t.Fatalf("got %+v", invitations)
	}
	accept := func() error {
		_, err := to.ram.AcceptResourceShareInvitation(ctx, &ram.AcceptResourceShareInvitationInput{
			ResourceShareInvitationArn: invitations[0].ResourceShareInvitationArn,
		})
		return err
	}
	ok(t, accept())
	refused(t, accept(), "ResourceShareInvitationAlreadyAcceptedException")
	seen := must[*ram.GetResourceSharesOutput](t)(to.ram.GetResourceShares(ctx, &ram.GetResourceSharesInput{
		ResourceOwner: ramtypes.ResourceOwnerOtherAccounts,
	})).ResourceShares
	if len(seen) != 1 || *seen[0].ResourceShareArn != *made.ResourceShare.ResourceShareArn {
		t.Errorf("got %+v", seen)
	}
	if got := must[*rds.DescribeDBClustersOutput](t)(to.rds.DescribeDBClusters(ctx,
		&rds.DescribeDBClustersInput{IncludeShared: aws.Bool(true)})).DBClusters; len(got) != 1 ||
		*got[0].DBClusterArn != arns["open"] {
		t.Errorf("got %+v", got)
	}

	_, err = clone(to, arns["open"], "copy", func(in *rds.RestoreDBClusterToPointInTimeInput) {
		in.RestoreType = aws.String("full-copy")
	})
	says(t, err, "InvalidParameterCombination", "copy-on-write")
	must[*types.DBCluster](t)(clone(to, arns["open"], "copy", func(in *rds.RestoreDBClusterToPointInTimeInput) {
		in.KmsKeyId = &open
	}))
	if got := awaitCluster(t, to, "copy"); !*got.CrossAccountClone || *got.KmsKeyId != open {
		t.Errorf("got %+v", got)
	}
	_, err = clone(to, arns["open"], "second")
	says(t, err, "InvalidDBClusterStateFault", "in this account already") // one of each cluster in an account

	// Shared, but the key's policy does not let the other account in.
	must[*ram.CreateResourceShareOutput](t)(share(arns["shut"]))
	for _, i := range must[*ram.GetResourceShareInvitationsOutput](t)(to.ram.GetResourceShareInvitations(ctx,
		nil)).ResourceShareInvitations {
		_, _ = to.ram.AcceptResourceShareInvitation(ctx, &ram.AcceptResourceShareInvitationInput{
			ResourceShareInvitationArn: i.ResourceShareInvitationArn,
		})
	}
	_, err = clone(to, arns["shut"], "third", func(in *rds.RestoreDBClusterToPointInTimeInput) { in.KmsKeyId = &shut })
	refused(t, err, "KMSKeyNotAccessibleFault")

	must[*ram.DeleteResourceShareOutput](t)(from.ram.DeleteResourceShare(ctx, &ram.DeleteResourceShareInput{
		ResourceShareArn: made.ResourceShare.ResourceShareArn,
	}))
	_, err = clone(to, arns["open"], "fourth")
	refused(t, err, "DBClusterNotFoundFault")
}

func awaitClusterSnapshot(t *testing.T, c clients, name string) types.DBClusterSnapshot {
	t.Helper()
	out, err := rds.NewDBClusterSnapshotAvailableWaiter(c.rds, func(o *rds.DBClusterSnapshotAvailableWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}).WaitForOutput(ctx, &rds.DescribeDBClusterSnapshotsInput{DBClusterSnapshotIdentifier: &name}, time.Minute)
	ok(t, err)
	return out.DBClusterSnapshots[0]
}

func TestClusterSnapshots(t *testing.T) {
	lab := start(t, cloud.Config{})
	c, other := admin(t, lab, source), admin(t, lab, target)
	key := newKey(t, c, keyPolicy(rootStatement(source),
		`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::`+target+`:root"},"Action":"kms:*","Resource":"*"}`))
	newCluster(t, c, "plain", func(in *rds.CreateDBClusterInput) { in.StorageEncrypted = aws.Bool(false) })
	newCluster(t, c, "sealed", func(in *rds.CreateDBClusterInput) {
		in.StorageEncrypted, in.KmsKeyId = aws.Bool(true), &key
	})

	// Taking a snapshot needs no right to the key; copying and restoring do.
	poor := user(t, lab, source, "poor", allow("rds:*", "*"))
	take := func(cluster, name string) error {
		_, err := poor.rds.CreateDBClusterSnapshot(ctx, &rds.CreateDBClusterSnapshotInput{
			DBClusterIdentifier:         &cluster,
			DBClusterSnapshotIdentifier: &name,
		})
		return err
	}
	ok(t, take("sealed", "sealed-1"))
	ok(t, take("plain", "plain-1"))
	refused(t, take("plain", "plain-1"), "DBClusterSnapshotAlreadyExistsFault")
	cp := func(c clients, from, to string, key *string) error {
		_, err := c.rds.CopyDBClusterSnapshot(ctx, &rds.CopyDBClusterSnapshotInput{
			SourceDBClusterSnapshotIdentifier: &from,
			TargetDBClusterSnapshotIdentifier: &to,
			KmsKeyId:                          key,
		})
		return err
	}
	refused(t, cp(c, "sealed-1", "copy", nil), "InvalidDBClusterSnapshotStateFault") // not there yet
	if got := awaitClusterSnapshot(t, c, "sealed-1"); *got.KmsKeyId != key || !*got.StorageEncrypted {
		t.Errorf("got %+v", got)
	}
	awaitClusterSnapshot(t, c, "plain-1")
	refused(t, cp(poor, "sealed-1", "copy", nil), "KMSKeyNotAccessibleFault")
	ok(t, cp(c, "sealed-1", "copy", nil))
	// a cluster's snapshot is not encrypted by a copy
	refused(t, cp(c, "plain-1", "copy-2", &key), "InvalidParameterCombination")

	restore := func(c clients, snapshot, name string, key *string) error {
		_, err := c.rds.RestoreDBClusterFromSnapshot(ctx, &rds.RestoreDBClusterFromSnapshotInput{
			SnapshotIdentifier:  &snapshot,
			DBClusterIdentifier: &name,
			Engine:              aws.String("aurora-postgresql"),
			KmsKeyId:            key,
		})
		return err
	}
	refused(t, restore(poor, "sealed-1", "new", nil), "KMSKeyNotAccessibleFault")
	ok(t, restore(c, "plain-1", "new", &key)) // but by restoring it
	if got := awaitCluster(t, c, "new"); *got.KmsKeyId != key || *got.MasterUsername != "app" ||
		len(got.DBClusterMembers) != 0 {
		t.Errorf("got %+v", got)
	}
	refused(t, restore(c, "missing", "new-2", nil), "DBClusterSnapshotNotFoundFault")

	// Sharing: by account, in the clear with all, never with AWS's own key.
	arn := "arn:aws:rds:" + region + ":" + source + ":cluster-snapshot:sealed-1"
	sharing := func(name string, accounts ...string) error {
		_, err := c.rds.ModifyDBClusterSnapshotAttribute(ctx, &rds.ModifyDBClusterSnapshotAttributeInput{
			DBClusterSnapshotIdentifier: &name,
			AttributeName:               aws.String("restore"),
			ValuesToAdd:                 accounts,
		})
		return err
	}
	refused(t, cp(other, arn, "theirs", &key), "DBClusterSnapshotNotFoundFault")
	refused(t, sharing("sealed-1", "all"), "InvalidDBClusterSnapshotStateFault")
	ok(t, sharing("sealed-1", target))
	attributes := must[*rds.DescribeDBClusterSnapshotAttributesOutput](t)(c.rds.DescribeDBClusterSnapshotAttributes(ctx,
		&rds.DescribeDBClusterSnapshotAttributesInput{
			DBClusterSnapshotIdentifier: aws.String("sealed-1"),
		})).DBClusterSnapshotAttributesResult
	if got := attributes.DBClusterSnapshotAttributes[0].AttributeValues; len(got) != 1 || got[0] != target {
		t.Errorf("shared with %v", got)
	}
	shared := must[*rds.DescribeDBClusterSnapshotsOutput](t)(other.rds.DescribeDBClusterSnapshots(ctx,
		&rds.DescribeDBClusterSnapshotsInput{IncludeShared: aws.Bool(true)})).DBClusterSnapshots
	if len(shared) != 1 || *shared[0].DBClusterSnapshotArn != arn {
		t.Errorf("got %+v", shared)
	}
	refused(t, restore(other, arn, "theirs", nil), "InvalidRestoreFault")
	refused(t, cp(other, arn, "theirs", nil), "InvalidParameterCombination")
	theirs := newKey(t, other, "")
	ok(t, cp(other, arn, "theirs", &theirs))
	awaitClusterSnapshot(t, other, "theirs")
	ok(t, restore(other, "theirs", "theirs", nil))
	if got := awaitCluster(t, other, "theirs"); *got.KmsKeyId != theirs {
		t.Errorf("got %+v", got)
	}

	must[*rds.DeleteDBClusterSnapshotOutput](t)(c.rds.DeleteDBClusterSnapshot(ctx, &rds.DeleteDBClusterSnapshotInput{
		DBClusterSnapshotIdentifier: aws.String("sealed-1"),
	}))
	_, err := c.rds.DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{
		DBClusterSnapshotIdentifier: aws.String("sealed-1"),
	})
	refused(t, err, "DBClusterSnapshotNotFoundFault")
}

func TestAssociatedRoles(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newCluster(t, c, "prod")
	trust := func(cluster string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},` +
			`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"` + source +
			`"},"ArnLike":{"aws:SourceArn":"arn:aws:rds:` + region + `:` + source + `:cluster:` + cluster + `"}}}]}`
	}
	good, bad := role(t, c, "export", trust("*")), role(t, c, "import", trust("refresh-*"))
	add := func(c clients, arn, feature string) error {
		in := &rds.AddRoleToDBClusterInput{DBClusterIdentifier: aws.String("prod"), RoleArn: &arn}
		if feature != "" {
			in.FeatureName = &feature
		}
		_, err := c.rds.AddRoleToDBCluster(ctx, in)
		return err
	}
	statuses := func() map[string]string {
		all := map[string]string{}
		for _, r := range describe(t, c, "prod").AssociatedRoles {
			all[*r.FeatureName] = *r.Status
		}
		return all
	}
	refused(t, add(c, good, ""), "InvalidParameterValue")
	refused(t, add(c, good, "s3Exports"), "InvalidParameterValue")
	says(t, add(c, "arn:aws:iam::"+source+":role/missing", "s3Export"), "InvalidParameterValue", "S3_EXPORT")
	says(t, add(user(t, lab, source, "poor", allow("rds:*", "*")), good, "s3Export"), "AccessDenied", "iam:PassRole")
	ok(t, add(user(t, lab, source, "rich", allow("rds:*", "*"),
		allow("iam:PassRole", good, `{"StringEquals":{"iam:PassedToService":"rds.amazonaws.com"}}`)), good, "s3Export"))
	ok(t, add(c, bad, "s3Import"))
	refused(t, add(c, good, "s3Export"), "DBClusterRoleAlreadyExists")
	refused(t, add(c, bad, "s3Export"), "DBClusterRoleQuotaExceeded")

	if got := statuses(); got["s3Export"] != "PENDING" || got["s3Import"] != "PENDING" {
		t.Errorf("at first they are %v", got)
	}
	// The trust policy of the second names other clusters.
	if got := statuses(); got["s3Export"] != "ACTIVE" || got["s3Import"] != "INVALID" {
		t.Errorf("then they are %v", got)
	}
	remove := func(arn, feature string) error {
		_, err := c.rds.RemoveRoleFromDBCluster(ctx, &rds.RemoveRoleFromDBClusterInput{
			DBClusterIdentifier: aws.String("prod"),
			RoleArn:             &arn,
			FeatureName:         &feature,
		})
		return err
	}
	ok(t, remove(bad, "s3Import"))
	refused(t, remove(bad, "s3Import"), "DBClusterRoleNotFound")

	// Roles can be given when a cluster is made, and are never taken over.
	newMember(t, c, "prod", "prod-1")
	must[*types.DBCluster](t)(clone(c, "prod", "refresh-1", func(in *rds.RestoreDBClusterToPointInTimeInput) {
		in.AssociatedRoles = []types.DBClusterAssociatedRole{{RoleArn: &bad, FeatureName: aws.String("s3Import")}}
	}))
	awaitCluster(t, c, "refresh-1")
	if got := describe(t, c, "refresh-1").AssociatedRoles; len(got) != 1 || *got[0].Status != "ACTIVE" {
		t.Errorf("got %+v", got)
	}
}
