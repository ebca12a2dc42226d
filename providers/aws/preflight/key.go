package preflight

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// checkKey adds what the key itself says to what the policies of an identity say: both have to allow what is done with
// it, unless its policy names who does it.
func checkKey(ctx context.Context, a *awsapi.Account, accounts Accounts, who string, f *Finding) {
	document, state, readable := readKey(ctx, a, accounts, f.Resource)
	// without a service in between, it is a call that may mend just that
	if f.Via != "" && state != "" && state != string(types.KeyStateEnabled) {
		f.Verdict, f.Reason, f.Mend = Denied, "the key is "+state, "Enable the key, or take another one."
		return
	}
	switch {
	case f.standing == forbidden:
		return
	case readable && who != "":
		g := resourcePolicy{noun: "key", owner: policy.AccountOf(f.Resource), closed: true}
		g.mend = "This in the key's policy helps: " + keyStatement(who, f)
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

// readKey reads the policy of a key, which its own account alone may, and its state.
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

// inRegionOf asks the KMS of a key's region, which alone knows it.
func inRegionOf(arn string) func(*kms.Options) {
	return func(o *kms.Options) { o.Region = cmp.Or(policy.RegionOf(arn), o.Region) }
}

// dryRun asks KMS itself, as the caller, for a grant that is not given. Inferred: the caller asks directly and not
// through RDS, so a policy that wants that says no here, and would say yes then.
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
			"KMS refuses the caller directly (a dry run), and the key's policy, which may let it through RDS, cannot "+
				"be read from here (kms:GetKeyPolicy)"
	case awsapi.Is(err, "DisabledException", "KMSInvalidStateException"):
		f.Verdict, f.Reason, f.Mend = Denied, "the key is disabled or about to be deleted",
			"Enable the key, or take another one."
	case awsapi.Is(err, "NotFoundException"):
		f.Verdict, f.Reason, f.Mend = Denied, "there is no such key", "Look at kms_key."
	default:
		f.Verdict, f.Reason = Unknown, "a dry run says nothing: "+a.Explain(err, f.Resource).Error()
	}
}

// keyStatement is the statement of a key's policy that lets somebody.
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
