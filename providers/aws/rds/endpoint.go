package rds

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// Endpoint is where a cluster answers, and how IAM names it.
type Endpoint struct {
	Host       string
	Port       int
	ResourceID string
	IAMAuth    bool
}

// ReadEndpoint returns the endpoint of a cluster's writer, or of one of its instances.
func ReadEndpoint(ctx context.Context, a *awsapi.Account, cluster, instance string) (Endpoint, error) {
	out, err := a.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &cluster})
	if awsapi.Is(err, "DBClusterNotFoundFault") {
		return Endpoint{}, fmt.Errorf("%s has no cluster %q", a.Address(), cluster)
	}
	if err != nil {
		return Endpoint{}, a.Explain(err, a.Place.Cluster(cluster))
	}
	x := out.DBClusters[0]
	e := Endpoint{
		Host:       aws.ToString(x.Endpoint),
		Port:       int(aws.ToInt32(x.Port)),
		ResourceID: aws.ToString(x.DbClusterResourceId),
		IAMAuth:    aws.ToBool(x.IAMDatabaseAuthenticationEnabled),
	}
	if instance != "" {
		if e.Host, e.Port, err = instanceEndpoint(ctx, a, cluster, instance); err != nil {
			return Endpoint{}, err
		}
	}
	if e.Host == "" || e.Port == 0 {
		return Endpoint{}, fmt.Errorf("cluster %s of %s is %s and has no endpoint yet", cluster, a.Address(),
			aws.ToString(x.Status))
	}
	return e, nil
}

// ReadCluster reads one cluster, nil if it does not exist.
func ReadCluster(ctx context.Context, a *awsapi.Account, cluster string) (*Cluster, error) {
	out, err := a.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &cluster})
	if awsapi.Is(err, "DBClusterNotFoundFault") {
		return nil, nil
	}
	if err != nil {
		return nil, a.Explain(err, a.Place.Cluster(cluster))
	}
	return clusterOf(out.DBClusters[0]), nil
}

// Exists reports whether a parameter group exists.
func Exists(ctx context.Context, a *awsapi.Account, key GroupKey) (bool, error) {
	var err error
	if key.Level == "cluster" {
		_, err = a.RDS.DescribeDBClusterParameterGroups(ctx, &rds.DescribeDBClusterParameterGroupsInput{
			DBClusterParameterGroupName: &key.Name,
		})
	} else {
		_, err = a.RDS.DescribeDBParameterGroups(ctx, &rds.DescribeDBParameterGroupsInput{
			DBParameterGroupName: &key.Name,
		})
	}
	if awsapi.Is(err, "DBParameterGroupNotFound", "DBParameterGroupNotFoundFault") {
		return false, nil
	}
	return err == nil, a.Explain(err, "parameter group "+key.Name)
}

func instanceEndpoint(ctx context.Context, a *awsapi.Account,
	cluster, instance string) (host string, port int, err error) {
	out, err := a.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &instance})
	if awsapi.Is(err, "DBInstanceNotFound", "DBInstanceNotFoundFault") {
		return "", 0, fmt.Errorf("%s has no instance %q", a.Address(), instance)
	}
	if err != nil {
		return "", 0, a.Explain(err, instance)
	}
	x := out.DBInstances[0]
	if of := aws.ToString(x.DBClusterIdentifier); of != cluster {
		return "", 0, fmt.Errorf("instance %s of %s is not in cluster %s", instance, a.Address(), cluster)
	}
	if x.Endpoint == nil {
		return "", 0, nil
	}
	return aws.ToString(x.Endpoint.Address), int(aws.ToInt32(x.Endpoint.Port)), nil
}
