package preflight

import (
	"maps"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// resourcePolicy is a resource whose own policy has a say: a key or a bucket.
type resourcePolicy struct {
	noun  string // "key"
	owner string // the account that it is in
	// closed says that its policy has to let its own account in, too.
	closed bool
	// mend is what helps where its policy does not let somebody.
	mend string
}

// combine joins what the policies of an identity say of a finding with what that of a resource says. A deny wins
// wherever it stands, and what allows something in one of them makes up for silence in the other only within an
// account.
func combine(f *Finding, a *awsapi.Account, who string, g resourcePolicy, said policy.Verdict) {
	home := g.owner == a.Block.Account
	deny := func(reason, mend string) { f.Verdict, f.Reason, f.Mend = Denied, reason, mend }
	switch {
	case f.standing == forbidden:
	case said == policy.Denied:
		deny("a statement of the policy of the "+g.noun+" denies it expressly", "Take it out of that policy.")
	case said == policy.Unknown:
		if f.Verdict == Allowed || f.standing == silent && home {
			f.Verdict, f.Reason = Unknown, "the policy of the "+g.noun+" depends on what is not known before"
		}
	case said == policy.Silent && (g.closed || !home):
		deny("the policy of the "+g.noun+" does not let it", g.mend)
	case said == policy.Allowed && home && f.standing == bounded && isUser(who):
		f.Verdict = Unknown
		f.Reason = "the permissions boundary does not allow it, and the policy of the " + g.noun + " names the user"
	case said == policy.Allowed && home && (f.standing == silent || f.standing == conditional):
		f.Verdict, f.Reason = Allowed, ""
	}
}

// request is the question to the policy of a resource. Whoever works with S3 does so by HTTPS: shoji's clients, and,
// as inferred, aws_s3.
func newRequest(a *awsapi.Account, who string, n awsapi.Need) policy.Request {
	context := map[string]string{
		"aws:SecureTransport":       "true",
		"aws:PrincipalArn":          who,
		"aws:PrincipalAccount":      a.Block.Account,
		"aws:PrincipalIsAWSService": "false",
	}
	maps.Copy(context, contextKeys(a, n))
	return policy.Request{Principal: who, Action: n.Action, Resource: awsapi.SampleRun(n.Resource), Context: context}
}

func isUser(principal string) bool {
	arn, _ := policy.ParseARN(principal)
	return arn.Kind() == "user"
}
