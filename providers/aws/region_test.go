package aws_test

import (
	"context"
	"testing"

	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/s3"
)

// TestWhereABucketIs: an endpoint of another region sends elsewhere, and that it does says where.
func TestWhereABucketIs(t *testing.T) {
	a := lab(t, cloud.Config{})
	in := a.clients("prod")
	in.run("a bucket here", in.makeBucket("here"))
	far := awss3.NewFromConfig(in.in.Config, func(o *awss3.Options) {
		o.Region, o.UsePathStyle = "ap-northeast-3", true
	})
	name := "there"
	_, err := far.CreateBucket(context.Background(), &awss3.CreateBucketInput{
		Bucket:                    &name,
		CreateBucketConfiguration: &types.CreateBucketConfiguration{LocationConstraint: "ap-northeast-3"},
	})
	in.run("a bucket there", err)
	for name, want := range map[string]string{"here": "ap-northeast-1", "there": "ap-northeast-3", "nowhere": ""} {
		if got, err := s3.Region(context.Background(), in.in, name); err != nil || got != want {
			t.Errorf("%s is in %q, %v", name, got, err)
		}
	}
}
