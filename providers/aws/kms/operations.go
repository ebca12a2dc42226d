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

// Operations are the calls that this package plans.
func Operations(a *awsapi.Account) awsapi.Operations {
	return awsapi.Operations{
		"kms:CreateKey":            createKey,
		"kms:CreateAlias":          awsapi.Do(a.KMS.CreateAlias),
		"kms:EnableKeyRotation":    awsapi.Do(a.KMS.EnableKeyRotation),
		"kms:DisableKeyRotation":   awsapi.Do(a.KMS.DisableKeyRotation),
		"kms:PutKeyPolicy":         awsapi.Do(a.KMS.PutKeyPolicy),
		"kms:UpdateKeyDescription": awsapi.Do(a.KMS.UpdateKeyDescription),
		"kms:TagResource":          awsapi.Do(a.KMS.TagResource),
		"kms:EnableKey":            awsapi.Do(a.KMS.EnableKey),
		"kms:CancelKeyDeletion":    awsapi.Do(a.KMS.CancelKeyDeletion),
		"kms:ScheduleKeyDeletion":  scheduleDeletion,
	}
}

// Resolve gives the ARN of the key that an alias leads to.
func Resolve(ctx context.Context, a *awsapi.Account, alias string) (string, error) {
	out, err := a.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: &alias})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.KeyMetadata.Arn), nil
}

// createKey makes a key, unless an interrupted run made it before: a call that makes something nameless must not be
// made twice.
func createKey(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[kms.CreateKeyInput](c)
	if err != nil {
		return err
	}
	arn, err := Resolve(ctx, r.In, c.On)
	if awsapi.Is(err, "NotFoundException") {
		arn, err = made(ctx, r.In, in.Tags)
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
	r.Know(c.Gives, arn)
	return nil
}

// made looks for an enabled key without an alias that has all the tags.
func made(ctx context.Context, a *awsapi.Account, want []types.Tag) (string, error) {
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
			continue // a key that keeps us out is not the one that we made
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

// scheduleDeletion leaves a key alone whose deletion an interrupted run scheduled.
func scheduleDeletion(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
	in, err := awsapi.Input[kms.ScheduleKeyDeletionInput](c)
	if err != nil {
		return err
	}
	out, err := r.In.KMS.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: in.KeyId})
	if err != nil || out.KeyMetadata.KeyState == types.KeyStatePendingDeletion {
		return err
	}
	_, err = r.In.KMS.ScheduleKeyDeletion(ctx, in)
	return err
}
