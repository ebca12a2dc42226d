// Package cloudtest gives tests accounts of an AWS whose clusters are servers of PostgreSQL, behind doors that take
// tokens of IAM.
package cloudtest

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/door"
)

// The accounts of a world.
const (
	Prod    = "111111111111"
	Staging = "222222222222"
)

// World is a stand-in with clusters, and what clients need to find it.
type World struct {
	*cloud.Cloud
	t         testing.TB
	dir       string
	authority *door.Authority
	servers   map[string]string // administrators' URLs, by cluster
	mu        sync.Mutex
	profiles  map[string]cloud.Credentials
	sdk       map[string]string
	// Secrets are all that must be found nowhere.
	Secrets []string
}

// Start starts one. It signs in as an administrator of each account: the profiles prod and staging.
func Start(t testing.TB, c cloud.Config) *World {
	t.Helper()
	authority, err := door.NewAuthority()
	if err != nil {
		t.Fatal(err)
	}
	w := &World{
		t:         t,
		dir:       t.TempDir(),
		authority: authority,
		servers:   map[string]string{},
		profiles:  map[string]cloud.Credentials{},
	}
	c.Accounts = []string{Prod, Staging}
	c.Hooks.OnInstance = w.instance
	if w.Cloud, err = cloud.Start(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	if err := os.WriteFile(w.Authority(), authority.PEM(), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, account := range map[string]string{"prod": Prod, "staging": Staging} {
		w.Profile(name, account,
			`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	}
	return w
}

// Authority is the file of the authority that signs the certificates of clusters.
func (w *World) Authority() string { return filepath.Join(w.dir, "authority.pem") }

// Environment is what makes clients of AWS find the world's profiles, and no credentials of the machine.
func (w *World) Environment() map[string]string { return maps.Clone(w.sdk) }

// Setenv sets Environment for this process, while the test runs.
func (w *World) Setenv() {
	w.t.Helper()
	for k, v := range w.Environment() {
		w.t.Setenv(k, v)
	}
}

// Profile makes a user with policies and a profile of its name.
func (w *World) Profile(name, account string, policies ...string) {
	w.t.Helper()
	if err := w.AddProfile(name, account, policies...); err != nil {
		w.t.Fatal(err)
	}
}

// AddProfile is Profile for goroutines that are not the test's. Several may call it.
func (w *World) AddProfile(name, account string, policies ...string) error {
	c, err := w.User(account, name, policies...)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.Secrets = append(w.Secrets, c.Secret, c.AccessKey)
	w.profiles[name] = c
	w.sdk, err = cloud.SignIn(w.dir, w.profiles)
	return err
}

// Role makes a role with a trust policy and an inline policy.
func (w *World) Role(account, name, trust, policy string) {
	w.t.Helper()
	o := w.options(account)
	client, ctx := iam.New(iam.Options{
		Region:       o.Region,
		BaseEndpoint: o.BaseEndpoint,
		Credentials:  o.Credentials,
		HTTPClient:   o.HTTPClient,
	}), context.Background()
	if _, err := client.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName:                 &name,
		AssumeRolePolicyDocument: &trust,
	}); err != nil {
		w.t.Fatal(err)
	}
	if _, err := client.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName:       &name,
		PolicyName:     aws.String("inline"),
		PolicyDocument: &policy,
	}); err != nil {
		w.t.Fatal(err)
	}
}

// Client gives an administrator's client of RDS.
func (w *World) Client(account string) *rds.Client {
	w.t.Helper()
	return rds.New(w.options(account))
}

func (w *World) options(account string) rds.Options {
	w.t.Helper()
	c, err := w.User(account, "cloudtest",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`)
	if err != nil {
		w.t.Fatal(err)
	}
	url := w.URL()
	return rds.Options{
		Region:       w.Region(),
		BaseEndpoint: &url,
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
		HTTPClient:   cloud.HTTPClient(),
	}
}

// Cluster makes a cluster with two instances, id-1 and id-2, of the server that adminURL leads to. Users that are
// members of rds_iam, which is made where it is missing, get in with tokens. It gives the cluster's resource ID.
func (w *World) Cluster(account, id, adminURL string) string {
	w.t.Helper()
	w.servers[id] = adminURL
	made, err := cloud.CreateCluster(context.Background(), w.Client(account),
		&rds.CreateDBClusterInput{
			DBClusterIdentifier:             &id,
			EngineVersion:                   aws.String("15.10"),
			MasterUsername:                  aws.String("app"),
			MasterUserPassword:              aws.String("password"),
			EnableIAMDatabaseAuthentication: aws.Bool(true),
		}, 2)
	if err != nil {
		w.t.Fatal(err)
	}
	return *made.DbClusterResourceId
}

// instance opens a door for a new instance.
func (w *World) instance(c cloud.Cluster, _ cloud.Instance, _ map[string]string) (cloud.Endpoint, error) {
	d, err := door.Open(door.Config{
		AdminURL:  w.servers[c.DBClusterIdentifier],
		Authority: w.authority,
		Admit:     func(token, endpoint, user string) error { return w.Admit(token, endpoint, user) },
	})
	if err != nil {
		return cloud.Endpoint{}, err
	}
	w.t.Cleanup(func() { _ = d.Close() })
	return cloud.Endpoint{Address: "127.0.0.1", Port: d.Port()}, nil
}
