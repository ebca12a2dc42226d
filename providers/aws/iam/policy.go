package iam

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// maxVersions is how many versions of a policy IAM keeps; one more is refused.
const maxVersions = 5

// WantedPolicy is a managed policy of the spec.
type WantedPolicy struct {
	Spec     *spec.IAMPolicy
	ARN      string
	Document policy.Document
}

// DiffPolicy plans one declared policy.
func DiffPolicy(d *object.Draft, s *State, w WantedPolicy) {
	p, have := w.Spec, s.Policies[w.ARN]
	c := d.Declared(&p.AWSObject, p.Name, have != nil)
	tags := object.Wanted(d.Project, &p.AWSObject)
	if have == nil {
		c.Show("name", nil, p.Name)
		c.Show("arn", nil, w.ARN)
		c.Policy("document", policy.Document{}, w.Document)
		c.Tags(nil, tags)
		c.Call(awsapi.New(c.In(), "iam:CreatePolicy", p.Name, iam.CreatePolicyInput{
			PolicyName:     &p.Name,
			Path:           &p.Path,
			Description:    text(p.Description),
			PolicyDocument: aws.String(w.Document.JSON()),
			Tags:           object.List(tags, tag),
		}))
		c.Step("create", "create")
		c.Finish()
		return
	}
	if !c.Mine(have.Tags) {
		return
	}
	if p.Description != "" && p.Description != have.Description {
		d.Diags.Errorf(p.At("description"), "A policy's description cannot change", "It is %q. Write that, or nothing.",
			have.Description)
	}
	c.Show("arn", have.ARN, w.ARN)
	if c.Policy("document", policy.Known(have.Document), w.Document) {
		if len(have.Versions) >= maxVersions-1 {
			drop := awsapi.New(c.In(), "iam:DeletePolicyVersion", p.Name, iam.DeletePolicyVersionInput{
				PolicyArn: &w.ARN,
				VersionId: &have.Versions[0],
			})
			drop.Done = []string{"NoSuchEntity"}
			c.Call(drop)
		}
		c.Call(awsapi.New(c.In(), "iam:CreatePolicyVersion", p.Name, iam.CreatePolicyVersionInput{
			PolicyArn:      &w.ARN,
			PolicyDocument: aws.String(w.Document.JSON()),
			SetAsDefault:   true,
		}))
	}
	if missing := c.Tags(have.Tags, tags); len(missing) > 0 {
		c.Call(awsapi.New(c.In(), "iam:TagPolicy", p.Name, iam.TagPolicyInput{
			PolicyArn: &w.ARN,
			Tags:      object.List(missing, tag),
		}))
	}
	c.Step("update", "update")
	c.Finish()
}

// RemovePolicy plans a policy that left the spec. Roles that still have it keep it from going.
func RemovePolicy(d *object.Draft, in string, have *Policy, detached int) {
	c := d.Left(in, "iam_policy", have.Name, have.Tags)
	if c == nil {
		return
	}
	c.Before["arn"] = have.ARN
	if have.Attached > detached {
		d.Diags.Errorf(nil, "A policy is still attached",
			"Policy %s of %s left the spec, and %d roles, users or groups outside of it have it. Detach it from "+
				"them, or declare it again.", have.Name, in, have.Attached-detached)
		return
	}
	c.Hazard(engine.LosesAccess, "nobody can be given what policy %s allows any more", have.Name)
	for _, v := range have.Versions {
		x := awsapi.New(in, "iam:DeletePolicyVersion", have.Name, iam.DeletePolicyVersionInput{
			PolicyArn: &have.ARN,
			VersionId: &v,
		})
		x.Done = []string{"NoSuchEntity"}
		c.Call(x)
	}
	x := awsapi.New(in, "iam:DeletePolicy", have.Name, iam.DeletePolicyInput{PolicyArn: &have.ARN})
	x.Done, x.Settles = []string{"NoSuchEntity"}, []string{"DeleteConflict"}
	c.Call(x)
	c.Step("delete", "delete")
	c.Finish()
}

// Operations are the calls that this package plans.
func Operations(a *awsapi.Account) awsapi.Operations {
	return awsapi.Operations{
		"iam:CreateRole":                    createRole,
		"iam:UpdateRole":                    awsapi.Do(a.IAM.UpdateRole),
		"iam:UpdateAssumeRolePolicy":        awsapi.Do(a.IAM.UpdateAssumeRolePolicy),
		"iam:TagRole":                       awsapi.Do(a.IAM.TagRole),
		"iam:PutRolePolicy":                 awsapi.Do(a.IAM.PutRolePolicy),
		"iam:DeleteRolePolicy":              awsapi.Do(a.IAM.DeleteRolePolicy),
		"iam:AttachRolePolicy":              awsapi.Do(a.IAM.AttachRolePolicy),
		"iam:DetachRolePolicy":              awsapi.Do(a.IAM.DetachRolePolicy),
		"iam:DeleteRole":                    awsapi.Do(a.IAM.DeleteRole),
		"iam:CreateInstanceProfile":         awsapi.Do(a.IAM.CreateInstanceProfile),
		"iam:AddRoleToInstanceProfile":      addToProfile,
		"iam:RemoveRoleFromInstanceProfile": awsapi.Do(a.IAM.RemoveRoleFromInstanceProfile),
		"iam:DeleteInstanceProfile":         awsapi.Do(a.IAM.DeleteInstanceProfile),
		"iam:CreatePolicy":                  createPolicy,
		"iam:CreatePolicyVersion":           createVersion,
		"iam:DeletePolicyVersion":           awsapi.Do(a.IAM.DeletePolicyVersion),
		"iam:TagPolicy":                     awsapi.Do(a.IAM.TagPolicy),
		"iam:DeletePolicy":                  awsapi.Do(a.IAM.DeletePolicy),
	}
}

// createRole takes a role that an interrupted run made, which its tags tell: they came with it.
func createRole(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[iam.CreateRoleInput](c)
	if err != nil {
		return err
	}
	_, err = r.In.IAM.CreateRole(ctx, in)
	if !awsapi.Is(err, "EntityAlreadyExists") {
		return err
	}
	out, look := r.In.IAM.GetRole(ctx, &iam.GetRoleInput{RoleName: in.RoleName})
	if look != nil {
		return look
	}
	if len(object.FromList(out.Role.Tags, pair).Missing(object.FromList(in.Tags, pair))) > 0 {
		return err
	}
	return nil
}

func createPolicy(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[iam.CreatePolicyInput](c)
	if err != nil {
		return err
	}
	_, err = r.In.IAM.CreatePolicy(ctx, in)
	if !awsapi.Is(err, "EntityAlreadyExists") {
		return err
	}
	arn := r.In.Place.Policy(aws.ToString(in.Path), aws.ToString(in.PolicyName))
	have, look := readPolicy(ctx, r.In, arn)
	if look != nil {
		return look
	}
	if have == nil || len(have.Tags.Missing(object.FromList(in.Tags, pair))) > 0 {
		return err
	}
	return nil
}

// createVersion makes no version more where an interrupted run made it.
func createVersion(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[iam.CreatePolicyVersionInput](c)
	if err != nil {
		return err
	}
	have, err := readPolicy(ctx, r.In, aws.ToString(in.PolicyArn))
	if err != nil || have != nil && policy.Known(have.Document).Equal(policy.Known(aws.ToString(in.PolicyDocument))) {
		return err
	}
	_, err = r.In.IAM.CreatePolicyVersion(ctx, in)
	return err
}

// addToProfile leaves a profile alone that holds the role already; it holds one at most.
func addToProfile(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[iam.AddRoleToInstanceProfileInput](c)
	if err != nil {
		return err
	}
	out, err := r.In.IAM.GetInstanceProfile(ctx, &iam.GetInstanceProfileInput{
		InstanceProfileName: in.InstanceProfileName,
	})
	if err != nil {
		return err
	}
	for _, role := range out.InstanceProfile.Roles {
		if aws.ToString(role.RoleName) == aws.ToString(in.RoleName) {
			return nil
		}
	}
	_, err = r.In.IAM.AddRoleToInstanceProfile(ctx, in)
	return err
}
