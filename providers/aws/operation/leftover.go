package operation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// Leftovers reports what runs of a project have created in an account and not removed. Whether such a run is still
// going on, only its journal knows. before is a run that is resumed, "" for none.
func Leftovers(ctx context.Context, a *awsapi.Account, project, before string) (diag.Diagnostics, error) {
	byRun := map[string][]string{}
	add := func(tags object.Tags, what string, name *string) {
		if run := tags[RunTag]; run != "" && run != awsapi.RunName(before) && tags.OwnedBy(project) {
			byRun[run] = append(byRun[run], what+" "+aws.ToString(name))
		}
	}
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBClustersPaginator(a.RDS,
		&rds.DescribeDBClustersInput{MaxRecords: aws.Int32(100)}), func(page *rds.DescribeDBClustersOutput) {
		for _, x := range page.DBClusters {
			add(tagsOf(x.TagList), "cluster", x.DBClusterIdentifier)
		}
	}); err != nil {
		return nil, a.Explain(err, "")
	}
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBInstancesPaginator(a.RDS,
		&rds.DescribeDBInstancesInput{MaxRecords: aws.Int32(100)}), func(page *rds.DescribeDBInstancesOutput) {
		for _, x := range page.DBInstances {
			add(tagsOf(x.TagList), "instance", x.DBInstanceIdentifier)
		}
	}); err != nil {
		return nil, a.Explain(err, "")
	}
	if err := awsapi.EachPage(ctx,
		rds.NewDescribeDBClusterSnapshotsPaginator(a.RDS, &rds.DescribeDBClusterSnapshotsInput{
			SnapshotType: aws.String("manual"),
			MaxRecords:   aws.Int32(100),
		}), func(page *rds.DescribeDBClusterSnapshotsOutput) {
			for _, x := range page.DBClusterSnapshots {
				add(tagsOf(x.TagList), "cluster snapshot", x.DBClusterSnapshotIdentifier)
			}
		}); err != nil {
		return nil, a.Explain(err, "")
	}
	if err := awsapi.EachPage(ctx, rds.NewDescribeDBSnapshotsPaginator(a.RDS, &rds.DescribeDBSnapshotsInput{
		SnapshotType: aws.String("manual"),
		MaxRecords:   aws.Int32(100),
	}), func(page *rds.DescribeDBSnapshotsOutput) {
		for _, x := range page.DBSnapshots {
			add(tagsOf(x.TagList), "snapshot", x.DBSnapshotIdentifier)
		}
	}); err != nil {
		return nil, a.Explain(err, "")
	}
	var ds diag.Diagnostics
	if err := listShares(ctx, a, add); err != nil {
		if denied := (*awsapi.Error)(nil); !errors.As(err, &denied) || !denied.Denied() {
			return nil, err
		}
		ds.Append(unseenWarning(a, "whether a run left a share behind", err))
	}
	for _, run := range slices.Sorted(maps.Keys(byRun)) {
		list := byRun[run]
		slices.Sort(list)
		ds.Append(diag.Diagnostic{Severity: diag.Warning, Address: a.Address(), Summary: "Leftovers of a run",
			Detail: fmt.Sprintf("%s has resources that run %s created and did not remove: %s. If that run is still "+
				"going on, wait for it; otherwise shoji recover removes them. If its journal is lost, delete them by "+
				"hand, instances before clusters: they cost money, and a clone holds raw data.", a.Address(), run,
				strings.Join(list, ", "))})
	}
	ds.Sort()
	return ds, nil
}

// unseenWarning reports what could not be read, and why. The plan goes on without it.
func unseenWarning(a *awsapi.Account, what string, err error) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Warning,
		Address:  a.Address(),
		Summary:  "Not everything could be read",
		Detail:   fmt.Sprintf("In %s it is unknown %s: %s.", a.Address(), what, err),
	}
}

// listShares adds the shares.
func listShares(ctx context.Context, a *awsapi.Account, add func(object.Tags, string, *string)) error {
	if err := awsapi.EachPage(ctx, ram.NewGetResourceSharesPaginator(a.RAM, &ram.GetResourceSharesInput{
		ResourceOwner: ramtypes.ResourceOwnerSelf,
	}), func(page *ram.GetResourceSharesOutput) {
		for _, s := range page.ResourceShares {
			if s.Status == ramtypes.ResourceShareStatusDeleted || s.Status == ramtypes.ResourceShareStatusDeleting {
				continue
			}
			tags := object.Tags{}
			for _, t := range s.Tags {
				tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
			}
			add(tags, "share", s.Name)
		}
	}); err != nil {
		return a.Explain(err, "")
	}
	return nil
}
