package preflight

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/providers/aws/account"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// bucketOf is the name of a bucket in the ARN of its objects.
func bucketOf(objects string) string {
	name, _, _ := strings.Cut(objects[strings.LastIndex(objects, ":")+1:], "/")
	return name
}

// bucket adds what the policy of another account's bucket says to what those of an identity say: both have to allow what is done with
// its objects. owner is the account that it is in, nil where nobody signed in there.
func bucket(ctx context.Context, owner *account.Account, who string, f *Finding) {
	if f.Verdict != Allowed {
		return
	}
	f.Verdict, f.Reason = Unknown, "the bucket is another account's, and its policy cannot be read from here"
	if owner == nil {
		return
	}
	out, err := owner.S3.GetBucketPolicy(ctx, &s3.GetBucketPolicyInput{Bucket: aws.String(bucketOf(f.Resource)), ExpectedBucketOwner: &f.Owner})
	text := `{"Version":"2012-10-17","Statement":[]}`
	switch {
	case account.Is(err, "NoSuchBucketPolicy"):
	case err != nil:
		return
	default:
		text = aws.ToString(out.Policy)
	}
	d, err := policy.Parse(text)
	if err != nil {
		return
	}
	// Whoever works with S3 does so by HTTPS: shoji's clients, and, as inferred, aws_s3.
	switch d.Decide(policy.Request{Principal: who, Action: f.Action, Resource: f.Resource, Context: map[string]string{"aws:SecureTransport": "true"}}) {
	case policy.Allowed, policy.Delegated:
		f.Verdict, f.Reason = Allowed, ""
	case policy.Unknown:
		f.Reason = "the policy of the bucket depends on what is not known before"
	default:
		f.Verdict, f.Reason = Denied, "the policy of the bucket does not let it"
		f.Mend = "Name it in read of the bucket block and apply that, or put this into the bucket's policy: " +
			policy.Statement{Effect: "Allow", Principals: []policy.Principal{{Type: "AWS", ID: who}}, Actions: []string{f.Action}, Resources: []string{f.Resource}}.JSON()
	}
}
