// Package staging puts and gets the objects of a transfer: rows that are masked already, in a bucket. It knows neither
// the spec nor the engine.
package staging

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Bucket is a bucket as one caller uses it. Its methods may be called from several goroutines.
type Bucket struct {
	Client *s3.Client
	Name   string
	// Owner is the account that the bucket must be in: the name alone could be anybody's.
	Owner string
	// FindKey returns the ARN of the key that objects are encrypted with, "" if it does not exist yet; nil leaves it to
	// the bucket. An alias will not do: bucket policies name keys, and refuse objects under another name of the same
	// key.
	FindKey func(ctx context.Context) (string, error)
	// KMS and KeyName make and open data keys. KeyName is the ARN of the alias, by which a key of another account is
	// known too.
	KMS     *kms.Client
	KeyName string
	// Explain puts an error of AWS into words, without credentials.
	Explain func(err error, resource string) error

	mu  sync.Mutex
	key string // once it is found
}

// Key returns the ARN of the key that objects are encrypted with, "" if the bucket decides. exists is false if the key
// does not exist yet.
func (b *Bucket) Key(ctx context.Context) (arn string, exists bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.FindKey == nil || b.key != "" {
		return b.key, true, nil
	}
	b.key, err = b.FindKey(ctx)
	return b.key, b.key != "", err
}

func (b *Bucket) explain(err error, key string) error {
	return b.Explain(err, "arn:aws:s3:::"+b.Name+"/"+key)
}

// Get reads an object. With an etag it fails if the object is another one by now.
func (b *Bucket) Get(ctx context.Context, key, etag string) (io.ReadCloser, error) {
	in := &s3.GetObjectInput{
		Bucket:              &b.Name,
		Key:                 &key,
		ExpectedBucketOwner: &b.Owner,
		ChecksumMode:        types.ChecksumModeEnabled,
	}
	if etag != "" {
		in.IfMatch = &etag
	}
	out, err := b.Client.GetObject(ctx, in)
	if statusOf(err) == http.StatusPreconditionFailed {
		return nil, fmt.Errorf("s3://%s/%s is not the object that was exported: it was written again", b.Name, key)
	}
	if err != nil {
		return nil, b.explain(err, key)
	}
	return &body{b, key, out.Body}, nil
}

// body explains the errors of a download that breaks off.
type body struct {
	bucket *Bucket
	key    string
	inner  io.ReadCloser
}

func (r *body) Read(p []byte) (int, error) {
	n, err := r.inner.Read(p)
	if err != nil && err != io.EOF {
		err = r.bucket.explain(err, r.key)
	}
	return n, err
}

func (r *body) Close() error { return r.inner.Close() }

// Head returns what S3 says about an object; found is false if it does not exist.
func (b *Bucket) Head(ctx context.Context,
	key string) (bytes int64, etag string, written time.Time, found bool, err error) {
	out, err := b.Client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.Name, Key: &key, ExpectedBucketOwner: &b.Owner})
	switch {
	case statusOf(err) == http.StatusNotFound, statusOf(err) == http.StatusForbidden && b.isAbsent(ctx, key):
		return 0, "", written, false, nil
	case statusOf(err) == http.StatusBadRequest:
		return 0, "", written, false, b.explain(b.explainBadRequest(ctx, key, err), key)
	case err != nil:
		return 0, "", written, false, b.explain(err, key)
	}
	return awssdk.ToInt64(out.ContentLength), awssdk.ToString(out.ETag), awssdk.ToTime(out.LastModified).UTC(), true,
		nil
}

// explainBadRequest reads a byte of an object, because the answer to HEAD has no body that says what is wrong, such as
// with its key.
func (b *Bucket) explainBadRequest(ctx context.Context, key string, otherwise error) error {
	out, err := b.Client.GetObject(ctx, &s3.GetObjectInput{
		Bucket:              &b.Name,
		Key:                 &key,
		ExpectedBucketOwner: &b.Owner,
		Range:               awssdk.String("bytes=0-0"),
	})
	if err != nil {
		return err
	}
	_ = out.Body.Close()
	return otherwise
}

// isAbsent asks by a listing. Who may list a prefix only gets Forbidden for an object that does not exist: HEAD names
// no prefix, so that a policy with a condition on it does not match.
func (b *Bucket) isAbsent(ctx context.Context, key string) bool {
	one := int32(1)
	out, err := b.Client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{
		Bucket:              &b.Name,
		ExpectedBucketOwner: &b.Owner,
		Prefix:              &key,
		MaxKeys:             &one,
	})
	return err == nil && (len(out.Contents) == 0 || awssdk.ToString(out.Contents[0].Key) != key)
}

// List returns the keys of all objects below a prefix, sorted, but no more than limit.
func (b *Bucket) List(ctx context.Context, prefix string, limit int) ([]string, error) {
	var keys []string
	in := &s3.ListObjectsV2Input{Bucket: &b.Name, ExpectedBucketOwner: &b.Owner, Prefix: &prefix}
	pages := s3.NewListObjectsV2Paginator(b.Client, in)
	for pages.HasMorePages() && len(keys) < limit {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, b.Explain(err, "arn:aws:s3:::"+b.Name)
		}
		for _, o := range page.Contents {
			keys = append(keys, awssdk.ToString(o.Key))
		}
	}
	slices.Sort(keys)
	return keys[:min(len(keys), limit)], nil
}

// Abandon ends uploads below a prefix that were not completed: their parts are kept, and paid for, until then. If
// listing them is forbidden, the bucket's lifecycle ends them: a run must not stay unfinished because of that.
func (b *Bucket) Abandon(ctx context.Context, prefix string) error {
	pages := s3.NewListMultipartUploadsPaginator(b.Client, &s3.ListMultipartUploadsInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: &b.Owner,
		Prefix:              &prefix,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if statusOf(err) == http.StatusForbidden {
			return nil
		}
		if err != nil {
			return b.Explain(err, "arn:aws:s3:::"+b.Name)
		}
		for _, u := range page.Uploads {
			_, err := b.Client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
				Bucket:              &b.Name,
				ExpectedBucketOwner: &b.Owner,
				Key:                 u.Key,
				UploadId:            u.UploadId,
			})
			if err != nil && statusOf(err) != http.StatusNotFound {
				return b.explain(err, awssdk.ToString(u.Key))
			}
		}
	}
	return nil
}

// statusOf returns the status of an HTTP answer, 0 if there was none.
func statusOf(err error) int {
	var response *awshttp.ResponseError
	if errors.As(err, &response) {
		return response.HTTPStatusCode()
	}
	return 0
}
