package aws_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"golang.org/x/sync/errgroup"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// crowd makes n keys, buckets, roles and policies of others, whose names come before all of ours.
func (c clients) crowd(n int) error {
	var g errgroup.Group
	g.SetLimit(8)
	for i := range n {
		name := fmt.Sprintf("another-%04d", i)
		g.Go(func() error {
			_, err := c.in.KMS.CreateKey(context.Background(), &kms.CreateKeyInput{Description: &name})
			return err
		})
		g.Go(func() error { return c.makeBucket(name) })
		g.Go(func() error { return c.makeRole(name) })
		g.Go(func() error {
			_, err := c.in.IAM.CreatePolicy(context.Background(), &iam.CreatePolicyInput{
				PolicyName: &name,
				PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
					`"Action":"s3:ListAllMyBuckets","Resource":"*"}]}`),
			})
			return err
		})
	}
	return g.Wait()
}

// TestWhatLeftTheSpecIsFoundAmongMany: however many things of others an account has, ours that are in no block are
// found.
func TestWhatLeftTheSpecIsFoundAmongMany(t *testing.T) {
	a := lab(t, cloud.Config{})
	in := a.clients("prod")
	a.apply(transfer + `
iam_policy "extra" {
  in   = aws.prod
  name = "shop-extra"
  statement {
    actions   = ["s3:ListAllMyBuckets"]
    resources = ["*"]
  }
}
`)
	in.run("making what others have", in.crowd(310))
	_, ds := a.build("")
	text := ds.Error()
	for _, address := range []string{
		"kms_key.transfer", "bucket.transfer", "iam_role.export", "iam_role.import", "iam_policy.extra",
	} {
		if !strings.Contains(text, address) {
			t.Errorf("%s is not found", address)
		}
	}
	if len(ds) != 5 {
		t.Errorf("%d diagnostics: %s", len(ds), text)
	}
}
