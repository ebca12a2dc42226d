package aws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/operation"
	"github.com/shoji-pg/shoji/providers/aws/permit"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/staging"
	"github.com/shoji-pg/shoji/spec"
)

// Accounts are the accounts of a project, each signed in to once, when it is first asked for. They let sessions of
// PostgreSQL find and enter the servers of clusters, and open buckets. The methods may be called from several
// goroutines.
type Accounts struct {
	project *spec.Project

	mu        sync.Mutex
	accounts  map[string]*awsapi.Account // by address
	endpoints map[endpointOf]rds.Endpoint
}

// endpointOf is a cluster, by its address, and an instance of it, "" for the writer.
type endpointOf struct{ cluster, instance string }

// NewAccounts returns the accounts of a project. It connects to nothing.
func NewAccounts(project *spec.Project) *Accounts {
	return &Accounts{
		project:   project,
		accounts:  map[string]*awsapi.Account{},
		endpoints: map[endpointOf]rds.Endpoint{},
	}
}

// Account signs in to the account of an address such as aws.prod, once.
func (ac *Accounts) Account(ctx context.Context, address string) (*awsapi.Account, error) {
	ac.mu.Lock()
	known := ac.accounts[address]
	ac.mu.Unlock()
	if known != nil {
		return known, nil
	}
	for _, block := range ac.project.AWS {
		if block.Address() != address {
			continue
		}
		a, err := awsapi.Open(ctx, block, ac.project.ReadSecret)
		if err != nil {
			return nil, err
		}
		ac.mu.Lock()
		defer ac.mu.Unlock()
		ac.accounts[address] = a
		return a, nil
	}
	return nil, fmt.Errorf("the spec has no %s any more", address)
}

// Opened returns an account in a region if it was signed in to, else nil.
func (ac *Accounts) Opened(id, region string) *awsapi.Account {
	ac.mu.Lock()
	defer ac.mu.Unlock()
	for _, block := range ac.project.AWS {
		if a := ac.accounts[block.Address()]; a != nil && block.Account == id && block.Region == region {
			return a
		}
	}
	return nil
}

// TokenLife is how long a token can be used to connect. A connection that was opened with it stays open.
const TokenLife = 15 * time.Minute

// Endpoint returns where the cluster of a database answers: its writer, or the instance that the spec names. RDS is
// asked once.
func (ac *Accounts) Endpoint(ctx context.Context, db *spec.Database) (host string, port int, err error) {
	e, err := ac.endpoint(ctx, db)
	return e.Host, e.Port, err
}

func (ac *Accounts) endpoint(ctx context.Context, db *spec.Database) (rds.Endpoint, error) {
	a, err := ac.Account(ctx, db.Cluster.In.Address())
	if err != nil {
		return rds.Endpoint{}, err
	}
	key := endpointOf{db.Cluster.Address(), db.Instance}
	ac.mu.Lock()
	known, ok := ac.endpoints[key]
	ac.mu.Unlock()
	if ok {
		return known, nil
	}
	e, err := rds.ReadEndpoint(ctx, a, db.Cluster.Identifier, db.Instance)
	if err != nil {
		return rds.Endpoint{}, err
	}
	ac.mu.Lock()
	defer ac.mu.Unlock()
	ac.endpoints[key] = e
	return e, nil
}

// Token signs a token for user at a server in an account. Nothing is sent: only the server can tell whether the token
// is accepted.
func (ac *Accounts) Token(ctx context.Context, in *spec.AWS, host string, port int, user string) (secret.Value, error) {
	a, err := ac.Account(ctx, in.Address())
	if err != nil {
		return secret.Value{}, err
	}
	// A token of credentials that are about to expire is not accepted.
	if c, err := a.Config.Credentials.Retrieve(ctx); err == nil && c.CanExpire && time.Until(c.Expires) < time.Minute {
		a.Renew()
	}
	token, err := auth.BuildAuthToken(ctx, net.JoinHostPort(host, strconv.Itoa(port)), a.Block.Region, user,
		a.Config.Credentials)
	if err != nil {
		return secret.Value{}, a.Explain(err, a.Caller)
	}
	return secret.New(token), nil
}

// HasNewCredentials fetches new credentials if their source has any, and reports whether they differ.
func (ac *Accounts) HasNewCredentials(ctx context.Context, in *spec.AWS) bool {
	a, err := ac.Account(ctx, in.Address())
	return err == nil && a.Renewed(ctx)
}

// ExplainRefusal returns why a server may have refused a token of user.
func (ac *Accounts) ExplainRefusal(ctx context.Context, db *spec.Database, in *spec.AWS, user string) string {
	if in == nil {
		in = db.Cluster.In
	}
	a, err := ac.Account(ctx, in.Address())
	if err != nil {
		return err.Error() + "."
	}
	if _, err := a.STS.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{}); err != nil {
		return a.Explain(err, a.Caller).Error() + "."
	}
	resource := "*" // a copy has a resource ID of its own, and a new one each time
	if in == db.Cluster.In {
		e, err := ac.endpoint(ctx, db)
		switch {
		case err != nil:
			return err.Error() + "."
		case !e.IAMAuth:
			return fmt.Sprintf("IAM authentication of cluster %s is off. Write iam_auth = true in %s.",
				db.Cluster.Identifier, db.Cluster.Address())
		}
		resource = e.ResourceID
	}
	allow := policy.ForConnect(a.Place, db.Name, resource, []string{user})
	return fmt.Sprintf("Possible causes: %s may not connect as %q, which needs %s; the host is not the cluster's own "+
		"endpoint; the clock of this machine is wrong; or the user was not granted rds_iam.", a.Caller, user,
		allow.JSON())
}

// Bucket opens a bucket that rows are staged in. as is the account to work in: an import in another account than the
// bucket's is let in by the policies of the bucket and its key.
func (ac *Accounts) Bucket(ctx context.Context, b *spec.Bucket, as *spec.AWS) (*staging.Bucket, error) {
	a, err := ac.Account(ctx, as.Address())
	if err != nil {
		return nil, err
	}
	client := a.S3
	if a.Block.Region != b.In.Region {
		client = awss3.NewFromConfig(a.Config, func(o *awss3.Options) {
			o.Region, o.UsePathStyle = b.In.Region, a.Block.Endpoint != ""
		})
	}
	out := &staging.Bucket{Client: client, Name: b.Name, Owner: b.In.Account, Explain: a.Explain}
	if b.Key != nil {
		out.KeyName = policy.Place{
			Partition: a.Place.Partition,
			Region:    b.In.Region,
			Account:   b.In.Account,
		}.Alias(b.Key.Alias)
		out.KMS = awskms.NewFromConfig(a.Config, func(o *awskms.Options) { o.Region = b.In.Region })
		out.FindKey = func(ctx context.Context) (string, error) {
			arn, err := kms.Resolve(ctx, a, out.KeyName)
			if awsapi.Is(err, "NotFoundException") {
				return "", nil
			}
			return arn, a.Explain(err, b.Key.Address())
		}
	}
	return out, nil
}

// Origin returns where the copy of a refresh answers, in the run of the context.
func (ac *Accounts) Origin(ctx context.Context, r *spec.Refresh) (host string, port int, err error) {
	a, err := ac.Account(ctx, r.Place().Address())
	if err != nil {
		return "", 0, err
	}
	return operation.Endpoint(ctx, a, r.Address(), engine.RunOf(ctx), r.Copy.Instance == "")
}

// KeyARN returns the ARN of a declared key, which has to exist before a copy can be planned with it: its rights are
// checked.
func (ac *Accounts) KeyARN(ctx context.Context, k *spec.KMSKey) (string, error) {
	arn, err := ac.findKey(ctx, k)
	if errors.Is(err, errNoKey) {
		return "", fmt.Errorf("%s does not exist yet. Create it first: -target %s", k.Address(), k.Address())
	}
	return arn, err
}

// errNoKey is the error for a declared key that does not exist yet.
var errNoKey = errors.New("it does not exist yet")

func (ac *Accounts) findKey(ctx context.Context, k *spec.KMSKey) (string, error) {
	a, err := ac.Account(ctx, k.In.Address())
	if err != nil {
		return "", err
	}
	arn, err := kms.Resolve(ctx, a, k.Alias)
	if awsapi.Is(err, "NotFoundException") {
		return "", errNoKey
	}
	return arn, a.Explain(err, k.Alias)
}

// PrincipalOf returns the ARN of a grantee. That of a role follows from its name.
func (ac *Accounts) PrincipalOf(g spec.Grantee) string {
	if g.Role == nil {
		return g.Text
	}
	return ac.place(g.Role.In).Role(g.Role.Path, g.Role.Name)
}

// place returns where the things of a block are. The partition is that of the caller if the account was signed in to.
func (ac *Accounts) place(block *spec.AWS) policy.Place {
	ac.mu.Lock()
	defer ac.mu.Unlock()
	if a := ac.accounts[block.Address()]; a != nil {
		return a.Place
	}
	return permit.Place(block)
}

// Known asks the accounts for what a policy would have to name and no spec can say. What does not exist yet is left
// out. only names an aws block, "" all of them. Keys of other accounts that policies of that block name are asked for
// too, as far as possible: access to one account must not require access to another.
func (ac *Accounts) Known(ctx context.Context, only string) (permit.Known, error) {
	known := permit.Known{
		Keys:      map[string]string{},
		Clusters:  map[string]string{},
		Instances: map[string][]string{},
		Why:       map[string]string{},
	}
	named := ac.keysNamedIn(only)
	for _, k := range ac.project.KMSKeys {
		here := only == "" || k.In.Address() == only
		if !here && !slices.Contains(named, k.Address()) {
			continue
		}
		arn, err := ac.findKey(ctx, k)
		switch {
		case err == nil:
			known.Keys[k.Address()] = arn
		case errors.Is(err, errNoKey):
			known.Why[k.Address()] = errNoKey.Error()
		case here:
			return known, err
		default:
			known.Why[k.Address()] = k.In.Address() + " cannot be read: " + err.Error()
		}
	}
	for _, c := range ac.project.Clusters {
		if only != "" && c.In.Address() != only {
			continue
		}
		a, err := ac.Account(ctx, c.In.Address())
		if err != nil {
			return known, err
		}
		have, err := rds.ReadCluster(ctx, a, c.Identifier)
		if err != nil {
			return known, err
		}
		if have != nil {
			known.Clusters[c.Address()], known.Instances[c.Address()] = have.ResourceID, have.Instances
			authentic := c.IAMAuth == nil || have.IAMAuth == *c.IAMAuth
			if authentic && (c.ParameterGroup == nil || have.ParameterGroup == c.ParameterGroup.Name) {
				known.Settled = append(known.Settled, c.Address())
			}
		} else {
			known.Why[c.Address()] = errNoKey.Error()
		}
	}
	return known, nil
}

// keysNamedIn returns the addresses of the keys that the policies of an account name.
func (ac *Accounts) keysNamedIn(in string) []string {
	var out []string
	for _, x := range permit.Policies(ac.project, permit.Known{}) {
		if x.In.Address() == in {
			out = append(out, x.Keys...)
		}
	}
	return out
}
