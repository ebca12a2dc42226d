package preflight

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// checkNeeds finds out which rights are there, as far as that is possible.
func checkNeeds(ctx context.Context, accounts Accounts, c *checks) ([]Finding, error) {
	var out []Finding
	type who struct{ in, role string }
	groups := map[who][]awsapi.Need{}
	var order []who
	for _, n := range c.Needs {
		k := who{n.In, n.Role}
		if groups[k] == nil {
			order = append(order, k)
		}
		if !slices.Contains(groups[k], n) {
			groups[k] = append(groups[k], n)
		}
	}
	for _, k := range order {
		a, err := accounts.Account(ctx, k.in)
		if err != nil {
			return nil, err
		}
		s := simulation{a: a, who: k.role, inWords: k.role}
		if k.role == "" {
			s.inWords = a.Caller
			s.who, s.why = identity(ctx, a)
			arn, _ := policy.ParseARN(s.who)
			s.root = arn.Kind() == "root"
		}
		found := s.ask(ctx, groups[k])
		for i := range found {
			f := &found[i]
			if f.isDecidedBy(c.Changed) {
				if f.standing != forbidden || k.role != "" && slices.Contains(c.Changed, roleName(k.role)) {
					f.Verdict, f.Reason = Unknown, "this plan changes the policies that decide that"
				}
				continue
			}
			switch arn, _ := policy.ParseARN(f.Resource); {
			case f.Unresolved != "":
			case arn.Service == "s3":
				checkBucket(ctx, a, ownerOf(a, accounts, f.Need), s.who, f)
			case arn.Service == "kms":
				checkKey(ctx, a, accounts, s.who, f)
			}
		}
		out = append(out, found...)
	}
	return out, nil
}

// ownerOf returns the account that a bucket is in if it was signed in to, else nil.
func ownerOf(a *awsapi.Account, accounts Accounts, n awsapi.Need) *awsapi.Account {
	if n.Owner == "" {
		return a
	}
	if opened := accounts.Opened(n.Owner, n.Region); opened != nil || n.Owner != a.Block.Account {
		return opened
	}
	return a
}

// isDecidedBy reports whether the policies that decide a need are among those that the plan changes: of a key that a
// service uses, of a bucket's objects, of a role that somebody else assumes.
func (f *Finding) isDecidedBy(changed []string) bool {
	arn, _ := policy.ParseARN(f.Resource)
	bucket := policy.BucketOf(f.Resource)
	isObject := bucket != "" && arn.Resource != bucket
	return (f.Via != "" || f.Seal) && slices.Contains(changed, f.Resource) ||
		(f.Owner != "" || isObject) && slices.Contains(changed, bucket) ||
		f.Role != "" && slices.Contains(changed, roleName(f.Role))
}

// roleName returns the name of a role in its ARN.
func roleName(role string) string {
	arn, _ := policy.ParseARN(role)
	return arn.Name()
}

// checkTrust finds out whether RDS can assume a role for a cluster by reading its trust policy: nobody but RDS can try.
func (p *Preflight) checkTrust(ctx context.Context, t awsapi.Trust, changed []string) (Finding, error) {
	a, err := p.Accounts.Account(ctx, t.In)
	if err != nil {
		return Finding{}, err
	}
	f := readTrust(ctx, a, t)
	if slices.Contains(changed, roleName(t.Role)) && f.Verdict != Allowed {
		f.Verdict, f.Reason = Unknown, "this plan changes the role"
	}
	return f, nil
}

func readTrust(ctx context.Context, a *awsapi.Account, t awsapi.Trust) Finding {
	f := Finding{
		Need:    awsapi.Need{In: t.In, Action: "sts:AssumeRole", Resource: t.Role},
		Verdict: Unknown,
		Who:     "rds.amazonaws.com for " + t.Cluster,
	}
	out, err := a.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(roleName(t.Role))})
	switch {
	case awsapi.Is(err, "NoSuchEntity"):
		f.Verdict, f.Reason, f.Mend = Denied, "the role does not exist", "Create it first."
		return f
	case err != nil:
		f.Reason = "its trust policy cannot be read (iam:GetRole)"
		return f
	}
	d, err := policy.Parse(aws.ToString(out.Role.AssumeRolePolicyDocument))
	if err != nil {
		f.Reason = "its trust policy cannot be parsed"
		return f
	}
	cluster := awsapi.SampleRun(t.Cluster)
	switch d.Decide(policy.Request{
		Principal: "rds.amazonaws.com",
		Action:    "sts:AssumeRole",
		Context:   map[string]string{"aws:SourceAccount": a.Block.Account, "aws:SourceArn": cluster},
	}) {
	case policy.Allowed:
		f.Verdict = Allowed
	case policy.Unknown:
		f.Reason = "its trust policy depends on what is unknown beforehand"
	default:
		f.Verdict, f.Reason = Denied, "its trust policy names other clusters, so the role would turn INVALID"
		f.Mend = "Name the cluster in clusters of the role's trust block."
		if awsapi.NamesRun(t.Cluster) {
			f.Mend = `A copy has a name of its own: add "shoji-*" to clusters of the role's trust block.`
		}
	}
	return f
}
