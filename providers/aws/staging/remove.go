package staging

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// maxDelete is how many objects one call removes.
const maxDelete = 1000

// Delete removes objects. It is no error if one does not exist. In a bucket that keeps versions, all of them are
// removed: S3 reports the marker that it leaves in place of an object.
func (b *Bucket) Delete(ctx context.Context, keys []string) error {
	for part := range slices.Chunk(keys, maxDelete) {
		objects := make([]types.ObjectIdentifier, len(part))
		for i := range part {
			objects[i].Key = &part[i]
		}
		done, err := b.remove(ctx, "s3:DeleteObject", objects)
		if err != nil {
			return err
		}
		var marked []string
		for _, d := range done {
			if awssdk.ToBool(d.DeleteMarker) {
				marked = append(marked, awssdk.ToString(d.Key))
			}
		}
		if err := b.purge(ctx, marked); err != nil {
			return err
		}
	}
	return nil
}

// purge removes every version and marker of keys.
func (b *Bucket) purge(ctx context.Context, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	prefix := commonPrefix(keys)
	in := &s3.ListObjectVersionsInput{Bucket: &b.Name, ExpectedBucketOwner: &b.Owner, Prefix: &prefix}
	var versions []types.ObjectIdentifier
	add := func(key, version *string) {
		if slices.Contains(keys, awssdk.ToString(key)) {
			versions = append(versions, types.ObjectIdentifier{Key: key, VersionId: version})
		}
	}
	for pages := s3.NewListObjectVersionsPaginator(b.Client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("finding the versions that the bucket keeps of what was removed: %w",
				b.explain(err, prefix))
		}
		for _, v := range page.Versions {
			add(v.Key, v.VersionId)
		}
		for _, m := range page.DeleteMarkers {
			add(m.Key, m.VersionId)
		}
	}
	for part := range slices.Chunk(versions, maxDelete) {
		if _, err := b.remove(ctx, "s3:DeleteObjectVersion", part); err != nil {
			return fmt.Errorf("removing the versions that the bucket keeps: %w", err)
		}
	}
	return nil
}

// remove makes one call, and returns what S3 reports for each object.
func (b *Bucket) remove(
	ctx context.Context,
	action string,
	objects []types.ObjectIdentifier,
) ([]types.DeletedObject, error) {
	in := &s3.DeleteObjectsInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: &b.Owner,
		Delete:              &types.Delete{Objects: objects},
	}
	out, err := b.Client.DeleteObjects(ctx, in)
	if err != nil {
		return nil, b.explain(err, awssdk.ToString(objects[0].Key))
	}
	if len(out.Errors) > 0 {
		e := out.Errors[0]
		return nil, fmt.Errorf(
			"%s on s3://%s/%s: %s: %d of %d objects are still there",
			action,
			b.Name,
			awssdk.ToString(e.Key),
			awssdk.ToString(e.Code),
			len(out.Errors),
			len(objects),
		)
	}
	return out.Deleted, nil
}

// commonPrefix returns what all keys begin with.
func commonPrefix(keys []string) string {
	first, last := slices.Min(keys), slices.Max(keys)
	n := 0
	for n < len(first) && n < len(last) && first[n] == last[n] {
		n++
	}
	return strings.ToValidUTF8(first[:n], "")
}
