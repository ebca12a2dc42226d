package iam

import (
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

// WantedPolicy is a managed policy as the spec wants it.
type WantedPolicy struct {
	Spec     *spec.IAMPolicy
	ARN      string
	Document policy.Document
}

// DiffPolicy plans one declared policy.
func DiffPolicy(d *object.Draft, s *State, w WantedPolicy) {
	p, have := w.Spec, s.Policies[w.ARN]
	c := d.Declared(&p.AWSObject, p.Name, have != nil)
	tags := object.TagsOf(d.Project, &p.AWSObject)
	if have == nil {
		c.Show("name", nil, p.Name)
		c.Show("arn", nil, w.ARN)
		c.Policy("document", policy.Document{}, w.Document)
		c.Tags(nil, tags)
		c.Call(awsapi.New(c.In(), "iam:CreatePolicy", p.Name, iam.CreatePolicyInput{
			PolicyName:     &p.Name,
			Path:           &p.Path,
			Description:    awsapi.NonEmpty(p.Description),
			PolicyDocument: aws.String(w.Document.JSON()),
			Tags:           object.List(tags, tag),
		}))
		c.Step("create", "create")
		c.Finish()
		return
	}
	if !c.Claim(have.Tags) {
		return
	}
	if p.Description != "" && p.Description != have.Description {
		d.Diags.Errorf(&p.At.Description.Range, "The description of a policy cannot change",
			"It is %q. Write that, or leave it out.",
			have.Description)
	}
	c.Show("arn", have.ARN, w.ARN)
	if c.Policy("document", policy.ParseCanonical(have.Document), w.Document) {
		if len(have.Versions) >= maxVersions-1 {
			drop := awsapi.New(c.In(), "iam:DeletePolicyVersion", p.Name, iam.DeletePolicyVersionInput{
				PolicyArn: &w.ARN,
				VersionId: &have.Versions[0],
			})
			drop.DoneCodes = []string{"NoSuchEntity"}
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

// RemovePolicy plans the removal of a policy. detached is from how many roles the plan detaches it; all others keep it
// from being deleted.
func RemovePolicy(d *object.Draft, in string, have *Policy, detached int) {
	c := d.Removal(in, "iam_policy", have.Name, have.Tags)
	if c == nil {
		return
	}
	c.Before["arn"] = have.ARN
	if have.Attached > detached {
		d.Diags.Errorf(nil, "A policy is still attached",
			"Policy %s of %s was removed from the spec, but is attached to %d roles, users or groups outside of it. "+
				"Detach it from them, or declare it again.", have.Name, in, have.Attached-detached)
		return
	}
	c.Hazard(engine.LosesAccess, "policy %s can no longer be attached to anybody", have.Name)
	for _, v := range have.Versions {
		x := awsapi.New(in, "iam:DeletePolicyVersion", have.Name, iam.DeletePolicyVersionInput{
			PolicyArn: &have.ARN,
			VersionId: &v,
		})
		x.DoneCodes = []string{"NoSuchEntity"}
		c.Call(x)
	}
	x := awsapi.New(in, "iam:DeletePolicy", have.Name, iam.DeletePolicyInput{PolicyArn: &have.ARN})
	x.DoneCodes, x.RetryCodes = []string{"NoSuchEntity"}, []string{"DeleteConflict"}
	c.Call(x)
	c.Step("delete", "delete")
	c.Finish()
}
