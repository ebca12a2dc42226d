package kms

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// Operations returns the calls that this package plans.
func Operations() awsapi.Operations {
	return awsapi.Operations{
		// A key that was created is found again by its alias. Inferred: whoever creates one with a policy has to be
		// allowed to put that policy.
		"kms:CreateKey": awsapi.On(createKey, func(r *awsapi.Rights, _ *kms.CreateKeyInput) {
			r.Tagged("*", "kms:CreateKey", "kms:TagResource")
			r.Tagged(r.Place.Key("*"), "kms:DescribeKey", "kms:PutKeyPolicy")
		}),
		"kms:CreateAlias": awsapi.KMS((*kms.Client).CreateAlias, func(r *awsapi.Rights, in *kms.CreateAliasInput) {
			r.UseKey(in.TargetKeyId)
			r.On(r.Place.Alias(aws.ToString(in.AliasName)))
		}),
		"kms:ScheduleKeyDeletion": awsapi.On(scheduleDeletion,
			func(r *awsapi.Rights, in *kms.ScheduleKeyDeletionInput) {
				r.Key(in.KeyId, "kms:ScheduleKeyDeletion", "kms:DescribeKey")
			}),
		"kms:EnableKeyRotation": awsapi.KMS((*kms.Client).EnableKeyRotation,
			func(r *awsapi.Rights, in *kms.EnableKeyRotationInput) { r.Key(in.KeyId) }),
		"kms:DisableKeyRotation": awsapi.KMS((*kms.Client).DisableKeyRotation,
			func(r *awsapi.Rights, in *kms.DisableKeyRotationInput) { r.Key(in.KeyId) }),
		"kms:PutKeyPolicy": awsapi.KMS((*kms.Client).PutKeyPolicy,
			func(r *awsapi.Rights, in *kms.PutKeyPolicyInput) { r.Key(in.KeyId) }),
		"kms:UpdateKeyDescription": awsapi.KMS((*kms.Client).UpdateKeyDescription,
			func(r *awsapi.Rights, in *kms.UpdateKeyDescriptionInput) { r.Key(in.KeyId) }),
		"kms:TagResource": awsapi.KMS((*kms.Client).TagResource,
			func(r *awsapi.Rights, in *kms.TagResourceInput) { r.Key(in.KeyId) }),
		"kms:EnableKey": awsapi.KMS((*kms.Client).EnableKey,
			func(r *awsapi.Rights, in *kms.EnableKeyInput) { r.Key(in.KeyId) }),
		"kms:CancelKeyDeletion": awsapi.KMS((*kms.Client).CancelKeyDeletion,
			func(r *awsapi.Rights, in *kms.CancelKeyDeletionInput) { r.Key(in.KeyId) }),
	}
}

// Resolve returns the ARN of the key that an alias leads to.
func Resolve(ctx context.Context, a *awsapi.Account, alias string) (string, error) {
	out, err := a.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &alias})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.KeyMetadata.Arn), nil
}

// createKey creates a key, unless an interrupted run has: what has no name must not be created twice.
func createKey(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *kms.CreateKeyInput) error {
	arn, err := Resolve(ctx, r.In, c.On)
	if awsapi.Is(err, "NotFoundException") {
		arn, err = findCreated(ctx, r.In, in.Tags)
	}
	if err != nil {
		return err
	}
	if arn == "" {
		out, err := r.In.KMS.CreateKey(ctx, in)
		if err != nil {
			return err
		}
		arn = aws.ToString(out.KeyMetadata.Arn)
	}
	r.Define(c.Produces, arn)
	return nil
}

// findCreated looks for an enabled key without an alias that has all the tags.
func findCreated(ctx context.Context, a *awsapi.Account, want []types.Tag) (string, error) {
	aliases, err := aliasesOf(ctx, a)
	if err != nil {
		return "", err
	}
	ids, err := keysOf(ctx, a)
	if err != nil {
		return "", err
	}
	tags := object.FromList(want, pair)
	for _, id := range ids {
		if slices.ContainsFunc(aliases, func(x types.AliasListEntry) bool {
			return aws.ToString(x.TargetKeyId) == id
		}) {
			continue
		}
		have, err := tagsOf(ctx, a, id)
		if err != nil || len(have.Missing(tags)) > 0 {
			continue // a key that cannot be read is not the one that was created
		}
		out, err := a.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &id})
		if err != nil {
			return "", err
		}
		if out.KeyMetadata.KeyState == types.KeyStateEnabled {
			return aws.ToString(out.KeyMetadata.Arn), nil
		}
	}
	return "", nil
}

// scheduleDeletion leaves alone a key whose deletion an interrupted run has scheduled.
func scheduleDeletion(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *kms.ScheduleKeyDeletionInput) error {
	out, err := r.In.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: in.KeyId})
	if err != nil || out.KeyMetadata.KeyState == types.KeyStatePendingDeletion {
		return err
	}
	_, err = r.In.KMS.ScheduleKeyDeletion(ctx, in)
	return err
}
