package staging_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/staging"
)

// versions lists what a bucket keeps, as "key" or "key (removed)".
func versions(t *testing.T, b *staging.Bucket) string {
	t.Helper()
	out, err := b.Client.ListObjectVersions(t.Context(), &s3.ListObjectVersionsInput{Bucket: &b.Name})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, v := range out.Versions {
		all = append(all, *v.Key)
	}
	for _, m := range out.DeleteMarkers {
		all = append(all, *m.Key+" (removed)")
	}
	return strings.Join(all, ", ")
}

func setVersioning(t *testing.T, b *staging.Bucket, status types.BucketVersioningStatus) {
	t.Helper()
	in := &s3.PutBucketVersioningInput{
		Bucket:                  &b.Name,
		VersioningConfiguration: &types.VersioningConfiguration{Status: status},
	}
	if _, err := b.Client.PutBucketVersioning(t.Context(), in); err != nil {
		t.Fatal(err)
	}
}

func put(t *testing.T, b *staging.Bucket, keys ...string) {
	t.Helper()
	for _, key := range keys {
		if _, _, err := b.Put(t.Context(), key, strings.NewReader("rows"), ""); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRemovingFromABucketThatKeepsVersions: what was staged is gone with all its versions, and nothing else is.
func TestRemovingFromABucketThatKeepsVersions(t *testing.T) {
	_, b, _ := open(t)
	put(t, b, "run/before")
	setVersioning(t, b, types.BucketVersioningStatusEnabled)
	put(t, b, "run/a", "run/a", "run/ab", "other/c")
	keys := []string{"run/before", "run/a", "run/never"}
	for i := range 1200 { // more than one call takes
		keys = append(keys, fmt.Sprintf("run/%04d", i))
	}
	if err := b.Delete(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	if got := versions(t, b); got != "other/c, run/ab" {
		t.Errorf("the bucket keeps %s", got)
	}
	setVersioning(t, b, types.BucketVersioningStatusSuspended)
	put(t, b, "run/ab")
	if err := b.Delete(t.Context(), []string{"run/ab"}); err != nil {
		t.Fatal(err)
	}
	if got := versions(t, b); got != "other/c" {
		t.Errorf("with versions suspended, the bucket keeps %s", got)
	}
}

// TestVersionsThatCannotBeRemovedAreSaid: a removal that leaves rows behind has failed.
func TestVersionsThatCannotBeRemovedAreSaid(t *testing.T) {
	lab, b, _ := open(t)
	setVersioning(t, b, types.BucketVersioningStatusEnabled)
	put(t, b, "run/a")
	lab.Fail("s3", "ListObjectVersions", 1, cloud.Denied())
	err := b.Delete(t.Context(), []string{"run/a"})
	if err == nil || !strings.Contains(err.Error(), "finding the versions that the bucket keeps of what was removed") {
		t.Errorf("listing is denied: %v", err)
	}
	// The next removal finds them, though the object itself is gone.
	if err := b.Delete(t.Context(), []string{"run/a"}); err != nil {
		t.Fatal(err)
	}
	if got := versions(t, b); got != "" {
		t.Errorf("the bucket keeps %s", got)
	}

	days := int32(3)
	lock := &types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		Rule: &types.ObjectLockRule{
			DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: &days},
		},
	}
	if _, err := b.Client.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
		Bucket:                  &b.Name,
		ObjectLockConfiguration: lock,
	}); err != nil {
		t.Fatal(err)
	}
	put(t, b, "run/locked")
	err = b.Delete(t.Context(), []string{"run/locked"})
	if err == nil || !strings.Contains(err.Error(), "s3:DeleteObjectVersion on s3://shop/run/locked") {
		t.Errorf("a lock keeps it: %v", err)
	}
}
