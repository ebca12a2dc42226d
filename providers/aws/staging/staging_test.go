package staging_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/staging"
	"github.com/shoji-pg/shoji/spec"
)

// open gives a bucket of the lab with a key.
func open(t *testing.T) (*cloud.Cloud, *staging.Bucket, string) {
	t.Helper()
	lab, err := cloud.Start(cloud.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	who, err := lab.Credentials("111111111111")
	if err != nil {
		t.Fatal(err)
	}
	config := awssdk.Config{
		Region:       lab.Region(),
		BaseEndpoint: awssdk.String(lab.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(who.AccessKey, who.Secret, ""),
		HTTPClient:   cloud.HTTPClient(),
	}
	client := s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{
		Bucket: awssdk.String("shop"),
		CreateBucketConfiguration: &types.CreateBucketConfiguration{
			LocationConstraint: types.BucketLocationConstraint(lab.Region()),
		},
	}); err != nil {
		t.Fatal(err)
	}
	key, err := kms.NewFromConfig(config).CreateKey(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	arn := *key.KeyMetadata.Arn
	return lab, &staging.Bucket{
		Client:  client,
		Name:    "shop",
		Owner:   "111111111111",
		FindKey: func(context.Context) (string, error) { return arn, nil },
		Explain: func(err error, _ string) error { return err },
	}, arn
}

func content(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.New(rand.NewSource(int64(n))).Read(b)
	return b
}

// TestPutAndGet: objects of all sizes around those of parts arrive whole, encrypted under the key, with a SHA-256 that
// S3 has checked.
func TestPutAndGet(t *testing.T) {
	_, b, key := open(t)
	for name, n := range map[string]int{
		"nothing":         0,
		"a byte":          1,
		"a part less one": staging.PartSize - 1,
		"a part":          staging.PartSize,
		"a part and one":  staging.PartSize + 1,
		"three parts":     3*staging.PartSize + 17,
	} {
		want := content(n)
		size, etag, err := b.Put(t.Context(), "p/"+name,
			io.MultiReader(bytes.NewReader(want[:n/3]), bytes.NewReader(want[n/3:])), "gzip")
		if err != nil || size != int64(n) {
			t.Fatalf("%s: %d, %v", name, size, err)
		}
		bytes, seen, written, found, err := b.Head(t.Context(), "p/"+name)
		if err != nil || !found || bytes != size || seen != etag || etag == "" || written.IsZero() {
			t.Errorf("%s: %d, %s, %t, %v; put said %d, %s", name, bytes, seen, found, err, size, etag)
		}
		r, err := b.Get(t.Context(), "p/"+name, etag)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err = errors.Join(err, r.Close()); err != nil || sha256.Sum256(got) != sha256.Sum256(want) {
			t.Errorf("%s: %d bytes came back, %v", name, len(got), err)
		}
		head, err := b.Client.HeadObject(t.Context(), &s3.HeadObjectInput{
			Bucket:       &b.Name,
			Key:          awssdk.String("p/" + name),
			ChecksumMode: types.ChecksumModeEnabled,
		})
		if err != nil || head.ServerSideEncryption != types.ServerSideEncryptionAwsKms ||
			awssdk.ToString(head.SSEKMSKeyId) != key || awssdk.ToString(head.ContentEncoding) != "gzip" ||
			head.ChecksumSHA256 == nil {
			t.Errorf("%s: %s under %s, %v, %v, %v", name, head.ServerSideEncryption, awssdk.ToString(head.SSEKMSKeyId),
				head.ContentEncoding, head.ChecksumSHA256, err)
		}
	}
}

// failing gives n bytes and then an error.
func failing(n int) io.Reader {
	return io.MultiReader(bytes.NewReader(content(n)), errorReader{})
}

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errors.New("the source stopped") }

// TestPutIsWholeOrNotAtAll: rows that end early, a run that is cancelled and a part that is refused leave no object and
// no parts.
func TestPutIsWholeOrNotAtAll(t *testing.T) {
	lab, b, _ := open(t)
	left := func() string {
		uploads, err := b.Client.ListMultipartUploads(context.Background(),
			&s3.ListMultipartUploadsInput{Bucket: &b.Name})
		if err != nil {
			t.Fatal(err)
		}
		objects, err := b.Client.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: &b.Name})
		if err != nil {
			t.Fatal(err)
		}
		return strings.Repeat("upload ", len(uploads.Uploads)) + strings.Repeat("object ", len(objects.Contents))
	}
	for _, n := range []int{10, staging.PartSize + 10, 3 * staging.PartSize} {
		if _, _, err := b.Put(t.Context(), "x", failing(n), ""); err == nil ||
			!strings.Contains(err.Error(), "the source stopped") || left() != "" {
			t.Errorf("%d bytes: %v, left: %s", n, err, left())
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancelling := io.MultiReader(bytes.NewReader(content(staging.PartSize+10)),
		readerFunc(func([]byte) (int, error) { cancel(); return 0, context.Canceled }))
	if _, _, err := b.Put(ctx, "x", cancelling, ""); !errors.Is(err, context.Canceled) || left() != "" {
		t.Errorf("cancelled: %v, left: %s", err, left())
	}
	lab.Fail("s3", "UploadPart", 0, cloud.Denied())
	if _, _, err := b.Put(t.Context(), "x", bytes.NewReader(content(3*staging.PartSize)), ""); err == nil ||
		left() != "" {
		t.Errorf("refused: %v, left: %s", err, left())
	}
	lab.Mend()
	// What could not be given up is found again.
	lab.Fail("s3", "AbortMultipartUpload", 1, cloud.Denied())
	if _, _, err := b.Put(t.Context(), "p/x", failing(staging.PartSize+10), ""); err == nil || left() != "upload " {
		t.Errorf("not given up: %v, left: %s", err, left())
	}
	if err := errors.Join(b.Abandon(t.Context(), "other/")); err != nil || left() != "upload " {
		t.Errorf("%v, left: %s", err, left())
	}
	if err := b.Abandon(t.Context(), "p/"); err != nil || left() != "" {
		t.Errorf("%v, left: %s", err, left())
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestRemoving: what is not there is no error, and many keys are.
func TestRemoving(t *testing.T) {
	_, b, _ := open(t)
	keys := make([]string, 1500)
	for i := range keys {
		keys[i] = "p/" + strings.Repeat("k", 1+i%7) + string(rune('a'+i%26))
	}
	if _, _, err := b.Put(t.Context(), keys[1400], strings.NewReader("x"), ""); err != nil {
		t.Fatal(err)
	}
	if err := b.Delete(t.Context(), keys); err != nil {
		t.Fatal(err)
	}
	if _, _, _, found, err := b.Head(t.Context(), keys[1400]); found || err != nil {
		t.Errorf("%t, %v", found, err)
	}
}

// TestWhatIsNotOurs: a bucket of that name in another account, an object that was written again, a key that is not
// there.
func TestWhatIsNotOurs(t *testing.T) {
	_, b, _ := open(t)
	_, etag, err := b.Put(t.Context(), "x", strings.NewReader("one"), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Put(t.Context(), "x", strings.NewReader("another"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Get(t.Context(), "x", etag); err == nil ||
		!strings.Contains(err.Error(), "is not the object that was exported") {
		t.Errorf("written again: %v", err)
	}
	b.Owner = "222222222222"
	if _, _, err := b.Put(t.Context(), "y", strings.NewReader("rows"), ""); err == nil {
		t.Error("rows went into a bucket of another account")
	}
	keyless := &staging.Bucket{
		Client:  b.Client,
		Name:    b.Name,
		Owner:   "111111111111",
		Explain: b.Explain,
		FindKey: func(context.Context) (string, error) { return "", nil },
	}
	if _, _, err := keyless.Put(t.Context(), "y", strings.NewReader("rows"), ""); err == nil ||
		!strings.Contains(err.Error(), "key") {
		t.Errorf("rows were written without their key: %v", err)
	}
}

// TestAKeyThatCannotBeUsed: each way to an object says that it is the key, those too that S3 answers without a word.
func TestAKeyThatCannotBeUsed(t *testing.T) {
	lab, b, arn := open(t)
	b.Explain = (&awsapi.Account{Block: &spec.AWS{Name: "prod"}}).Explain
	if _, _, err := b.Put(t.Context(), "x", strings.NewReader("rows"), ""); err != nil {
		t.Fatal(err)
	}
	who, err := lab.Credentials("111111111111")
	if err != nil {
		t.Fatal(err)
	}
	keys := kms.New(kms.Options{
		Region:       lab.Region(),
		BaseEndpoint: awssdk.String(lab.URL()),
		HTTPClient:   cloud.HTTPClient(),
		Credentials:  credentials.NewStaticCredentialsProvider(who.AccessKey, who.Secret, ""),
	})
	for _, becomes := range []struct {
		state  string
		change func() error
	}{
		{
			"disabled", func() error {
				_, err := keys.DisableKey(t.Context(), &kms.DisableKeyInput{KeyId: &arn})
				return err
			},
		},
		{"pending", func() error { // which cannot be disabled any more
			_, err := keys.ScheduleKeyDeletion(t.Context(), &kms.ScheduleKeyDeletionInput{KeyId: &arn})
			return err
		}},
	} {
		if err := becomes.change(); err != nil {
			t.Fatal(err)
		}
		for way, try := range map[string]func() error{
			"put": func() error { _, _, err := b.Put(t.Context(), "y", strings.NewReader("rows"), ""); return err },
			"upload": func() error {
				_, _, err := b.Put(t.Context(), "y", bytes.NewReader(content(staging.PartSize+1)), "")
				return err
			},
			"get":  func() error { _, err := b.Get(t.Context(), "x", ""); return err },
			"head": func() error { _, _, _, _, err := b.Head(t.Context(), "x"); return err },
		} {
			if err := try(); err == nil ||
				!strings.Contains(err.Error(),
					"the key of the bucket cannot be used: it is disabled or pending deletion") {
				t.Errorf("%s, %s: %v", becomes.state, way, err)
			}
		}
	}
}

// TestHeadOfWhoSeesAPrefix: under a policy that lists the prefix alone, an object that is not there is not there, and
// one that may not be read is an error.
func TestHeadOfWhoSeesAPrefix(t *testing.T) {
	lab, b, _ := open(t)
	if _, _, err := b.Put(t.Context(), "p/there", strings.NewReader("x"), ""); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Put(t.Context(), "p/closed", strings.NewReader("x"), ""); err != nil {
		t.Fatal(err)
	}
	who, err := lab.User("111111111111",
		"runner", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject",
			"Resource":"arn:aws:s3:::shop/p/*"},{"Effect":"Deny","Action":"s3:GetObject",
				"Resource":"arn:aws:s3:::shop/p/closed"},
		{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::shop",
			"Condition":{"StringLike":{"s3:prefix":["p/*"]}}},{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	limited := &staging.Bucket{
		Name:    "shop",
		Owner:   "111111111111",
		Explain: b.Explain,
		Client: s3.New(s3.Options{
			Region:       lab.Region(),
			BaseEndpoint: awssdk.String(lab.URL()),
			UsePathStyle: true,
			HTTPClient:   cloud.HTTPClient(),
			Credentials:  credentials.NewStaticCredentialsProvider(who.AccessKey, who.Secret, ""),
		}),
	}
	for key, want := range map[string]string{
		"p/there":   "true",
		"p/missing": "false",
		"p/ther":    "false",
		"p/closed":  "an error",
		"q/missing": "an error",
	} {
		_, _, _, found, err := limited.Head(t.Context(), key)
		got := "an error"
		if err == nil {
			got = map[bool]string{true: "true", false: "false"}[found]
		}
		if got != want {
			t.Errorf("%s: %s (%v), want %s", key, got, err, want)
		}
	}
}
