package aws_test

import (
	"fmt"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	kmstypes "github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws"
	akms "github.com/shoji-pg/shoji/providers/aws/kms"
)

// TestAHalfShowsWhatBypassesPolicies: it makes no objects, and writes rows to a bucket all the same.
func TestAHalfShowsWhatBypassesPolicies(t *testing.T) {
	a, in := withShop(t)
	a.apply(everything)
	build := func() (*engine.Plan, string) {
		t.Helper()
		project, o := a.project(through), quick()
		o.Only = engine.OnlyExport
		options := engine.BuildOptions{
			Project:   project.Name,
			Only:      engine.OnlyExport,
			Addresses: []string{"refresh.nightly"},
		}
		plan, ds := engine.Build(t.Context(), []engine.Provider{aws.New(project, aws.NewAccounts(project), o)}, options)
		if ds.HasErrors() || len(plan.Steps) > 0 {
			t.Fatalf("%v\n%s", ds, describe(plan))
		}
		return plan, fmt.Sprint(ds)
	}
	if plan, said := build(); len(plan.Changes) > 0 || strings.Contains(said, "can be bypassed") {
		t.Errorf("nothing gets around a policy: %s\n%s", said, describe(plan))
	}
	key, err := akms.Resolve(t.Context(), in.in, "alias/shop-transfer")
	in.run("finding the key", err)
	_, err = in.in.KMS.CreateGrant(t.Context(), &kms.CreateGrantInput{
		KeyId:            &key,
		GranteePrincipal: awssdk.String("arn:aws:iam::222222222222:root"),
		Operations:       []kmstypes.GrantOperation{kmstypes.GrantOperationDecrypt},
	})
	in.run("granting", err)
	_, err = in.in.S3.PutBucketReplication(t.Context(), &s3.PutBucketReplicationInput{
		Bucket: awssdk.String("shop-transfer"),
		ReplicationConfiguration: &types.ReplicationConfiguration{
			Role: awssdk.String("arn:aws:iam::111111111111:role/replication"),
			Rules: []types.ReplicationRule{{
				Status:      types.ReplicationRuleStatusEnabled,
				Destination: &types.Destination{Bucket: awssdk.String("arn:aws:s3:::elsewhere")},
			}},
		},
	})
	in.run("replicating", err)
	plan, said := build()
	for _, part := range []string{
		"The policy of bucket.transfer can be bypassed", "The policy of kms_key.transfer can be bypassed",
	} {
		if !strings.Contains(said, part) {
			t.Errorf("it lacks %q: %s", part, said)
		}
	}
	if got := dangers(plan); len(got) != 2 || !strings.HasPrefix(got[0], "EXPOSES_DATA") ||
		!strings.HasPrefix(got[1], "EXPOSES_DATA") {
		t.Errorf("the dangers are %v", got)
	}
}
