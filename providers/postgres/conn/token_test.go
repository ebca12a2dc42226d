package conn_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/cloudtest"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec/lang"
)

// clock is the stand-in's, ahead of the machine's or behind it.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.ahead)
}

func (c *clock) set(ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead = ahead
}

// tokens is a cluster "shop" of the account prod with a user for tokens.
type tokens struct {
	t *testing.T
	*cloudtest.World
	admin, user, id string
}

func withTokens(t *testing.T, c cloud.Config) *tokens {
	t.Helper()
	server := pgtest.Server(t)
	w := &tokens{
		t:     t,
		World: cloudtest.Start(t, c),
		admin: pgtest.Database(t, server),
		user:  pgtest.Role(t, server, ""),
	}
	pgtest.Exec(t, w.admin, "DO $$ BEGIN CREATE ROLE rds_iam; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
		"GRANT rds_iam TO "+w.user)
	w.id = w.Cluster(cloudtest.Prod, "shop", w.admin)
	w.Setenv()
	return w
}

// database is the database of the cluster. url has USER, DB, CA and PORT replaced.
func (w *tokens) database(profile, url, more string) *conn.Connector {
	w.t.Helper()
	config, err := pgx.ParseConfig(w.admin)
	if err != nil {
		w.t.Fatal(err)
	}
	url = strings.NewReplacer("USER", w.user, "DB", config.Database, "CA", w.Authority()).Replace(url)
	dir := w.t.TempDir()
	text := `
aws "prod" {
  account  = "111111111111"
  region   = "ap-northeast-1"
  endpoint = "` + w.URL() + `"
  ` + profile + `
}
cluster "shop" { identifier = "shop" }
database "shop" {
  url     = "` + url + `"
  cluster = cluster.shop
  iam     = true
  ` + more + `
}`
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	p, ds := lang.Load(dir, lang.Options{LookupEnv: os.LookupEnv})
	if ds.HasErrors() {
		w.t.Fatal(ds)
	}
	return conn.New(p.Databases[0], p.ReadSecret, aws.NewAccounts(p))
}

const verified = "postgres://USER@/DB?sslmode=verify-full&sslrootcert=CA"

// connects connects, and fails where that fails.
func (w *tokens) connects(c *conn.Connector) *pgx.Conn {
	w.t.Helper()
	session, err := c.Connect(context.Background(), conn.Options{Purpose: "shoji test"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = session.Close(context.Background()) })
	var user, application string
	if err := session.QueryRow(context.Background(), "SELECT session_user::text, current_setting('application_name')").
		Scan(&user, &application); err != nil || user != w.user || application != "shoji test" {
		w.t.Errorf("connected as %q (%q): %v", user, application, err)
	}
	return session
}

// refused fails to connect, with an error that has all the parts and no token.
func (w *tokens) refused(c *conn.Connector, parts ...string) {
	w.t.Helper()
	session, err := c.Connect(context.Background(), conn.Options{})
	if err == nil {
		_ = session.Close(context.Background())
		w.t.Fatal("somebody was let in")
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			w.t.Errorf("%q is not in:\n%s", p, err)
		}
	}
	for _, s := range append(w.Secrets, "X-Amz-") {
		if strings.Contains(err.Error(), s) {
			w.t.Errorf("a part of a token is in:\n%s", err)
		}
	}
}

// attempts are the tokens that were shown to the cluster, as "error principal".
func (w *tokens) attempts() []string {
	var out []string
	for _, c := range w.Calls() {
		if c.Service == "rds-db" {
			out = append(out, c.Error+" "+c.Principal)
		}
	}
	return out
}

func count(calls []cloud.Call, operation string) int {
	n := 0
	for _, c := range calls {
		if c.Operation == operation {
			n++
		}
	}
	return n
}

func TestAUserOfIAMConnects(t *testing.T) {
	w := withTokens(t, cloud.Config{})
	c := w.database(`profile = "prod"`, verified, "")
	w.connects(c)
	w.connects(c)
	if got := w.attempts(); !slices.Equal(got, []string{
		" arn:aws:iam::111111111111:user/prod", " arn:aws:iam::111111111111:user/prod",
	}) {
		t.Errorf("each session needs a token of its own: %q", got)
	}
	if n := count(w.Calls(), "DescribeDBClusters"); n > 4 { // the world's own waiting among them
		t.Errorf("the endpoint was asked for %d times", n)
	}
	libpq, err := c.Libpq(context.Background(), "", 16)
	if err != nil {
		t.Fatal(err)
	}
	if url := libpq.URL(); strings.Contains(url, "X-Amz") || !strings.Contains(url, "sslmode=verify-full") {
		t.Errorf("the URL is %s", url)
	}
	if env := strings.Join(libpq.Environment(), "\n"); !strings.Contains(env, "PGPASSWORD=127.0.0.1:") ||
		!strings.Contains(env, "PGSSLROOTCERT="+w.Authority()) {
		t.Error("a program would connect otherwise")
	}
	w.connects(w.database(`profile = "prod"`, "user=USER dbname=DB sslmode=verify-full sslrootcert=CA", ""))
	w.connects(w.database(`profile = "prod"`, verified, `endpoint = "shop-2"`))
	w.connects(w.database(`profile = "prod"`, "postgres://USER@/DB?sslmode=require", ""))
}

func TestTokensThatAreRefused(t *testing.T) {
	now := &clock{}
	w := withTokens(t, cloud.Config{Clock: now})
	statement := `{"Sid":"ConnectShop","Effect":"Allow","Action":["rds-db:connect"],` +
		`"Resource":["arn:aws:rds-db:ap-northeast-1:111111111111:dbuser:` + w.id + `/` + w.user + `"]}`
	describe := `{"Effect":"Allow","Action":"rds:DescribeDBClusters","Resource":"*"}`
	w.Profile("nobody", cloudtest.Prod, `{"Version":"2012-10-17","Statement":[`+describe+`]}`)
	w.Profile("other", cloudtest.Prod,
		`{"Version":"2012-10-17","Statement":[`+describe+
			`,{"Effect":"Allow","Action":"rds-db:connect","Resource":"arn:aws:rds-db:*:*:dbuser:*/other"}]}`)
	w.Profile("reader", cloudtest.Prod, `{"Version":"2012-10-17","Statement":[`+describe+`,`+statement+`]}`)
	t.Run("the statement that lets a user connect is all that it takes", func(t *testing.T) {
		w.connects(w.database(`profile = "reader"`, verified, ""))
	})
	for _, profile := range []string{"nobody", "other"} {
		t.Run("who may not connect is told the statement: "+profile, func(t *testing.T) {
			w.refused(w.database(`profile = "`+profile+`"`, verified, ""), "rejected the token (28000)",
				"arn:aws:iam::111111111111:user/"+profile+" may not connect", statement)
		})
	}
	t.Run("a token is made for one user", func(t *testing.T) {
		libpq, err := w.database(`profile = "prod"`, verified, "").Libpq(context.Background(), "other", 16)
		if err != nil {
			t.Fatal(err)
		}
		config, err := pgx.ParseConfig(libpq.URL())
		if err != nil {
			t.Fatal(err)
		}
		config.User, config.Password = w.user, libpq.Password.Reveal()
		if _, err := pgx.ConnectConfig(context.Background(), config); err == nil ||
			!strings.Contains(err.Error(), "PAM authentication failed") {
			t.Errorf("another user's token gives %v", err)
		}
	})
	t.Run("a token ends after 15 minutes", func(t *testing.T) {
		now.set(16 * time.Minute)
		w.refused(w.database(`profile = "prod"`, verified, ""), "rejected the token",
			"the clock of this machine is wrong")
		if got := w.attempts(); !strings.HasPrefix(got[len(got)-1], "AccessDenied") {
			t.Errorf("the last attempt: %q", got[len(got)-1])
		}
		now.set(14 * time.Minute)
		w.connects(w.database(`profile = "prod"`, verified, ""))
		now.set(0)
	})
	t.Run("a name that is not the cluster's own", func(t *testing.T) {
		config, err := w.database(`profile = "prod"`, verified, "").Config(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Replace(verified, "@/", "@localhost:"+port(config)+"/", 1)
		w.refused(w.database(`profile = "prod"`, at, ""), "certificate", "wanted to match localhost",
			"Connect to the host name in the certificate")
		w.refused(w.database(`profile = "prod"`, strings.Replace(at, "verify-full", "require", 1), ""),
			"the host is not the cluster's own endpoint")
	})
	t.Run("an authority that nobody knows", func(t *testing.T) {
		w.refused(w.database(`profile = "prod"`, "postgres://USER@/DB?sslmode=verify-full", ""),
			"is signed by an unknown authority", "global-bundle.pem", "sslrootcert=FILE")
	})
	t.Run("a user that is no member of rds_iam", func(t *testing.T) {
		other := pgtest.Role(t, pgtest.Server(t), "")
		w.refused(w.database(`profile = "prod"`, strings.Replace(verified, "USER", other, 1), ""),
			"treated the token as a password (28P01)", "not a member of rds_iam")
	})
	t.Run("IAM authentication that is off", func(t *testing.T) {
		_, err := w.Client(cloudtest.Prod).ModifyDBCluster(context.Background(), &rds.ModifyDBClusterInput{
			DBClusterIdentifier:             awssdk.String("shop"),
			EnableIAMDatabaseAuthentication: awssdk.Bool(false),
			ApplyImmediately:                awssdk.Bool(true),
		})
		if err != nil {
			t.Fatal(err)
		}
		w.refused(w.database(`profile = "prod"`, verified, ""), "IAM authentication of cluster shop is off",
			"iam_auth = true in cluster.shop")
	})
}

func port(c *pgx.ConnConfig) string {
	_, port, _ := strings.Cut(strings.TrimPrefix(c.ConnString(), "postgres://"), ":")
	port, _, _ = strings.Cut(port, "/")
	return port
}

func TestATokenIsNotSentToWhereverItCanBeRead(t *testing.T) {
	w := withTokens(t, cloud.Config{})
	for _, url := range []string{
		"postgres://USER@/DB", "postgres://USER@/DB?sslmode=prefer", "postgres://USER@/DB?sslmode=allow",
		"postgres://USER@db.example:5432/DB?sslmode=disable",
	} {
		w.refused(w.database(`profile = "prod"`, url, ""), "IAM token requires TLS", "sslmode=verify-full")
	}
	w.refused(w.database(`profile = "prod"`, "postgres://USER@a.example,b.example/DB?sslmode=require", ""),
		"IAM token requires a single host")
	if got := w.attempts(); len(got) > 0 {
		t.Errorf("tokens were shown: %q", got)
	}
	// On this machine nobody is on the way; the server decides.
	w.refused(w.database(`profile = "prod"`, "postgres://USER@/DB?sslmode=disable", ""), "it may require TLS")
}

func TestEndpointsThatAreNotThere(t *testing.T) {
	w := withTokens(t, cloud.Config{})
	w.Cluster(cloudtest.Prod, "other", w.admin)
	w.refused(w.database(`profile = "prod"`, verified, `endpoint = "shop-3"`), `aws.prod has no instance "shop-3"`)
	w.refused(w.database(`profile = "prod"`, verified, `endpoint = "other-1"`),
		"instance other-1 of aws.prod is not in cluster shop")
	w.Profile("blind", cloudtest.Prod, `{"Version":"2012-10-17","Statement":[]}`)
	w.refused(w.database(`profile = "blind"`, verified, ""), "rds:DescribeDBClusters",
		"arn:aws:rds:ap-northeast-1:111111111111:cluster:shop")
}

// TestASessionThatEndsIsRenewed: who works as a role has credentials that end, and a token of theirs lets nobody in
// then.
func TestASessionThatEndsIsRenewed(t *testing.T) {
	now := &clock{ahead: -14*time.Minute - 30*time.Second} // to this machine a new session has half a minute left
	w := withTokens(t, cloud.Config{Clock: now})
	w.Role(cloudtest.Prod, "runner",
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},`+
			`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"shop"}}}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["rds-db:connect",`+
			`"rds:DescribeDBClusters"],"Resource":"*"}]}`)
	as := `profile = "staging"
  assume_role {
    arn         = "arn:aws:iam::111111111111:role/runner"
    external_id = "shop"
    duration    = 900
  }`
	c := w.database(as, verified, "")
	w.connects(c)
	before := count(w.Calls(), "AssumeRole")
	w.connects(c)
	if got := count(w.Calls(), "AssumeRole"); got != before+1 {
		t.Errorf("%d sessions, and there were %d before", got, before)
	}
	// To this machine a session lasts that has ended to AWS.
	now.set(-10 * time.Minute)
	c = w.database(as, verified, "")
	w.connects(c)
	now.set(6 * time.Minute)
	w.connects(c)
	now.set(time.Hour)
	w.Fail("sts", "AssumeRole", 0, cloud.Denied())
	w.refused(c, "sts:AssumeRole")
	if got := w.attempts(); got[0] != " arn:aws:sts::111111111111:assumed-role/runner/shoji" {
		t.Errorf("the first attempt: %q", got[0])
	}
}
