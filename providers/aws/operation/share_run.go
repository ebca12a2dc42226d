package operation

import (
	"cmp"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
)

// accept waits until a shared cluster shows in the account, and accepts the invitation to its share on the way: within
// an organization that shares there is none.
func accept(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *acceptance) error {
	return r.WaitFor(ctx, c, func(ctx context.Context) (string, error) {
		out, err := r.In.RDS.DescribeDBClusters(ctx, &rds.DescribeDBClustersInput{
			IncludeShared: aws.Bool(true),
			Filters:       []rdstypes.Filter{{Name: aws.String("db-cluster-id"), Values: []string{in.ResourceARN}}},
		})
		if err != nil {
			return "", err
		}
		if len(out.DBClusters) > 0 {
			return "", nil
		}
		invitation, err := findInvitation(ctx, r, in)
		if err != nil || invitation == "" {
			return "no invitation yet", cmp.Or(err, awsapi.ErrNotYet)
		}
		if _, err := r.In.RAM.AcceptResourceShareInvitation(ctx, &ram.AcceptResourceShareInvitationInput{
			ResourceShareInvitationArn: &invitation,
			ClientToken:                &in.ResourceShareName,
		}); err != nil {
			return "", err
		}
		return "the invitation is accepted", awsapi.ErrNotYet
	})
}

// findInvitation finds the invitation that waits to be accepted.
func findInvitation(ctx context.Context, r *awsapi.Run, in *acceptance) (string, error) {
	for p := ram.NewGetResourceShareInvitationsPaginator(r.In.RAM,
		&ram.GetResourceShareInvitationsInput{}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return "", err
		}
		for _, i := range page.ResourceShareInvitations {
			if aws.ToString(i.ResourceShareName) == in.ResourceShareName &&
				aws.ToString(i.SenderAccountId) == in.SenderAccountID &&
				i.Status == types.ResourceShareInvitationStatusPending {
				return aws.ToString(i.ResourceShareInvitationArn), nil
			}
		}
	}
	return "", nil
}

// unshare removes a share of this run by its name and its mark.
func unshare(ctx context.Context, r *awsapi.Run, c awsapi.Call, in *shareNamed) error {
	run := awsapi.RunName(r.ID)
	for p := ram.NewGetResourceSharesPaginator(r.In.RAM, &ram.GetResourceSharesInput{
		ResourceOwner: types.ResourceOwnerSelf,
		Name:          &in.Name,
	}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, s := range page.ResourceShares {
			if s.Status == types.ResourceShareStatusDeleted || s.Status == types.ResourceShareStatusDeleting ||
				!hasRunTag(s.Tags, run) {
				continue
			}
			if _, err := r.In.RAM.DeleteResourceShare(ctx, &ram.DeleteResourceShareInput{
				ResourceShareArn: s.ResourceShareArn,
			}); err != nil {
				return err
			}
			r.Report.Note("removed the share " + c.On)
		}
	}
	return nil
}

// shared changes who may restore a snapshot of this run. A share of a snapshot that does not exist need not be taken
// back.
func shared[I any](find finder, takesBack func(*I) bool) func(awsapi.Func) awsapi.Func {
	return func(do awsapi.Func) awsapi.Func {
		return func(ctx context.Context, r *awsapi.Run, c awsapi.Call) error {
			in, err := awsapi.Input[I](c)
			if err != nil {
				return err
			}
			have, err := find(ctx, r.In, c.On)
			switch {
			case err != nil:
				return err
			case have != nil:
				if err := have.checkOwner(c.On, r.ID); err != nil {
					return err
				}
			case takesBack(in):
				return nil
			}
			return do(ctx, r, c)
		}
	}
}

func hasRunTag(list []types.Tag, run string) bool {
	for _, t := range list {
		if aws.ToString(t.Key) == RunTag && aws.ToString(t.Value) == run {
			return true
		}
	}
	return false
}
