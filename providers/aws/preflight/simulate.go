package preflight

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// identity returns the ARN of IAM that the caller's policies hang on. A session of a role is none, and says nothing of
// the role's path.
func identity(ctx context.Context, a *awsapi.Account) (arn, why string) {
	caller, ok := policy.ParseARN(a.Caller)
	switch kind := caller.Kind(); {
	case !ok:
		return "", "who makes the calls is not known"
	case kind == "root", kind == "user":
		return a.Caller, ""
	case kind != "assumed-role":
		return "", "the policies of " + a.Caller + " cannot be asked for"
	}
	name := caller.Name() // which the name of the session was cut off
	out, err := a.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return "", "the caller may not look at its own role (iam:GetRole on role " + name + ")"
	}
	return aws.ToString(out.Role.Arn), ""
}

// simulation asks IAM what policies of identities say, once for each resource.
type simulation struct {
	a       *awsapi.Account
	who     string // ARN; "" cannot be asked for
	why     string // it cannot be asked for
	root    bool   // the account's own user, whom no policy of an identity limits
	inWords string
}

// ask fills in what the policies of an identity say of needs. Policies of resources are not in it.
func (s simulation) ask(ctx context.Context, needs []awsapi.Need) []Finding {
	out := make([]Finding, len(needs))
	groups := map[awsapi.Need][]int{}
	for i, n := range needs {
		out[i] = Finding{Need: n, Verdict: Unknown, Who: s.inWords, Reason: s.why}
		switch {
		case s.root:
			out[i].Verdict, out[i].standing = Allowed, allowed
		case s.who == "":
		case n.Unresolved == awsapi.Created:
			out[i].Reason = "it is made by this plan"
		case n.Unresolved == awsapi.Unreachable:
			out[i].Reason = "the account that it is in cannot be asked from here"
		default:
			about := n
			about.In, about.Action, about.Role, about.Guess, about.Owner, about.Region = "", "", "", false, "", ""
			groups[about] = append(groups[about], i)
		}
	}
	for about, list := range groups {
		s.simulate(ctx, about, list, out)
	}
	return out
}

// simulate asks for all actions on one resource.
func (s simulation) simulate(ctx context.Context, about awsapi.Need, list []int, out []Finding) {
	var actions []string
	for _, i := range list {
		if !slices.Contains(actions, out[i].Action) {
			actions = append(actions, out[i].Action)
		}
	}
	slices.Sort(actions)
	in := &iam.SimulatePrincipalPolicyInput{
		PolicySourceArn: &s.who,
		ActionNames:     actions,
		ResourceArns:    []string{awsapi.SampleRun(about.Resource)},
	}
	known := contextKeys(s.a, about)
	for _, k := range slices.Sorted(maps.Keys(known)) {
		kind := types.ContextKeyTypeEnumString
		if known[k] == "true" {
			kind = types.ContextKeyTypeEnumBoolean
		}
		in.ContextEntries = append(in.ContextEntries, types.ContextEntry{
			ContextKeyName:   &k,
			ContextKeyType:   kind,
			ContextKeyValues: []string{known[k]},
		})
	}
	said := map[string]types.EvaluationResult{}
	for p := iam.NewSimulatePrincipalPolicyPaginator(s.a.IAM, in); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			reason := "policies cannot be simulated: " + s.a.Explain(err, s.who).Error()
			switch {
			case awsapi.Is(err, "AccessDenied"):
				reason = "the caller may not simulate policies (iam:SimulatePrincipalPolicy on " + s.who + ")"
			case awsapi.Is(err, "NoSuchEntity"):
				reason = s.who + " is not there yet"
			}
			for _, i := range list {
				out[i].Reason = reason
			}
			return
		}
		for _, r := range page.EvaluationResults {
			said[aws.ToString(r.EvalActionName)] = r
		}
	}
	for _, i := range list {
		f := &out[i]
		f.standing, f.Reason = readResult(said[f.Action])
		if f.Verdict = f.standing.verdict(); f.Verdict == Denied && f.Guess {
			f.Verdict, f.Reason = Unknown, "its path is not known"
		}
	}
}

// contextKeys are the condition keys that a request will have, as far as they are known before. A service uses a key in
// the key's region.
func contextKeys(a *awsapi.Account, n awsapi.Need) map[string]string {
	at := a.Place
	if n.Via != "" {
		at.Region = cmp.Or(policy.RegionOf(n.Resource), at.Region)
	}
	out := map[string]string{"aws:RequestedRegion": at.Region}
	if n.Via != "" {
		out["kms:ViaService"], out["kms:CallerAccount"] = at.Service(n.Via), a.Block.Account
	}
	if n.Project != "" {
		out["aws:RequestTag/"+object.ProjectTag], out["aws:ResourceTag/"+object.ProjectTag] = n.Project, n.Project
	}
	if n.Via == "rds" {
		out["kms:GrantIsForAWSResource"] = "true"
	}
	for key, value := range map[string]string{"iam:PassedToService": n.Service, "iam:PolicyARN": n.Attached} {
		if value != "" {
			out[key] = value
		}
	}
	if seal := policy.OfSeals(); n.Seal {
		out[seal.Key] = seal.Values[0]
	}
	if n.Under != "" {
		out["s3:x-amz-server-side-encryption"], out["s3:x-amz-server-side-encryption-aws-kms-key-id"] = "aws:kms",
			n.Under
	}
	return out
}
