package aws_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// made is a refresh whose source writes a bucket by itself that is not there yet.
const made = `
kms_key "transfer" {
  in    = aws.prod
  alias = "alias/shop-transfer"
}
bucket "transfer" {
  in      = aws.prod
  name    = "shop-transfer"
  kms_key = kms_key.transfer
}
cluster "prod" {
  in         = aws.prod
  identifier = "shop-prod"
  s3_export  = "arn:aws:iam::111111111111:role/export"
}
database "prod" {
  url     = "postgres://masker@prod.example/app"
  cluster = cluster.prod
}
database "staging" { url = "postgres://refresher@staging.example/app" }
refresh "nightly" {
  from   = database.prod
  to     = database.staging
  via    = bucket.transfer
  export = "server"
}
`

// TestABucketThatThePlanMakesIsWhereItsBlockSays: nobody has to be asked. Of one that is there, S3 is.
func TestABucketThatThePlanMakesIsWhereItsBlockSays(t *testing.T) {
	a := lab(t, cloud.Config{})
	export := engine.Step{
		ID:       "x",
		Address:  "refresh.nightly",
		Provider: "postgres",
		Touches:  []engine.Touch{{Address: "bucket.transfer", Access: engine.Write, By: "database.prod"}},
	}
	raw, err := json.Marshal(awsapi.Params{
		Calls: []awsapi.Call{
			awsapi.New("aws.prod", "s3:CreateBucket", "shop-transfer", s3.CreateBucketInput{
				Bucket: aws.String("shop-transfer"),
			}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	create := engine.Step{
		ID:       "b",
		Address:  "bucket.transfer",
		Provider: object.Provider,
		Kind:     object.Kind,
		Params:   raw,
	}
	for asked, steps := range map[bool][]engine.Step{false: {create, export}, true: {export}} {
		step, ds := provider(a.project(made)).Preflight(context.Background(), &engine.Plan{
			Project:   "shop",
			Refreshes: []engine.Refresh{{Address: "refresh.nightly"}},
			Steps:     steps,
		})
		if got := strings.Contains(fmt.Sprint(step.Statements), "check that bucket shop-transfer is in"); got != asked {
			t.Errorf("asked: %t, want %t", got, asked)
		}
		if got := strings.Contains(fmt.Sprint(ds), "exporting by the server"); got != asked {
			t.Errorf("warned: %t, want %t: %s", got, asked, ds)
		}
	}
}
