package iam

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// maximumAttached is IAM's default quota for a role.
const maximumAttached = 10

type attachInput struct {
	roleName
	PolicyArn string
}

func (in attachInput) context() map[string]string {
	return map[string]string{"iam:PolicyARN": in.PolicyArn}
}

type (
	attachedShape struct{ PolicyName, PolicyArn string }
	attachedPage  struct {
		rolePage
		PathPrefix string
	}
	entityShape struct{ RoleName, RoleId string }
	entityPage  struct {
		policyARN
		EntityFilter, PathPrefix, PolicyUsageFilter string
		pageInput
	}
)

func (s *Service) attachOperations() wire.Operations {
	return wire.Operations{
		"AttachRolePolicy": onRole(s, func(r *wire.Request, role *role, in attachInput) (any, error) {
			if s.own(r).policies[in.PolicyArn] == nil && awsManaged[in.PolicyArn] == "" {
				return nil, wire.NotFoundf("NoSuchEntity", "Policy %s does not exist or is not attachable.",
					in.PolicyArn)
			}
			if !role.attached[in.PolicyArn] && len(role.attached) >= maximumAttached {
				return nil, &wire.Error{
					Code:    "LimitExceeded",
					Message: "Cannot exceed quota for PoliciesPerRole: 10",
					Status:  409,
				}
			}
			role.attached[in.PolicyArn] = true
			return nil, nil
		}),
		"DetachRolePolicy": onRole(s, func(_ *wire.Request, role *role, in attachInput) (any, error) {
			if !role.attached[in.PolicyArn] {
				return nil, wire.NotFoundf("NoSuchEntity", "Policy %s was not found.", in.PolicyArn)
			}
			delete(role.attached, in.PolicyArn)
			return nil, nil
		}),
		"ListAttachedRolePolicies": onRole(s, func(_ *wire.Request, role *role, in attachedPage) (any, error) {
			var all []attachedShape
			for _, arn := range wire.SortedKeys(role.attached) {
				all = append(all, attachedShape{arn[strings.LastIndexByte(arn, '/')+1:], arn})
			}
			return paged("AttachedPolicies", all, in.pageInput)
		}),
		"ListEntitiesForPolicy": onPolicy(s, func(r *wire.Request, m *managed, in entityPage) (any, error) {
			var all []entityShape
			for _, i := range s.own(r).attachedTo(m.arn) {
				all = append(all, entityShape{i.name, i.id})
			}
			return paged("PolicyRoles", all, in.pageInput)
		}),
	}
}
