package staging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// PartSize is the size of an upload's first parts; S3 requires 5 MiB or more. An upload holds two parts in memory: one
// is filled while the other is sent.
const PartSize = 8 << 20

// partSize grows, so that the 10,000 parts of an upload hold the largest object (5 TiB).
func partSize(number int) int { return PartSize << min(number/1000, 7) }

// Put writes one object from r, whole or not at all, and returns its size and the ETag that Head will return. S3 checks
// a SHA-256 of everything that it receives. encoding is the object's Content-Encoding, "" for none.
func (b *Bucket) Put(ctx context.Context, key string, r io.Reader,
	encoding string) (size int64, etag string, err error) {
	sse, under, err := b.encryption(ctx)
	if err != nil {
		return 0, "", err
	}
	var coded *string
	if encoding != "" {
		coded = &encoding
	}
	first, err := readFull(r, make([]byte, PartSize))
	if errors.Is(err, io.EOF) {
		in := &s3.PutObjectInput{
			Bucket:               &b.Name,
			Key:                  &key,
			ExpectedBucketOwner:  &b.Owner,
			Body:                 bytes.NewReader(first),
			ChecksumAlgorithm:    types.ChecksumAlgorithmSha256,
			ServerSideEncryption: sse,
			SSEKMSKeyId:          under,
			ContentEncoding:      coded,
		}
		out, err := b.Client.PutObject(ctx, in)
		if err != nil {
			return 0, "", b.explain(err, key)
		}
		return int64(len(first)), awssdk.ToString(out.ETag), nil
	}
	if err != nil {
		return 0, "", err
	}
	in := &s3.CreateMultipartUploadInput{
		Bucket:               &b.Name,
		Key:                  &key,
		ExpectedBucketOwner:  &b.Owner,
		ChecksumAlgorithm:    types.ChecksumAlgorithmSha256,
		ServerSideEncryption: sse,
		SSEKMSKeyId:          under,
		ContentEncoding:      coded,
	}
	out, err := b.Client.CreateMultipartUpload(ctx, in)
	if err != nil {
		return 0, "", b.explain(err, key)
	}
	u := &upload{Bucket: b, key: key, id: awssdk.ToString(out.UploadId)}
	if size, etag, err = u.run(ctx, r, first); err != nil {
		u.abort(ctx)
	}
	return size, etag, err
}

// encryption returns the headers by which S3 encrypts with the bucket's key.
func (b *Bucket) encryption(ctx context.Context) (types.ServerSideEncryption, *string, error) {
	key, exists, err := b.Key(ctx)
	switch {
	case err != nil:
		return "", nil, err
	case !exists:
		return "", nil, fmt.Errorf("the key of bucket %s does not exist", b.Name)
	case key == "":
		return "", nil, nil
	}
	return types.ServerSideEncryptionAwsKms, &key, nil
}

// upload is an upload in parts.
type upload struct {
	*Bucket
	key, id string
	parts   []types.CompletedPart
}

// run sends one part while the next is filled.
func (u *upload) run(ctx context.Context, r io.Reader, first []byte) (int64, string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var size int64
	spare, sent := make([]byte, 0), make(chan error, 1)
	sent <- nil
	for current, last := first, false; ; {
		if err := <-sent; err != nil {
			return 0, "", err
		}
		size += int64(len(current))
		number, content := len(u.parts)+1, current
		u.parts = append(u.parts, types.CompletedPart{})
		go func() { sent <- u.send(ctx, number, content) }()
		if last {
			break
		}
		buffer := spare[:cap(spare)]
		if want := partSize(number + 1); len(buffer) < want {
			buffer = make([]byte, want)
		}
		next, err := readFull(r, buffer)
		if last = errors.Is(err, io.EOF); err != nil && !last {
			cancel()
			<-sent
			return 0, "", err
		}
		if last && len(next) == 0 {
			break
		}
		spare, current = current, next
	}
	if err := <-sent; err != nil {
		return 0, "", err
	}
	out, err := u.Client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket:              &u.Name,
		Key:                 &u.key,
		ExpectedBucketOwner: &u.Owner,
		UploadId:            &u.id,
		MultipartUpload:     &types.CompletedMultipartUpload{Parts: u.parts},
	})
	if err != nil {
		return 0, "", u.explain(err, u.key)
	}
	return size, awssdk.ToString(out.ETag), nil
}

func (u *upload) send(ctx context.Context, number int, content []byte) error {
	n := int32(number)
	out, err := u.Client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket:              &u.Name,
		Key:                 &u.key,
		ExpectedBucketOwner: &u.Owner,
		UploadId:            &u.id,
		PartNumber:          &n,
		Body:                bytes.NewReader(content),
		ChecksumAlgorithm:   types.ChecksumAlgorithmSha256,
	})
	if err != nil {
		return u.explain(err, u.key)
	}
	u.parts[number-1] = types.CompletedPart{PartNumber: &n, ETag: out.ETag, ChecksumSHA256: out.ChecksumSHA256}
	return nil
}

// abort ends the upload, also if the run was cancelled. What it cannot do is left to Abandon and to the bucket's
// lifecycle.
func (u *upload) abort(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	_, _ = u.Client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket:              &u.Name,
		Key:                 &u.key,
		ExpectedBucketOwner: &u.Owner,
		UploadId:            &u.id,
	})
}

// readFull reads until buffer is full; with io.EOF, what it returns is the last.
func readFull(r io.Reader, buffer []byte) ([]byte, error) {
	n, err := io.ReadFull(r, buffer)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return buffer[:n], err
}
