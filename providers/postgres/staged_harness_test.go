package postgres_test

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/staging"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
)

const (
	labAccount = "111111111111"
	labRegion  = "ap-northeast-1"
)

// labKey is the ARN of the lab's key, once there is a lab.
var labKey string

// labKMS makes and opens keys of it.
var labKMS *kms.Client

// lab is the AWS of this test binary, with one key.
var lab = sync.OnceValues(func() (*s3.Client, error) {
	c, err := cloud.Start(cloud.Config{})
	if err != nil {
		return nil, err
	}
	who, err := c.Credentials(labAccount)
	if err != nil {
		return nil, err
	}
	config := awssdk.Config{
		Region:       labRegion,
		BaseEndpoint: awssdk.String(c.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(who.AccessKey, who.Secret, who.Token),
	}
	keys := kms.NewFromConfig(config)
	key, err := keys.CreateKey(context.Background(), &kms.CreateKeyInput{})
	if err != nil {
		return nil, err
	}
	if _, err := keys.CreateAlias(context.Background(), &kms.CreateAliasInput{
		AliasName:   awssdk.String("alias/transfer"),
		TargetKeyId: key.KeyMetadata.Arn,
	}); err != nil {
		return nil, err
	}
	labKey, labKMS = *key.KeyMetadata.Arn, keys
	return s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true }), nil
})

// stagedIn is a bucket of a test.
type stagedIn struct {
	t        testing.TB
	client   *s3.Client
	name     string
	manifest string
	size     int64
	// way are further arguments of the refresh: export and import.
	ways string
	// wrap changes how the bucket is seen.
	wrap func(stage.Objects) stage.Objects
}

// stage makes the rows of m go through a bucket of its own.
func (m *moved) stage() *stagedIn {
	m.t.Helper()
	client, err := lab()
	if err != nil {
		m.t.Fatal(err)
	}
	b := &stagedIn{t: m.t, client: client, name: "transfer-" + databaseOf(m.t, m.source) + "-" + m.mode}
	_, err = client.CreateBucket(context.Background(), &s3.CreateBucketInput{
		Bucket:                    &b.name,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: labRegion},
	})
	if err != nil {
		m.t.Fatal(err)
	}
	m.staged = b
	return b
}

func (b *stagedIn) argument() string {
	if b == nil {
		return ""
	}
	return "\n  via  = bucket.transfer\n  " + b.ways
}

func (b *stagedIn) blocks() string {
	if b == nil {
		return ""
	}
	return fmt.Sprintf(`aws "prod" {
  account = %q
  region  = %q
}
kms_key "transfer" {
}
bucket "transfer" {
  name    = %q
  kms_key = kms_key.transfer
}
`, labAccount, labRegion, b.name)
}

func (b *stagedIn) options(m *moved) func(*postgres.Options) {
	return func(o *postgres.Options) {
		if b == nil {
			return
		}
		o.Version, o.RangeBytes, o.Only, o.Manifest = "0.1.0", b.size, m.half, b.manifest
		o.Objects = func(context.Context, *spec.Bucket, *spec.AWS) (stage.Objects, error) { return b.objects(), nil }
	}
}

func (b *stagedIn) objects() stage.Objects {
	var o stage.Objects = &staging.Bucket{
		Client:  b.client,
		Name:    b.name,
		Owner:   labAccount,
		FindKey: func(context.Context) (string, error) { return labKey, nil },
		KMS:     labKMS,
		KeyName: labKey,
		Explain: func(err error, _ string) error { return err },
	}
	if b.wrap != nil {
		o = b.wrap(o)
	}
	return o
}

// keys lists what is in the bucket, uploads that did not end too.
func (b *stagedIn) keys() []string {
	b.t.Helper()
	var out []string
	list, err := b.client.ListObjectsV2(context.Background(), &s3.ListObjectsV2Input{Bucket: &b.name})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, o := range list.Contents {
		out = append(out, *o.Key)
	}
	uploads, err := b.client.ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: &b.name})
	if err != nil {
		b.t.Fatal(err)
	}
	for _, u := range uploads.Uploads {
		out = append(out, "upload of "+*u.Key)
	}
	sort.Strings(out)
	return out
}

// clean fails unless nothing is left in the bucket.
func (b *stagedIn) clean() {
	b.t.Helper()
	if left := b.keys(); len(left) > 0 {
		b.t.Errorf("left in the bucket: %s", strings.Join(left, ", "))
	}
}

// only makes the next plans those of a half.
func (m *moved) only(h engine.Half, manifest string) {
	m.half, m.staged.manifest = h, manifest
}

// exported runs the half that exports, and gives the URL of its manifest. The target cannot be reached meanwhile.
func (m *moved) exported() string {
	m.t.Helper()
	m.only(engine.OnlyExport, "")
	m.refresh()
	for _, k := range m.staged.keys() {
		if strings.HasSuffix(k, "/manifest.json") {
			return "s3://" + m.staged.name + "/" + k
		}
	}
	m.t.Fatal("the export left no manifest")
	return ""
}
