// Package account signs in to the accounts of a spec: credentials, the identity that is checked before anything else is
// read, one client a service, and errors that say what to do.
package awsapi

import (
	"context"
	"fmt"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// Account is an account that was signed in to and is the one that the spec means.
type Account struct {
	Block *spec.AWS
	// Caller is the ARN of who asks, of a role without its session.
	Caller string
	Place  policy.Place
	// Config is what further clients are made from.
	Config awssdk.Config

	STS *sts.Client
	KMS *kms.Client
	IAM *iam.Client
	S3  *s3.Client
	RDS *rds.Client
	RAM *ram.Client

	hidden []string
}

// Open signs in to an account and makes sure that it is the one of the spec.
func Open(ctx context.Context, block *spec.AWS, readSecret func(*spec.Secret) (secret.Value, error)) (*Account, error) {
	if err := block.Reach(); err != nil {
		return nil, err
	}
	options := []func(*config.LoadOptions) error{
		config.WithRegion(block.Region), config.WithAppID("shoji"), config.WithLogger(logging.Nop{}),
		config.WithRetryer(retryer(nil)),
	}
	if block.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(block.Profile))
	}
	if block.Endpoint != "" {
		options = append(options, config.WithBaseEndpoint(block.Endpoint))
	}
	c, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, fmt.Errorf("%s: reading the AWS configuration: %s", block.Address(), redact(err.Error(), nil))
	}
	a := &Account{
		Block:  block,
		Caller: "the credentials of " + block.Address(),
		Place:  policy.Place{Partition: "aws", Region: block.Region, Account: block.Account},
	}
	if r := block.AssumeRole; r != nil {
		id := secret.New(r.ExternalID)
		if r.ExternalIDSecret != nil {
			if id, err = readSecret(r.ExternalIDSecret); err != nil {
				return nil, err
			}
			a.hidden = append(a.hidden, id.Reveal())
		}
		c.Credentials = awssdk.NewCredentialsCache(stscreds.NewAssumeRoleProvider(sts.NewFromConfig(c), r.ARN,
			func(o *stscreds.AssumeRoleOptions) {
				o.RoleSessionName, o.Duration = r.SessionName, r.Duration
				if id.Len() > 0 {
					o.ExternalID = awssdk.String(id.Reveal())
				}
			}))
	}
	c.Retryer = retryer(a.Renewed)
	a.Config = c
	a.newClients()
	return a, a.identify(ctx)
}

func (a *Account) newClients() {
	a.STS, a.KMS, a.IAM, a.RDS, a.RAM = sts.NewFromConfig(a.Config), kms.NewFromConfig(a.Config),
		iam.NewFromConfig(a.Config), rds.NewFromConfig(a.Config), ram.NewFromConfig(a.Config)
	a.S3 = s3.NewFromConfig(a.Config, func(o *s3.Options) {
		o.UsePathStyle = a.Block.Endpoint != "" // a stand-in has no name of its own for each bucket
	})
}

// identify asks who the credentials are, and refuses another account before anything is read.
func (a *Account) identify(ctx context.Context) error {
	credentials, err := a.Config.Credentials.Retrieve(ctx)
	if err != nil {
		resource := a.Address()
		if r := a.Block.AssumeRole; r != nil {
			resource = r.ARN
		}
		return a.Explain(err, resource)
	}
	a.hidden = append(a.hidden, credentials.SecretAccessKey, credentials.SessionToken, credentials.AccessKeyID)
	out, err := a.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return a.Explain(err, a.Block.Address())
	}
	a.Caller = withoutSession(awssdk.ToString(out.Arn))
	if parts := strings.SplitN(a.Caller, ":", 3); len(parts) == 3 {
		a.Place.Partition = parts[1]
	}
	if got := awssdk.ToString(out.Account); got != a.Block.Account {
		return fmt.Errorf("the credentials of %s are of account %s (%s), and the spec says %s. Nothing was read. "+
			"Choose the profile or the role of the right account", a.Block.Address(), got, a.Caller, a.Block.Account)
	}
	return nil
}

// withoutSession cuts the name of the session off the ARN of an assumed role: it differs from run to run.
func withoutSession(arn string) string {
	if parts := strings.Split(arn, "/"); len(parts) == 3 && strings.Contains(parts[0], ":assumed-role") {
		return parts[0] + "/" + parts[1]
	}
	return arn
}

// Address is that of the block: aws.prod.
func (a *Account) Address() string { return a.Block.Address() }

// Identity is what a plan is bound to.
func (a *Account) Identity() engine.Account {
	return engine.Account{Address: a.Address(), Account: a.Block.Account, Region: a.Block.Region, Caller: a.Caller}
}
