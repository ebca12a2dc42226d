package iam

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Operations returns the calls that this package plans.
func Operations() awsapi.Operations {
	return awsapi.Operations{
		"iam:CreateRole": awsapi.On(createRole, func(r *awsapi.Rights, in *iam.CreateRoleInput) {
			r.RoleAt(in.Path, in.RoleName, "iam:CreateRole", "iam:TagRole")
		}),
		"iam:UpdateRole": awsapi.IAM((*iam.Client).UpdateRole,
			func(r *awsapi.Rights, in *iam.UpdateRoleInput) { r.Role(in.RoleName) }),
		"iam:UpdateAssumeRolePolicy": awsapi.IAM((*iam.Client).UpdateAssumeRolePolicy,
			func(r *awsapi.Rights, in *iam.UpdateAssumeRolePolicyInput) { r.Role(in.RoleName) }),
		"iam:TagRole": awsapi.IAM((*iam.Client).TagRole,
			func(r *awsapi.Rights, in *iam.TagRoleInput) { r.Role(in.RoleName) }),
		"iam:PutRolePolicy": awsapi.IAM((*iam.Client).PutRolePolicy,
			func(r *awsapi.Rights, in *iam.PutRolePolicyInput) { r.Role(in.RoleName) }),
		"iam:DeleteRolePolicy": awsapi.IAM((*iam.Client).DeleteRolePolicy,
			func(r *awsapi.Rights, in *iam.DeleteRolePolicyInput) { r.Role(in.RoleName) }),
		"iam:DeleteRole": awsapi.IAM((*iam.Client).DeleteRole,
			func(r *awsapi.Rights, in *iam.DeleteRoleInput) { r.Role(in.RoleName) }),
		"iam:AttachRolePolicy": awsapi.IAM((*iam.Client).AttachRolePolicy,
			func(r *awsapi.Rights, in *iam.AttachRolePolicyInput) { r.Attach(in.RoleName, in.PolicyArn) }),
		"iam:DetachRolePolicy": awsapi.IAM((*iam.Client).DetachRolePolicy,
			func(r *awsapi.Rights, in *iam.DetachRolePolicyInput) { r.Attach(in.RoleName, in.PolicyArn) }),
		"iam:CreateInstanceProfile": awsapi.IAM((*iam.Client).CreateInstanceProfile,
			func(r *awsapi.Rights, in *iam.CreateInstanceProfileInput) {
				r.On(r.Place.InstanceProfile(aws.ToString(in.Path), aws.ToString(in.InstanceProfileName)),
					"iam:CreateInstanceProfile", "iam:TagInstanceProfile")
			}),
		"iam:AddRoleToInstanceProfile": awsapi.On(addToProfile,
			func(r *awsapi.Rights, in *iam.AddRoleToInstanceProfileInput) {
				r.Profile(in.InstanceProfileName, "iam:AddRoleToInstanceProfile", "iam:GetInstanceProfile")
				r.PassToEC2(in.RoleName)
			}),
		"iam:RemoveRoleFromInstanceProfile": awsapi.IAM((*iam.Client).RemoveRoleFromInstanceProfile,
			func(r *awsapi.Rights, in *iam.RemoveRoleFromInstanceProfileInput) {
				r.Profile(in.InstanceProfileName)
				r.Changed = append(r.Changed, aws.ToString(in.RoleName))
			}),
		"iam:DeleteInstanceProfile": awsapi.IAM((*iam.Client).DeleteInstanceProfile,
			func(r *awsapi.Rights, in *iam.DeleteInstanceProfileInput) { r.Profile(in.InstanceProfileName) }),
		"iam:CreatePolicy": awsapi.On(createPolicy, func(r *awsapi.Rights, in *iam.CreatePolicyInput) {
			r.On(r.Place.Policy(cmp.Or(aws.ToString(in.Path), "/"), aws.ToString(in.PolicyName)),
				"iam:CreatePolicy", "iam:TagPolicy")
		}),
		"iam:CreatePolicyVersion": awsapi.On(createVersion,
			func(r *awsapi.Rights, in *iam.CreatePolicyVersionInput) { r.On(aws.ToString(in.PolicyArn)) }),
		"iam:DeletePolicyVersion": awsapi.IAM((*iam.Client).DeletePolicyVersion,
			func(r *awsapi.Rights, in *iam.DeletePolicyVersionInput) { r.On(aws.ToString(in.PolicyArn)) }),
		"iam:TagPolicy": awsapi.IAM((*iam.Client).TagPolicy,
			func(r *awsapi.Rights, in *iam.TagPolicyInput) { r.On(aws.ToString(in.PolicyArn)) }),
		"iam:DeletePolicy": awsapi.IAM((*iam.Client).DeletePolicy,
			func(r *awsapi.Rights, in *iam.DeletePolicyInput) { r.On(aws.ToString(in.PolicyArn)) }),
	}
}

// createRole takes over a role that an interrupted run created: it has the tags that it was created with.
func createRole(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *iam.CreateRoleInput) error {
	_, err := r.In.IAM.CreateRole(ctx, in)
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

func createPolicy(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *iam.CreatePolicyInput) error {
	_, err := r.In.IAM.CreatePolicy(ctx, in)
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

// createVersion creates no second version if an interrupted run has created it.
func createVersion(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *iam.CreatePolicyVersionInput) error {
	have, err := readPolicy(ctx, r.In, aws.ToString(in.PolicyArn))
	if err != nil ||
		have != nil &&
			policy.ParseCanonical(have.Document).Equal(policy.ParseCanonical(aws.ToString(in.PolicyDocument))) {
		return err
	}
	_, err = r.In.IAM.CreatePolicyVersion(ctx, in)
	return err
}

// addToProfile leaves alone a profile that holds the role already; it holds one at most.
func addToProfile(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *iam.AddRoleToInstanceProfileInput) error {
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
