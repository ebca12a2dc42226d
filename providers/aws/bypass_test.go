package aws_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	akms "github.com/shoji-pg/shoji/providers/aws/kms"
)

// dangers lists the hazards of a plan, as "NAME reason".
func dangers(p *engine.Plan) (out []string) {
	for _, d := range p.Hazards() {
		out = append(out, string(d.Name)+" "+d.Reason)
	}
	return out
}

// TestWhatBypassesThePolicyOfABucketIsShown: each setting that somebody else made is in the plan with what helps, and
// what lets others read is a danger. The bucket itself has nothing to do.
func TestWhatBypassesThePolicyOfABucketIsShown(t *testing.T) {
	bucket, shop := aws.String("shop-transfer"), "arn:aws:s3:::shop-transfer"
	replication := func(account, prefix string) func(c *s3.Client, t *testing.T) error {
		return func(c *s3.Client, t *testing.T) error {
			_, err := c.PutBucketReplication(
				t.Context(),
				&s3.PutBucketReplicationInput{Bucket: bucket, ReplicationConfiguration: &types.ReplicationConfiguration{
					Role: aws.String("arn:aws:iam::111111111111:role/replication"),
					Rules: []types.ReplicationRule{{
						Status: types.ReplicationRuleStatusEnabled,
						Filter: &types.ReplicationRuleFilter{Prefix: &prefix},
						Destination: &types.Destination{
							Bucket:  aws.String("arn:aws:s3:::elsewhere"),
							Account: &account,
						},
					}},
				}},
			)
			return err
		}
	}
	notification := func(c types.NotificationConfiguration) func(*s3.Client, *testing.T) error {
		return func(client *s3.Client, t *testing.T) error {
			in := &s3.PutBucketNotificationConfigurationInput{Bucket: bucket, NotificationConfiguration: &c}
			_, err := client.PutBucketNotificationConfiguration(t.Context(), in)
			return err
		}
	}
	topic := func(account string) *string { return aws.String("arn:aws:sns:ap-northeast-1:" + account + ":objects") }
	created := []types.Event{"s3:ObjectCreated:*"}
	for name, c := range map[string]struct {
		set     func(c *s3.Client, t *testing.T) error
		says    string // "" for nothing
		exposes bool
	}{
		"versions": {func(c *s3.Client, t *testing.T) error {
			_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{
				Bucket:                  bucket,
				VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled},
			})
			return err
		}, "it keeps versions (Enabled): what is removed or overwritten can still be read", false},
		"a lock": {func(c *s3.Client, t *testing.T) error {
			retention := &types.DefaultRetention{Mode: types.ObjectLockRetentionModeCompliance, Days: aws.Int32(30)}
			_, err := c.PutObjectLockConfiguration(t.Context(), &s3.PutObjectLockConfigurationInput{
				Bucket: bucket,
				ObjectLockConfiguration: &types.ObjectLockConfiguration{
					ObjectLockEnabled: types.ObjectLockEnabledEnabled,
					Rule:              &types.ObjectLockRule{DefaultRetention: retention},
				},
			})
			return err
		}, "a lock keeps each object for 30 days (COMPLIANCE)", false},
		"replication to another account": {replication("999999999999", ""), "its replication copies the objects to " +
			"arn:aws:s3:::elsewhere, in account 999999999999, which is not in the spec", true},
		"replication within the account": {
			replication(prodAccount, "shoji/"), "its replication copies the objects to " +
				"arn:aws:s3:::elsewhere", true,
		},
		"replication of something else": {replication("999999999999", "images/"), "", false},
		"a topic": {
			notification(types.NotificationConfiguration{
				TopicConfigurations: []types.TopicConfiguration{{TopicArn: topic(prodAccount), Events: created}},
			}),
			"its notification tells arn:aws:sns:ap-northeast-1:111111111111:objects the names of objects", false,
		},
		"a topic of another account": {
			notification(types.NotificationConfiguration{
				TopicConfigurations: []types.TopicConfiguration{{TopicArn: topic("999999999999"), Events: created}},
			}),
			"in account 999999999999, which is not in the spec the names of objects", true,
		},
		"EventBridge": {
			notification(types.NotificationConfiguration{EventBridgeConfiguration: &types.EventBridgeConfiguration{}}),
			"its notification tells Amazon EventBridge", false,
		},
		"access logs": {func(c *s3.Client, t *testing.T) error {
			_, err := c.PutBucketLogging(t.Context(), &s3.PutBucketLoggingInput{
				Bucket: bucket,
				BucketLoggingStatus: &types.BucketLoggingStatus{
					LoggingEnabled: &types.LoggingEnabled{
						TargetBucket: aws.String("logs"),
						TargetPrefix: aws.String("x/"),
					},
				},
			})
			return err
		}, "its access log tells arn:aws:s3:::logs the names of objects", false},
		"an inventory": {func(c *s3.Client, t *testing.T) error {
			to := &types.InventoryS3BucketDestination{
				Bucket:    aws.String("arn:aws:s3:::lists"),
				AccountId: aws.String("999999999999"),
				Format:    types.InventoryFormatCsv,
			}
			_, err := c.PutBucketInventoryConfiguration(t.Context(), &s3.PutBucketInventoryConfigurationInput{
				Bucket: bucket,
				Id:     aws.String("all"),
				InventoryConfiguration: &types.InventoryConfiguration{
					Id:                     aws.String("all"),
					IsEnabled:              aws.Bool(true),
					IncludedObjectVersions: types.InventoryIncludedObjectVersionsAll,
					Schedule:               &types.InventorySchedule{Frequency: types.InventoryFrequencyDaily},
					Destination:            &types.InventoryDestination{S3BucketDestination: to},
				},
			})
			return err
		}, "its inventory tells arn:aws:s3:::lists, in account 999999999999", true},
	} {
		t.Run(name, func(t *testing.T) {
			a := lab(t, cloud.Config{})
			a.apply(transfer)
			in := a.clients("prod")
			in.run("setting it", c.set(in.in.S3, t))
			plan, ds := a.build(transfer)
			if ds.HasErrors() || plan.HasChanges() {
				t.Fatalf("%v\n%s", ds, describe(plan))
			}
			said, shown := fmt.Sprint(ds), dangers(plan)
			if c.says == "" && (said != "[]" && said != "" || len(shown) > 0) {
				t.Errorf("%s is none of the prefix, and the plan says %s, %v", shop, said, shown)
			}
			if !strings.Contains(said, c.says) ||
				c.says != "" && !strings.Contains(said, "The policy of bucket.transfer can be bypassed") {
				t.Errorf("the plan says %s", said)
			}
			if got := len(shown) == 1 && strings.HasPrefix(shown[0], "EXPOSES_DATA its "); got != c.exposes ||
				len(shown) > 1 {
				t.Errorf("the dangers are %v", shown)
			}
		})
	}
}

// TestGrantsBesideAKeysPolicyAreShown: those that people made, and not those that RDS takes for what it encrypts.
func TestGrantsBesideAKeysPolicyAreShown(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	in := a.clients("prod")
	key, err := akms.Resolve(t.Context(), in.in, "alias/shop-transfer")
	in.run("finding the key", err)
	in.run("making a cluster", in.makeEncrypted("sealed", key))
	if plan, ds := a.build(transfer); len(ds) > 0 || len(plan.Hazards()) > 0 {
		t.Fatalf("RDS took a grant for its cluster, and the plan says %v %v", ds, dangers(plan))
	}
	grant := func(operations ...kmstypes.GrantOperation) string {
		t.Helper()
		out, err := in.in.KMS.CreateGrant(
			t.Context(),
			&kms.CreateGrantInput{
				KeyId:            &key,
				GranteePrincipal: aws.String("arn:aws:iam::222222222222:root"),
				Operations:       operations,
			},
		)
		in.run("granting", err)
		return *out.GrantId
	}
	looks := grant(kmstypes.GrantOperationDescribeKey)
	plan, ds := a.build(transfer)
	if said := fmt.Sprint(ds); !strings.Contains(
		said,
		"grant "+looks+" of account 111111111111 gives arn:aws:iam::222222222222:root DescribeKey",
	) ||
		len(plan.Hazards()) > 0 {
		t.Errorf("a grant that reads nothing: %s, %v", said, dangers(plan))
	}
	before := plan.Observed
	reads := grant(kmstypes.GrantOperationDecrypt, kmstypes.GrantOperationDescribeKey)
	plan, ds = a.build(transfer)
	for _, part := range []string{
		"The policy of kms_key.transfer can be bypassed", "gives arn:aws:iam::222222222222:root " +
			"Decrypt, DescribeKey", "aws kms revoke-grant --key-id " + key + " --grant-id " + reads,
	} {
		if said := fmt.Sprint(ds); !strings.Contains(said, part) {
			t.Errorf("it lacks %q: %s", part, said)
		}
	}
	if got := dangers(plan); len(got) != 1 || !strings.HasPrefix(got[0], "EXPOSES_DATA grant "+reads) ||
		plan.HasChanges() {
		t.Errorf("the dangers are %v", got)
	}
	if slices.Equal(before, plan.Observed) {
		t.Error("a plan from before the grant is not stale")
	}
}

func TestReplicasOfAKeyAreShown(t *testing.T) {
	a := lab(t, cloud.Config{})
	in := a.clients("prod")
	key, err := in.in.KMS.CreateKey(t.Context(), &kms.CreateKeyInput{MultiRegion: aws.Bool(true)})
	in.run("making a key", err)
	_, err = in.in.KMS.CreateAlias(
		t.Context(),
		&kms.CreateAliasInput{AliasName: aws.String("alias/shop-transfer"), TargetKeyId: key.KeyMetadata.KeyId},
	)
	in.run("naming it", err)
	_, err = in.in.KMS.ReplicateKey(
		t.Context(),
		&kms.ReplicateKeyInput{KeyId: key.KeyMetadata.KeyId, ReplicaRegion: aws.String("eu-west-1")},
	)
	in.run("replicating it", err)
	text := "kms_key \"transfer\" {\n  in    = aws.prod\n  alias = \"alias/shop-transfer\"\n  adopt = true\n}\n"
	plan, ds := a.build(text)
	want := "its replica arn:aws:kms:eu-west-1:111111111111:key/" + *key.KeyMetadata.KeyId + " decrypts the same"
	if said := fmt.Sprint(ds); !strings.Contains(said, want) ||
		!strings.Contains(fmt.Sprint(dangers(plan)), "EXPOSES_DATA "+want) {
		t.Errorf("the plan says %s, %v", said, dangers(plan))
	}
}

// TestWhatCannotBeSeenIsNotTakenForAbsent: without the right to look, the plan says what is not known.
func TestWhatCannotBeSeenIsNotTakenForAbsent(t *testing.T) {
	a := lab(t, cloud.Config{})
	a.apply(transfer)
	hidden := []string{
		"s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration", "s3:GetReplicationConfiguration",
		"s3:GetBucketNotification",
		"s3:GetBucketLogging", "s3:GetInventoryConfiguration", "kms:ListGrants",
	}
	a.signIn(
		"prod",
		a.user(
			prodAccount,
			allowsAll,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":["`+strings.Join(
				hidden,
				`","`,
			)+`"],"Resource":"*"}]}`,
		),
	)
	plan, ds := a.build(transfer)
	if ds.HasErrors() || plan.HasChanges() {
		t.Fatalf("%v\n%s", ds, describe(plan))
	}
	for _, action := range hidden {
		if !strings.Contains(fmt.Sprint(ds), action) {
			t.Errorf("%s is not in %s", action, ds)
		}
	}
}
