package postgres_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

// twoAccounts is the lab's AWS with a cluster in each of two accounts, and nothing else.
type twoAccounts struct {
	t        *testing.T
	lab      *aurora.Lab
	dir      string
	s3       *s3.Client // of an administrator of the source's account
	url      map[string]string
	admin    map[string]string
	manifest string
	only     engine.Half
	extra    string              // arguments of the refresh
	role     string              // that the staging account is worked in as
	blocks   func(string) string // changes the spec
}

func newTwoAccounts(t *testing.T, own aurora.Config) *twoAccounts {
	t.Helper()
	pgtest.NeedsDump(t)
	installation, dir := pgtest.Installed(t)
	own.Dir, own.Installation = filepath.Join(dir, "lab"), installation
	lab, err := aurora.Start(t.Context(), cloud.Config{}, own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lab.Close() })
	w := &twoAccounts{t: t, lab: lab, dir: t.TempDir(), url: map[string]string{}, admin: map[string]string{}}
	profiles := map[string]cloud.Credentials{}
	for name, account := range map[string]string{"prod": "111111111111", "staging": "222222222222"} {
		c, err := lab.Credentials(account)
		if err != nil {
			t.Fatal(err)
		}
		profiles[name] = c
		config := awssdk.Config{
			Region:       labRegion,
			BaseEndpoint: awssdk.String(lab.URL()),
			Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
		}
		if name == "prod" {
			w.s3 = s3.NewFromConfig(config, func(o *s3.Options) { o.UsePathStyle = true })
		}
		w.cluster(rds.NewFromConfig(config), name)
	}
	variables, err := cloud.SignIn(w.dir, profiles)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range variables {
		t.Setenv(k, v)
	}
	return w
}

// cluster makes a cluster with one instance, whose master user may what a master user may.
func (w *twoAccounts) cluster(api *rds.Client, name string) {
	w.t.Helper()
	c, err := cloud.CreateCluster(w.t.Context(), api,
		&rds.CreateDBClusterInput{
			DBClusterIdentifier: &name,
			EngineVersion:       awssdk.String("15.10"),
			MasterUsername:      awssdk.String("app"),
			MasterUserPassword:  awssdk.String("password"),
			DatabaseName:        awssdk.String("shop"),
		}, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	w.url[name] = fmt.Sprintf("postgres://app:password@%s:%d/shop?sslmode=disable", *c.Endpoint, *c.Port)
	if w.admin[name], err = w.lab.AdminURL(*c.DBClusterArn, "shop"); err != nil {
		w.t.Fatal(err)
	}
}

const accountBlocks = `
project "shop" {}
variable "endpoint" {}
aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  profile  = "prod"
  endpoint = var.endpoint
}
aws "staging" {
  account  = "222222222222"
  region   = "ap-northeast-1"
  profile  = "staging"
  endpoint = var.endpoint
  %s
}
kms_key "transfer" {
  in    = aws.prod
  alias = "alias/shop-transfer"
}
bucket "transfer" {
  in      = aws.prod
  name    = "shop-transfer"
  kms_key = kms_key.transfer
  write   = [iam_role.export]
  read    = [iam_role.import, iam_role.runner]
}
iam_role "export" {
  in = aws.prod
  trust {
    service = "rds.amazonaws.com"
  }
}
iam_role "import" {
  in = aws.staging
  trust {
    service = "rds.amazonaws.com"
  }
}
iam_role "runner" {
  in = aws.staging
  trust {
    principals = ["arn:aws:iam::222222222222:root"]
  }
  statement {
    actions   = ["rds:DescribeDBClusters", "iam:GetRole", "iam:SimulatePrincipalPolicy"]
    resources = ["*"]
  }
}
cluster "prod" {
  in         = aws.prod
  identifier = "prod"
  s3_export = iam_role.export
}
cluster "staging" {
  in         = aws.staging
  identifier = "staging"
  s3_import = iam_role.import
}
secret "prod" {
  env = "PROD_URL"
}
secret "staging" {
  env = "STAGING_URL"
}
secret "key" {
  env = "KEY"
}
database "prod" {
  url     = secret.prod
  cluster = cluster.prod
}
database "staging" {
  url     = secret.staging
  cluster = cluster.staging
}
table "public" "customers" {
  keep = ["id"]
  column "email" { mask = email() }
}
table "public" "orders" {
  keep = ["id", "customer", "total"]
}
table "public" "nothing" {
  keep = ["id"]
}
refresh "nightly" {
  from = database.prod
  to   = database.staging
  key  = secret.key
  via  = bucket.transfer
  %s
}
`

// build plans as the command does.
func (w *twoAccounts) build() (*engine.Plan, []engine.Provider, diag.Diagnostics) {
	w.t.Helper()
	blocks := fmt.Sprintf(accountBlocks, w.role, w.extra)
	if w.blocks != nil {
		blocks = w.blocks(blocks)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "main.hcl"), []byte(blocks), 0o600); err != nil {
		w.t.Fatal(err)
	}
	environment := map[string]string{"PROD_URL": w.url["prod"], "STAGING_URL": w.url["staging"], "KEY": testKey}
	switch w.only {
	case engine.OnlyExport:
		delete(environment, "STAGING_URL")
	case engine.OnlyImport:
		delete(environment, "PROD_URL")
		delete(environment, "KEY")
	}
	p, ds := lang.Load(w.dir, lang.Options{
		Inputs:    []lang.Input{{Kind: lang.InputVar, Value: "endpoint=" + w.lab.URL()}},
		LookupEnv: func(name string) (string, bool) { v, ok := environment[name]; return v, ok },
	})
	if ds.HasErrors() {
		w.t.Fatal(text(ds))
	}
	accounts := aws.NewAccounts(p)
	sessions := session.New(p, session.Options{Clusters: accounts, Origins: accounts, Only: w.only})
	objects := aws.New(p, accounts, aws.Options{
		Only:      w.only,
		Slow:      20 * time.Millisecond,
		LongLimit: 20 * time.Second,
		Poll:      20 * time.Millisecond,
		Patience:  5 * time.Second,
		Limit:     10 * time.Second,
	})
	databases := postgres.New(p, sessions, postgres.Options{
		Random:   rand.Reader,
		Now:      time.Now,
		Dump:     ddl.SystemFinder(),
		Version:  "0.1.0",
		Only:     w.only,
		Manifest: w.manifest,
		Accounts: objects,
		Objects: func(ctx context.Context, b *spec.Bucket, as *spec.AWS) (stage.Objects, error) {
			return accounts.Bucket(ctx, b, as)
		},
	})
	w.t.Cleanup(databases.Close)
	providers := []engine.Provider{databases, objects}
	needs := map[string][]string{}
	for _, r := range p.References {
		needs[r.From] = append(needs[r.From], r.To)
	}
	addresses := []string{"refresh.nightly"}
	for _, o := range aws.Objects(p) {
		addresses = append(addresses, o.Address())
	}
	plan, ds := engine.Build(w.t.Context(), providers, engine.BuildOptions{
		ShojiVersion:    "0.1.0",
		Project:         p.Name,
		SpecDigest:      p.Digest,
		VariablesDigest: p.VariablesDigest,
		Only:            w.only,
		Manifest:        w.manifest,
		Addresses:       addresses,
		Needs:           needs,
	})
	return plan, providers, ds
}

// apply plans and runs; anything but success ends the test.
func (w *twoAccounts) apply() *engine.Plan {
	w.t.Helper()
	plan, providers, ds := w.build()
	if ds.HasErrors() {
		w.t.Fatal(text(ds))
	}
	if result, ds := w.run(plan, providers); result.State != engine.RunDone || len(ds) > 0 {
		w.t.Fatalf("%s: %s", result.State, text(ds))
	}
	return plan
}

func (w *twoAccounts) run(plan *engine.Plan, providers []engine.Provider) (engine.Result, diag.Diagnostics) {
	w.t.Helper()
	store, err := engine.OpenDir(filepath.Join(w.dir, "journal"), engine.DirOptions{Now: time.Now, Random: rand.Reader})
	if err != nil {
		w.t.Fatal(err)
	}
	runner := &engine.Runner{Providers: providers, Store: store, Parallelism: 4, Now: time.Now}
	result, err := runner.Apply(w.t.Context(),
		engine.RunInfo{
			ID:      fmt.Sprintf("run-%d", time.Now().UnixNano()),
			Command: "apply",
			Who:     "test",
			Started: time.Now(),
			Project: "shop",
		}, plan)
	if err != nil {
		w.t.Fatal(err)
	}
	return result, result.Diagnostics()
}

func (w *twoAccounts) staged() []string {
	w.t.Helper()
	out, err := w.s3.ListObjectsV2(w.t.Context(), &s3.ListObjectsV2Input{Bucket: awssdk.String("shop-transfer")})
	if err != nil {
		w.t.Fatal(err)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

// sell fills the source.
func (w *twoAccounts) sell(extension bool) {
	w.t.Helper()
	pgtest.Exec(w.t,
		w.url["prod"], `CREATE TABLE customers (id int PRIMARY KEY, email text UNIQUE);
			CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, total numeric,
				twice numeric GENERATED ALWAYS AS (total * 2) STORED); CREATE TABLE nothing (id int);
		INSERT INTO customers SELECT i, 'person' || i || E'@secret.example\n\\N' FROM generate_series(1, 500) i;
		INSERT INTO orders (customer, total) SELECT 1 + i % 500, i FROM generate_series(1, 1000) i`)
	if extension {
		pgtest.Exec(w.t, w.url["prod"], `CREATE EXTENSION aws_s3 CASCADE`)
	}
}

func (w *twoAccounts) sold() {
	w.t.Helper()
	if got := pgtest.Rows(w.t, w.url["staging"],
		`SELECT count(DISTINCT email), bool_and(email LIKE '%@example.com'), (SELECT sum(twice) FROM orders),
			(SELECT count(*) FROM nothing), nextval('orders_id_seq')
			FROM customers`); got[0] != "500|t|1001000|0|1001" {
		w.t.Errorf("%v", got)
	}
	if left := w.staged(); len(left) > 0 {
		w.t.Errorf("left in the bucket: %v", left)
	}
}

func noted(plan *engine.Plan, part string) bool {
	return strings.Contains(strings.Join(plan.Refreshes[0].Notes, "\n"), part)
}

// TestFromEmptyAccounts makes key, bucket and roles, and refreshes through them, in one plan: the servers export and
// import by themselves, and split what is too large. Then the objects are as they are.
func TestFromEmptyAccounts(t *testing.T) {
	w := newTwoAccounts(t, aurora.Config{PartSize: 5000})
	w.sell(true)
	plan := w.apply()
	w.sold()
	for _, part := range []string{
		"written by the server of database.prod (aws_s3): aws_s3 is installed there, and the bucket is in the " +
			"account and region of cluster.prod", "read by the server of database.staging (aws_s3)",
	} {
		if !noted(plan, part) {
			t.Errorf("the plan does not say %q: %q", part, plan.Refreshes[0].Notes)
		}
	}
	again := w.apply()
	w.sold()
	if s := again.Summary(); s.Add+s.Change+s.Remove > 0 {
		t.Errorf("the objects are not as they are: %s", s)
	}
}

// TestHalvesInTwoAccounts: each half has its own account alone; a source without aws_s3 is exported by the client, for
// a server that imports.
func TestHalvesInTwoAccounts(t *testing.T) {
	for name, extension := range map[string]bool{"server to server": true, "client to server": false} {
		t.Run(name, func(t *testing.T) {
			w := newTwoAccounts(t, aurora.Config{})
			w.sell(extension)
			w.apply() // the objects, and a first copy
			w.only = engine.OnlyExport
			w.apply()
			for _, k := range w.staged() {
				if strings.HasSuffix(k, "/manifest.json") {
					w.manifest = "s3://shop-transfer/" + k
				}
			}
			w.role = "assume_role {\n    arn = \"arn:aws:iam::222222222222:role/runner\"\n  }"
			w.only, w.url["prod"] = engine.OnlyImport, "postgres://nobody@127.0.0.1:1/none"
			plan := w.apply()
			if !noted(plan, "read by the server of database.staging (aws_s3)") ||
				noted(plan, "aws_s3 is created in shop__next for loading") == extension {
				t.Errorf("%q", plan.Refreshes[0].Notes)
			}
			// The importer may not remove what another account keeps: it says so, and goes on.
			if got := pgtest.Rows(t, w.url["staging"],
				`SELECT count(*), (SELECT count(*) FROM pg_extension WHERE extname = 'aws_s3')
					FROM customers`); got[0] != map[bool]string{true: "500|1", false: "500|0"}[extension] {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestACloneExportsByItself: the server of a clone writes the bucket, with the role of its source, and is gone
// afterwards; alone as a half too.
func TestACloneExportsByItself(t *testing.T) {
	w := newTwoAccounts(t, aurora.Config{})
	w.sell(true)
	w.apply() // the objects: a role that is not there yet is none that a clone can have
	w.extra = `clone { class = "db.r6g.large" }`
	for _, half := range []engine.Half{engine.Whole, engine.OnlyExport} {
		w.only = half
		plan := w.apply()
		var said []string
		for _, s := range plan.Steps {
			for _, x := range s.Statements {
				said = append(said, x.On+": "+x.Text)
			}
		}
		all := strings.Join(said, "\n")
		for _, part := range []string{
			"aws.prod: rds:AddRoleToDBCluster shoji-(run)-", "database.prod (clone): SELECT", "query_export_to_s3",
			"aws.prod: check kms:GenerateDataKey on arn:aws:kms:",
			"aws.prod: check that bucket shop-transfer is in ap-northeast-1",
			"aws.prod: rds:DeleteDBCluster shoji-(run)-",
		} {
			if !strings.Contains(all, part) {
				t.Errorf("%q is not in the plan:\n%s", part, all)
			}
		}
		if strings.Contains(all, "database.prod: ") {
			t.Errorf("something is read from the source:\n%s", all)
		}
		if half == engine.Whole {
			w.sold()
		}
	}
	for _, c := range w.lab.Calls() {
		if c.By != "" && c.Service == "s3" && c.Operation == "PutObject" && c.Error != "" {
			t.Errorf("%+v", c)
		}
	}
}
