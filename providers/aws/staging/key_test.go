package staging_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/staging"
)

// TestKeysOfSeals: a key comes back for its purpose alone; who uses the bucket's key through S3 only makes none and
// opens none, and who only reads opens but makes none.
func TestKeysOfSeals(t *testing.T) {
	lab, b, arn := open(t)
	as := func(name, statement string) *staging.Bucket {
		who, err := lab.User("111111111111", name, `{"Version":"2012-10-17","Statement":[`+statement+`]}`)
		if err != nil {
			t.Fatal(err)
		}
		client := kms.New(kms.Options{
			Region:       lab.Region(),
			BaseEndpoint: awssdk.String(lab.URL()),
			HTTPClient:   cloud.HTTPClient(),
			Credentials:  credentials.NewStaticCredentialsProvider(who.AccessKey, who.Secret, ""),
		})
		return &staging.Bucket{Name: b.Name, Owner: b.Owner, Explain: b.Explain, KMS: client, KeyName: arn}
	}
	through := `{"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*",` +
		`"Condition":{"StringEquals":{"kms:ViaService":"s3.` + lab.Region() + `.amazonaws.com"}}}`
	seals := func(action string) string {
		return `{"Effect":"Allow","Action":"` + action +
			`","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:shoji-seal":"manifest"}}}`
	}
	exporter, writer := as("exporter", seals("kms:GenerateDataKey")), as("writer", through)
	reader := as("reader", through+","+seals("kms:Decrypt"))

	purpose := map[string]string{"shoji-seal": "manifest", "shoji-manifest": "s3://shop/a/manifest.json"}
	key, packed, err := exporter.NewKey(t.Context(), purpose)
	if err != nil || key.Len() != 32 || len(packed) == 0 {
		t.Fatalf("%d bytes, %v", key.Len(), err)
	}
	again, genuine, err := reader.OpenKey(t.Context(), purpose, packed)
	if err != nil || !genuine || again.Reveal() != key.Reveal() {
		t.Errorf("the key does not come back: %t, %v", genuine, err)
	}
	for name, c := range map[string]struct {
		purpose map[string]string
		packed  []byte
	}{
		"another place": {
			map[string]string{"shoji-seal": "manifest", "shoji-manifest": "s3://shop/b/manifest.json"}, packed,
		},
		"another form": {purpose, append([]byte(nil), packed[:len(packed)-1]...)},
		"nothing":      {purpose, nil},
	} {
		if _, genuine, err := reader.OpenKey(t.Context(), c.purpose, c.packed); err != nil || genuine {
			t.Errorf("%s: genuine %t, %v", name, genuine, err)
		}
	}
	for name, one := range map[string]*staging.Bucket{"who writes through S3": writer, "who reads": reader} {
		if _, _, err := one.NewKey(t.Context(), purpose); err == nil || !strings.Contains(err.Error(), "AccessDenied") {
			t.Errorf("%s makes a key: %v", name, err)
		}
	}
	if _, _, err := writer.OpenKey(t.Context(), purpose, packed); err == nil ||
		!strings.Contains(err.Error(), "AccessDenied") {
		t.Errorf("who writes through S3 opens a seal: %v", err)
	}
	if _, _, err := exporter.NewKey(t.Context(), map[string]string{"aws:s3:arn": "arn:aws:s3:::shop/a"}); err == nil {
		t.Error("the right to seals makes keys of objects")
	}
}
