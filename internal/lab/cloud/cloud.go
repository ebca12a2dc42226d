// Package cloud is the lab's AWS: an in-process stand-in for the services that shoji calls, served over HTTP on the
// loopback, for several accounts and regions at once. Give its URL to the clients of aws-sdk-go-v2 as their base
// endpoint.
//
// It is strict: a signature that does not fit, a right that is missing, a parameter that it does not know
// are errors, never passed over. What it leaves out is said where it is left out:
// the lab is plain HTTP, which policies see as TLS (aws:SecureTransport is true); a request's clock is not compared
// with the lab's.
package cloud

import (
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/kms"
	"github.com/shoji-pg/shoji/internal/lab/cloud/ram"
	"github.com/shoji-pg/shoji/internal/lab/cloud/rds"
	"github.com/shoji-pg/shoji/internal/lab/cloud/s3"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Config says what there is.
type Config struct {
	// Accounts are 12 digits each. None gives 111111111111 and 222222222222.
	Accounts []string
	// Region is where a client is that says nothing else; "" is ap-northeast-1. Others exist too.
	Region string
	// Clock is what the lab's time is; nil is the machine's.
	Clock wire.Clock
	// Times say how long things take; the zero value is Quick().
	Times Times
	// Rates limit calls, by service ("rds"), each account for itself. Above them calls are throttled.
	Rates map[string]Rate
	// Hooks make clusters real; without them the API alone moves.
	Hooks Hooks
}

// Times are how long things take.
type Times struct {
	IAM   Settle // until a new role is known to other services
	Grant Settle // until a grant of a key works without its token
	RDS   rds.Times
}

// Quick makes every wait of RDS show once: whatever is begun is found unfinished by the first look, and done by the
// second. Identities and grants are known at once.
func Quick() Times {
	once := Settle{Polls: 1}
	return Times{
		RDS: rds.Times{Cluster: once, Instance: once, Snapshot: once, Deletion: once, Role: once, Parameters: once},
	}
}

// The names that users of this package need of those below it.
type (
	// Credentials are what a client signs with.
	Credentials = iam.Credentials
	// Settle is how long something takes.
	Settle = wire.Settle
	// Hooks make clusters real.
	Hooks = rds.Hooks
	// Cluster, Instance and Endpoint are what hooks are told, and tell.
	Cluster  = rds.Cluster
	Instance = rds.Instance
	Endpoint = rds.Endpoint
)

// Error is an error of AWS, for Fail and OnCall.
type Error = wire.Error

// Cloud is a running stand-in.
type Cloud struct {
	url      string
	region   string
	accounts []string
	clock    wire.Clock
	server   *http.Server

	mu       sync.Mutex // held while an operation runs: one at a time
	services map[string]service
	iam      *iam.Service
	kms      *kms.Service
	s3       *s3.Service
	rds      *rds.Service

	watch watch
}

type service struct {
	protocol   wire.Protocol
	operations wire.Operations
}

type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() }

// Start starts serving.
func Start(c Config) (*Cloud, error) {
	if len(c.Accounts) == 0 {
		c.Accounts = []string{"111111111111", "222222222222"}
	}
	for _, a := range c.Accounts {
		if len(a) != 12 {
			return nil, fmt.Errorf("starting the lab's AWS: %q is not an account: it has 12 digits", a)
		}
	}
	if c.Region == "" {
		c.Region = "ap-northeast-1"
	}
	if c.Clock == nil {
		c.Clock = machineClock{}
	}
	if c.Times == (Times{}) {
		c.Times = Quick()
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting the lab's AWS: %w", err)
	}
	cloud := &Cloud{
		url:      "http://" + listener.Addr().String(),
		region:   c.Region,
		accounts: slices.Clone(c.Accounts),
		clock:    c.Clock,
		watch:    watch{rates: c.Rates, buckets: map[string]*bucket{}},
	}
	cloud.iam = iam.New(c.Clock, c.Times.IAM, c.Accounts)
	cloud.kms = kms.New(c.Clock, c.Times.Grant, cloud.iam)
	cloud.s3 = s3.New(c.Clock, cloud.iam, cloud.kms)
	cloud.rds = rds.New(c.Clock, c.Times.RDS, c.Hooks, cloud.iam, cloud.kms)
	shares := ram.New(c.Clock, cloud.iam, cloud.rds.Shareable)
	cloud.rds.Shared = shares.Shared
	cloud.services = map[string]service{
		"sts": {wire.Query{Namespace: "https://sts.amazonaws.com/doc/2011-06-15/"}, cloud.iam.STS()},
		"iam": {wire.Query{Namespace: "https://iam.amazonaws.com/doc/2010-05-08/"}, cloud.iam.Operations()},
		"kms": {wire.JSON{Target: "TrentService"}, cloud.kms.Operations()},
		"s3":  {s3.Protocol{}, cloud.s3.Operations()},
		"rds": {wire.Query{Namespace: "http://rds.amazonaws.com/doc/2014-10-31/"}, cloud.rds.Operations()},
		"ram": {ram.Protocol(), shares.Operations()},
	}
	cloud.server = &http.Server{Handler: http.HandlerFunc(cloud.serve), ReadHeaderTimeout: time.Minute}
	go func() { _ = cloud.server.Serve(listener) }() // it ends with Close
	return cloud, nil
}

// URL is the base endpoint of every service.
func (c *Cloud) URL() string { return c.url }

// Region is where the lab is.
func (c *Cloud) Region() string { return c.region }

// Accounts gives the accounts, as they were configured.
func (c *Cloud) Accounts() []string { return slices.Clone(c.accounts) }

// Close stops serving.
func (c *Cloud) Close() error { return c.server.Close() }

// Credentials gives those of an administrator: a user who may do everything in the account.
func (c *Cloud) Credentials(account string) (Credentials, error) {
	return c.User(account, "admin",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
}

// User makes a user with inline policies and gives its credentials. A user that exists gets these policies
// instead of its own, and one more key.
func (c *Cloud) User(account, name string, policies ...string) (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.iam.User(account, name, policies...)
}

// LimitUser sets the permissions boundary of a user, LimitRole that of a role, and LimitAccount the service control
// policy of an account; "" takes each away.
func (c *Cloud) LimitUser(account, name, boundary string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.iam.LimitUser(account, name, boundary)
}

// LimitRole is like LimitUser.
func (c *Cloud) LimitRole(arn, boundary string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.iam.LimitRole(arn, boundary)
}

// LimitAccount is like LimitUser.
func (c *Cloud) LimitAccount(account, control string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.iam.LimitAccount(account, control)
}

// Asked lists the actions of IAM that a user or role was asked for so far, sorted.
func (c *Cloud) Asked(principal string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.iam.Asked(principal)
}

// Root gives credentials of an account's root user.
func (c *Cloud) Root(account string) (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.iam.Exists(account) {
		return Credentials{}, fmt.Errorf("the lab's AWS has no account %s", account)
	}
	return c.iam.Root(account), nil
}

// Force shows a status instead of a cluster's or instance's own, "" its own again: storage-full, stopped, whatever the
// lab has no cause of.
func (c *Cloud) Force(arn, status string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rds.Force(arn, status)
}

// RoleSession opens a session of a role as a service does for a resource of its own: RDS for a cluster. The role's
// trust policy must allow it. What is called with it shows in the log with the service in By.
func (c *Cloud) RoleSession(service, roleARN, sourceARN, session string) (Credentials, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.iam.ForService(service, roleARN, sourceARN, session)
}

// Cluster gives a cluster as the API would describe it now.
func (c *Cloud) Cluster(arn string) (Cluster, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rds.Cluster(arn)
}

// Failures gives the errors of hooks so far: the API shows a status such as failed and never says why.
func (c *Cloud) Failures() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rds.Failures()
}
