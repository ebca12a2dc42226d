package aws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws"
	akms "github.com/shoji-pg/shoji/providers/aws/kms"
)

// reads is a refresh whose target reads a bucket of the source's account by itself.
const reads = `
kms_key "transfer" {
  in    = aws.prod
  alias = "alias/shop-transfer"
}
bucket "transfer" {
  in      = aws.prod
  name    = "shop-transfer"
  kms_key = kms_key.transfer
  read    = [iam_role.import]
}
iam_role "import" {
  in   = aws.staging
  name = "shop-s3-import"
  trust {
    service  = "rds.amazonaws.com"
    clusters = [cluster.staging]
  }
}
cluster "staging" {
  in         = aws.staging
  identifier = "shop-staging"
  s3_import  = iam_role.import
}
database "prod" { url = "postgres://masker@prod.example/app" }
database "staging" {
  url     = "postgres://refresher@staging.example/app"
  cluster = cluster.staging
}
refresh "nightly" {
  from = database.prod
  to   = database.staging
  via  = bucket.transfer
}
`

func TestWhatAnotherAccountsBucketAndKeyAllowIsAskedThere(t *testing.T) {
	a, in := withCluster(t, cloud.Config{})
	a.apply(reads)
	plan := &engine.Plan{Project: "shop", Refreshes: []engine.Refresh{{Address: "refresh.nightly"}},
		Steps: []engine.Step{{
			ID:       "x",
			Address:  "refresh.nightly",
			Provider: "postgres",
			Touches:  []engine.Touch{{Address: "bucket.transfer", Access: engine.Read, By: "database.staging"}},
		}}}
	look := func(text string) diag.Diagnostics {
		_, ds := provider(a.project(text)).Preflight(context.Background(), plan)
		return ds
	}
	says := func(ds diag.Diagnostics, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(fmt.Sprint(ds), part) {
				t.Errorf("%q is not in %s", part, ds)
			}
		}
	}
	if ds := look(reads); len(ds) > 0 {
		t.Errorf("all is allowed: %s", ds)
	}
	// Who imports need not be able to sign in to the source's account, and knows nothing of its policies then.
	closed := a.project(strings.Replace(blocks, `profile  = "prod"`, `profile  = "nobody"`, 1) + reads)
	_, ds := aws.New(closed, aws.NewAccounts(closed), aws.Options{Only: engine.OnlyImport}).
		Preflight(context.Background(), plan)
	says(ds, "Rights that could not be checked",
		"the bucket is another account's, and its policy cannot be read from here",
		"s3:GetObject on arn:aws:s3:::shop-transfer/shoji/", "its account cannot be accessed from here",
		"kms:Decrypt on the key of bucket.transfer")
	if ds.HasErrors() {
		t.Error(ds)
	}

	prod := a.clients("prod").in
	key, err := akms.Resolve(context.Background(), prod, "alias/shop-transfer")
	in.run("finding the key", err)
	_, err = prod.S3.PutBucketPolicy(context.Background(), &s3.PutBucketPolicyInput{
		Bucket: awssdk.String("shop-transfer"),
		Policy: awssdk.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*",` +
			`"Resource":"arn:aws:s3:::shop-transfer/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`),
	})
	in.run("taking the role from the bucket", err)
	_, err = prod.KMS.PutKeyPolicy(context.Background(), &kms.PutKeyPolicyInput{
		KeyId:      &key,
		PolicyName: awssdk.String("default"),
		Policy: awssdk.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"AWS":"111111111111"},"Action":"kms:*","Resource":"*"}]}`),
	})
	in.run("taking the role from the key", err)
	says(look(reads), "AWS would refuse this plan", "s3:GetObject on arn:aws:s3:::shop-transfer/shoji/",
		"the policy of the bucket does not allow it", "Name it in read of the bucket block",
		"kms:Decrypt on arn:aws:kms:", "the policy of the key does not allow it")
}
