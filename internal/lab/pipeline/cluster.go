package pipeline

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// master is the master user of both clusters.
const master = "postgres"

// cluster is an Aurora cluster with one instance.
type cluster struct {
	name, password string
	api            aws.Config
	major          int

	arn string
}

// Config is how an administrator of an account works in it: prod or staging.
func (l *Lab) Config(profile string) aws.Config {
	c := l.profiles[profile]
	return aws.Config{
		Region:       l.Region(),
		BaseEndpoint: aws.String(l.URL()),
		HTTPClient:   cloud.HTTPClient(),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
	}
}

// makeRunner makes the role that shoji works as. It may do everything here; docs/permissions.md says what it needs.
func makeRunner(ctx context.Context, config aws.Config) error {
	api := iam.NewFromConfig(config)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},` +
		`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalAccount":["111111111111",` +
		`"222222222222"]}}}]}`
	_, err := api.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(Runner), AssumeRolePolicyDocument: &trust})
	if err == nil {
		_, err = api.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
			RoleName:   aws.String(Runner),
			PolicyName: aws.String("everything"),
			PolicyDocument: aws.String(
				`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
		})
	}
	if err != nil {
		return fmt.Errorf("making the role %s: %w", Runner, err)
	}
	return nil
}

// create makes the cluster and waits for it.
func (c *cluster) create(ctx context.Context) error {
	api := rds.NewFromConfig(c.api)
	version, err := c.version(ctx, api)
	if err != nil {
		return err
	}
	made, err := cloud.CreateCluster(ctx, api,
		&rds.CreateDBClusterInput{
			DBClusterIdentifier:             &c.name,
			EngineVersion:                   &version,
			MasterUsername:                  aws.String(master),
			MasterUserPassword:              &c.password,
			EnableIAMDatabaseAuthentication: aws.Bool(true),
		}, 1)
	if err != nil {
		return err
	}
	c.arn = aws.ToString(made.DBClusterArn)
	return nil
}

// version is the newest that AWS has of the installed server's major.
func (c *cluster) version(ctx context.Context, api *rds.Client) (string, error) {
	out, err := api.DescribeDBEngineVersions(ctx, &rds.DescribeDBEngineVersionsInput{
		Engine: aws.String("aurora-postgresql"),
	})
	if err != nil {
		return "", err
	}
	found := ""
	for _, v := range out.DBEngineVersions {
		var major int
		if _, err := fmt.Sscanf(aws.ToString(v.EngineVersion), "%d.", &major); err == nil && major == c.major {
			found = aws.ToString(v.EngineVersion)
		}
	}
	if found == "" {
		return "", fmt.Errorf("the lab's AWS has no Aurora PostgreSQL %d", c.major)
	}
	return found, nil
}
