package aws

import (
	"context"

	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/staging"
	"github.com/shoji-pg/shoji/spec"
)

// Bucket opens a bucket for rows on their way. as is the account to work in: who imports in another account than the
// bucket's is let in by the policies of the bucket and its key.
func (p *Provider) Bucket(ctx context.Context, b *spec.Bucket, as *spec.AWS) (*staging.Bucket, error) {
	a, err := p.Account(ctx, as.Address())
	if err != nil {
		return nil, err
	}
	client := a.S3
	if a.Block.Region != b.In.Region {
		client = awss3.NewFromConfig(a.Config, func(o *awss3.Options) {
			o.Region, o.UsePathStyle = b.In.Region, a.Block.Endpoint != ""
		})
	}
	out := &staging.Bucket{Client: client, Name: b.Name, Owner: b.In.Account, Explain: a.Explain}
	if b.Key != nil {
		out.KeyName = "arn:" + a.Place.Partition + ":kms:" + b.In.Region + ":" + b.In.Account + ":" + b.Key.Alias
		out.KMS = awskms.NewFromConfig(a.Config, func(o *awskms.Options) { o.Region = b.In.Region })
		out.FindKey = func(ctx context.Context) (string, error) {
			arn, err := kms.Resolve(ctx, a, out.KeyName)
			if awsapi.Is(err, "NotFoundException") {
				return "", nil
			}
			return arn, a.Explain(err, b.Key.Address())
		}
	}
	return out, nil
}
