package aurora_test

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/rds/auth"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

func TestIAMAuthentication(t *testing.T) {
	w := start(t, aurora.Config{})
	w.cluster()
	if built := w.one(w.admin(),
		"SELECT setting FROM pg_config WHERE name = 'CONFIGURE'"); !strings.Contains(built, "with-ldap") {
		t.Skip("this server is built without LDAP, which the lab's IAM authentication needs")
	}
	cluster := w.available("prod")
	endpoint := fmt.Sprintf("%s:%d", *cluster.Endpoint, *cluster.Port)
	w.exec(w.connect("prod", "app", "password", "shop"), "CREATE ROLE reader LOGIN PASSWORD 'reader'",
		"CREATE ROLE other LOGIN")
	w.exec(w.admin(), "GRANT rds_iam TO reader, other")

	login := func(user, password string) error {
		conn, err := pgx.Connect(ctx,
			"postgres://"+user+":"+url.QueryEscape(password)+"@"+endpoint+"/shop?sslmode=disable")
		if err == nil {
			_ = conn.Close(ctx)
		}
		return err
	}
	token := func(c cloud.Credentials, endpoint, user string) string {
		text, err := auth.BuildAuthToken(ctx, endpoint, region, user,
			credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, c.Token))
		w.ok(err)
		return text
	}
	connect := func(account, name, resource string) cloud.Credentials {
		c, err := w.User(account, name, `{"Version":"2012-10-17","Statement":[`+allow("rds-db:connect", resource)+`]}`)
		w.ok(err)
		return c
	}
	good := connect(source, "good",
		"arn:aws:rds-db:"+region+":"+source+":dbuser:"+*cluster.DbClusterResourceId+"/reader")
	if login("reader", token(good, endpoint, "reader")) == nil {
		t.Error("a token is taken before IAM authentication is on")
	}
	_, err := w.rds.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
		DBClusterIdentifier:             aws.String("prod"),
		EnableIAMDatabaseAuthentication: aws.Bool(true),
		ApplyImmediately:                aws.Bool(true),
	})
	w.ok(err)
	w.ready("prod-1")

	w.ok(login("reader", token(good, endpoint, "reader")))
	forged := good
	forged.Secret = "x"
	for name, f := range map[string]struct{ user, password string }{
		"the user's password, which is off now": {"reader", "reader"},
		"a token for another user":              {"other", token(good, endpoint, "reader")},
		"a user whom no policy allows":          {"other", token(good, endpoint, "other")},
		"a token for another endpoint":          {"reader", token(good, "127.0.0.1:1", "reader")},
		"a token of another secret":             {"reader", token(forged, endpoint, "reader")},
		"a policy for another cluster's resource": {
			"reader", token(connect(source, "wrong", "arn:aws:rds-db:"+region+":"+source+":dbuser:cluster-X/reader"),
				endpoint, "reader"),
		},
		"somebody of another account": {
			"reader", token(connect(target, "foreign", "*"), endpoint, "reader"),
		},
	} {
		if err := login(f.user, f.password); err == nil || !strings.Contains(err.Error(), "authentication failed") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	w.ok(login("app", "password")) // who is no member of rds_iam has a password as before
}

// A server of the lab's own becomes a cluster: it is cloned and takes parameters, and is left as it is when the lab
// ends.
func TestAServerThatIsLent(t *testing.T) {
	installation, dir := pgtest.Installed(t)
	extended, err := aurora.Extend(ctx, installation, filepath.Join(dir, "installation"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := pgserver.Start(ctx, pgserver.Config{Installation: extended, Dir: filepath.Join(dir, "prod")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(ctx) })
	conn, err := pgx.Connect(ctx, server.AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	t.Run("as the cluster", func(t *testing.T) {
		w := start(t, aurora.Config{
			Servers: map[string]aurora.Server{"prod": {Server: server, Password: pgserver.Password}},
		})
		w.exec(conn, "CREATE TABLE here (id int)", "GRANT SELECT ON here TO PUBLIC", "CREATE DATABASE shop")
		w.cluster()
		if got := *w.available("prod").Port; int(got) != server.Port {
			t.Errorf("the cluster answers at %d", got)
		}
		w.exec(w.connect("prod", "app", "password", "shop"), "SELECT 1")
		_, err := w.rds.RestoreDBClusterToPointInTime(ctx, &rds.RestoreDBClusterToPointInTimeInput{
			SourceDBClusterIdentifier: aws.String("prod"),
			DBClusterIdentifier:       aws.String("refresh"),
			RestoreType:               aws.String("copy-on-write"),
			UseLatestRestorableTime:   aws.Bool(true),
		})
		w.ok(err)
		w.available("refresh")
		w.instance("refresh")
		w.exec(w.connect("refresh", "app", "password", "postgres"), "SELECT * FROM here LIMIT 0")
	})
	if err := conn.Ping(ctx); err != nil {
		t.Errorf("the lent server is gone: %v", err)
	}
}

// What is killed leaves no server and no directory.
func TestAKilledLabLeavesNothing(t *testing.T) {
	pgtest.NeedsServer(t)
	if dir := os.Getenv("SHOJI_AURORA_KILLED"); dir != "" {
		w := world{t: t}
		installation, err := pgserver.Find(os.LookupEnv)
		w.ok(err)
		w.Lab, err = aurora.Start(ctx, cloud.Config{}, aurora.Config{Dir: dir, Installation: installation})
		w.ok(err)
		w.account = w.in(source)
		w.cluster()
		fmt.Println("PORT", *w.available("prod").Port)
		select {} // until it is killed
	}
	dir, err := pgtest.MkdirTemp("shoji-killed-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	child := exec.Command(os.Args[0], "-test.run=^TestAKilledLabLeavesNothing$")
	child.Env = append(os.Environ(), "SHOJI_AURORA_KILLED="+filepath.Join(dir, "lab"))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var port int
	if _, err := fmt.Fscanf(out, "PORT %d", &port); err != nil {
		t.Fatal(err)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	for range 200 {
		_, gone := os.Stat(filepath.Join(dir, "lab"))
		conn, err := pgx.Connect(ctx, fmt.Sprintf("postgres://app:password@127.0.0.1:%d/shop?sslmode=disable", port))
		if err == nil {
			_ = conn.Close(ctx)
		} else if os.IsNotExist(gone) {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Error("the server or its directory is left")
}
