package iam

import (
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// profile is an instance profile: how a machine gets a role.
type profile struct {
	name, path, id, arn string
	created             time.Time
	role                *role
	tags                map[string]string
}

type profileShape struct {
	Path, InstanceProfileName, InstanceProfileId, Arn string
	CreateDate                                        time.Time
	Roles                                             []roleShape `xml:"Roles>member"`
	Tags                                              []wire.Tag  `xml:"Tags>member,omitempty"`
}

func (s *Service) profileShape(p *profile) profileShape {
	w := profileShape{
		Path:                p.path,
		InstanceProfileName: p.name,
		InstanceProfileId:   p.id,
		Arn:                 p.arn,
		CreateDate:          p.created,
		Tags:                wire.ToTags(p.tags),
	}
	if p.role != nil {
		w.Roles = []roleShape{s.shape(p.role, false)}
	}
	return w
}

func (s *Service) profilesOf(r *role) []*profile {
	var all []*profile
	for _, name := range wire.SortedKeys(r.account.profiles) {
		if p := r.account.profiles[name]; p.role == r {
			all = append(all, p)
		}
	}
	return all
}

func (s *Service) createInstanceProfile(r *wire.Request) (any, error) {
	var in struct {
		InstanceProfileName, Path string
		Tags                      []wire.Tag
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	path, err := validName(in.InstanceProfileName, in.Path)
	if err != nil {
		return nil, err
	}
	arn := "arn:aws:iam::" + r.Caller.Account + ":instance-profile" + path + in.InstanceProfileName
	if err := s.mayMake(r, arn, "TagInstanceProfile", in.Tags); err != nil {
		return nil, err
	}
	a := s.own(r)
	if a.profiles[in.InstanceProfileName] != nil {
		return nil, &wire.Error{
			Code:    "EntityAlreadyExists",
			Message: "Instance Profile " + in.InstanceProfileName + " already exists.",
			Status:  409,
		}
	}
	p := &profile{
		name:    in.InstanceProfileName,
		path:    path,
		id:      "AIPA" + wire.RandomID(17),
		arn:     arn,
		created: s.now(),
		tags:    wire.FromTags(in.Tags),
	}
	a.profiles[p.name] = p
	return struct{ InstanceProfile profileShape }{s.profileShape(p)}, nil
}

type profileInput struct{ InstanceProfileName, RoleName string }

func (s *Service) profileFor(r *wire.Request, in profileInput) (*profile, error) {
	p, arn, context := s.own(r).profiles[in.InstanceProfileName],
		"arn:aws:iam::"+r.Caller.Account+":instance-profile/"+in.InstanceProfileName, map[string]string{}
	if p != nil {
		arn, context = p.arn, TagContext(p.tags, nil)
	}
	if err := s.may(r, arn, context); err != nil {
		return nil, err
	}
	if p == nil {
		return nil, wire.NotFoundf("NoSuchEntity", "Instance Profile %s cannot be found.", in.InstanceProfileName)
	}
	return p, nil
}

func (s *Service) profileOperations() wire.Operations {
	return wire.Operations{
		"CreateInstanceProfile": s.createInstanceProfile,
		"GetInstanceProfile": on(s.profileFor, func(_ *wire.Request, p *profile, _ profileInput) (any, error) {
			return struct{ InstanceProfile profileShape }{s.profileShape(p)}, nil
		}),
		"DeleteInstanceProfile": on(s.profileFor, func(r *wire.Request, p *profile, _ profileInput) (any, error) {
			if p.role != nil {
				return nil, &wire.Error{
					Code:    "DeleteConflict",
					Message: "Cannot delete entity, must remove roles from instance profile first.",
					Status:  409,
				}
			}
			delete(s.own(r).profiles, p.name)
			return nil, nil
		}),
		"AddRoleToInstanceProfile": on(s.profileFor, func(r *wire.Request, p *profile, in profileInput) (any, error) {
			role := s.own(r).roles[in.RoleName]
			switch {
			case role == nil:
				return nil, wire.NotFoundf("NoSuchEntity", "The role with name %s cannot be found.", in.RoleName)
			case p.role != nil:
				return nil, &wire.Error{
					Code:    "LimitExceeded",
					Message: "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
					Status:  409,
				}
			}
			if err := s.PassRole(r.Caller, role.arn, "ec2.amazonaws.com"); err != nil {
				return nil, err
			}
			p.role = role
			return nil, nil
		}),
		"RemoveRoleFromInstanceProfile": on(s.profileFor,
			func(_ *wire.Request, p *profile, in profileInput) (any, error) {
				if p.role == nil || p.role.name != in.RoleName {
					return nil, wire.NotFoundf("NoSuchEntity", "The role with name %s cannot be found.", in.RoleName)
				}
				p.role = nil
				return nil, nil
			}),
		"ListInstanceProfilesForRole": onRole(s, func(_ *wire.Request, role *role, in rolePage) (any, error) {
			var all []profileShape
			for _, p := range s.profilesOf(role) {
				all = append(all, s.profileShape(p))
			}
			return paged("InstanceProfiles", all, in.pageInput)
		}),
	}
}

// PassRole checks that a caller may give a role to a service.
func (s *Service) PassRole(c wire.Caller, roleARN, service string) error {
	return s.Authorize(c, Access{
		Action:   "iam:PassRole",
		Resource: roleARN,
		Context:  map[string]string{"iam:PassedToService": service},
	})
}
