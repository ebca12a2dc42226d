package awsapi

import (
	"context"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
)

// attempts is how often a call is tried that was throttled or met a fault of AWS. Plans of many objects run into the
// rates of IAM and RDS, which are low. An endpoint that cannot be reached is given up after half a minute.
const (
	attempts = 8
	backoff  = 10 * time.Second
)

// retryer tries calls again. renew is asked about credentials that expired, and may be nil.
func retryer(renew func(ctx context.Context) bool) func() awssdk.Retryer {
	return func() awssdk.Retryer {
		return retry.NewAdaptiveMode(func(o *retry.AdaptiveModeOptions) {
			o.StandardOptions = append(o.StandardOptions, func(s *retry.StandardOptions) {
				s.MaxAttempts, s.MaxBackoff = attempts, backoff
				if renew == nil {
					return
				}
				s.Retryables = append(s.Retryables, retry.IsErrorRetryableFunc(func(err error) awssdk.Ternary {
					// The answer to a HEAD has no body: S3 says no more than that the request was bad.
					if (Expired(err) || Is(err, "BadRequest")) && renew(context.Background()) {
						return awssdk.TrueTernary
					}
					return awssdk.UnknownTernary
				}))
			})
		})
	}
}

// Renew makes the next call ask for new credentials, where they come from somewhere that gives new ones.
func (a *Account) Renew() {
	if c, ok := a.Config.Credentials.(*awssdk.CredentialsCache); ok {
		c.Invalidate()
	}
}

// Renewed reports whether there are other credentials now. A session ends while rows are under way, and AWS may end it
// sooner than it said.
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
