package iam

import (
	"maps"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// roleShape is a role on the wire.
type roleShape struct {
	Path, RoleName, RoleId, Arn string
	CreateDate                  time.Time
	AssumeRolePolicyDocument    string
	Description                 string `xml:",omitempty"`
	MaxSessionDuration          int
	Tags                        []wire.Tag `xml:"Tags>member,omitempty"`
}

func (s *Service) shape(r *role, withTags bool) roleShape {
	w := roleShape{
		Path:                     r.path,
		RoleName:                 r.name,
		RoleId:                   r.id,
		Arn:                      r.arn,
		CreateDate:               r.created.UTC().Truncate(time.Second),
		AssumeRolePolicyDocument: url.QueryEscape(s.Text(r.trust)),
		Description:              r.description,
		MaxSessionDuration:       r.maximumSession,
	}
	if withTags {
		w.Tags = wire.ToTags(r.tags)
	}
	return w
}

var entityName = regexp.MustCompile(`^[\w+=,.@-]{1,128}$`)

func validName(name, path string) (string, error) {
	if path == "" {
		path = "/"
	}
	if !entityName.MatchString(name) || !strings.HasPrefix(path, "/") || !strings.HasSuffix(path, "/") {
		return "", wire.Errorf("ValidationError",
			"The specified value for name or path is invalid. It must contain only alphanumeric characters and/or "+
				"the following: +=,.@_-")
	}
	return path, nil
}

func malformed(err error) error { return wire.Errorf("MalformedPolicyDocument", "%v", err) }

// may checks a caller's right to an operation of IAM on a resource of its account.
func (s *Service) may(r *wire.Request, resource string, context map[string]string) error {
	return s.Authorize(r.Caller, Access{Action: "iam:" + r.Operation, Resource: resource, Context: context})
}

// mayMake is may for something that is made: tags that come with it take the right to tag, too.
func (s *Service) mayMake(r *wire.Request, resource, tagging string, tags []wire.Tag) error {
	context := TagContext(nil, wire.FromTags(tags))
	if err := s.may(r, resource, context); err != nil || len(tags) == 0 {
		return err
	}
	return s.Authorize(r.Caller, Access{Action: "iam:" + tagging, Resource: resource, Context: context})
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
		Tags                                                  []wire.Tag
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	path, err := validName(in.RoleName, in.Path)
	if err != nil {
		return nil, err
	}
	if err := s.mayMake(r, "arn:aws:iam::"+r.Caller.Account+":role"+path+in.RoleName, "TagRole", in.Tags); err != nil {
		return nil, err
	}
	a := s.own(r)
	if a.roles[in.RoleName] != nil {
		return nil, &wire.Error{
			Code:    "EntityAlreadyExists",
			Message: "Role with name " + in.RoleName + " already exists.",
			Status:  409,
		}
	}
	trust, err := s.Bind(in.AssumeRolePolicyDocument, policy.Trust)
	if err != nil {
		return nil, malformed(err)
	}
	role := a.newIdentity("AROA", "role", path, in.RoleName, s.clock.Now())
	role.trust, role.description, role.tags, role.usable = trust, in.Description, wire.FromTags(in.Tags),
		s.settle.Begin(s.clock)
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
		return wire.Errorf("ValidationError",
			"1 validation error detected: Value '%d' at 'maxSessionDuration' failed to satisfy constraint: Member "+
				"must have value between 3600 and 43200", seconds)
	}
	r.maximumSession = seconds
	return nil
}

func (s *Service) getRole(_ *wire.Request, role *role, _ roleName) (any, error) {
	return struct{ Role roleShape }{s.shape(role, true)}, nil
}

type updateInput struct {
	roleName
	Description        *string
	MaxSessionDuration int
}

func (s *Service) updateRole(_ *wire.Request, role *role, in updateInput) (any, error) {
	if in.Description != nil {
		role.description = *in.Description
	}
	return struct{}{}, setSession(role, in.MaxSessionDuration)
}

type trustInput struct {
	roleName
	PolicyDocument string
}

func (s *Service) updateTrust(_ *wire.Request, role *role, in trustInput) (any, error) {
	trust, err := s.Bind(in.PolicyDocument, policy.Trust)
	if err != nil {
		return nil, malformed(err)
	}
	role.trust = trust
	return nil, nil
}

func (s *Service) deleteRole(_ *wire.Request, role *role, _ roleName) (any, error) {
	conflict := func(what string) error {
		return &wire.Error{
			Code:    "DeleteConflict",
			Message: "Cannot delete entity, must " + what + " first.",
			Status:  409,
		}
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
	return paged("Roles", all, in.pageInput)
}

type tagRoleInput struct {
	roleName
	Tags []wire.Tag
}

func (in tagRoleInput) context() map[string]string { return TagContext(nil, wire.FromTags(in.Tags)) }

type untagRoleInput struct {
	roleName
	TagKeys []string
}

type rolePage struct {
	roleName
	pageInput
}

func (s *Service) roleOperations() wire.Operations {
	return wire.Operations{
		"CreateRole":             s.createRole,
		"ListRoles":              s.listRoles,
		"GetRole":                onRole(s, s.getRole),
		"UpdateRole":             onRole(s, s.updateRole),
		"UpdateAssumeRolePolicy": onRole(s, s.updateTrust),
		"DeleteRole":             onRole(s, s.deleteRole),
		"TagRole": onRole(s, func(_ *wire.Request, role *role, in tagRoleInput) (any, error) {
			return addTags(role.tags, in.Tags)
		}),
		"UntagRole": onRole(s, func(_ *wire.Request, role *role, in untagRoleInput) (any, error) {
			return removeTags(role.tags, in.TagKeys)
		}),
		"ListRoleTags": onRole(s, func(_ *wire.Request, role *role, in rolePage) (any, error) {
			return paged("Tags", wire.ToTags(role.tags), in.pageInput)
		}),
	}
}
