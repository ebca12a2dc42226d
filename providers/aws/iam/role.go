package iam

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// WantedRole is a role as the spec wants it.
type WantedRole struct {
	Spec     *spec.IAMRole
	Trust    policy.Document
	Inline   policy.Document // without statements: no policy
	Policies []string        // ARNs; nil: not managed
	// TrustNeeds are the steps that create who is trusted, Needs those that create what the permissions name.
	TrustNeeds, Needs []string
}

// roleChange is what has to be done to one role, in two steps. The role itself comes first, because keys and buckets
// name it; its permissions come last, because they name keys and buckets.
type roleChange struct {
	*object.Change
	want WantedRole
	have *Role // nil: it is created
}

// DiffRole plans one declared role.
func DiffRole(d *object.Draft, s *State, w WantedRole) {
	have := s.Roles[w.Spec.Name]
	c := roleChange{Change: d.Declared(&w.Spec.AWSObject, w.Spec.Name, have != nil), want: w, have: have}
	if have != nil {
		if have.Path != w.Spec.Path {
			d.Diags.Errorf(&w.Spec.At.Path.Range, "The path of a role cannot change",
				"Role %s has the path %s. Write path = %q, or choose another name.", have.Name, have.Path, have.Path)
			return
		}
		if !c.Claim(have.Tags) {
			return
		}
		if len(have.OtherInline) > 0 {
			d.Diags.Warnf(&w.Spec.Range, "Role with unmanaged policies",
				"Role %s has inline policies that shoji does not manage: %s. What they allow "+
					"is added to its permissions.", have.Name,
				strings.Join(have.OtherInline, ", "))
		}
	}
	c.planRole(object.TagsOf(d.Project, &w.Spec.AWSObject))
	c.planPermissions()
	c.Finish()
}

// planRole plans the role, its trust and its instance profile.
func (c roleChange) planRole(tags object.Tags) {
	r, in := c.want.Spec, c.In()
	add := func(operation string, input any, done ...string) {
		x := awsapi.New(in, operation, r.Name, input)
		x.DoneCodes = done
		if c.have == nil { // a new role is not known everywhere at once
			x.RetryCodes = []string{"NoSuchEntity"}
		}
		c.Call(x)
	}
	what := "create"
	if c.have == nil {
		c.Show("name", nil, r.Name)
		c.Show("path", nil, r.Path)
		if r.Description != "" {
			c.Show("description", nil, r.Description)
		}
		c.Policy("trust", policy.Document{}, c.want.Trust)
		made := awsapi.New(in, "iam:CreateRole", r.Name, iam.CreateRoleInput{
			RoleName:                 &r.Name,
			Path:                     &r.Path,
			Description:              awsapi.NonEmpty(r.Description),
			AssumeRolePolicyDocument: aws.String(c.want.Trust.JSON()),
			Tags:                     object.List(tags, tag),
		})
		made.RetryCodes = propagationCodes()
		c.Tags(nil, tags)
		c.Call(made)
	} else {
		what = "update"
		c.Show("name", c.have.Name, r.Name)
		if r.Description != "" {
			if c.Show("description", c.have.Description, r.Description); c.have.Description != r.Description {
				add("iam:UpdateRole", iam.UpdateRoleInput{RoleName: &r.Name, Description: &r.Description})
			}
		}
		if c.Policy("trust", policy.ParseCanonical(c.have.Trust), c.want.Trust) {
			put := awsapi.New(in, "iam:UpdateAssumeRolePolicy", r.Name, iam.UpdateAssumeRolePolicyInput{
				RoleName:       &r.Name,
				PolicyDocument: aws.String(c.want.Trust.JSON()),
			})
			put.RetryCodes = propagationCodes()
			c.Call(put)
		}
		if missing := c.Tags(c.have.Tags, tags); len(missing) > 0 {
			add("iam:TagRole", iam.TagRoleInput{RoleName: &r.Name, Tags: object.List(missing, tag)})
		}
	}
	c.planProfile(tags, add)
	c.Step(what, what, c.want.TrustNeeds...)
}

func (c roleChange) planProfile(tags object.Tags, add func(string, any, ...string)) {
	r := c.want.Spec
	if r.InstanceProfile == nil {
		return
	}
	has := c.have != nil && slices.Contains(c.have.Profiles, r.Name)
	c.Show("instance_profile", has, *r.InstanceProfile)
	switch {
	case *r.InstanceProfile && !has:
		add("iam:CreateInstanceProfile",
			iam.CreateInstanceProfileInput{InstanceProfileName: &r.Name, Path: &r.Path, Tags: object.List(tags, tag)},
			"EntityAlreadyExists")
		add("iam:AddRoleToInstanceProfile", iam.AddRoleToInstanceProfileInput{
			InstanceProfileName: &r.Name,
			RoleName:            &r.Name,
		})
	case !*r.InstanceProfile && has:
		c.Hazard(engine.LosesAccess, "instances with the profile %s lose the role", r.Name)
		c.removeProfile(r.Name, add)
	}
}

func (c roleChange) removeProfile(profile string, add func(string, any, ...string)) {
	name := c.Name
	add("iam:RemoveRoleFromInstanceProfile",
		iam.RemoveRoleFromInstanceProfileInput{InstanceProfileName: &profile, RoleName: &name}, "NoSuchEntity")
	if profile == name { // shoji's own; others only lose the role
		add("iam:DeleteInstanceProfile", iam.DeleteInstanceProfileInput{InstanceProfileName: &profile}, "NoSuchEntity")
	}
}

// planPermissions plans the inline policy and the attached policies.
func (c roleChange) planPermissions() {
	r := c.want.Spec
	var before policy.Document
	if c.have != nil {
		before = policy.ParseCanonical(c.have.Inline)
	}
	if c.Policy("permissions", before, c.want.Inline) {
		if len(c.want.Inline.Statements) == 0 {
			c.revoke("iam:DeleteRolePolicy",
				iam.DeleteRolePolicyInput{RoleName: &r.Name, PolicyName: aws.String(inline)})
		} else {
			c.grant("iam:PutRolePolicy", iam.PutRolePolicyInput{
				RoleName:       &r.Name,
				PolicyName:     aws.String(inline),
				PolicyDocument: aws.String(c.want.Inline.JSON()),
			})
		}
	}
	if c.want.Policies != nil {
		c.planAttachments()
	}
	c.Step("permissions", "permit", append(c.want.Needs, c.Address+".create", c.Address+".update")...)
}

// grant adds a call that gives the role rights. The role, and what the rights name, may be new.
func (c roleChange) grant(operation string, input any) {
	x := awsapi.New(c.In(), operation, c.Name, input)
	x.RetryCodes = append(propagationCodes(), "NoSuchEntity")
	c.Call(x)
}

// revoke adds a call that takes rights from the role.
func (c roleChange) revoke(operation string, input any) {
	x := awsapi.New(c.In(), operation, c.Name, input)
	x.DoneCodes = []string{"NoSuchEntity"}
	c.Call(x)
}

func (c roleChange) planAttachments() {
	var have []string
	if c.have != nil {
		have = c.have.Attached
	}
	want := slices.Sorted(slices.Values(c.want.Policies))
	c.Show("policies", have, want)
	for _, arn := range want {
		if !slices.Contains(have, arn) {
			c.grant("iam:AttachRolePolicy", iam.AttachRolePolicyInput{RoleName: &c.want.Spec.Name, PolicyArn: &arn})
			if c.have != nil {
				c.Hazard(engine.ExposesData, "role %s gets what %s allows", c.Name, arn)
			}
		}
	}
	for _, arn := range have {
		if !slices.Contains(want, arn) {
			c.revoke("iam:DetachRolePolicy", iam.DetachRolePolicyInput{RoleName: &c.want.Spec.Name, PolicyArn: &arn})
			c.Hazard(engine.LosesAccess, "role %s loses what %s allows", c.Name, arn)
		}
	}
}

// RemoveRole plans the removal of a role. before are the calls that must come first, such as taking it from clusters.
func RemoveRole(d *object.Draft, in string, have *Role, before []awsapi.Call, clusters []string) {
	c := roleChange{Change: d.Removal(in, "iam_role", have.Name, have.Tags), have: have}
	if c.Change == nil {
		return
	}
	c.Hazard(engine.LosesAccess, "role %s can no longer be assumed", have.Name)
	if len(clusters) > 0 {
		c.Hazard(engine.LosesAccess, "aws_s3 on %s no longer has a role", strings.Join(clusters, ", "))
	}
	c.Call(before...)
	add := func(operation string, input any, done ...string) {
		x := awsapi.New(in, operation, have.Name, input)
		x.DoneCodes = append(done, "NoSuchEntity")
		c.Call(x)
	}
	for _, p := range have.Profiles {
		c.removeProfile(p, add)
	}
	for _, arn := range have.Attached {
		add("iam:DetachRolePolicy", iam.DetachRolePolicyInput{RoleName: &have.Name, PolicyArn: &arn})
	}
	names := have.OtherInline
	if have.Inline != "" {
		names = append(slices.Clone(names), inline)
	}
	for _, n := range names {
		add("iam:DeleteRolePolicy", iam.DeleteRolePolicyInput{RoleName: &have.Name, PolicyName: &n})
	}
	add("iam:DeleteRole", iam.DeleteRoleInput{RoleName: &have.Name})
	c.Step("delete", "delete")
	c.Finish()
}

// propagationCodes are the codes for a policy that names somebody whom IAM does not know everywhere yet.
func propagationCodes() []string {
	return []string{"MalformedPolicyDocument", "ConcurrentModification"}
}

func tag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func pair(t types.Tag) (k, v *string) { return t.Key, t.Value }
