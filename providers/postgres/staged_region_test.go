package postgres_test

import (
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
)

// TestAServerInAnotherRegionThanItsCluster: the URL leads to another server than the cluster's, in a region that no
// look at the accounts can find out. The server is sent elsewhere by S3, and says so; the copy that was there stays,
// and nothing is left in the bucket.
func TestAServerInAnotherRegionThanItsCluster(t *testing.T) {
	w := newTwoAccounts(t, aurora.Config{})
	w.extra = "export = \"server\"\n  import = \"server\""
	w.sell(true)
	w.apply()

	c, err := w.lab.Credentials("111111111111")
	if err != nil {
		t.Fatal(err)
	}
	config := awssdk.Config{
		Region:       "ap-northeast-3",
		BaseEndpoint: awssdk.String(w.lab.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
	}
	api := rds.NewFromConfig(config)
	w.cluster(api, "osaka")
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},` +
		`"Action":"sts:AssumeRole"}]}`
	if _, err := iam.NewFromConfig(config).CreateRole(t.Context(), &iam.CreateRoleInput{
		RoleName:                 awssdk.String("osaka"),
		AssumeRolePolicyDocument: &trust,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.AddRoleToDBCluster(t.Context(), &rds.AddRoleToDBClusterInput{
		DBClusterIdentifier: awssdk.String("osaka"),
		RoleArn:             awssdk.String("arn:aws:iam::111111111111:role/osaka"),
		FeatureName:         awssdk.String("s3Export"),
	}); err != nil {
		t.Fatal(err)
	}
	for range 10 { // until it is ACTIVE
		if _, err := api.DescribeDBClusters(t.Context(), &rds.DescribeDBClustersInput{
			DBClusterIdentifier: awssdk.String("osaka"),
		}); err != nil {
			t.Fatal(err)
		}
	}
	w.url["prod"] = w.url["osaka"]
	w.sell(true)
	plan, providers, ds := w.build()
	if ds.HasErrors() {
		t.Fatal(text(ds))
	}
	result, ds := w.run(plan, providers)
	if said := text(ds); result.State != engine.RunFailed ||
		!strings.Contains(said,
			"aws_s3: the server and the bucket shop-transfer are not both in ap-northeast-1, and a server exports "+
				"within its own region only") {
		t.Errorf("%s: %s", result.State, said)
	}
	w.sold()
}
