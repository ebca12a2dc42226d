package iam

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// maximumAttached is IAM's default quota for a role.
const maximumAttached = 10

type attachInput struct{ RoleName, PolicyArn string }

func (s *Service) attachRolePolicy(r *wire.Request) (any, error) {
	var in attachInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, map[string]string{"iam:PolicyARN": in.PolicyArn})
	if err != nil {
		return nil, err
	}
	if s.own(r).policies[in.PolicyArn] == nil && awsManaged[in.PolicyArn] == "" {
		return nil, wire.NotFoundf("NoSuchEntity", "Policy %s does not exist or is not attachable.", in.PolicyArn)
	}
	if !role.attached[in.PolicyArn] && len(role.attached) >= maximumAttached {
		return nil, &wire.Error{Code: "LimitExceeded", Message: "Cannot exceed quota for PoliciesPerRole: 10", Status: 409}
	}
	role.attached[in.PolicyArn] = true
	return nil, nil
}

func (s *Service) detachRolePolicy(r *wire.Request) (any, error) {
	var in attachInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, map[string]string{"iam:PolicyARN": in.PolicyArn})
	if err != nil {
		return nil, err
	}
	if !role.attached[in.PolicyArn] {
		return nil, wire.NotFoundf("NoSuchEntity", "Policy %s was not found.", in.PolicyArn)
	}
	delete(role.attached, in.PolicyArn)
	return nil, nil
}

type attachedShape struct{ PolicyName, PolicyArn string }

func (s *Service) listAttachedRolePolicies(r *wire.Request) (any, error) {
	var in struct {
		roleName
		pageInput
		PathPrefix string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	var all []attachedShape
	for _, arn := range wire.SortedKeys(role.attached) {
		all = append(all, attachedShape{arn[strings.LastIndexByte(arn, '/')+1:], arn})
	}
	page, out, err := paged(all, in.pageInput)
	return struct {
		AttachedPolicies []attachedShape `xml:"AttachedPolicies>member"`
		pageOutput
	}{page, out}, err
}

type entityShape struct{ RoleName, RoleId string }

func (s *Service) listEntitiesForPolicy(r *wire.Request) (any, error) {
	var in struct {
		PolicyArn, EntityFilter, PathPrefix, PolicyUsageFilter string
		pageInput
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	m, err := s.policyFor(r, in.PolicyArn)
	if err != nil {
		return nil, err
	}
	var all []entityShape
	for _, i := range s.own(r).attachedTo(m.arn) {
		all = append(all, entityShape{i.name, i.id})
	}
	page, out, err := paged(all, in.pageInput)
	return struct {
		PolicyRoles []entityShape `xml:"PolicyRoles>member"`
		pageOutput
	}{page, out}, err
}
