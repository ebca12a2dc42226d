package s3

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// Operations are the calls that this package plans.
func Operations(a *awsapi.Account) awsapi.Operations {
	return awsapi.Operations{
		"s3:CreateBucket":                    createBucket,
		"s3:PutBucketTagging":                awsapi.Do(a.S3.PutBucketTagging),
		"s3:PutPublicAccessBlock":            awsapi.Do(a.S3.PutPublicAccessBlock),
		"s3:PutBucketOwnershipControls":      awsapi.Do(a.S3.PutBucketOwnershipControls),
		"s3:PutBucketEncryption":             awsapi.Do(a.S3.PutBucketEncryption),
		"s3:PutBucketLifecycleConfiguration": awsapi.Do(a.S3.PutBucketLifecycleConfiguration),
		"s3:PutBucketPolicy":                 awsapi.Do(a.S3.PutBucketPolicy),
		"s3:DeleteObjects":                   empty,
		"s3:DeleteBucket":                    awsapi.Do(a.S3.DeleteBucket),
	}
}

// createBucket takes a bucket that an interrupted run made, which its tags tell: they came with it.
func createBucket(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[s3.CreateBucketInput](c)
	if err != nil {
		return err
	}
	_, err = r.In.S3.CreateBucket(ctx, in)
	if !awsapi.Is(err, "BucketAlreadyOwnedByYou", "BucketAlreadyExists") {
		return err
	}
	have, look := tagsOf(ctx, r.In, aws.ToString(in.Bucket))
	if look != nil {
		return look
	}
	if len(have.Missing(object.FromList(in.CreateBucketConfiguration.Tags, pair))) > 0 {
		return err
	}
	return nil
}

// empty deletes everything in a bucket, a thousand at a time.
func empty(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[s3.ListObjectVersionsInput](c)
	if err != nil {
		return err
	}
	client, n := r.In.S3, 0
	for p := s3.NewListMultipartUploadsPaginator(client,
		&s3.ListMultipartUploadsInput{Bucket: in.Bucket}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if awsapi.Is(err, "NoSuchBucket") {
			return nil
		}
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			if _, err := client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
				Bucket:   in.Bucket,
				Key:      u.Key,
				UploadId: u.UploadId,
			}); err != nil && !awsapi.Is(err, "NoSuchUpload") {
				return err
			}
		}
	}
	for p := s3.NewListObjectVersionsPaginator(client, in); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		var ids []types.ObjectIdentifier
		for _, v := range page.Versions {
			ids = append(ids, types.ObjectIdentifier{Key: v.Key, VersionId: v.VersionId})
		}
		for _, m := range page.DeleteMarkers {
			ids = append(ids, types.ObjectIdentifier{Key: m.Key, VersionId: m.VersionId})
		}
		if len(ids) == 0 {
			continue
		}
		out, err := client.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: in.Bucket,
			Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
		})
		if err != nil {
			return err
		}
		if len(out.Errors) > 0 {
			first := out.Errors[0]
			return fmt.Errorf("%d of %d objects of %s were not deleted, the first %s: %s", len(out.Errors), len(ids),
				aws.ToString(in.Bucket), aws.ToString(first.Key), aws.ToString(first.Code))
		}
		n += len(ids)
	}
	r.Report.Note(fmt.Sprintf("deleted %d objects and versions of %s", n, aws.ToString(in.Bucket)))
	return nil
}
