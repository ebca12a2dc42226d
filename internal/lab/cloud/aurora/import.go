package aurora

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
)

// fetch brings an object to where the server can copy from.
func (s spool) fetch(ctx context.Context, q question) answer {
	session, ok := cloud.Credentials{}, true
	if c := q.Credentials; c != nil {
		session = cloud.Credentials{AccessKey: c.AccessKey, Secret: c.SecretKey, Token: c.SessionToken}
	} else if session, ok = s.role("s3Import"); !ok {
		return noRole("s3Import")
	}
	client := s.client(q.Region, session)
	// The first byte is asked for before the rest: an object without one has none to give (416).
	head, err := client.GetObject(ctx, &s3.GetObjectInput{
		Bucket: &q.Bucket,
		Key:    &q.Key,
		Range:  aws.String("bytes=0-0"),
	})
	if err != nil {
		return importFailed(err)
	}
	_ = head.Body.Close()
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &q.Bucket, Key: &q.Key, IfMatch: head.ETag})
	if err != nil {
		return importFailed(err)
	}
	defer func() { _ = object.Body.Close() }()
	name := wire.RandomHex(16) + ".rows"
	if err := s.store(name, object); err != nil {
		return failure("XX000", "could not read from Amazon S3", err.Error(), "")
	}
	return answer{File: name, Bytes: aws.ToInt64(object.ContentLength)}
}

// store writes an object's content, unpacked where its metadata says that it is packed.
func (s spool) store(name string, object *s3.GetObjectOutput) error {
	var content io.Reader = object.Body
	if aws.ToString(object.ContentEncoding) == "gzip" {
		unpacked, err := gzip.NewReader(object.Body)
		if err != nil {
			return fmt.Errorf("unpacking an object: %w", err)
		}
		content = unpacked
	}
	path := filepath.Join(s.dir, name)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("storing an object: %w", err)
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close(), pgserver.GiveAway(path))
}

// importFailed is what an import raises: what S3 answers to the URL that Aurora signs.
func importFailed(err error) answer {
	var response *awshttp.ResponseError
	if !errors.As(err, &response) {
		return failure("XX000", "Unable to validate pre-signed URL. Error: "+err.Error(), "", "")
	}
	status := response.HTTPStatusCode()
	if status == 412 {
		return failure("XX000", "HTTP 412. The file has been modified since the import call started.", "", "")
	}
	return failure("XX000",
		fmt.Sprintf("Unable to validate pre-signed URL. Error: HTTP %d. Check your arguments and try again.", status),
		"", "")
}
