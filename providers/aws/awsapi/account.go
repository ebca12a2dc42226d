// Package awsapi signs in to the accounts of a spec and makes calls in them. A call is one value: the plan shows it,
// the plan file stores it, and it is what is sent. An operation says for each kind of call how it is carried out and
// which rights it takes. The package knows no objects and plans nothing.
package awsapi

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
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

// Account is an account that was signed in to, and is the one that the spec means.
type Account struct {
	Block *spec.AWS
	// Caller is the ARN of the caller, for a role without the session.
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

// Open signs in to an account and checks that it is the one of the spec.
func Open(ctx context.Context, block *spec.AWS, readSecret func(*spec.Secret) (secret.Value, error)) (*Account, error) {
	if err := block.Reach(); err != nil {
		return nil, err
	}
	options := []func(*config.LoadOptions) error{
		config.WithRegion(block.Region), config.WithAppID("shoji"), config.WithLogger(logging.Nop{}),
		config.WithRetryer(retryer(block.Endpoint, nil)),
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
	c.Retryer = retryer(block.Endpoint, a.Renewed)
	a.Config = c
	a.newClients()
	return a, a.identify(ctx)
}

func (a *Account) newClients() {
	a.STS, a.KMS, a.IAM, a.RDS, a.RAM = sts.NewFromConfig(a.Config), kms.NewFromConfig(a.Config),
		iam.NewFromConfig(a.Config), rds.NewFromConfig(a.Config), ram.NewFromConfig(a.Config)
	a.S3 = s3.NewFromConfig(a.Config, func(o *s3.Options) {
		o.UsePathStyle = a.Block.Endpoint != "" // a stand-in has no host name for each bucket
	})
}

// identify determines who the credentials belong to, and refuses another account before anything is read.
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
		return fmt.Errorf("the credentials of %s are of account %s (%s), but the spec says %s. Nothing was read. "+
			"Choose the profile or the role of the right account", a.Block.Address(), got, a.Caller, a.Block.Account)
	}
	return nil
}

// withoutSession removes the name of the session from the ARN of an assumed role: it differs from run to run.
func withoutSession(arn string) string {
	if parts := strings.Split(arn, "/"); len(parts) == 3 && strings.Contains(parts[0], ":assumed-role") {
		return parts[0] + "/" + parts[1]
	}
	return arn
}

// Address returns the address of the block: aws.prod.
func (a *Account) Address() string { return a.Block.Address() }

// Identity returns what a plan is bound to.
func (a *Account) Identity() engine.Account {
	return engine.Account{Address: a.Address(), Account: a.Block.Account, Region: a.Block.Region, Caller: a.Caller}
}

// attempts is how often a call is made that is throttled or that meets a fault of AWS. Plans with many objects exceed
// the rates of IAM and RDS, which are low. An endpoint that cannot be reached is given up after half a minute.
const (
	attempts = 8
	backoff  = 10 * time.Second
)

// StandInPoll is how often a stand-in on this machine is polled, and the longest time before a call to it is retried:
// it is fast and throttles nobody else.
const StandInPoll = 10 * time.Millisecond

// OnThisMachine reports whether an endpoint is that of a stand-in on this machine.
func OnThisMachine(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// retryer retries calls to an endpoint. renew, which may be nil, is called for credentials that have expired.
func retryer(endpoint string, renew func(ctx context.Context) bool) func() awssdk.Retryer {
	longest := backoff
	if OnThisMachine(endpoint) {
		longest = StandInPoll
	}
	return func() awssdk.Retryer {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) {
				s.MaxAttempts, s.MaxBackoff = attempts, longest
				if renew == nil {
					return
				}
				s.Retryables = append(s.Retryables, retry.IsErrorRetryableFunc(func(err error) awssdk.Ternary {
					// The answer to a HEAD has no body: S3 says only that the request was bad.
					if (Expired(err) || Is(err, "BadRequest")) && renew(context.Background()) {
						return awssdk.TrueTernary
					}
					return awssdk.UnknownTernary
				}))
			})
		})
	}
}

// Renew makes the next call fetch new credentials, if their source has any.
func (a *Account) Renew() {
	if c, ok := a.Config.Credentials.(*awssdk.CredentialsCache); ok {
		c.Invalidate()
	}
}

// Renewed reports whether there are other credentials now. A session ends while rows are in flight, and AWS may end it
// sooner than announced.
func (a *Account) Renewed(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	before, err := a.Config.Credentials.Retrieve(ctx)
	if err != nil {
		return false
	}
	a.Renew()
	after, err := a.Config.Credentials.Retrieve(ctx)
	return err == nil && after.AccessKeyID != before.AccessKeyID
}
