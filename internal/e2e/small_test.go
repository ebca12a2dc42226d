package e2e

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// rules decide every table of the small databases: an id crosses, an e-mail address is masked.
const rules = `
rule "ids" {
  match { column = ["id", "of"] }
  mask = keep()
}
rule "emails" {
  match { column = "email" }
  mask = email()
}
`

// instead reads another database of production's server than the shop. Objects and roles stay those of the example, so
// nothing of them is to be done.
func (p *project) instead(source, target string) {
	p.t.Helper()
	for _, file := range []string{"customers", "internal", "masks", "orders"} {
		if err := os.Remove(filepath.Join(p.dir, file+".shoji.hcl")); err != nil {
			p.t.Fatal(err)
		}
	}
	p.write("rules.shoji.hcl", rules)
	for user, database := range map[string]string{"masker": source, "refresher": target} {
		p.edit("project.shoji.hcl", user+"@/shop?", user+"@/"+database+"?")
	}
}

// database makes one on production's server, with aws_s3 for the masker, and drops it when the test ends.
func (w *world) database(t *testing.T, name string, statements ...string) {
	t.Helper()
	w.exec(t, "prod", "postgres", "CREATE DATABASE "+name)
	t.Cleanup(func() { w.exec(t, "prod", "postgres", "DROP DATABASE "+name+" WITH (FORCE)") })
	w.exec(t, "prod", name, append(statements, "CREATE EXTENSION aws_s3 CASCADE",
		"GRANT USAGE ON SCHEMA aws_s3, aws_commons TO masker",
		"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3, aws_commons TO masker",
		"GRANT SELECT ON ALL TABLES IN SCHEMA public TO masker",
		"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO masker")...)
}

// journalled keeps the journal of the example in a database.
func (p *project) journalled() {
	p.t.Helper()
	p.edit("project.shoji.hcl", `required_version = ">= 0.1"`,
		"required_version = \">= 0.1\"\n  journal {\n    database = database.journal\n  }")
	p.edit("project.shoji.hcl", `refresh "nightly"`,
		"secret \"journal\" {\n  env = \"SHOJI_JOURNAL_URL\"\n}\ndatabase \"journal\" {\n  url = secret.journal\n}\n"+
			"refresh \"nightly\"")
}

// settled waits for what a server was told before a kill, and does after it.
func (w *world) settled(t *testing.T) {
	t.Helper()
	for range 40 {
		if read(t, need[string](t)(w.Superuser("staging", "postgres")),
			"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'shoji%' "+
				"AND pid <> pg_backend_pid()") == "0" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("sessions of a run that was killed are still there")
}

// cluster makes an Aurora cluster with an instance, and gives its superuser's URL.
func (w *world) cluster(t *testing.T, profile, name string, change func(*rds.CreateDBClusterInput)) string {
	t.Helper()
	ctx, api, engine := context.Background(), rds.NewFromConfig(w.Config(profile)), awssdk.String("aurora-postgresql")
	in := &rds.CreateDBClusterInput{
		DBClusterIdentifier: &name,
		Engine:              engine,
		EngineVersion:       w.of(t, "shop-"+profile, profile).EngineVersion,
		MasterUsername:      awssdk.String("app"),
		MasterUserPassword:  awssdk.String("password"),
		DatabaseName:        awssdk.String("shop"),
	}
	if change != nil {
		change(in)
	}
	need[*rds.CreateDBClusterOutput](t)(api.CreateDBCluster(ctx, in))
	w.until(t, func() bool { return *w.of(t, name, profile).Status == "available" })
	need[*rds.CreateDBInstanceOutput](t)(api.CreateDBInstance(ctx, &rds.CreateDBInstanceInput{
		DBInstanceIdentifier: awssdk.String(name + "-1"),
		DBClusterIdentifier:  &name,
		Engine:               engine,
		DBInstanceClass:      awssdk.String("db.r6g.large"),
	}))
	w.until(t, func() bool { return w.running(t, profile, name) })
	t.Cleanup(func() {
		need[*rds.DeleteDBInstanceOutput](t)(api.DeleteDBInstance(ctx, &rds.DeleteDBInstanceInput{
			DBInstanceIdentifier: awssdk.String(name + "-1"),
			SkipFinalSnapshot:    awssdk.Bool(true),
		}))
		need[*rds.DeleteDBClusterOutput](t)(api.DeleteDBCluster(ctx, &rds.DeleteDBClusterInput{
			DBClusterIdentifier: &name,
			SkipFinalSnapshot:   awssdk.Bool(true),
		}))
	})
	return need[string](t)(w.AdminURL(*w.of(t, name, profile).DBClusterArn, "shop"))
}

func (w *world) of(t *testing.T, name, profile string) types.DBCluster {
	t.Helper()
	return need[*rds.DescribeDBClustersOutput](t)(rds.NewFromConfig(w.Config(profile)).
		DescribeDBClusters(context.Background(),
			&rds.DescribeDBClustersInput{DBClusterIdentifier: &name})).DBClusters[0]
}

func (w *world) running(t *testing.T, profile, name string) bool {
	t.Helper()
	out := need[*rds.DescribeDBInstancesOutput](t)(rds.NewFromConfig(w.Config(profile)).
		DescribeDBInstances(context.Background(), &rds.DescribeDBInstancesInput{
			DBInstanceIdentifier: awssdk.String(name + "-1"),
		}))
	return *out.DBInstances[0].DBInstanceStatus == "available"
}

func (w *world) until(t *testing.T, done func() bool) {
	t.Helper()
	for range 1500 {
		if done() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("it takes too long: %v", w.Failures())
}

// group gives a cluster a parameter group of its own.
func (w *world) group(t *testing.T, profile, cluster, name string) {
	t.Helper()
	ctx, api := context.Background(), rds.NewFromConfig(w.Config(profile))
	family := "aurora-postgresql" + strings.Split(*w.of(t, cluster, profile).EngineVersion, ".")[0]
	need[*rds.CreateDBClusterParameterGroupOutput](t)(api.CreateDBClusterParameterGroup(ctx,
		&rds.CreateDBClusterParameterGroupInput{
			DBClusterParameterGroupName: &name,
			DBParameterGroupFamily:      &family,
			Description:                 awssdk.String("x"),
		}))
	need[*rds.ModifyDBClusterOutput](t)(api.ModifyDBCluster(ctx, &rds.ModifyDBClusterInput{
		DBClusterIdentifier:         &cluster,
		DBClusterParameterGroupName: &name,
		ApplyImmediately:            awssdk.Bool(true),
	}))
	w.until(t, func() bool { return *w.of(t, cluster, profile).Status == "available" })
	need[*rds.RebootDBInstanceOutput](t)(api.RebootDBInstance(ctx, &rds.RebootDBInstanceInput{
		DBInstanceIdentifier: awssdk.String(cluster + "-1"),
	}))
	w.until(t, func() bool {
		running := w.running(t, profile, cluster) // a look lets the lab go on
		return running && *w.of(t, cluster, profile).DBClusterMembers[0].DBClusterParameterGroupStatus == "in-sync"
	})
}

// as is a URL for another user.
func as(t *testing.T, address, user, password string) string {
	t.Helper()
	u := need[*url.URL](t)(url.Parse(address))
	u.User = url.UserPassword(user, password)
	return u.String()
}
