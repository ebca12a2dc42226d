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

// Operations returns the calls that this package plans.
func Operations() awsapi.Operations {
	return awsapi.Operations{
		"s3:CreateBucket": awsapi.On(createBucket, func(r *awsapi.Rights, in *s3.CreateBucketInput) {
			r.Bucket(in.Bucket, "s3:CreateBucket", "s3:TagResource", "s3:PutBucketOwnershipControls")
			r.Buckets = append(r.Buckets, aws.ToString(in.Bucket))
		}),
		"s3:DeleteObjects": awsapi.On(emptyBucket, func(r *awsapi.Rights, in *s3.ListObjectVersionsInput) {
			r.On(r.Place.Bucket(aws.ToString(in.Bucket))+"/*",
				"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:AbortMultipartUpload")
			r.Bucket(in.Bucket, "s3:ListBucketVersions", "s3:ListBucketMultipartUploads")
		}),
		"s3:PutBucketTagging": awsapi.S3((*s3.Client).PutBucketTagging,
			func(r *awsapi.Rights, in *s3.PutBucketTaggingInput) { r.Bucket(in.Bucket) }),
		"s3:PutPublicAccessBlock": awsapi.S3((*s3.Client).PutPublicAccessBlock,
			func(r *awsapi.Rights, in *s3.PutPublicAccessBlockInput) { r.Bucket(in.Bucket) }),
		"s3:PutBucketOwnershipControls": awsapi.S3((*s3.Client).PutBucketOwnershipControls,
			func(r *awsapi.Rights, in *s3.PutBucketOwnershipControlsInput) { r.Bucket(in.Bucket) }),
		"s3:PutBucketEncryption": awsapi.S3((*s3.Client).PutBucketEncryption,
			func(r *awsapi.Rights, in *s3.PutBucketEncryptionInput) { r.Bucket(in.Bucket) }),
		"s3:PutBucketLifecycleConfiguration": awsapi.S3((*s3.Client).PutBucketLifecycleConfiguration,
			func(r *awsapi.Rights, in *s3.PutBucketLifecycleConfigurationInput) { r.Bucket(in.Bucket) }),
		"s3:PutBucketPolicy": awsapi.S3((*s3.Client).PutBucketPolicy,
			func(r *awsapi.Rights, in *s3.PutBucketPolicyInput) { r.Bucket(in.Bucket) }),
		"s3:DeleteBucket": awsapi.S3((*s3.Client).DeleteBucket,
			func(r *awsapi.Rights, in *s3.DeleteBucketInput) { r.Bucket(in.Bucket) }),
	}
}

// createBucket takes over a bucket that an interrupted run created: it has the tags that it was created with.
func createBucket(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *s3.CreateBucketInput) error {
	_, err := r.In.S3.CreateBucket(ctx, in)
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

// emptyBucket deletes everything in a bucket, a thousand objects at a time.
func emptyBucket(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *s3.ListObjectVersionsInput) error {
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
