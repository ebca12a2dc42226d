package operation

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
)

// shareCluster plans how the source's cluster is shown to the account that clones it: a share of RAM, which the account
// accepts where no organization does that for it.
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
		Reason: fmt.Sprintf("%s, which holds raw rows, is shared with account %s while its clone lives there. "+
			"Whoever may restore clusters in that account can clone it meanwhile", b.Source.Identifier, account)})
	b.note("the cluster is shared with account " + account +
		" while the clone lives, and the share is removed with it. RDS lets an account have one clone of another " +
		"account's cluster at a time: while somebody has one there, this refresh cannot make its own. A cluster " +
		"cannot be renamed while it is shared")
	if b.Source.Encryption == "sse-kms" {
		b.note("the key " + *b.key() + " must let account " + account +
			" use it (kms:CreateGrant, DescribeKey, Encrypt, Decrypt, ReEncrypt*, GenerateDataKey*) in its policy, " +
			"and the caller there in its own")
	}
}

// acceptance is what accepting a share needs: RAM's own input is the ARN of an invitation, which is known when it was
// sent.
type acceptance struct{ ResourceShareName, SenderAccountID, ResourceARN string }

// shareNamed names a share: its ARN is known when it was made.
type shareNamed struct{ Name string }
