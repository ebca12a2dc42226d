package preflight

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// identity returns the ARN of the identity of IAM whose policies the caller has. A session of a role is none itself,
// and does not show the role's path.
func identity(ctx context.Context, a *awsapi.Account) (arn, why string) {
	caller, ok := policy.ParseARN(a.Caller)
	switch kind := caller.Kind(); {
	case !ok:
		return "", "the caller is unknown"
	case kind == "root", kind == "user":
		return a.Caller, ""
	case kind != "assumed-role":
		return "", "the policies of " + a.Caller + " cannot be read"
	}
	name := caller.Name() // Caller has no session
	out, err := a.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if err != nil {
		return "", "the caller may not read its own role (iam:GetRole on role " + name + ")"
	}
	return aws.ToString(out.Role.Arn), ""
}

// simulation asks IAM what the policies of an identity allow, once for each resource.
type simulation struct {
	a       *awsapi.Account
	who     string // ARN; "" if it is unknown
	why     string // it is unknown
	root    bool   // the root user, whom no policy of an identity limits
	inWords string
}

// ask checks needs against the policies of an identity. The policies of resources are not considered.
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
			out[i].Reason = "it is created by this plan"
		case n.Unresolved == awsapi.Unreachable:
			out[i].Reason = "its account cannot be accessed from here"
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

// simulate checks all actions on one resource.
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
				reason = s.who + " does not exist yet"
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
			f.Verdict, f.Reason = Unknown, "its path is unknown"
		}
	}
}

// contextKeys returns the condition keys of a request, as far as they are known beforehand. A service uses a key in the
// region of the key.
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

// standing is what the policies of an identity say about a need, with its permissions boundary and its organization. It
// determines what the policy of a resource can still add.
type standing int

const (
	// unanswered: IAM could not be asked, so that a deny may be among the policies.
	unanswered standing = iota
	// silent: nothing allows it, and nothing denies it. The policy of a resource may allow it.
	silent
	// conditional is silent, but something allows it depending on what only a real request has.
	conditional
	// bounded: the permissions boundary does not allow it. A resource policy that names a role does not help; one that
	// names a user may.
	bounded
	// doubtful: a deny may hold, depending on what only a real request has.
	doubtful
	// allowed: something allows it, and nothing denies it.
	allowed
	// forbidden: a statement denies it, or the organization does not allow it. Nothing overrides that.
	forbidden
)

// verdict returns what a standing means if no policy of a resource decides.
func (s standing) verdict() Verdict {
	switch s {
	case allowed:
		return Allowed
	case unanswered, conditional, doubtful:
		return Unknown
	}
	return Denied
}

// readResult returns the standing in a result of a simulation, and the reason in words.
func readResult(r types.EvaluationResult) (standing, string) {
	decision, missing, boundary := r.EvalDecision, slices.Clone(
		r.MissingContextValues,
	), r.PermissionsBoundaryDecisionDetail
	if len(r.ResourceSpecificResults) > 0 {
		one := r.ResourceSpecificResults[0]
		decision, missing = one.EvalResourceDecision, append(missing, one.MissingContextValues...)
		if one.PermissionsBoundaryDecisionDetail != nil {
			boundary = one.PermissionsBoundaryDecisionDetail
		}
	}
	missing = slices.DeleteFunc(missing, func(k string) bool { return k == "" })
	slices.Sort(missing)
	depends := "it depends on " + strings.Join(slices.Compact(missing), ", ") + " of the request"
	outside := boundary != nil && !boundary.AllowedByPermissionsBoundary
	switch denies := decision == types.PolicyEvaluationDecisionTypeExplicitDeny; {
	case r.OrganizationsDecisionDetail != nil && !r.OrganizationsDecisionDetail.AllowedByOrganizations:
		return forbidden, "a policy of the organization"
	case decision == "":
		return unanswered, "the simulation returned no result for it"
	case denies && len(missing) > 0:
		return doubtful, depends
	case denies && outside:
		return forbidden, "a statement of the permissions boundary or of a policy explicitly denies it"
	case denies:
		return forbidden, "a statement explicitly denies it"
	case outside && len(missing) == 0:
		return bounded, "the permissions boundary does not allow it"
	case decision == types.PolicyEvaluationDecisionTypeAllowed:
		return allowed, ""
	case len(missing) > 0:
		return conditional, depends
	}
	return silent, "no policy allows it"
}
