package preflight

import (
	"cmp"
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// resourcePolicy is the policy of a key or a bucket, which decides together with those of identities.
type resourcePolicy struct {
	noun  string // "key"
	owner string // the account that it is in
	// closed is set if the policy has to let its own account in, too.
	closed bool
	// mend is what helps if the policy does not let somebody in.
	mend string
}

// combine combines what the policies of an identity say with what that of a resource says. A deny wins wherever it is.
// An allow in one of them makes up for silence in the other only within an account.
func combine(f *Finding, a *awsapi.Account, who string, g resourcePolicy, said policy.Verdict) {
	home := g.owner == a.Block.Account
	deny := func(reason, mend string) { f.Verdict, f.Reason, f.Mend = Denied, reason, mend }
	switch {
	case f.standing == forbidden:
	case said == policy.Denied:
		deny("a statement of the policy of the "+g.noun+" explicitly denies it", "Remove it from that policy.")
	case said == policy.Unknown:
		if f.Verdict == Allowed || f.standing == silent && home {
			f.Verdict, f.Reason = Unknown, "the policy of the "+g.noun+" depends on what is unknown beforehand"
		}
	case said == policy.Silent && (g.closed || !home):
		deny("the policy of the "+g.noun+" does not allow it", g.mend)
	case said == policy.Allowed && home && f.standing == bounded && isUser(who):
		f.Verdict = Unknown
		f.Reason = "the permissions boundary does not allow it, and the policy of the " + g.noun + " names the user"
	case said == policy.Allowed && home && (f.standing == silent || f.standing == conditional):
		f.Verdict, f.Reason = Allowed, ""
	}
}

// newRequest returns the request that the policy of a resource decides. S3 is reached by HTTPS: by shoji's clients and,
// as inferred, by aws_s3.
func newRequest(a *awsapi.Account, who string, n awsapi.Need) policy.Request {
	known := map[string]string{
		"aws:SecureTransport":       "true",
		"aws:PrincipalArn":          who,
		"aws:PrincipalAccount":      a.Block.Account,
		"aws:PrincipalIsAWSService": "false",
	}
	maps.Copy(known, contextKeys(a, n))
	return policy.Request{Principal: who, Action: n.Action, Resource: awsapi.SampleRun(n.Resource), Context: known}
}

func isUser(principal string) bool {
	arn, _ := policy.ParseARN(principal)
	return arn.Kind() == "user"
}

// checkKey adds what the policy of a key says to what those of an identity say: both have to allow the use, unless the
// policy of the key names the identity.
func checkKey(ctx context.Context, a *awsapi.Account, accounts Accounts, who string, f *Finding) {
	document, state, readable := readKey(ctx, a, accounts, f.Resource)
	// without a service in between, the call may be what repairs that
	if f.Via != "" && state != "" && state != string(types.KeyStateEnabled) {
		f.Verdict, f.Reason, f.Mend = Denied, "the key is "+state, "Enable the key, or use another one."
		return
	}
	switch {
	case f.standing == forbidden:
		return
	case readable && who != "":
		g := resourcePolicy{noun: "key", owner: policy.AccountOf(f.Resource), closed: true}
		g.mend = "Add this to the key's policy: " + keyStatement(who, f)
		combine(f, a, who, g, document.Decide(newRequest(a, who, f.Need)))
		return
	case f.Role != "":
		f.Verdict, f.Reason = Unknown, "the policy of the key cannot be read by "+a.Caller
		return
	case f.Action != "kms:CreateGrant" || f.Via == "" || f.Verdict == Denied:
		if f.Verdict == Allowed && !readable {
			f.Verdict, f.Reason = Unknown,
				"the policy of the key cannot be read (kms:GetKeyPolicy, in the key's own account)"
		}
		return
	}
	dryRun(ctx, a, f)
}

// readKey reads the policy of a key, which only its own account may read, and its state.
func readKey(ctx context.Context, a *awsapi.Account, accounts Accounts,
	arn string) (d policy.Document, state string, readable bool) {
	if owner := policy.AccountOf(arn); owner != a.Block.Account {
		if opened := accounts.Opened(owner, policy.RegionOf(arn)); opened != nil {
			a, readable = opened, true
		}
	} else {
		readable = true
	}
	there := inRegionOf(arn)
	out, err := a.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &arn}, there)
	if err == nil {
		state = string(out.KeyMetadata.KeyState)
	}
	if !readable {
		return d, state, false
	}
	text, err := a.KMS.GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &arn}, there)
	if err != nil {
		return d, state, false
	}
	d, err = policy.Parse(aws.ToString(text.Policy))
	return d, state, err == nil
}

// inRegionOf directs a call to the region of a key, which alone knows it.
func inRegionOf(arn string) func(*kms.Options) {
	return func(o *kms.Options) { o.Region = cmp.Or(policy.RegionOf(arn), o.Region) }
}

// dryRun asks KMS itself, as the caller, for a grant that is not issued. Inferred: the caller asks directly and not
// through RDS, so that a policy which requires that denies it here, and would allow it then.
func dryRun(ctx context.Context, a *awsapi.Account, f *Finding) {
	_, err := a.KMS.CreateGrant(ctx,
		&kms.CreateGrantInput{
			KeyId:            &f.Resource,
			GranteePrincipal: aws.String(a.Place.Root()),
			Operations:       []types.GrantOperation{types.GrantOperationDecrypt},
			DryRun:           aws.Bool(true),
		}, inRegionOf(f.Resource))
	switch {
	case awsapi.Is(err, "DryRunOperationException", "DryRunOperation"):
		f.Verdict, f.Reason = Allowed, ""
	case awsapi.Is(err, "AccessDeniedException"):
		f.Verdict, f.Reason = Unknown,
			"KMS denies it to the caller directly (a dry run), and the key's policy, which may allow it through RDS, "+
				"cannot be read from here (kms:GetKeyPolicy)"
	case awsapi.Is(err, "DisabledException", "KMSInvalidStateException"):
		f.Verdict, f.Reason, f.Mend = Denied, "the key is disabled or pending deletion",
			"Enable the key, or use another one."
	case awsapi.Is(err, "NotFoundException"):
		f.Verdict, f.Reason, f.Mend = Denied, "the key does not exist", "Check kms_key."
	default:
		f.Verdict, f.Reason = Unknown, "a dry run was inconclusive: "+a.Explain(err, f.Resource).Error()
	}
}

// keyStatement returns the statement of a key policy that lets somebody in.
func keyStatement(who string, f *Finding) string {
	s := policy.Statement{
		Effect:     "Allow",
		Principals: []policy.Principal{{Type: "AWS", ID: who}},
		Actions:    []string{f.Action},
		Resources:  []string{"*"},
	}
	if f.Action == "kms:CreateGrant" {
		s.Conditions = []policy.Condition{{
			Operator: "Bool",
			Key:      "kms:GrantIsForAWSResource",
			Values:   []string{"true"},
		}}
	}
	return s.JSON()
}

// checkBucket adds what the policy of a bucket says to what those of an identity say. owner is the account that it is
// in, nil if that was not signed in to.
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
	case awsapi.Is(err, "NoSuchBucket") && g.owner == a.Block.Account: // nothing exists yet that could deny it
		return
	case err != nil:
		unreadable("the policy of the bucket cannot be read (s3:GetBucketPolicy)")
		return
	default:
		text = aws.ToString(out.Policy)
	}
	d, err := policy.Parse(text)
	if err != nil {
		unreadable("the policy of the bucket cannot be parsed")
		return
	}
	statement := policy.Statement{
		Effect:     "Allow",
		Principals: []policy.Principal{{Type: "AWS", ID: who}},
		Actions:    []string{f.Action},
		Resources:  []string{awsapi.SampleRun(f.Resource)},
	}
	g.mend = "Name it in read of the bucket block and apply that, or add this to the bucket's policy: " +
		statement.JSON()
	combine(f, a, who, g, d.Decide(newRequest(a, who, f.Need)))
}
