package iam

import (
	"net/url"
	"strings"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type inlineInput struct{ RoleName, PolicyName, PolicyDocument string }

// maximumInline is the size of all of a role's inline policies together, without white space.
const maximumInline = 10240

func (s *Service) putRolePolicy(r *wire.Request) (any, error) {
	var in inlineInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
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
		return nil, &wire.Error{Code: "LimitExceeded", Message: "Maximum policy size of 10240 bytes exceeded for role " + in.RoleName, Status: 409}
	}
	role.inline[in.PolicyName] = document{in.PolicyDocument, parsed}
	return nil, nil
}

// inlineFor finds an inline policy.
func (s *Service) inlineFor(r *wire.Request) (*role, string, error) {
	var in inlineInput
	if err := r.Decode(&in); err != nil {
		return nil, "", err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, "", err
	}
	if _, ok := role.inline[in.PolicyName]; !ok {
		return nil, "", wire.NotFoundf("NoSuchEntity", "The role policy with name %s cannot be found.", in.PolicyName)
	}
	return role, in.PolicyName, nil
}

func (s *Service) getRolePolicy(r *wire.Request) (any, error) {
	role, name, err := s.inlineFor(r)
	if err != nil {
		return nil, err
	}
	return inlineInput{role.name, name, url.QueryEscape(role.inline[name].text)}, nil
}

func (s *Service) deleteRolePolicy(r *wire.Request) (any, error) {
	role, name, err := s.inlineFor(r)
	if err != nil {
		return nil, err
	}
	delete(role.inline, name)
	return nil, nil
}

func (s *Service) listRolePolicies(r *wire.Request) (any, error) {
	var in struct {
		roleName
		pageInput
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	page, out, err := paged(wire.SortedKeys(role.inline), in.pageInput)
	return struct {
		PolicyNames []string `xml:"PolicyNames>member"`
		pageOutput
	}{page, out}, err
}
