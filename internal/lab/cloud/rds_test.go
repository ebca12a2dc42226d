package cloud_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// newCluster makes a cluster and waits until it is available.
func newCluster(t *testing.T, c clients, name string, more ...func(*rds.CreateDBClusterInput)) types.DBCluster {
	t.Helper()
	in := &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name,
		Engine:              aws.String("aurora-postgresql"),
		EngineVersion:       aws.String("15.10"),
		MasterUsername:      aws.String("app"),
		MasterUserPassword:  aws.String("password"),
	}
	for _, m := range more {
		m(in)
	}
	must[*rds.CreateDBClusterOutput](t)(c.rds.CreateDBCluster(ctx, in))
	return awaitCluster(t, c, name)
}

func awaitCluster(t *testing.T, c clients, name string) types.DBCluster {
	t.Helper()
	out, err := rds.NewDBClusterAvailableWaiter(c.rds, func(o *rds.DBClusterAvailableWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}).WaitForOutput(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name}, time.Minute)
	ok(t, err)
	return out.DBClusters[0]
}

// newMember adds an instance to a cluster and waits until it is available.
func newMember(t *testing.T, c clients, cluster, name string) types.DBInstance {
	t.Helper()
	must[*rds.CreateDBInstanceOutput](t)(c.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name,
		DBClusterIdentifier:  &cluster,
		Engine:               aws.String("aurora-postgresql"),
		DBInstanceClass:      aws.String("db.r6g.large"),
	}))
	return awaitInstance(t, c, name)
}

func awaitInstance(t *testing.T, c clients, name string) types.DBInstance {
	t.Helper()
	out, err := rds.NewDBInstanceAvailableWaiter(c.rds, func(o *rds.DBInstanceAvailableWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}).WaitForOutput(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name}, time.Minute)
	ok(t, err)
	return out.DBInstances[0]
}

func describe(t *testing.T, c clients, name string) types.DBCluster {
	t.Helper()
	return must[*rds.DescribeDBClustersOutput](t)(c.rds.DescribeDBClusters(ctx,
		&rds.DescribeDBClustersInput{DBClusterIdentifier: &name})).DBClusters[0]
}

func TestClusters(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	in := &rds.CreateDBClusterInput{
		DBClusterIdentifier: aws.String("Shop"),
		Engine:              aws.String("aurora-postgresql"),
		EngineVersion:       aws.String("15.10"),
		MasterUsername:      aws.String("app"),
		MasterUserPassword:  aws.String("password"),
		Tags:                []types.Tag{{Key: aws.String("env"), Value: aws.String("prod")}},
	}
	made := must[*rds.CreateDBClusterOutput](t)(c.rds.CreateDBCluster(ctx, in)).DBCluster
	if *made.DBClusterIdentifier != "shop" || *made.Status != "creating" ||
		*made.DBClusterArn != "arn:aws:rds:"+region+":"+source+":cluster:shop" ||
		!strings.HasPrefix(*made.DbClusterResourceId, "cluster-") {
		t.Errorf("got %+v", made)
	}
	// Encrypted with a key that nobody sees: what a new cluster is without further words.
	if *made.StorageEncrypted || made.StorageEncryptionType != "sse-rds" ||
		*made.DBClusterParameterGroup != "default.aurora-postgresql15" || len(made.VpcSecurityGroups) != 1 {
		t.Errorf("got %+v", made)
	}
	_, err := c.rds.CreateDBCluster(ctx, in)
	refused(t, err, "DBClusterAlreadyExistsFault")
	_, err = c.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("shop-1"),
		DBClusterIdentifier:  aws.String("shop"),
		Engine:               aws.String("aurora-postgresql"),
		DBInstanceClass:      aws.String("db.r6g.large"),
	})
	refused(t, err, "InvalidDBClusterStateFault")
	_, err = c.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
		DBClusterIdentifier: aws.String("shop"),
		SkipFinalSnapshot:   aws.Bool(true),
	})
	refused(t, err, "InvalidDBClusterStateFault")

	if got := describe(t, c, "shop"); *got.Status != "creating" {
		t.Errorf("the first look finds it %s", *got.Status)
	}
	if got := describe(t, c, "shop"); *got.Status != "available" || *got.TagList[0].Value != "prod" {
		t.Errorf("the second look finds it %s", *got.Status)
	}

	writer := newMember(t, c, "shop", "shop-1")
	newMember(t, c, "shop", "shop-2")
	if *writer.DBClusterIdentifier != "shop" || writer.Endpoint == nil {
		t.Errorf("got %+v", writer)
	}
	members := describe(t, c, "shop").DBClusterMembers
	if len(members) != 2 || !*members[0].IsClusterWriter || *members[1].IsClusterWriter ||
		*members[0].DBClusterParameterGroupStatus != "in-sync" {
		t.Errorf("got %+v", members)
	}

	drop := func(protect bool) error {
		must[*rds.ModifyDBClusterOutput](t)(c.rds.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
			DBClusterIdentifier: aws.String("shop"),
			DeletionProtection:  &protect,
		}))
		_, err := c.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
			DBClusterIdentifier: aws.String("shop"),
			SkipFinalSnapshot:   aws.Bool(true),
		})
		return err
	}
	says(t, drop(true), "InvalidParameterCombination", "protected")
	says(t, drop(false), "InvalidDBClusterStateFault", "still contains DB instances")
	for _, name := range []string{"shop-2", "shop-1"} {
		must[*rds.DeleteDBInstanceOutput](t)(c.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
			DBInstanceIdentifier: &name,
			SkipFinalSnapshot:    aws.Bool(true),
		}))
	}
	_, err = c.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{DBClusterIdentifier: aws.String("shop")})
	says(t, err, "InvalidParameterCombination", "FinalDBSnapshotIdentifier is required")
	ok(t, drop(false))
	_, err = c.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
		DBClusterIdentifier: aws.String("shop"),
		SkipFinalSnapshot:   aws.Bool(true),
	})
	refused(t, err, "InvalidDBClusterStateFault")
	if got := describe(t, c, "shop"); *got.Status != "deleting" {
		t.Errorf("it is %s", *got.Status)
	}
	ok(t, rds.NewDBClusterDeletedWaiter(c.rds, func(o *rds.DBClusterDeletedWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}).Wait(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: aws.String("shop")}, time.Minute))
	var gone *types.DBClusterNotFoundFault
	if _, err := c.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{
		DBClusterIdentifier: aws.String("shop"),
	}); !errors.As(err, &gone) {
		t.Errorf("got %v", err)
	}
	if calls := fmt.Sprint(lab.Calls()); strings.Contains(calls, "MasterUserPassword") {
		t.Error("the log holds a password")
	}
}

func TestWhatTakesTimeFollowsTheClock(t *testing.T) {
	clock := cloud.NewClock()
	times := cloud.Quick()
	times.RDS.Cluster = cloud.Settle{For: 10 * time.Minute}
	lab := start(t, cloud.Config{Clock: clock, Times: times})
	c := admin(t, lab, source)
	must[*rds.CreateDBClusterOutput](t)(c.rds.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
		DBClusterIdentifier: aws.String("shop"),
		Engine:              aws.String("aurora-postgresql"),
		MasterUsername:      aws.String("app"),
		MasterUserPassword:  aws.String("password"),
	}))
	for range 5 {
		if got := describe(t, c, "shop"); *got.Status != "creating" {
			t.Fatalf("it is %s", *got.Status)
		}
	}
	clock.Advance(10 * time.Minute)
	if got := describe(t, c, "shop"); *got.Status != "available" {
		t.Errorf("it is %s", *got.Status)
	}
	lab.Force("arn:aws:rds:"+region+":"+source+":cluster:shop", "storage-full")
	if got := describe(t, c, "shop"); *got.Status != "storage-full" {
		t.Errorf("it is %s", *got.Status)
	}
}

func TestDescriptionsArePaged(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	for i := range 25 {
		must[*rds.CreateDBClusterOutput](t)(c.rds.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
			DBClusterIdentifier: aws.String(fmt.Sprintf("c%02d", i)),
			Engine:              aws.String("aurora-postgresql"),
			MasterUsername:      aws.String("app"),
			MasterUserPassword:  aws.String("password"),
		}))
	}
	count, pages := 0, 0
	for p := rds.NewDescribeDBClustersPaginator(c.rds,
		&rds.DescribeDBClustersInput{MaxRecords: aws.Int32(20)}); p.HasMorePages(); pages++ {
		count += len(must[*rds.DescribeDBClustersOutput](t)(p.NextPage(ctx)).DBClusters)
	}
	if count != 25 || pages != 2 {
		t.Errorf("%d clusters in %d pages", count, pages)
	}
	_, err := c.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{MaxRecords: aws.Int32(5)})
	refused(t, err, "InvalidParameterValue")
	got := must[*rds.DescribeDBClustersOutput](t)(c.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{
		Filters: []types.Filter{{Name: aws.String("db-cluster-id"), Values: []string{"c03", "c04"}}},
	}))
	if len(got.DBClusters) != 2 {
		t.Errorf("%d clusters", len(got.DBClusters))
	}
	_, err = c.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{
		Filters: []types.Filter{{Name: aws.String("colour"), Values: []string{"red"}}},
	})
	refused(t, err, "InvalidParameterValue")
}

func TestClustersAndKeys(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	key := newKey(t, c, "")
	encrypted := func(c clients, name string, key *string) error {
		_, err := c.rds.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
			DBClusterIdentifier: &name,
			Engine:              aws.String("aurora-postgresql"),
			MasterUsername:      aws.String("app"),
			MasterUserPassword:  aws.String("password"),
			StorageEncrypted:    aws.Bool(true),
			KmsKeyId:            key,
		})
		return err
	}
	ok(t, encrypted(c, "own", &key))
	ok(t, encrypted(c, "standard", nil))
	if got := awaitCluster(t, c, "own"); *got.KmsKeyId != key || !*got.StorageEncrypted {
		t.Errorf("got %+v", got)
	}
	if grants := must[*kms.ListGrantsOutput](t)(c.kms.ListGrants(ctx,
		&kms.ListGrantsInput{KeyId: &key})).Grants; len(grants) != 1 {
		t.Errorf("RDS holds %d grants", len(grants))
	}
	// The caller must be able to give the grant: DescribeKey and CreateGrant.
	refused(t, encrypted(user(t, lab, source, "poor", allow("rds:*", "*")), "poor", &key), "KMSKeyNotAccessibleFault")
	refused(t, encrypted(user(t, lab, source, "poor", allow("rds:*", "*"), allow("kms:DescribeKey", "*")), "poor",
		&key), "KMSKeyNotAccessibleFault")
	ok(t, encrypted(user(t, lab, source, "rich", allow("rds:*", "*"),
		allow("kms:DescribeKey kms:CreateGrant", "*", `{"Bool":{"kms:GrantIsForAWSResource":"true"}}`),
		allow("kms:DescribeKey", "*")), "rich", &key))

	must[*kms.DisableKeyOutput](t)(c.kms.DisableKey(ctx, &kms.DisableKeyInput{KeyId: &key}))
	if got := describe(t, c, "own"); *got.Status != "inaccessible-encryption-credentials-recoverable" {
		t.Errorf("without its key the cluster is %s", *got.Status)
	}
	refused(t, encrypted(c, "late", &key), "KMSKeyNotAccessibleFault")
	must[*kms.EnableKeyOutput](t)(c.kms.EnableKey(ctx, &kms.EnableKeyInput{KeyId: &key}))
	if got := describe(t, c, "own"); *got.Status != "available" {
		t.Errorf("with its key the cluster is %s", *got.Status)
	}
	must[*rds.DeleteDBClusterOutput](t)(c.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
		DBClusterIdentifier: aws.String("own"),
		SkipFinalSnapshot:   aws.Bool(true),
	}))
	describe(t, c, "own")
	_, err := c.rds.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: aws.String("own")})
	refused(t, err, "DBClusterNotFoundFault")
	if grants := must[*kms.ListGrantsOutput](t)(c.kms.ListGrants(ctx,
		&kms.ListGrantsInput{KeyId: &key})).Grants; len(grants) != 1 {
		t.Errorf("RDS holds %d grants", len(grants)) // that of "rich"
	}
}

func TestIAMAuthentication(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	newCluster(t, c, "shop")
	newMember(t, c, "shop", "shop-1")
	set := func(now bool) types.DBCluster {
		return *must[*rds.ModifyDBClusterOutput](t)(c.rds.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
			DBClusterIdentifier:             aws.String("shop"),
			EnableIAMDatabaseAuthentication: aws.Bool(true),
			ApplyImmediately:                &now,
		})).DBCluster
	}
	status := func() string {
		return *must[*rds.DescribeDBInstancesOutput](t)(c.rds.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{
			DBInstanceIdentifier: aws.String("shop-1"),
		})).DBInstances[0].DBInstanceStatus
	}
	if got := set(false); *got.IAMDatabaseAuthenticationEnabled ||
		!*got.PendingModifiedValues.IAMDatabaseAuthenticationEnabled {
		t.Errorf("got %+v", got)
	}
	// The cluster says available at once, and so does its writer for a moment; then it is configured.
	if got := set(true); *got.Status != "available" || !*got.IAMDatabaseAuthenticationEnabled {
		t.Errorf("got %+v", got)
	}
	for _, want := range []string{"available", "configuring-iam-database-auth"} {
		if got := status(); got != want {
			t.Errorf("the writer is %s", got)
		}
	}
	if got := status(); got != "available" {
		t.Errorf("the writer is %s", got)
	}
}

func TestInstancesAlone(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	in := &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("pg"),
		Engine:               aws.String("postgres"),
		DBInstanceClass:      aws.String("db.t4g.medium"),
		AllocatedStorage:     aws.Int32(20),
		MasterUsername:       aws.String("app"),
		MasterUserPassword:   aws.String("password"),
	}
	made := must[*rds.CreateDBInstanceOutput](t)(c.rds.CreateDBInstance(ctx, in)).DBInstance
	if *made.DBInstanceStatus != "creating" || made.Endpoint != nil || *made.StorageEncrypted {
		t.Errorf("got %+v", made)
	}
	_, err := c.rds.CreateDBInstance(ctx, in)
	refused(t, err, "DBInstanceAlreadyExists")
	awaitInstance(t, c, "pg")

	// A class changes in the maintenance window, or now.
	modify := func(now bool) *types.DBInstance {
		return must[*rds.ModifyDBInstanceOutput](t)(c.rds.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
			DBInstanceIdentifier: aws.String("pg"),
			DBInstanceClass:      aws.String("db.r6g.large"),
			ApplyImmediately:     &now,
		})).DBInstance
	}
	if got := modify(false); *got.DBInstanceClass != "db.t4g.medium" ||
		*got.PendingModifiedValues.DBInstanceClass != "db.r6g.large" {
		t.Errorf("got %+v", got)
	}
	if got := modify(true); *got.DBInstanceStatus != "modifying" {
		t.Errorf("got %s", *got.DBInstanceStatus)
	}
	if got := awaitInstance(t, c, "pg"); *got.DBInstanceClass != "db.r6g.large" {
		t.Errorf("got %s", *got.DBInstanceClass)
	}

	// The cut-over of an encrypted copy: the old one goes out of the way under another name.
	must[*rds.CreateDBSnapshotOutput](t)(c.rds.CreateDBSnapshot(ctx, &rds.CreateDBSnapshotInput{
		DBInstanceIdentifier: aws.String("pg"),
		DBSnapshotIdentifier: aws.String("plain"),
	}))
	awaitSnapshot(t, c, "plain")
	key := newKey(t, c, "")
	must[*rds.CopyDBSnapshotOutput](t)(c.rds.CopyDBSnapshot(ctx, &rds.CopyDBSnapshotInput{
		SourceDBSnapshotIdentifier: aws.String("plain"),
		TargetDBSnapshotIdentifier: aws.String("sealed"),
		KmsKeyId:                   &key,
	}))
	if got := awaitSnapshot(t, c, "sealed"); !*got.Encrypted || *got.KmsKeyId != key {
		t.Errorf("got %+v", got)
	}
	must[*rds.RestoreDBInstanceFromDBSnapshotOutput](t)(c.rds.RestoreDBInstanceFromDBSnapshot(ctx,
		&rds.RestoreDBInstanceFromDBSnapshotInput{
			DBInstanceIdentifier: aws.String("pg-new"),
			DBSnapshotIdentifier: aws.String("sealed"),
			DBInstanceClass:      aws.String("db.r6g.large"),
		}))
	if got := awaitInstance(t, c, "pg-new"); *got.KmsKeyId != key {
		t.Errorf("got %+v", got)
	}
	rename := func(from, to string) error {
		_, err := c.rds.ModifyDBInstance(ctx, &rds.ModifyDBInstanceInput{
			DBInstanceIdentifier:    &from,
			NewDBInstanceIdentifier: &to,
			ApplyImmediately:        aws.Bool(true),
		})
		if err == nil {
			awaitInstances(t, c)
		}
		return err
	}
	refused(t, rename("pg-new", "pg"), "DBInstanceAlreadyExists")
	ok(t, rename("pg", "pg-old"))
	ok(t, rename("pg-new", "pg"))
	if got := awaitInstance(t, c, "pg"); *got.KmsKeyId != key {
		t.Error("the copy did not take the place")
	}

	must[*rds.RestoreDBInstanceToPointInTimeOutput](t)(c.rds.RestoreDBInstanceToPointInTime(ctx,
		&rds.RestoreDBInstanceToPointInTimeInput{
			SourceDBInstanceIdentifier: aws.String("pg"),
			TargetDBInstanceIdentifier: aws.String("pg-copy"),
			UseLatestRestorableTime:    aws.Bool(true),
		}))
	awaitInstance(t, c, "pg-copy")
	must[*rds.DeleteDBInstanceOutput](t)(c.rds.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
		DBInstanceIdentifier:      aws.String("pg-copy"),
		FinalDBSnapshotIdentifier: aws.String("last"),
	}))
	awaitSnapshot(t, c, "last")
	ok(t, rds.NewDBInstanceDeletedWaiter(c.rds, func(o *rds.DBInstanceDeletedWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("pg-copy")}, time.Minute))
}

// awaitInstances looks until every instance is available.
func awaitInstances(t *testing.T, c clients) {
	t.Helper()
	for range 100 {
		all := must[*rds.DescribeDBInstancesOutput](t)(c.rds.DescribeDBInstances(ctx, nil)).DBInstances
		done := true
		for _, i := range all {
			done = done && *i.DBInstanceStatus == "available"
		}
		if done {
			return
		}
	}
	t.Fatal("an instance is never available")
}

func awaitSnapshot(t *testing.T, c clients, name string) types.DBSnapshot {
	t.Helper()
	out, err := rds.NewDBSnapshotAvailableWaiter(c.rds, func(o *rds.DBSnapshotAvailableWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}).WaitForOutput(ctx, &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &name}, time.Minute)
	ok(t, err)
	return out.DBSnapshots[0]
}

func TestTagsVersionsAndSubnets(t *testing.T) {
	lab := start(t, cloud.Config{})
	c := admin(t, lab, source)
	made := newCluster(t, c, "shop")
	must[*rds.AddTagsToResourceOutput](t)(c.rds.AddTagsToResource(ctx, &rds.AddTagsToResourceInput{
		ResourceName: made.DBClusterArn,
		Tags: []types.Tag{
			{Key: aws.String("shoji"), Value: aws.String("shop")},
			{Key: aws.String("b"), Value: aws.String("c")},
		},
	}))
	must[*rds.RemoveTagsFromResourceOutput](t)(c.rds.RemoveTagsFromResource(ctx, &rds.RemoveTagsFromResourceInput{
		ResourceName: made.DBClusterArn,
		TagKeys:      []string{"b"},
	}))
	tags := must[*rds.ListTagsForResourceOutput](t)(c.rds.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{
		ResourceName: made.DBClusterArn,
	})).TagList
	if len(tags) != 1 || *tags[0].Value != "shop" {
		t.Errorf("got %+v", tags)
	}
	_, err := c.rds.ListTagsForResource(ctx, &rds.ListTagsForResourceInput{
		ResourceName: aws.String("arn:aws:rds:" + region + ":" + source + ":cluster:missing"),
	})
	refused(t, err, "DBClusterNotFoundFault")
	// Who may delete what carries a tag only.
	tagged := user(t, lab, source, "tagged",
		allow("rds:DeleteDBCluster", "*", `{"StringEquals":{"aws:ResourceTag/shoji":"shop"}}`))
	newCluster(t, c, "other")
	_, err = tagged.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
		DBClusterIdentifier: aws.String("other"),
		SkipFinalSnapshot:   aws.Bool(true),
	})
	says(t, err, "AccessDenied", "rds:DeleteDBCluster on resource: arn:aws:rds:"+region+":"+source+":cluster:other")
	must[*rds.DeleteDBClusterOutput](t)(tagged.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
		DBClusterIdentifier: aws.String("shop"),
		SkipFinalSnapshot:   aws.Bool(true),
	}))

	versions := must[*rds.DescribeDBEngineVersionsOutput](t)(c.rds.DescribeDBEngineVersions(ctx,
		&rds.DescribeDBEngineVersionsInput{
			Engine:        aws.String("aurora-postgresql"),
			EngineVersion: aws.String("15.10"),
		})).DBEngineVersions
	if len(versions) != 1 || *versions[0].DBParameterGroupFamily != "aurora-postgresql15" ||
		!strings.Contains(strings.Join(versions[0].SupportedFeatureNames, " "), "s3Export s3Import") {
		t.Errorf("got %+v", versions)
	}
	must[*rds.CreateDBSubnetGroupOutput](t)(c.rds.CreateDBSubnetGroup(ctx, &rds.CreateDBSubnetGroupInput{
		DBSubnetGroupName:        aws.String("data"),
		DBSubnetGroupDescription: aws.String("d"),
		SubnetIds:                []string{"subnet-1", "subnet-2"},
	}))
	if got := newCluster(t, c, "third", func(in *rds.CreateDBClusterInput) {
		in.DBSubnetGroupName = aws.String("data")
	}); *got.DBSubnetGroup != "data" {
		t.Errorf("got %s", *got.DBSubnetGroup)
	}
	_, err = c.rds.CreateDBCluster(ctx, &rds.CreateDBClusterInput{
		DBClusterIdentifier: aws.String("fourth"),
		Engine:              aws.String("aurora-postgresql"),
		MasterUsername:      aws.String("app"),
		MasterUserPassword:  aws.String("password"),
		DBSubnetGroupName:   aws.String("missing"),
	})
	refused(t, err, "DBSubnetGroupNotFoundFault")
	_, err = c.rds.DeleteDBSubnetGroup(ctx, &rds.DeleteDBSubnetGroupInput{DBSubnetGroupName: aws.String("data")})
	refused(t, err, "InvalidDBSubnetGroupStateFault")
}

func TestHooks(t *testing.T) {
	release := make(chan struct{})
	var deleted atomic.Bool
	lab := start(t, cloud.Config{Hooks: cloud.Hooks{
		OnClone: func(source, made cloud.Cluster) error {
			<-release
			if strings.HasPrefix(made.DBClusterIdentifier, "bad") {
				return errors.New("no room")
			}
			return nil
		},
		OnInstance: func(c cloud.Cluster, i cloud.Instance, parameters map[string]string) (cloud.Endpoint, error) {
			return cloud.Endpoint{Address: "127.0.0.1", Port: 6000 + len(c.DBClusterIdentifier)}, nil
		},
		OnDelete: func(c cloud.Cluster) error { deleted.Store(c.DBClusterIdentifier == "good"); return nil },
	}})
	c := admin(t, lab, source)
	newCluster(t, c, "shop")
	newMember(t, c, "shop", "shop-1")
	if got := describe(t, c, "shop"); *got.Endpoint != "127.0.0.1" || *got.Port != 6004 {
		t.Errorf("the cluster answers at %s:%d", *got.Endpoint, *got.Port)
	}
	for _, name := range []string{"good", "bad"} {
		must[*rds.RestoreDBClusterToPointInTimeOutput](t)(c.rds.RestoreDBClusterToPointInTime(ctx,
			&rds.RestoreDBClusterToPointInTimeInput{
				SourceDBClusterIdentifier: aws.String("shop"),
				DBClusterIdentifier:       &name,
				RestoreType:               aws.String("copy-on-write"),
				UseLatestRestorableTime:   aws.Bool(true),
			}))
	}
	for range 3 {
		if got := describe(t, c, "good"); *got.Status != "creating" {
			t.Fatalf("it is %s before its data is there", *got.Status)
		}
	}
	close(release)
	awaitCluster(t, c, "good")
	for *describe(t, c, "bad").Status == "creating" {
		time.Sleep(time.Millisecond)
	}
	if got := describe(t, c, "bad"); *got.Status != "failed" {
		t.Errorf("a clone that cannot be made is %s", *got.Status)
	}
	if got := lab.Failures(); len(got) != 1 || got[0].Error() != "no room" {
		t.Errorf("it failed for %v", got)
	}
	must[*rds.DeleteDBClusterOutput](t)(c.rds.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
		DBClusterIdentifier: aws.String("good"),
		SkipFinalSnapshot:   aws.Bool(true),
	}))
	ok(t, rds.NewDBClusterDeletedWaiter(c.rds, func(o *rds.DBClusterDeletedWaiterOptions) {
		o.MinDelay, o.MaxDelay = time.Millisecond, time.Millisecond
	}).Wait(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: aws.String("good")}, time.Minute))
	if !deleted.Load() {
		t.Error("the hook was not called")
	}
}
