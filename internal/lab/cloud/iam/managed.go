package iam

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// managed is a customer managed policy.
type managed struct {
	name, path, id, arn, description string
	created, updated                 time.Time
	tags                             map[string]string
	versions                         map[int]version
	standard, last                   int
}

type version struct {
	document
	created time.Time
}

func (m *managed) current() version { return m.versions[m.standard] }

// maximumVersions is how many a policy keeps: the oldest has to be deleted before a sixth.
const maximumVersions = 5

type policyShape struct {
	PolicyName, PolicyId, Arn, Path, DefaultVersionId string
	AttachmentCount                                   int
	IsAttachable                                      bool
	Description                                       string `xml:",omitempty"`
	CreateDate, UpdateDate                            time.Time
	Tags                                              []wire.Tag `xml:"Tags>member,omitempty"`
}

type versionShape struct {
	Document         string `xml:",omitempty"`
	VersionId        string
	IsDefaultVersion bool
	CreateDate       time.Time
}

func (s *Service) policyShape(a *account, m *managed) policyShape {
	return policyShape{
		PolicyName:       m.name,
		PolicyId:         m.id,
		Arn:              m.arn,
		Path:             m.path,
		DefaultVersionId: "v" + strconv.Itoa(m.standard),
		AttachmentCount:  len(a.attachedTo(m.arn)),
		IsAttachable:     true,
		Description:      m.description,
		CreateDate:       m.created,
		UpdateDate:       m.updated,
		Tags:             wire.ToTags(m.tags),
	}
}

func (m *managed) versionShape(n int, text bool) versionShape {
	w := versionShape{
		VersionId:        "v" + strconv.Itoa(n),
		IsDefaultVersion: n == m.standard,
		CreateDate:       m.versions[n].created,
	}
	if text {
		w.Document = url.QueryEscape(m.versions[n].text)
	}
	return w
}

func (a *account) attachedTo(arn string) []*identity {
	var all []*identity
	for _, name := range wire.SortedKeys(a.roles) {
		if a.roles[name].attached[arn] {
			all = append(all, a.roles[name])
		}
	}
	return all
}

func (s *Service) now() time.Time { return s.clock.Now().UTC().Truncate(time.Second) }

func (s *Service) createPolicy(r *wire.Request) (any, error) {
	var in struct {
		PolicyName, Path, PolicyDocument, Description string
		Tags                                          []wire.Tag
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	path, err := validName(in.PolicyName, in.Path)
	if err != nil {
		return nil, err
	}
	arn := "arn:aws:iam::" + r.Caller.Account + ":policy" + path + in.PolicyName
	if err := s.mayMake(r, arn, "TagPolicy", in.Tags); err != nil {
		return nil, err
	}
	a := s.own(r)
	for _, m := range a.policies {
		if m.name == in.PolicyName {
			return nil, &wire.Error{
				Code:    "EntityAlreadyExists",
				Message: "A policy called " + in.PolicyName + " already exists. Duplicate names are not allowed.",
				Status:  409,
			}
		}
	}
	m := &managed{
		name:        in.PolicyName,
		path:        path,
		id:          "ANPA" + wire.RandomID(17),
		arn:         arn,
		description: in.Description,
		created:     s.now(),
		tags:        wire.FromTags(in.Tags),
		versions:    map[int]version{},
	}
	if err := s.addVersion(m, in.PolicyDocument, true); err != nil {
		return nil, err
	}
	a.policies[arn] = m
	return struct{ Policy policyShape }{s.policyShape(a, m)}, nil
}

func (s *Service) addVersion(m *managed, text string, standard bool) error {
	parsed, err := policy.Parse(text, policy.Identity)
	if err != nil {
		return malformed(err)
	}
	if len(strings.Join(strings.Fields(text), "")) > 6144 {
		return &wire.Error{Code: "LimitExceeded", Message: "Cannot exceed quota for PolicySize: 6144", Status: 409}
	}
	if len(m.versions) >= maximumVersions {
		return &wire.Error{
			Code: "LimitExceeded",
			Message: "A managed policy can have up to 5 versions. Before you create a new version, you must delete " +
				"an existing version.",
			Status: 409,
		}
	}
	m.last++
	m.versions[m.last] = version{document{text, parsed}, s.now()}
	if m.updated = s.now(); standard {
		m.standard = m.last
	}
	return nil
}

// policyFor finds a policy of the caller's account for an operation on it.
func (s *Service) policyFor(r *wire.Request, arn string) (*managed, error) {
	m := s.own(r).policies[arn]
	context := map[string]string{}
	if m != nil {
		context = TagContext(m.tags, nil)
	}
	if err := s.may(r, arn, context); err != nil {
		return nil, err
	}
	if m == nil {
		return nil, wire.NotFoundf("NoSuchEntity", "Policy %s does not exist or is not attachable.", arn)
	}
	return m, nil
}

type policyInput struct {
	policyARN
	VersionId, PolicyDocument string
	SetAsDefault              bool
}

type tagPolicyInput struct {
	policyARN
	Tags []wire.Tag
}

type untagPolicyInput struct {
	policyARN
	TagKeys []string
}

type policyPage struct {
	policyARN
	pageInput
}

func (m *managed) version(id string) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(id, "v"))
	if _, ok := m.versions[n]; err != nil || !ok {
		return 0, wire.NotFoundf("NoSuchEntity", "Policy %s version %s does not exist or is not attachable.", m.arn, id)
	}
	return n, nil
}

func (s *Service) managedOperations() wire.Operations {
	return wire.Operations{
		"CreatePolicy": s.createPolicy,
		"GetPolicy": onPolicy(s, func(r *wire.Request, m *managed, _ policyInput) (any, error) {
			return struct{ Policy policyShape }{s.policyShape(s.own(r), m)}, nil
		}),
		"DeletePolicy": onPolicy(s, func(r *wire.Request, m *managed, _ policyInput) (any, error) {
			if len(s.own(r).attachedTo(m.arn)) > 0 {
				return nil, &wire.Error{
					Code:    "DeleteConflict",
					Message: "Cannot delete a policy attached to entities.",
					Status:  409,
				}
			}
			if len(m.versions) > 1 {
				return nil, &wire.Error{
					Code: "DeleteConflict",
					Message: "This policy has more than one version. Before you delete a policy, you must delete the " +
						"policy's versions. The default version is deleted with the policy.",
					Status: 409,
				}
			}
			delete(s.own(r).policies, m.arn)
			return nil, nil
		}),
		"CreatePolicyVersion": onPolicy(s, func(_ *wire.Request, m *managed, in policyInput) (any, error) {
			if err := s.addVersion(m, in.PolicyDocument, in.SetAsDefault); err != nil {
				return nil, err
			}
			return struct{ PolicyVersion versionShape }{m.versionShape(m.last, false)}, nil
		}),
		"GetPolicyVersion": onPolicy(s, func(_ *wire.Request, m *managed, in policyInput) (any, error) {
			n, err := m.version(in.VersionId)
			if err != nil {
				return nil, err
			}
			return struct{ PolicyVersion versionShape }{m.versionShape(n, true)}, nil
		}),
		"SetDefaultPolicyVersion": onPolicy(s, func(_ *wire.Request, m *managed, in policyInput) (any, error) {
			n, err := m.version(in.VersionId)
			if err == nil {
				m.standard, m.updated = n, s.now()
			}
			return nil, err
		}),
		"DeletePolicyVersion": onPolicy(s, func(_ *wire.Request, m *managed, in policyInput) (any, error) {
			n, err := m.version(in.VersionId)
			if err != nil {
				return nil, err
			}
			if n == m.standard {
				return nil, &wire.Error{
					Code:    "DeleteConflict",
					Message: "Cannot delete the default version of a policy.",
					Status:  409,
				}
			}
			delete(m.versions, n)
			return nil, nil
		}),
		"ListPolicyVersions": onPolicy(s, func(_ *wire.Request, m *managed, in policyPage) (any, error) {
			var all []versionShape
			for _, n := range slices.Backward(wire.SortedKeys(m.versions)) {
				all = append(all, m.versionShape(n, false))
			}
			return paged("Versions", all, in.pageInput)
		}),
		"ListPolicies": s.listPolicies,
		"TagPolicy": onPolicy(s, func(_ *wire.Request, m *managed, in tagPolicyInput) (any, error) {
			return addTags(m.tags, in.Tags)
		}),
		"UntagPolicy": onPolicy(s, func(_ *wire.Request, m *managed, in untagPolicyInput) (any, error) {
			return removeTags(m.tags, in.TagKeys)
		}),
		"ListPolicyTags": onPolicy(s, func(_ *wire.Request, m *managed, in policyPage) (any, error) {
			return paged("Tags", wire.ToTags(m.tags), in.pageInput)
		}),
	}
}

func (s *Service) listPolicies(r *wire.Request) (any, error) {
	var in struct {
		Scope, PathPrefix, PolicyUsageFilter string
		OnlyAttached                         bool
		pageInput
	}
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if err := s.may(r, "arn:aws:iam::"+r.Caller.Account+":policy/", nil); err != nil {
		return nil, err
	}
	var all []policyShape
	a := s.own(r)
	for _, arn := range wire.SortedKeys(a.policies) {
		w := s.policyShape(a, a.policies[arn])
		w.Tags = nil // as IAM does, lists leave them out
		if in.Scope != "AWS" && strings.HasPrefix(w.Path, in.PathPrefix) &&
			(!in.OnlyAttached || w.AttachmentCount > 0) {
			all = append(all, w)
		}
	}
	return paged("Policies", all, in.pageInput)
}
