package iam

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type tag struct{ Key, Value string }

func fromTags(list []tag) map[string]string {
	m := map[string]string{}
	for _, t := range list {
		m[t.Key] = t.Value
	}
	return m
}

func toTags(m map[string]string) []tag {
	var list []tag
	for _, k := range wire.SortedKeys(m) {
		list = append(list, tag{k, m[k]})
	}
	return list
}

// roleShape is a role on the wire.
type roleShape struct {
	Path, RoleName, RoleId, Arn string
	CreateDate                  time.Time
	AssumeRolePolicyDocument    string
	Description                 string `xml:",omitempty"`
	MaxSessionDuration          int
	Tags                        []tag `xml:"Tags>member,omitempty"`
}

func (s *Service) shape(r *role, withTags bool) roleShape {
	w := roleShape{Path: r.path, RoleName: r.name, RoleId: r.id, Arn: r.arn, CreateDate: r.created.UTC().Truncate(time.Second), AssumeRolePolicyDocument: url.QueryEscape(s.Text(r.trust)), Description: r.description, MaxSessionDuration: r.maximumSession}
	if withTags {
		w.Tags = toTags(r.tags)
	}
	return w
}

var entityName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)

func validName(name, path string) (string, error) {
	if path == "" {
		path = "/"
	}
	if !entityName.MatchString(name) || !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") {
		return "", wire.Errorf("ValidationError", "The specified value for name or path is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	return path, nil
}

func malformed(err error) error { return wire.Errorf("MalformedPolicyDocument", "%v", err) }

// may checks a caller's right to an operation of IAM on a resource of its account.
func (s *Service) may(r *wire.Request, resource string, context map[string]string) error {
	return s.Authorize(r.Caller, Access{Action: "iam:" + r.Operation, Resource: resource, Context: context})
}

func (s *Service) own(r *wire.Request) *account { return s.accounts[r.Caller.Account] }

// named finds a role of the caller's account for an operation on it.
func (s *Service) roleFor(r *wire.Request, name string, context map[string]string) (*role, error) {
	role := s.own(r).roles[name]
	arn := "arn:aws:iam::" + r.Caller.Account + ":role/" + name
	if role != nil {
		arn = role.arn
		context = merged(context, TagContext(role.tags, nil))
	}
	if err := s.may(r, arn, context); err != nil {
		return nil, err
	}
	if role == nil {
		return nil, wire.NotFoundf("NoSuchEntity", "The role with name %s cannot be found.", name)
	}
	return role, nil
}

func merged(a, b map[string]string) map[string]string {
	m := map[string]string{}
	maps.Copy(m, a)
	maps.Copy(m, b)
	return m
}

func (s *Service) createRole(r *wire.Request) (any, error) {
	var in struct {
		RoleName, Path, AssumeRolePolicyDocument, Description string
		MaxSessionDuration                                    int
		Tags                                                  []tag
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	path, err := validName(in.RoleName, in.Path)
	if err != nil {
		return nil, err
	}
	if err := s.may(r, "arn:aws:iam::"+r.Caller.Account+":role"+path+in.RoleName, TagContext(nil, fromTags(in.Tags))); err != nil {
		return nil, err
	}
	a := s.own(r)
	if a.roles[in.RoleName] != nil {
		return nil, &wire.Error{Code: "EntityAlreadyExists", Message: "Role with name " + in.RoleName + " already exists.", Status: 409}
	}
	trust, err := s.Bind(in.AssumeRolePolicyDocument, policy.Trust)
	if err != nil {
		return nil, malformed(err)
	}
	role := a.newIdentity("AROA", "role", path, in.RoleName, s.clock.Now())
	role.trust, role.description, role.tags, role.usable = trust, in.Description, fromTags(in.Tags), s.settle.Begin(s.clock)
	if err := setSession(role, in.MaxSessionDuration); err != nil {
		return nil, err
	}
	a.roles[in.RoleName] = role
	return struct{ Role roleShape }{s.shape(role, true)}, nil
}

func setSession(r *role, seconds int) error {
	switch {
	case seconds == 0:
		return nil
	case seconds < 3600 || seconds > 43200:
		return wire.Errorf("ValidationError", "1 validation error detected: Value '%d' at 'maxSessionDuration' failed to satisfy constraint: Member must have value between 3600 and 43200", seconds)
	}
	r.maximumSession = seconds
	return nil
}

type roleName struct{ RoleName string }

func (s *Service) getRole(r *wire.Request) (any, error) {
	var in roleName
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	return struct{ Role roleShape }{s.shape(role, true)}, nil
}

func (s *Service) updateRole(r *wire.Request) (any, error) {
	var in struct {
		RoleName           string
		Description        *string
		MaxSessionDuration int
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	if in.Description != nil {
		role.description = *in.Description
	}
	return struct{}{}, setSession(role, in.MaxSessionDuration)
}

func (s *Service) updateTrust(r *wire.Request) (any, error) {
	var in struct{ RoleName, PolicyDocument string }
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	trust, err := s.Bind(in.PolicyDocument, policy.Trust)
	if err != nil {
		return nil, malformed(err)
	}
	role.trust = trust
	return nil, nil
}

func (s *Service) deleteRole(r *wire.Request) (any, error) {
	var in roleName
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	conflict := func(what string) error {
		return &wire.Error{Code: "DeleteConflict", Message: "Cannot delete entity, must " + what + " first.", Status: 409}
	}
	switch {
	case len(role.attached) > 0:
		return nil, conflict("detach all policies")
	case len(role.inline) > 0:
		return nil, conflict("delete policies")
	case len(s.profilesOf(role)) > 0:
		return nil, conflict("remove roles from instance profile")
	}
	delete(role.account.roles, role.name)
	return nil, nil
}

type pageInput struct {
	Marker   string
	MaxItems int
}

type pageOutput struct {
	IsTruncated bool
	Marker      string `xml:",omitempty"`
}

func paged[T any](all []T, in pageInput) ([]T, pageOutput, error) {
	page, next, err := wire.Page(all, in.Marker, in.MaxItems, 100)
	if err != nil {
		return nil, pageOutput{}, wire.Errorf("ValidationError", "Invalid Marker.")
	}
	return page, pageOutput{next != "", next}, nil
}

func (s *Service) listRoles(r *wire.Request) (any, error) {
	var in struct {
		pageInput
		PathPrefix string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if err := s.may(r, "arn:aws:iam::"+r.Caller.Account+":role"+"/", nil); err != nil {
		return nil, err
	}
	var all []roleShape
	for _, name := range wire.SortedKeys(s.own(r).roles) {
		if role := s.own(r).roles[name]; strings.HasPrefix(role.path, in.PathPrefix) {
			all = append(all, s.shape(role, false))
		}
	}
	page, out, err := paged(all, in.pageInput)
	return struct {
		Roles []roleShape `xml:"Roles>member"`
		pageOutput
	}{page, out}, err
}

func (s *Service) tagRole(r *wire.Request) (any, error) {
	var in struct {
		RoleName string
		Tags     []tag
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, TagContext(nil, fromTags(in.Tags)))
	if err != nil {
		return nil, err
	}
	return nil, addTags(role.tags, in.Tags)
}

func addTags(have map[string]string, add []tag) error {
	for _, t := range add {
		if strings.HasPrefix(strings.ToLower(t.Key), "aws:") {
			return wire.Errorf("InvalidInput", "Tag keys cannot start with aws:")
		}
		have[t.Key] = t.Value
	}
	if len(have) > 50 {
		return &wire.Error{Code: "LimitExceeded", Message: "The number of tags has reached the maximum limit.", Status: 409}
	}
	return nil
}

func (s *Service) untagRole(r *wire.Request) (any, error) {
	var in struct {
		RoleName string
		TagKeys  []string
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	role, err := s.roleFor(r, in.RoleName, nil)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(role.tags, func(k, _ string) bool { return slices.Contains(in.TagKeys, k) })
	return nil, nil
}

func (s *Service) listRoleTags(r *wire.Request) (any, error) {
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
	return tagPage(role.tags, in.pageInput)
}

func tagPage(m map[string]string, in pageInput) (any, error) {
	page, out, err := paged(toTags(m), in)
	return struct {
		Tags []tag `xml:"Tags>member"`
		pageOutput
	}{page, out}, err
}
