package pipeline

import (
	"context"
	"fmt"
	"time"

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
	return aws.Config{Region: l.Region(), BaseEndpoint: aws.String(l.URL()), HTTPClient: cloud.HTTPClient(), Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, "")}
}

// makeRunner makes the role that shoji works as. It may do everything here; docs/permissions.md says what it needs.
func makeRunner(ctx context.Context, config aws.Config) error {
	api := iam.NewFromConfig(config)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalAccount":["111111111111","222222222222"]}}}]}`
	_, err := api.CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String(Runner), AssumeRolePolicyDocument: &trust})
	if err == nil {
		_, err = api.PutRolePolicy(ctx, &iam.PutRolePolicyInput{RoleName: aws.String(Runner), PolicyName: aws.String("everything"), PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)})
	}
	if err != nil {
		return fmt.Errorf("making the role %s: %w", Runner, err)
	}
	return nil
}

// create makes the cluster and waits for it.
func (c *cluster) create(ctx context.Context) error {
	api, engine, instance := rds.NewFromConfig(c.api), aws.String("aurora-postgresql"), aws.String(c.name+"-1")
	describe := &rds.DescribeDBClustersInput{DBClusterIdentifier: &c.name}
	version, err := c.version(ctx, api)
	if err == nil {
		_, err = api.CreateDBCluster(ctx, &rds.CreateDBClusterInput{DBClusterIdentifier: &c.name, Engine: engine, EngineVersion: &version, MasterUsername: aws.String(master), MasterUserPassword: &c.password,
			EnableIAMDatabaseAuthentication: aws.Bool(true)})
	}
	if err == nil {
		err = rds.NewDBClusterAvailableWaiter(api, func(o *rds.DBClusterAvailableWaiterOptions) { o.MinDelay, o.MaxDelay = pause, pause }).Wait(ctx, describe, patience)
	}
	if err == nil {
		_, err = api.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{DBInstanceIdentifier: instance, DBClusterIdentifier: &c.name, Engine: engine, DBInstanceClass: aws.String("db.r6g.large")})
	}
	if err == nil {
		err = rds.NewDBInstanceAvailableWaiter(api, func(o *rds.DBInstanceAvailableWaiterOptions) { o.MinDelay, o.MaxDelay = pause, pause }).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: instance}, patience)
	}
	var out *rds.DescribeDBClustersOutput
	if err == nil {
		out, err = api.DescribeDBClusters(ctx, describe)
	}
	if err != nil {
		return fmt.Errorf("making the cluster %s: %w", c.name, err)
	}
	c.arn = aws.ToString(out.DBClusters[0].DBClusterArn)
	return nil
}

// version is the newest that AWS has of the installed server's major.
func (c *cluster) version(ctx context.Context, api *rds.Client) (string, error) {
	out, err := api.DescribeDBEngineVersions(ctx, &rds.DescribeDBEngineVersionsInput{Engine: aws.String("aurora-postgresql")})
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

const (
	pause    = 50 * time.Millisecond
	patience = time.Minute
)
