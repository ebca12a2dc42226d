package s3

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Keeping is how a bucket retains what is removed from it.
type Keeping struct {
	// Versioning is "Enabled", "Suspended", or "" if it was never on.
	Versioning string `json:",omitempty"`
	// MFADelete is set if removing a version takes a device.
	MFADelete bool `json:",omitempty"`
	// Locked is how long a lock keeps each version: "3 days (COMPLIANCE)".
	Locked string `json:",omitempty"`
}

// Outlet is a setting that sends objects of a bucket, or their names, elsewhere.
type Outlet struct {
	// Way describes the setting.
	Way string
	// To is an ARN, and Account the account that it is in, "" if unknown.
	To, Account string
	// Prefix limits it to objects whose names begin with it.
	Prefix string
	// Rows is set if the objects themselves are sent, and not their names alone.
	Rows bool
}

// outletSetting is a setting that the spec cannot express: the action that reads it, the codes for its absence, and how
// it is read.
type outletSetting struct {
	action  string
	missing []string
	read    func(ctx context.Context, a *awsapi.Account, b *Bucket) error
}

func outletSettings() []outletSetting {
	return []outletSetting{
		{"s3:GetBucketVersioning", nil, readVersioning},
		{"s3:GetBucketObjectLockConfiguration", []string{"ObjectLockConfigurationNotFoundError"}, readLock},
		{"s3:GetReplicationConfiguration", []string{"ReplicationConfigurationNotFoundError"}, readReplication},
		{"s3:GetBucketNotification", nil, readNotification},
		{"s3:GetBucketLogging", nil, readLogging},
		{"s3:GetInventoryConfiguration", nil, readInventory},
	}
}

// readOutlets reads what bypasses the policy of a bucket. What may not be read is noted, and not assumed to be absent.
func (b *Bucket) readOutlets(ctx context.Context, a *awsapi.Account) error {
	for _, w := range outletSettings() {
		switch err := w.read(ctx, a, b); {
		case err == nil, awsapi.Is(err, w.missing...):
		case awsapi.Is(err, "AccessDenied", "NotImplemented"):
			b.Unseen = append(b.Unseen, w.action)
		default:
			return a.Explain(err, bucketARN(a, b.Name))
		}
	}
	return nil
}

func readVersioning(ctx context.Context, a *awsapi.Account, b *Bucket) error {
	out, err := a.S3.GetBucketVersioning(
		ctx,
		&s3.GetBucketVersioningInput{Bucket: &b.Name, ExpectedBucketOwner: &a.Block.Account},
	)
	if err == nil {
		b.Keeping.Versioning, b.Keeping.MFADelete = string(out.Status), out.MFADelete == types.MFADeleteStatusEnabled
	}
	return err
}

func readLock(ctx context.Context, a *awsapi.Account, b *Bucket) error {
	out, err := a.S3.GetObjectLockConfiguration(
		ctx,
		&s3.GetObjectLockConfigurationInput{Bucket: &b.Name, ExpectedBucketOwner: &a.Block.Account},
	)
	if err != nil || out.ObjectLockConfiguration == nil || out.ObjectLockConfiguration.Rule == nil {
		return err
	}
	if d := out.ObjectLockConfiguration.Rule.DefaultRetention; d != nil {
		n, unit := aws.ToInt32(d.Days), "days"
		if n == 0 {
			n, unit = aws.ToInt32(d.Years), "years"
		}
		b.Keeping.Locked = fmt.Sprintf("%d %s (%s)", n, unit, d.Mode)
	}
	return nil
}

func readReplication(ctx context.Context, a *awsapi.Account, b *Bucket) error {
	out, err := a.S3.GetBucketReplication(
		ctx,
		&s3.GetBucketReplicationInput{Bucket: &b.Name, ExpectedBucketOwner: &a.Block.Account},
	)
	if err != nil || out.ReplicationConfiguration == nil {
		return err
	}
	for _, r := range out.ReplicationConfiguration.Rules {
		if r.Status != types.ReplicationRuleStatusEnabled || r.Destination == nil {
			continue
		}
		//lint:ignore SA1019 a replication of the first version has no filter, and S3 still tells and obeys it
		prefix := r.Prefix
		if f := r.Filter; f != nil && f.Prefix != nil {
			prefix = f.Prefix
		} else if f != nil && f.And != nil {
			prefix = f.And.Prefix
		}
		b.Outlets = append(b.Outlets, Outlet{
			Way:     "replication",
			To:      aws.ToString(r.Destination.Bucket),
			Account: aws.ToString(r.Destination.Account),
			Prefix:  aws.ToString(prefix),
			Rows:    true,
		})
	}
	return nil
}

func readNotification(ctx context.Context, a *awsapi.Account, b *Bucket) error {
	out, err := a.S3.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{
		Bucket:              &b.Name,
		ExpectedBucketOwner: &a.Block.Account,
	})
	if err != nil {
		return err
	}
	add := func(arn *string, filter *types.NotificationConfigurationFilter) {
		o := Outlet{Way: "notification", To: aws.ToString(arn), Account: policy.AccountOf(aws.ToString(arn))}
		if filter != nil && filter.Key != nil {
			for _, rule := range filter.Key.FilterRules {
				if strings.EqualFold(string(rule.Name), string(types.FilterRuleNamePrefix)) {
					o.Prefix = aws.ToString(rule.Value)
				}
			}
		}
		b.Outlets = append(b.Outlets, o)
	}
	for _, x := range out.TopicConfigurations {
		add(x.TopicArn, x.Filter)
	}
	for _, x := range out.QueueConfigurations {
		add(x.QueueArn, x.Filter)
	}
	for _, x := range out.LambdaFunctionConfigurations {
		add(x.LambdaFunctionArn, x.Filter)
	}
	if out.EventBridgeConfiguration != nil {
		b.Outlets = append(b.Outlets, Outlet{Way: "notification", To: "Amazon EventBridge"})
	}
	return nil
}

func readLogging(ctx context.Context, a *awsapi.Account, b *Bucket) error {
	out, err := a.S3.GetBucketLogging(
		ctx,
		&s3.GetBucketLoggingInput{Bucket: &b.Name, ExpectedBucketOwner: &a.Block.Account},
	)
	if err == nil && out.LoggingEnabled != nil {
		b.Outlets = append(
			b.Outlets,
			Outlet{Way: "access log", To: a.Place.Bucket(aws.ToString(out.LoggingEnabled.TargetBucket))},
		)
	}
	return err
}

func readInventory(ctx context.Context, a *awsapi.Account, b *Bucket) error {
	in := &s3.ListBucketInventoryConfigurationsInput{Bucket: &b.Name, ExpectedBucketOwner: &a.Block.Account}
	for {
		out, err := a.S3.ListBucketInventoryConfigurations(ctx, in)
		if err != nil {
			return err
		}
		for _, x := range out.InventoryConfigurationList {
			if aws.ToBool(x.IsEnabled) && x.Destination != nil && x.Destination.S3BucketDestination != nil {
				to := x.Destination.S3BucketDestination
				b.Outlets = append(
					b.Outlets,
					Outlet{Way: "inventory", To: aws.ToString(to.Bucket), Account: aws.ToString(to.AccountId)},
				)
			}
		}
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		in.ContinuationToken = out.NextContinuationToken
	}
}

// bypasses describes what bypasses the policy of a bucket, as far as it concerns what shoji puts below a prefix. ours
// reports whether an account is in the spec.
func (b *Bucket) bypasses(prefix string, ours func(account string) bool) []object.Bypass {
	var out []object.Bypass
	k := b.Keeping
	if k.Versioning != "" {
		out = append(out, object.Bypass{
			What: "it keeps versions (" + k.Versioning +
				"): what is removed or overwritten can still be read, by whoever may read versions",
			Mend: "shoji removes every version of what it staged, with s3:ListBucketVersions and " +
				"s3:DeleteObjectVersion; those of others are removed by the lifecycle after a day",
		})
	}
	if k.MFADelete {
		out = append(
			out,
			object.Bypass{
				What: "nobody removes a version of its objects without a device (MFA Delete): what is staged stays",
				Mend: "Switch that off",
			},
		)
	}
	if k.Locked != "" {
		out = append(
			out,
			object.Bypass{
				What: "a lock keeps each object for " + k.Locked + ": what is staged stays that long",
				Mend: "Stage in a bucket without one",
			},
		)
	}
	for _, o := range b.Outlets {
		if !strings.HasPrefix(prefix, o.Prefix) && !strings.HasPrefix(o.Prefix, prefix) {
			continue
		}
		out = append(out, o.bypass(b.Name, ours))
	}
	return out
}

func (o Outlet) bypass(bucket string, ours func(account string) bool) object.Bypass {
	where := o.To
	foreign := o.Account != "" && !ours(o.Account)
	if foreign {
		where += ", in account " + o.Account + ", which is not in the spec"
	}
	if o.Rows {
		return object.Bypass{
			What: "its " + o.Way + " copies the objects to " + where +
				", where other policies decide who reads them and no run removes them",
			Mend: "Remove the rule (aws s3api delete-bucket-replication --bucket " + bucket +
				"), or stage in a bucket without one",
			Exposes: true,
		}
	}
	return object.Bypass{
		What:    "its " + o.Way + " tells " + where + " the names of objects, and so those of tables",
		Mend:    "Remove it, if that is not intended",
		Exposes: foreign,
	}
}
