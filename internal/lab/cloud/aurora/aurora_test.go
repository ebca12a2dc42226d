package aurora_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

const (
	source = "111111111111"
	target = "222222222222"
	region = "ap-northeast-1"
)

var ctx = context.Background()

// world is the lab with a cluster "prod" that has an instance.
type world struct {
	*aurora.Lab
	t *testing.T
	account
}

// account is what an administrator of one reaches.
type account struct {
	rds *rds.Client
	s3  *s3.Client
	iam *iam.Client
	kms *kms.Client
}

func (w world) in(id string) account {
	c, err := w.Credentials(id)
	w.ok(err)
	config := aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(w.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
		HTTPClient:   cloud.HTTPClient(),
		Retryer:      func() aws.Retryer { return aws.NopRetryer{} },
	}
	return account{
		rds.NewFromConfig(config), s3.NewFromConfig(config), iam.NewFromConfig(config), kms.NewFromConfig(config),
	}
}

func (w world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func start(t *testing.T, own aurora.Config) world {
	t.Helper()
	installation, dir := pgtest.Installed(t)
	own.Dir, own.Installation = filepath.Join(dir, "lab"), installation
	lab, err := aurora.Start(ctx, cloud.Config{}, own)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, err := range lab.Failures() {
			t.Log(err)
		}
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	w := world{Lab: lab, t: t}
	w.account = w.in(source)
	return w
}

func (w world) cluster(more ...func(*rds.CreateDBClusterInput)) {
	w.t.Helper()
	in := &rds.CreateDBClusterInput{
		DBClusterIdentifier: aws.String("prod"),
		Engine:              aws.String("aurora-postgresql"),
		EngineVersion:       aws.String("15.10"),
		MasterUsername:      aws.String("app"),
		MasterUserPassword:  aws.String("password"),
		DatabaseName:        aws.String("shop"),
	}
	for _, m := range more {
		m(in)
	}
	_, err := w.rds.CreateDBCluster(ctx, in)
	w.ok(err)
	w.available("prod")
	w.instance("prod")
}

func (w world) available(name string) types.DBCluster {
	w.t.Helper()
	out, err := rds.NewDBClusterAvailableWaiter(w.rds, func(o *rds.DBClusterAvailableWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, 20*time.Millisecond
	}).WaitForOutput(ctx, &rds.DescribeDBClustersInput{DBClusterIdentifier: &name}, time.Minute)
	w.ok(err)
	return out.DBClusters[0]
}

func (w world) instance(cluster string) {
	w.t.Helper()
	name := cluster + "-1"
	_, err := w.rds.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: &name,
		DBClusterIdentifier:  &cluster,
		Engine:               aws.String("aurora-postgresql"),
		DBInstanceClass:      aws.String("db.r6g.large"),
	})
	w.ok(err)
	w.ready(name)
}

func (w world) ready(instance string) {
	w.t.Helper()
	w.ok(rds.NewDBInstanceAvailableWaiter(w.rds, func(o *rds.DBInstanceAvailableWaiterOptions) {
		o.MinDelay, o.MaxDelay = 20*time.Millisecond, 20*time.Millisecond
	}).Wait(ctx, &rds.DescribeDBInstancesInput{DBInstanceIdentifier: &instance}, time.Minute))
}

// connect opens a session at the endpoint that the API gives.
func (w world) connect(cluster, user, password, database string) *pgx.Conn {
	w.t.Helper()
	c := w.available(cluster)
	conn, err := pgx.Connect(ctx,
		fmt.Sprintf("postgres://%s:%s@%s:%d/%s?sslmode=disable", user, password, *c.Endpoint, *c.Port, database))
	w.ok(err)
	w.t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

// admin opens a session of the superuser on prod.
func (w world) admin() *pgx.Conn {
	w.t.Helper()
	url, err := w.AdminURL(*w.available("prod").DBClusterArn, "shop")
	w.ok(err)
	conn, err := pgx.Connect(ctx, url)
	w.ok(err)
	w.t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

func (w world) exec(c *pgx.Conn, statements ...string) {
	w.t.Helper()
	for _, sql := range statements {
		if _, err := c.PgConn().Exec(ctx, sql).ReadAll(); err != nil {
			w.t.Fatalf("%s: %v", sql, err)
		}
	}
}

func (w world) one(c *pgx.Conn, sql string) string {
	w.t.Helper()
	r := c.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Read()
	if r.Err != nil || len(r.Rows) != 1 {
		w.t.Fatalf("%s: %v, %d rows", sql, r.Err, len(r.Rows))
	}
	var cells []string
	for _, c := range r.Rows[0] {
		cells = append(cells, string(c))
	}
	return strings.Join(cells, "|")
}

// raises runs a query that fails, with a SQLSTATE and words in its message, detail or hint.
func (w world) raises(c *pgx.Conn, sql, state string, words ...string) {
	w.t.Helper()
	err := c.PgConn().ExecParams(ctx, sql, nil, nil, nil, nil).Read().Err
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		w.t.Fatalf("%s: got %v", sql, err)
	}
	text := pg.Message + "\n" + pg.Detail + "\n" + pg.Hint
	for _, word := range words {
		if pg.Code != state || !strings.Contains(text, word) {
			w.t.Errorf("%s: got %s %s, want %s %q", sql, pg.Code, text, state, word)
		}
	}
}

// bucket makes a bucket and a key for it in the source account.
func (w world) bucket(name string) (key string) {
	w.t.Helper()
	_, err := w.s3.CreateBucket(ctx, &s3.CreateBucketInput{
		Bucket:                    &name,
		CreateBucketConfiguration: &s3types.CreateBucketConfiguration{LocationConstraint: region},
	})
	w.ok(err)
	made, err := w.kms.CreateKey(ctx, nil)
	w.ok(err)
	return *made.KeyMetadata.Arn
}

// associate makes a role with statements and gives it to a cluster for a feature.
func (w world) associate(cluster, name, feature, statements string) {
	w.t.Helper()
	_, err := w.iam.CreateRole(ctx, &iam.CreateRoleInput{
		RoleName: &name,
		AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
			`"Principal":{"Service":"rds.amazonaws.com"},"Action":"sts:AssumeRole",` +
			`"Condition":{"StringEquals":{"aws:SourceAccount":"` + source + `"}}}]}`),
	})
	w.ok(err)
	w.policy(name, statements)
	_, err = w.rds.AddRoleToDBCluster(ctx, &rds.AddRoleToDBClusterInput{
		DBClusterIdentifier: &cluster,
		RoleArn:             aws.String("arn:aws:iam::" + source + ":role/" + name),
		FeatureName:         &feature,
	})
	w.ok(err)
	for range 100 {
		for _, r := range w.available(cluster).AssociatedRoles {
			if *r.FeatureName == feature && *r.Status == "ACTIVE" {
				return
			}
		}
	}
	w.t.Fatal("the role is never active")
}

func (w world) policy(role, statements string) {
	w.t.Helper()
	_, err := w.iam.PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName:       &role,
		PolicyName:     aws.String("p"),
		PolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[` + statements + `]}`),
	})
	w.ok(err)
}

func allow(actions, resources string) string {
	quote := func(list string) string { return `["` + strings.ReplaceAll(list, " ", `","`) + `"]` }
	return `{"Effect":"Allow","Action":` + quote(actions) + `,"Resource":` + quote(resources) + `}`
}

func (w world) object(bucket, key string) (string, *s3.GetObjectOutput) {
	w.t.Helper()
	out, err := w.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	w.ok(err)
	text, err := io.ReadAll(out.Body)
	w.ok(errors.Join(err, out.Body.Close()))
	return string(text), out
}

func (w world) put(bucket, key string, body []byte, encoding *string) {
	w.t.Helper()
	_, err := w.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket:          &bucket,
		Key:             &key,
		Body:            bytes.NewReader(body),
		ContentEncoding: encoding,
	})
	w.ok(err)
}

func packed(text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.Bytes()
}
