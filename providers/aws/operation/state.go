package operation

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// state is a resource of RDS as it is now; nil if it does not exist.
type state struct {
	status string
	tags   object.Tags
	host   string
	port   int
	// members are the instances of a cluster.
	members []string
}

// finder finds a resource by its name.
type finder func(ctx context.Context, a *awsapi.Account, id string) (*state, error)

func tagsOf(list []types.Tag) object.Tags {
	return object.FromList(list, func(t types.Tag) (k, v *string) { return t.Key, t.Value })
}

func findCluster(ctx context.Context, a *awsapi.Account, id string) (*state, error) {
	out, err := a.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &id})
	if awsapi.Is(err, "DBClusterNotFoundFault") || err == nil && len(out.DBClusters) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x := out.DBClusters[0]
	s := &state{
		status: aws.ToString(x.Status),
		tags:   tagsOf(x.TagList),
		host:   aws.ToString(x.Endpoint),
		port:   int(aws.ToInt32(x.Port)),
	}
	for _, m := range x.DBClusterMembers {
		s.members = append(s.members, aws.ToString(m.DBInstanceIdentifier))
	}
	return s, nil
}

func findInstance(ctx context.Context, a *awsapi.Account, id string) (*state, error) {
	out, err := a.RDS.DescribeDBInstances(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &id})
	if awsapi.Is(err, "DBInstanceNotFound", "DBInstanceNotFoundFault") || err == nil && len(out.DBInstances) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	x := out.DBInstances[0]
	s := &state{status: aws.ToString(x.DBInstanceStatus), tags: tagsOf(x.TagList)}
	if x.Endpoint != nil {
		s.host, s.port = aws.ToString(x.Endpoint.Address), int(aws.ToInt32(x.Endpoint.Port))
	}
	return s, nil
}

func findClusterSnapshot(ctx context.Context, a *awsapi.Account, id string) (*state, error) {
	out, err := a.RDS.DescribeDBClusterSnapshots(ctx, &rds.DescribeDBClusterSnapshotsInput{
		DBClusterSnapshotIdentifier: &id,
	})
	if awsapi.Is(err, "DBClusterSnapshotNotFoundFault") || err == nil && len(out.DBClusterSnapshots) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &state{
		status: aws.ToString(out.DBClusterSnapshots[0].Status),
		tags:   tagsOf(out.DBClusterSnapshots[0].TagList),
	}, nil
}

func findSnapshot(ctx context.Context, a *awsapi.Account, id string) (*state, error) {
	out, err := a.RDS.DescribeDBSnapshots(ctx, &rds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: &id})
	if awsapi.Is(err, "DBSnapshotNotFound", "DBSnapshotNotFoundFault") || err == nil && len(out.DBSnapshots) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &state{status: aws.ToString(out.DBSnapshots[0].Status), tags: tagsOf(out.DBSnapshots[0].TagList)}, nil
}

// stuck returns an error for a state that no waiting ends, else ErrNotYet.
func stuck(id, status string) error {
	why := ""
	switch status {
	case "failed", "incompatible-restore", "incompatible-parameters", "incompatible-network",
		"incompatible-option-group", "incompatible-create", "restore-error":
		why = "RDS could not create it; its events say why"
	case "deleting", "deleted":
		why = "somebody is deleting it"
	case "inaccessible-encryption-credentials", "inaccessible-encryption-credentials-recoverable":
		why = "RDS cannot use its key: the key is disabled or pending deletion, or its grant was revoked. Enable the " +
			"key, or let its policy allow the caller kms:CreateGrant"
	case "storage-full":
		why = "its storage is full"
	case "stopped", "stopping":
		why = "somebody stopped it"
	default:
		return awsapi.ErrNotYet
	}
	return fmt.Errorf("%s is %s, which does not change by itself: %s. What was created is removed; "+
		"plan again when that is fixed", id, status, why)
}

// checkMembers reports an instance that keeps a cluster from being removed: one that is available and that nothing
// removes, so that waiting is of no use.
func (s *state) checkMembers(ctx context.Context, a *awsapi.Account, cluster string) error {
	for _, m := range s.members {
		switch have, err := findInstance(ctx, a, m); {
		case err != nil:
			return err
		case have != nil && have.status == "available":
			return fmt.Errorf("%s: %s cannot be removed: the instance %s is still in it", a.Address(), cluster, m)
		}
	}
	return nil
}

// checkOwner refuses a resource that has the name of a run's and not its mark.
func (s *state) checkOwner(id, run string) error {
	if s.tags[RunTag] != awsapi.RunName(run) {
		return fmt.Errorf("%s has a name of this run but no tag %s = %s: it is somebody else's, and was left as it is",
			id, RunTag, awsapi.RunName(run))
	}
	return nil
}
