package preflight

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// checkBucket adds what the policy of a bucket says to what those of an identity say. owner is the account that it is
// in, nil if nobody signed in there.
func checkBucket(ctx context.Context, a, owner *awsapi.Account, who string, f *Finding) {
	if f.standing == forbidden {
		return
	}
	g := resourcePolicy{noun: "bucket", owner: cmp.Or(f.Owner, a.Block.Account)}
	unreadable := func(reason string) {
		if f.Verdict == Allowed {
			f.Verdict, f.Reason = Unknown, reason
		}
	}
	if owner == nil {
		unreadable("the bucket is another account's, and its policy cannot be read from here")
		return
	}
	in := &s3.GetBucketPolicyInput{Bucket: aws.String(policy.BucketOf(f.Resource)), ExpectedBucketOwner: &g.owner}
	out, err := owner.S3.GetBucketPolicy(ctx, in)
	text := `{"Version":"2012-10-17","Statement":[]}`
	switch {
	case awsapi.Is(err, "NoSuchBucketPolicy"):
	case awsapi.Is(err, "NoSuchBucket") && g.owner == a.Block.Account: // there is nothing yet that could say no
		return
	case err != nil:
		unreadable("the policy of the bucket cannot be read (s3:GetBucketPolicy)")
		return
	default:
		text = aws.ToString(out.Policy)
	}
	d, err := policy.Parse(text)
	if err != nil {
		unreadable("the policy of the bucket is not understood")
		return
	}
	statement := policy.Statement{
		Effect:     "Allow",
		Principals: []policy.Principal{{Type: "AWS", ID: who}},
		Actions:    []string{f.Action},
		Resources:  []string{awsapi.SampleRun(f.Resource)},
	}
	g.mend = "Name it in read of the bucket block and apply that, or put this into the bucket's policy: " +
		statement.JSON()
	combine(f, a, who, g, d.Decide(newRequest(a, who, f.Need)))
}
