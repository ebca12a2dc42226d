package aurora

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// check answers before a row is read: options that make no sense, and a role that is not there.
func (s spool) check(q question) answer {
	f, err := parseFormat(q.Options)
	if err != nil {
		return failure("42601", err.Error(), "", "")
	}
	if _, ok := s.role("s3Export"); !ok {
		return noRole("s3Export")
	}
	return answer{Binary: f.kind == "binary"}
}

// export writes the rows that a server handed over, in files of the size that is configured.
func (s spool) export(ctx context.Context, q question) answer {
	defer s.forget(q)
	f, err := parseFormat(q.Options)
	if err != nil {
		return failure("42601", err.Error(), "", "")
	}
	session, ok := s.role("s3Export")
	if !ok {
		return noRole("s3Export")
	}
	columns, err := names(q.Columns)
	if err != nil {
		return failure("XX000", err.Error(), "", "")
	}
	account, region := s.place()
	if q.Region != region {
		// The bucket has to be where the server is.
		return uploadFailed(&smithy.GenericAPIError{
			Code:    "PermanentRedirect",
			Message: "The bucket you are attempting to access must be addressed using the specified endpoint.",
		})
	}
	w := &files{ctx: ctx, client: s.client(region, session), q: q, owner: account, limit: s.lab.config.PartSize}
	w.buffer.Write(f.heading(columns))
	for n := range q.Chunks {
		if err := s.lines(q, n, func(line string) error {
			row, err := f.row(line, columns)
			if err != nil {
				return err
			}
			w.answer.Rows++
			return w.row(row)
		}); err != nil {
			return uploadFailed(err)
		}
	}
	w.buffer.Write(f.ending())
	if err := w.flush(); err != nil {
		return uploadFailed(err)
	}
	return w.answer
}

// names reads the columns' names, which a JSON object has in their order, the same one twice too.
func names(object string) ([]string, error) {
	dec := json.NewDecoder(strings.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("reading the columns of an export: %w", err)
	}
	var all []string
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("reading the columns of an export: %w", err)
		}
		if _, err := dec.Token(); err != nil { // null
			return nil, fmt.Errorf("reading the columns of an export: %w", err)
		}
		all = append(all, fmt.Sprint(name))
	}
	return all, nil
}

func (s spool) chunk(q question, n int) string {
	return filepath.Join(s.dir, fmt.Sprintf("%s.%d", q.ID, n))
}

// lines reads one chunk of rows.
func (s spool) lines(q question, n int, do func(string) error) error {
	f, err := os.Open(s.chunk(q, n))
	if err != nil {
		return fmt.Errorf("reading the rows of an export: %w", err)
	}
	defer func() { _ = f.Close() }()
	for in := bufio.NewReader(f); ; {
		line, err := in.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the rows of an export: %w", err)
		}
		if err := do(unescape(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
}

// forget removes the rows.
func (s spool) forget(q question) {
	for n := range q.Chunks {
		_ = os.Remove(s.chunk(q, n))
	}
}

// files are the objects of an export: file_path, file_path_part2 and so on. A row is never cut in two. What was written
// stays where a later file fails, as on Aurora.
type files struct {
	ctx    context.Context
	client *s3.Client
	q      question
	owner  string
	limit  int64
	buffer bytes.Buffer
	answer answer
}

func (w *files) row(row []byte) error {
	w.buffer.Write(row)
	if int64(w.buffer.Len()) < w.limit {
		return nil
	}
	return w.flush()
}

// flush writes a file. The first is written even when it is empty; Aurora's documentation leaves open what it does
// then.
func (w *files) flush() error {
	if w.buffer.Len() == 0 && w.answer.Files > 0 {
		return nil
	}
	w.answer.Files++
	key := w.q.Key
	if w.answer.Files > 1 {
		key += fmt.Sprintf("_part%d", w.answer.Files)
	}
	w.answer.Bytes += int64(w.buffer.Len())
	defer w.buffer.Reset()
	return w.upload(key, w.buffer.Bytes())
}

// piece is the size of a part of an upload.
const piece = 8 << 20

// upload writes an object in parts whatever its size, because Aurora's large ones are: so a role that may not decrypt,
// or abort, is noticed.
func (w *files) upload(key string, body []byte) (err error) {
	in := &s3.CreateMultipartUploadInput{
		Bucket:               &w.q.Bucket,
		Key:                  &key,
		ServerSideEncryption: types.ServerSideEncryptionAwsKms,
		ExpectedBucketOwner:  &w.owner,
	}
	if w.q.KMSKey != "" {
		in.SSEKMSKeyId = &w.q.KMSKey
	}
	begun, err := w.client.CreateMultipartUpload(w.ctx, in)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = w.client.AbortMultipartUpload(w.ctx, &s3.AbortMultipartUploadInput{
				Bucket:   &w.q.Bucket,
				Key:      &key,
				UploadId: begun.UploadId,
			})
		}
	}()
	var parts []types.CompletedPart
	for n := int32(1); n == 1 || len(body) > 0; n++ {
		this := body[:min(piece, len(body))]
		body = body[len(this):]
		out, err := w.client.UploadPart(w.ctx, &s3.UploadPartInput{
			Bucket:     &w.q.Bucket,
			Key:        &key,
			UploadId:   begun.UploadId,
			PartNumber: aws.Int32(n),
			Body:       bytes.NewReader(this),
		})
		if err != nil {
			return err
		}
		parts = append(parts, types.CompletedPart{
			PartNumber:    aws.Int32(n),
			ETag:          out.ETag,
			ChecksumCRC32: out.ChecksumCRC32,
		})
	}
	_, err = w.client.CompleteMultipartUpload(w.ctx, &s3.CompleteMultipartUploadInput{
		Bucket:          &w.q.Bucket,
		Key:             &key,
		UploadId:        begun.UploadId,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	return err
}
