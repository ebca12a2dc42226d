package cloud

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// CreateCluster makes a cluster of Aurora with instances, ID-1 and so on, and waits for each.
func CreateCluster(ctx context.Context, api *rds.Client, in *rds.CreateDBClusterInput,
	instances int) (*types.DBCluster, error) {
	const pause, patience = 20 * time.Millisecond, time.Minute
	id := aws.ToString(in.DBClusterIdentifier)
	in.Engine = aws.String("aurora-postgresql")
	describe := &rds.DescribeDBClustersInput{DBClusterIdentifier: &id}
	_, err := api.CreateDBCluster(ctx, in)
	if err == nil {
		err = rds.NewDBClusterAvailableWaiter(api, func(o *rds.DBClusterAvailableWaiterOptions) {
			o.MinDelay, o.MaxDelay = pause, pause
		}).Wait(ctx, describe, patience)
	}
	for n := 1; n <= instances && err == nil; n++ {
		name := fmt.Sprintf("%s-%d", id, n)
		_, err = api.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
			DBInstanceIdentifier: &name,
			DBClusterIdentifier:  &id,
			Engine:               in.Engine,
			DBInstanceClass:      aws.String("db.r6g.large"),
		})
		if err == nil {
			err = rds.NewDBInstanceAvailableWaiter(api, func(o *rds.DBInstanceAvailableWaiterOptions) {
				o.MinDelay, o.MaxDelay = pause, pause
			}).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &name}, patience)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("making the cluster %s: %w", id, err)
	}
	out, err := api.DescribeDBClusters(ctx, describe)
	if err != nil {
		return nil, fmt.Errorf("looking at the cluster %s: %w", id, err)
	}
	return &out.DBClusters[0], nil
}

// HTTPClient is for clients of aws-sdk-go-v2 that talk to a server as near as this one. The SDK (smithy-go 1.28) closes
// a request's body when the answer begins, and a closed body of its kind ends io.WriterTo with io.EOF, which net/http
// takes for a failed write: it drops the connection below a long answer. That needs an answer faster than net/http's
// last look at the body, which only a server on the same machine gives.
func HTTPClient() *http.Client {
	return &http.Client{
		Transport:     plainBodies{http.DefaultTransport.(*http.Transport).Clone()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// plainBodies hides that a body can write itself, which leaves Read: that one says io.EOF as it should.
type plainBodies struct{ http.RoundTripper }

func (p plainBodies) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		r = r.Clone(r.Context())
		r.Body = struct{ io.ReadCloser }{r.Body}
	}
	return p.RoundTripper.RoundTrip(r)
}
