package operation

import (
	"cmp"
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// shareCluster plans how the source is shared with the account that clones it: by RAM. The account accepts the share,
// unless its organization does.
func (b *build) shareCluster() {
	account := b.Refresh.Place().Account
	create := awsapi.New(b.from(), "ram:CreateResourceShare", b.name, ram.CreateResourceShareInput{
		Name:                    &b.name,
		ResourceArns:            []string{b.Source.ARN},
		Principals:              []string{account},
		AllowExternalPrincipals: aws.Bool(true),
		ClientToken:             &b.name,
		Tags: object.List(b.tags, func(k, v string) types.Tag {
			return types.Tag{Key: aws.String(k), Value: aws.String(v)}
		}),
	})
	accept := awsapi.New(b.in(), "ram:AcceptResourceShareInvitation", b.name, acceptance{
		b.name, b.Refresh.Source().Account, b.Source.ARN,
	})
	accept.Until = awsapi.ClusterShared
	remove := awsapi.New(b.from(), "ram:DeleteResourceShare", b.name, shareNamed{b.name})
	b.step("clone.share", "share of "+b.Source.Identifier, []awsapi.Call{create, accept}, []awsapi.Call{remove})
	b.around.Hazards = append(b.around.Hazards, engine.Hazard{Name: engine.ExposesData,
		Reason: fmt.Sprintf("%s, which holds raw rows, is shared with account %s while its clone exists there. In "+
			"the meantime, whoever may restore clusters in that account can clone it", b.Source.Identifier, account)})
	b.note("the cluster is shared with account " + account +
		" while the clone exists, and the share is removed with it. RDS allows an account one clone of another " +
		"account's cluster at a time: while there is another one, this refresh cannot create its own. A cluster " +
		"cannot be renamed while it is shared")
	if b.Source.Encryption == "sse-kms" {
		b.note("the key " + *b.key() + " must let account " + account +
			" use it (kms:CreateGrant, DescribeKey, Encrypt, Decrypt, ReEncrypt*, GenerateDataKey*) in its policy, " +
			"and the caller there in its own")
	}
}

// acceptance is the input for accepting a share. RAM's own input is the ARN of an invitation, which is unknown before
// it was sent.
type acceptance struct{ ResourceShareName, SenderAccountID, ResourceARN string }

// shareNamed names a share, whose ARN is unknown before it was created.
type shareNamed struct{ Name string }

// accept waits until a shared cluster is visible in the account, and accepts the invitation on the way. Within an
// organization with sharing there is none.
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

// findInvitation returns the ARN of the pending invitation.
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

// unshare removes a share of this run, which it finds by name and mark.
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

// shared returns the operation that changes who may restore a snapshot of this run. Nothing has to be taken back of a
// snapshot that does not exist.
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
