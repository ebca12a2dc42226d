package preflight

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Trust is a role that RDS must be able to work as, for clusters of a name that may not exist yet.
type Trust struct {
	In   string `json:"in"`
	Role string `json:"role"`
	// Cluster is the ARN that RDS will say it works for.
	Cluster string `json:"cluster"`
}

// Accounts are those of a spec.
type Accounts interface {
	// Account signs in to the account of an address such as aws.prod.
	Account(ctx context.Context, address string) (*awsapi.Account, error)
	// Opened gives an account in a region that was signed in to, nil where none was: who has no access to an account
	// must not need it to find out what that account allows.
	Opened(account, region string) *awsapi.Account
}

// Check finds out what can be found out of needs. changed are the roles, keys and buckets that the plan changes before.
func Check(ctx context.Context, accounts Accounts, needs []Need, trusts []Trust, changed []string) ([]Finding, error) {
	var out []Finding
	type who struct{ in, role string }
	groups := map[who][]Need{}
	var order []who
	for _, n := range needs {
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
			s.root = strings.HasSuffix(s.who, ":root")
		}
		found := s.ask(ctx, groups[k])
		for i := range found {
			f := &found[i]
			if f.decidedBy(changed) {
				if f.standing != forbidden || k.role != "" && slices.Contains(changed, nameOf(k.role)) {
					f.Verdict, f.Reason = Unknown, "this plan changes the policies that decide it"
				}
				continue
			}
			switch {
			case bucketOf(f.Resource) != "":
				bucket(ctx, a, ownerOf(a, accounts, f.Need), s.who, f)
			case strings.HasPrefix(f.Action, "kms:") && strings.HasPrefix(f.Resource, "arn:") &&
				!strings.Contains(f.Resource, "known after apply"):
				key(ctx, a, accounts, s.who, f)
			}
		}
		out = append(out, found...)
	}
	for _, t := range trusts {
		a, err := accounts.Account(ctx, t.In)
		if err != nil {
			return nil, err
		}
		f := trusted(ctx, a, t)
		if slices.Contains(changed, nameOf(t.Role)) && f.Verdict != Allowed {
			f.Verdict, f.Reason = Unknown, "this plan changes the role"
		}
		out = append(out, f)
	}
	return out, nil
}

// ownerOf returns the account that a bucket is in, as one that was signed in to; nil where that is none.
func ownerOf(a *awsapi.Account, accounts Accounts, n Need) *awsapi.Account {
	if n.Owner == "" {
		return a
	}
	if opened := accounts.Opened(n.Owner, n.Region); opened != nil || n.Owner != a.Block.Account {
		return opened
	}
	return a
}

// decidedBy reports whether policies decide a need that belong to something that is changed: a key that a service
// uses, a bucket's objects, a role that somebody else works as.
func (n Need) decidedBy(changed []string) bool {
	isObject := strings.Contains(n.Resource[strings.LastIndex(n.Resource, ":")+1:], "/")
	return (n.Via != "" || n.Seal) && slices.Contains(changed, n.Resource) ||
		(n.Owner != "" || isObject) && slices.Contains(changed, bucketOf(n.Resource)) ||
		n.Role != "" && slices.Contains(changed, nameOf(n.Role))
}

// nameOf is the name of a role in its ARN.
func nameOf(role string) string { return role[strings.LastIndex(role, "/")+1:] }

// trusted finds out whether RDS can work as a role for a cluster, by reading its trust policy: nobody but RDS can try.
func trusted(ctx context.Context, a *awsapi.Account, t Trust) Finding {
	f := Finding{
		Need:    Need{In: t.In, Action: "sts:AssumeRole", Resource: t.Role},
		Verdict: Unknown,
		Who:     "rds.amazonaws.com for " + t.Cluster,
	}
	out, err := a.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: aws.String(nameOf(t.Role))})
	switch {
	case awsapi.Is(err, "NoSuchEntity"):
		f.Verdict, f.Reason, f.Mend = Denied, "there is no such role", "Make it first."
		return f
	case err != nil:
		f.Reason = "its trust policy cannot be read (iam:GetRole)"
		return f
	}
	d, err := policy.Parse(aws.ToString(out.Role.AssumeRolePolicyDocument))
	if err != nil {
		f.Reason = "its trust policy is not understood"
		return f
	}
	cluster := strings.ReplaceAll(t.Cluster, awsapi.RunToken, "run")
	switch d.Decide(policy.Request{
		Principal: "rds.amazonaws.com",
		Action:    "sts:AssumeRole",
		Context:   map[string]string{"aws:SourceAccount": a.Block.Account, "aws:SourceArn": cluster},
	}) {
	case policy.Allowed:
		f.Verdict = Allowed
	case policy.Unknown:
		f.Reason = "its trust policy depends on what is not known before"
	default:
		f.Verdict, f.Reason = Denied, "its trust policy names other clusters, so the role would turn INVALID"
		f.Mend = "Name the cluster in clusters of the role's trust block."
		if strings.Contains(t.Cluster, awsapi.RunToken) {
			f.Mend = `A copy has a name of its own: add "shoji-*" to clusters of the role's trust block.`
		}
	}
	return f
}
