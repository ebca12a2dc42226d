package awsapi

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/shoji-pg/shoji/providers/aws/policy"
)

func TestStatement(t *testing.T) {
	document := policy.New(policy.Statement{Sid: "Root", Effect: "Allow", Actions: []string{"kms:*"}}, policy.Statement{
		Sid:     "B",
		Effect:  "Deny",
		Actions: []string{"a:b"},
	}).JSON()
	for name, c := range map[string]struct {
		call Call
		want string
	}{
		"a policy is opened up, a statement a line": {
			New("aws.prod", "kms:PutKeyPolicy", "alias/shop", kms.PutKeyPolicyInput{
				KeyId:  aws.String("1234"),
				Policy: &document,
			}),
			"kms:PutKeyPolicy alias/shop {\"KeyId\":\"1234\",\"Policy\":{\"Version\":\"2012-10-17\",\"Statement\":[\n" +
				"  {\"Sid\":\"Root\",\"Effect\":\"Allow\",\"Action\":[\"kms:*\"]},\n" +
				"  {\"Sid\":\"B\",\"Effect\":\"Deny\",\"Action\":[\"a:b\"]}]}}",
		},
		"a value that is set to false is sent": {
			New("aws.prod", "rds:ModifyDBCluster", "shop", rds.ModifyDBClusterInput{
				DBClusterIdentifier:             aws.String("shop"),
				EnableIAMDatabaseAuthentication: aws.Bool(false),
			}),
			`rds:ModifyDBCluster shop {"DBClusterIdentifier":"shop","EnableIAMDatabaseAuthentication":false}`,
		},
		"what is waited for is said": {
			Call{
				In:        "aws.prod",
				Operation: "rds:DescribeDBClusters",
				On:        "shop",
				Input:     []byte(`{"DBClusterIdentifier":"shop"}`),
				Until:     "s3Export is ACTIVE",
			},
			`rds:DescribeDBClusters shop until s3Export is ACTIVE {"DBClusterIdentifier":"shop"}`,
		},
	} {
		if d := cmp.Diff(c.want, c.call.Statement().Text); d != "" || c.call.Statement().On != "aws.prod" {
			t.Errorf("%s:\n%s", name, d)
		}
	}
}

// TestInput: what is sent is what the plan was made from, to the last field.
func TestInput(t *testing.T) {
	in := s3.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String("shop"),
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID:         aws.String("a"),
			Status:     types.ExpirationStatusEnabled,
			Filter:     &types.LifecycleRuleFilter{Prefix: aws.String("")},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(3)},
		}}},
	}
	got, err := Input[s3.PutBucketLifecycleConfigurationInput](New("aws.prod", "s3:PutBucketLifecycleConfiguration",
		"shop", in))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&in, got,
		cmpopts.IgnoreUnexported(s3.PutBucketLifecycleConfigurationInput{}, types.BucketLifecycleConfiguration{},
			types.LifecycleRule{}, types.LifecycleRuleFilter{}, types.LifecycleExpiration{})); d != "" {
		t.Error(d)
	}
	if _, err := Input[kms.PutKeyPolicyInput](Call{Input: []byte(`{"KeyId":"a","Extra":1}`)}); err == nil {
		t.Error("an input of another operation was read")
	}
}
