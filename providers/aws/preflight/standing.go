package preflight

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// standing is what the policies of an identity say of a need, with its permissions boundary and its organization. It
// decides what the policy of a resource can still add.
type standing int

const (
	// unanswered: they could not be asked, so a deny may be among them.
	unanswered standing = iota
	// silent: nothing allows it, and nothing denies it. The policy of a resource may allow it.
	silent
	// conditional is silent where something allows it, depending on what only a real request has.
	conditional
	// bounded: the permissions boundary does not allow it. A policy that names a role does not help; one that names a
	// user may.
	bounded
	// doubtful: a deny may hold, depending on what only a real request has.
	doubtful
	// allowed: something allows it, and nothing denies it.
	allowed
	// forbidden: a statement denies it, or the organization does not allow it. Nothing makes up for that.
	forbidden
)

// verdict returns what a standing comes to where no policy of a resource has a say.
func (s standing) verdict() Verdict {
	switch s {
	case allowed:
		return Allowed
	case unanswered, conditional, doubtful:
		return Unknown
	}
	return Denied
}

// readResult returns what one result of a simulation says, and how that is put into words.
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
		return unanswered, "the simulation said nothing of it"
	case denies && len(missing) > 0:
		return doubtful, depends
	case denies && outside:
		return forbidden, "a statement of the permissions boundary or of a policy denies it expressly"
	case denies:
		return forbidden, "a statement denies it expressly"
	case outside && len(missing) == 0:
		return bounded, "the permissions boundary does not allow it"
	case decision == types.PolicyEvaluationDecisionTypeAllowed:
		return allowed, ""
	case len(missing) > 0:
		return conditional, depends
	}
	return silent, "no policy allows it"
}
