package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// clean finds nothing that a run made and should have removed or put back: no clone, no instance, no snapshot, no
// share, no staged object and no upload that did not end, no half of a database, no parameter that is not as it was, no
// role at a cluster but the two of the spec.
func (w *world) clean(t *testing.T) {
	t.Helper()
	var left []string
	for _, profile := range []string{"prod", "staging"} {
		for _, x := range w.copies(t, profile) {
			if !strings.HasPrefix(x, "shop-") {
				left = append(left, x)
			}
		}
		left = append(append(left, w.shares(t, profile)...), w.settings(t, profile)...)
	}
	left = append(left, w.staged(t)...)
	if n := w.count(t, "staging", "SELECT count(*) FROM pg_database WHERE datname LIKE '%\\_\\_next'"); n > 0 {
		left = append(left, "a database __next")
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func need[T any](t *testing.T) func(out T, err error) T {
	return func(out T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

// copies are the clusters, instances and snapshots of an account.
func (w *world) copies(t *testing.T, profile string) (names []string) {
	t.Helper()
	ctx, api := context.Background(), rds.NewFromConfig(w.Config(profile))
	for _, c := range need[*rds.DescribeDBClustersOutput](t)(api.DescribeDBClusters(ctx,
		&rds.DescribeDBClustersInput{})).DBClusters {
		names = append(names, *c.DBClusterIdentifier)
	}
	for _, i := range need[*rds.DescribeDBInstancesOutput](t)(api.DescribeDBInstances(ctx,
		&rds.DescribeDBInstancesInput{})).DBInstances {
		names = append(names, *i.DBInstanceIdentifier)
	}
	for _, s := range need[*rds.DescribeDBClusterSnapshotsOutput](t)(api.DescribeDBClusterSnapshots(ctx,
		&rds.DescribeDBClusterSnapshotsInput{})).DBClusterSnapshots {
		names = append(names, *s.DBClusterSnapshotIdentifier)
	}
	return names
}

func (w *world) shares(t *testing.T, profile string) (names []string) {
	t.Helper()
	for _, s := range need[*ram.GetResourceSharesOutput](t)(ram.NewFromConfig(w.Config(profile)).
		GetResourceShares(context.Background(), &ram.GetResourceSharesInput{
			ResourceOwner: ramtypes.ResourceOwnerSelf,
		})).ResourceShares {
		if s.Status == ramtypes.ResourceShareStatusActive {
			names = append(names, "share "+*s.Name)
		}
	}
	return names
}

// settings are the parameters and roles of an account that no spec of these tests asks for.
func (w *world) settings(t *testing.T, profile string) (found []string) {
	t.Helper()
	ctx, api := context.Background(), rds.NewFromConfig(w.Config(profile))
	for _, g := range need[*rds.DescribeDBClusterParameterGroupsOutput](t)(api.DescribeDBClusterParameterGroups(ctx,
		&rds.DescribeDBClusterParameterGroupsInput{})).DBClusterParameterGroups {
		in := &rds.DescribeDBClusterParametersInput{
			DBClusterParameterGroupName: g.DBClusterParameterGroupName,
			Source:                      awssdk.String("user"),
		}
		for _, p := range need[*rds.DescribeDBClusterParametersOutput](t)(api.DescribeDBClusterParameters(ctx,
			in)).Parameters {
			if *p.ParameterName == "session_replication_role" {
				found = append(found, fmt.Sprintf("%s = %s in %s", *p.ParameterName, *p.ParameterValue,
					*g.DBClusterParameterGroupName))
			}
		}
	}
	wanted := map[string]string{
		"shop-prod s3Export":    "role/shop-s3-export",
		"shop-staging s3Import": "role/shop-s3-import",
	}
	for _, c := range need[*rds.DescribeDBClustersOutput](t)(api.DescribeDBClusters(ctx,
		&rds.DescribeDBClustersInput{})).DBClusters {
		for _, r := range c.AssociatedRoles {
			if want := wanted[*c.DBClusterIdentifier+" "+*r.FeatureName]; want == "" ||
				!strings.HasSuffix(*r.RoleArn, want) {
				found = append(found, *r.RoleArn+" at "+*c.DBClusterIdentifier)
			}
		}
	}
	return found
}

// staged lists the objects in the bucket, and uploads to it that did not end.
func (w *world) staged(t *testing.T) []string {
	t.Helper()
	var keys []string
	for _, o := range need[*s3.ListObjectsV2Output](t)(w.s3().
		ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: awssdk.String("shop-transfer")})).Contents {
		keys = append(keys, *o.Key)
	}
	for _, u := range need[*s3.ListMultipartUploadsOutput](t)(w.s3().
		ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{
			Bucket: awssdk.String("shop-transfer"),
		})).Uploads {
		keys = append(keys, "upload of "+*u.Key)
	}
	return keys
}
