package iam

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type contextEntry struct {
	ContextKeyName, ContextKeyType string
	ContextKeyValues               []string
}

type simulateInput struct {
	PolicySourceArn, ResourcePolicy, CallerArn, ResourceOwner, ResourceHandlingOption string
	ActionNames, ResourceArns, PolicyInputList                                        []string
	ContextEntries                                                                    []contextEntry
	pageInput
}

type matchedStatement struct{ SourcePolicyId, SourcePolicyType string }

type (
	boundaryDetail     struct{ AllowedByPermissionsBoundary bool }
	organizationDetail struct{ AllowedByOrganizations bool }
)

type resourceResult struct {
	EvalResourceName     string
	EvalResourceDecision string
	MatchedStatements    []matchedStatement `xml:"MatchedStatements>member"`
	MissingContextValues []string           `xml:"MissingContextValues>member"`

	PermissionsBoundaryDecisionDetail *boundaryDetail `xml:",omitempty"`
}

type evaluation struct {
	EvalActionName, EvalResourceName, EvalDecision string
	MatchedStatements                              []matchedStatement `xml:"MatchedStatements>member"`
	MissingContextValues                           []string           `xml:"MissingContextValues>member"`
	ResourceSpecificResults                        []resourceResult   `xml:"ResourceSpecificResults>member"`

	OrganizationsDecisionDetail       *organizationDetail `xml:",omitempty"`
	PermissionsBoundaryDecisionDetail *boundaryDetail     `xml:",omitempty"`
}

var decisions = map[policy.Effect]string{
	policy.Silent:    "implicitDeny",
	policy.Delegated: "implicitDeny",
	policy.Allowed:   "allowed",
	policy.Denied:    "explicitDeny",
}

// simulatePrincipalPolicy evaluates an identity's policies, its boundary and the organization's policy, and nothing
// else: a role's resource policies are not simulated, and neither are grants. Context keys that AWS knows of a real
// request are not set: only those that are given.
func (s *Service) simulatePrincipalPolicy(r *wire.Request) (any, error) {
	var in simulateInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if err := s.may(r, in.PolicySourceArn, nil); err != nil {
		return nil, err
	}
	i, _ := s.principal(in.PolicySourceArn)
	switch {
	case !strings.HasPrefix(in.PolicySourceArn, "arn:aws:iam::"):
		return nil, wire.Errorf("InvalidInput", "Invalid Entity Arn: %s does not clearly define entity type and name.",
			in.PolicySourceArn)
	case i == nil || i.account.id != r.Caller.Account:
		return nil, wire.NotFoundf("NoSuchEntity", "The entity with ARN %s cannot be found.", in.PolicySourceArn)
	case in.ResourcePolicy != "" && i.trust != nil:
		return nil, wire.Errorf("InvalidInput", "Resource-based policy simulation isn't supported for IAM roles.")
	case in.ResourcePolicy != "", in.CallerArn != "" && in.CallerArn != in.PolicySourceArn,
		in.ResourceHandlingOption != "":
		return nil, wire.Unknown("SimulatePrincipalPolicy with ResourcePolicy, CallerArn or ResourceHandlingOption")
	}
	documents := i.documents()
	for _, text := range in.PolicyInputList {
		parsed, err := policy.Parse(text, policy.Identity)
		if err != nil {
			return nil, wire.Errorf("InvalidInput", "%v", err)
		}
		documents = append(documents, named{"PolicyInputList", parsed})
	}
	context := map[string][]string{}
	for _, e := range in.ContextEntries {
		context[strings.ToLower(e.ContextKeyName)] = e.ContextKeyValues
	}
	if len(in.ResourceArns) == 0 {
		in.ResourceArns = []string{"*"}
	}
	var all []evaluation
	for _, action := range in.ActionNames {
		all = append(all, i.evaluate(documents, action, in.ResourceArns, context))
	}
	return paged("EvaluationResults", all, in.pageInput)
}

func (i *identity) evaluate(
	documents []named, action string, resources []string, context map[string][]string,
) evaluation {
	e := evaluation{EvalActionName: action, EvalResourceName: resources[0]}
	if i.account.control != nil {
		e.OrganizationsDecisionDetail = &organizationDetail{true}
	}
	worst := policy.Allowed
	rank := map[policy.Effect]int{policy.Denied: 0, policy.Silent: 1, policy.Allowed: 2}
	for _, resource := range resources {
		request := policy.Request{Action: action, Resource: resource, Context: context}
		if control := within(i.account.control, request); control != policy.Allowed { // the simulation ends here
			return evaluation{
				EvalActionName:              action,
				EvalResourceName:            resource,
				EvalDecision:                decisions[control],
				OrganizationsDecisionDetail: &organizationDetail{},
			}
		}
		effect, boundary := decide(documents, request), within(i.boundary, request)
		switch {
		case boundary == policy.Denied:
			effect = policy.Denied
		case boundary == policy.Silent && effect == policy.Allowed:
			effect = policy.Silent
		}
		one := resourceResult{EvalResourceName: resource, EvalResourceDecision: decisions[effect]}
		if i.boundary != nil {
			one.PermissionsBoundaryDecisionDetail = &boundaryDetail{boundary == policy.Allowed}
			e.PermissionsBoundaryDecisionDetail = one.PermissionsBoundaryDecisionDetail
		}
		for _, d := range documents {
			if d.document.Identity(request) == effect && effect != policy.Silent {
				one.MatchedStatements = append(one.MatchedStatements, matchedStatement{d.name, "IAM Policy"})
			}
			one.MissingContextValues = append(one.MissingContextValues, d.document.Missing(request)...)
		}
		e.ResourceSpecificResults = append(e.ResourceSpecificResults, one)
		e.MatchedStatements = append(e.MatchedStatements, one.MatchedStatements...)
		e.MissingContextValues = append(e.MissingContextValues, one.MissingContextValues...)
		if rank[effect] < rank[worst] {
			worst = effect
		}
	}
	e.EvalDecision = decisions[worst]
	return e
}
