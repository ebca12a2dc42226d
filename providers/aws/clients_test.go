package aws_test

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// clients are for what people do beside shoji.
type clients struct {
	a  *accounts
	in *awsapi.Account
}

func (a *accounts) clients(name string) clients {
	a.t.Helper()
	in, err := signedIn(a.project("")).Account(context.Background(), "aws."+name)
	if err != nil {
		a.t.Fatal(err)
	}
	return clients{a, in}
}

func (c clients) run(what string, err error) {
	c.a.t.Helper()
	if err != nil {
		c.a.t.Fatalf("%s: %v", what, err)
	}
}

func (c clients) makeBucket(name string) error {
	_, err := c.in.S3.CreateBucket(context.Background(), &s3.CreateBucketInput{
		Bucket:                    &name,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: "ap-northeast-1"},
	})
	return err
}

func (c clients) openBucket(name string) error {
	_, err := c.in.S3.PutBucketPolicy(context.Background(), &s3.PutBucketPolicyInput{Bucket: &name,
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"AWS":"222222222222"},"Action":"s3:*","Resource":["arn:aws:s3:::` + name +
			`","arn:aws:s3:::` + name + `/*"]}]}`)})
	return err
}

func (c clients) putObject(bucket, key string) error {
	_, err := c.in.S3.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: &bucket,
		Key:    &key,
		Body:   strings.NewReader("rows"),
	})
	return err
}

func (c clients) makeRole(name string) error {
	_, err := c.in.IAM.CreateRole(context.Background(), &iam.CreateRoleInput{
		RoleName: &name,
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`),
	})
	return err
}

func (c clients) makeKey(alias string) error {
	out, err := c.in.KMS.CreateKey(context.Background(), &kms.CreateKeyInput{})
	if err != nil {
		return err
	}
	_, err = c.in.KMS.CreateAlias(context.Background(), &kms.CreateAliasInput{
		AliasName:   &alias,
		TargetKeyId: out.KeyMetadata.KeyId,
	})
	return err
}

// keys counts the keys that people made.
func (c clients) keys() int {
	out, err := c.in.KMS.ListKeys(context.Background(), &kms.ListKeysInput{})
	if err != nil {
		c.a.t.Fatal(err)
	}
	return len(out.Keys)
}

// makeCluster makes a cluster with a writer and waits until both are there.
func (c clients) makeCluster(name string) error { return c.makeEncrypted(name, "") }

// makeEncrypted makes a cluster that a key encrypts, or none that has a name.
func (c clients) makeEncrypted(name, key string) error {
	ctx := context.Background()
	in := &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name,
		Engine:              aws.String("aurora-postgresql"),
		EngineVersion:       aws.String("16.4"),
		MasterUsername:      aws.String("master"),
		MasterUserPassword:  aws.String("a-long-password"),
	}
	if key != "" {
		in.KmsKeyId, in.StorageEncrypted = &key, aws.Bool(true)
	}
	if _, err := c.in.RDS.CreateDBCluster(ctx, in); err != nil {
		return err
	}
	for {
		out, err := c.in.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
		if err != nil {
			return err
		}
		if aws.ToString(out.DBClusters[0].Status) == "available" {
			break
		}
	}
	if _, err := c.in.RDS.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String(name + "-1"),
		DBClusterIdentifier:  &name,
		Engine:               aws.String("aurora-postgresql"),
		DBInstanceClass:      aws.String("db.r6g.large"),
	}); err != nil {
		return err
	}
	return c.awaitInstance(name + "-1")
}

func (c clients) awaitInstance(name string) error {
	for {
		out, err := c.in.RDS.DescribeDBInstances(context.Background(),
			&rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
		if err != nil {
			return err
		}
		if aws.ToString(out.DBInstances[0].DBInstanceStatus) == "available" {
			return nil
		}
	}
}

func (c clients) cluster(name string) types.DBCluster {
	out, err := c.in.RDS.DescribeDBClusters(context.Background(),
		&rds.DescribeDBClustersInput{DBClusterIdentifier: &name})
	c.run("describing "+name, err)
	return out.DBClusters[0]
}

// giveGroup gives a cluster another parameter group and restarts its writer.
func (c clients) giveGroup(cluster, group string) error {
	ctx := context.Background()
	if _, err := c.in.RDS.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
		DBClusterIdentifier:         &cluster,
		DBClusterParameterGroupName: &group,
		ApplyImmediately:            aws.Bool(true),
	}); err != nil {
		return err
	}
	for range 3 {
		_ = c.cluster(cluster)
	}
	_, err := c.in.RDS.RebootDBInstance(ctx, &rds.RebootDBInstanceInput{
		DBInstanceIdentifier: aws.String(cluster + "-1"),
	})
	for range 3 {
		_ = c.cluster(cluster)
		_, _ = c.in.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{})
	}
	return err
}
