package iam

import (
	"net/url"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type inlineInput struct {
	roleName
	PolicyName, PolicyDocument string
}

// maximumInline is the size of all of a role's inline policies together, without white space.
const maximumInline = 10240

func putRolePolicy(_ *wire.Request, role *role, in inlineInput) (any, error) {
	parsed, err := policy.Parse(in.PolicyDocument, policy.Identity)
	if err != nil {
		return nil, malformed(err)
	}
	size := len(strings.Join(strings.Fields(in.PolicyDocument), ""))
	for name, d := range role.inline {
		if name != in.PolicyName {
			size += len(strings.Join(strings.Fields(d.text), ""))
		}
	}
	if size > maximumInline {
		return nil, &wire.Error{
			Code:    "LimitExceeded",
			Message: "Maximum policy size of 10240 bytes exceeded for role " + in.RoleName,
			Status:  409,
		}
	}
	role.inline[in.PolicyName] = document{in.PolicyDocument, parsed}
	return nil, nil
}

// onInline makes an operation on an inline policy that is there.
func onInline(s *Service, do func(*role, inlineInput) (any, error)) func(*wire.Request) (any, error) {
	return onRole(s, func(_ *wire.Request, role *role, in inlineInput) (any, error) {
		if _, ok := role.inline[in.PolicyName]; !ok {
			return nil, wire.NotFoundf("NoSuchEntity", "The role policy with name %s cannot be found.", in.PolicyName)
		}
		return do(role, in)
	})
}

func (s *Service) inlineOperations() wire.Operations {
	return wire.Operations{
		"PutRolePolicy": onRole(s, putRolePolicy),
		"GetRolePolicy": onInline(s, func(role *role, in inlineInput) (any, error) {
			in.PolicyDocument = url.QueryEscape(role.inline[in.PolicyName].text)
			return in, nil
		}),
		"DeleteRolePolicy": onInline(s, func(role *role, in inlineInput) (any, error) {
			delete(role.inline, in.PolicyName)
			return nil, nil
		}),
		"ListRolePolicies": onRole(s, func(_ *wire.Request, role *role, in rolePage) (any, error) {
			return paged("PolicyNames", wire.SortedKeys(role.inline), in.pageInput)
		}),
	}
}
