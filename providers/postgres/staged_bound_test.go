package postgres_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud/aurora"
)

// signIn writes the profiles anew, each with the credentials of an account: a machine of one side has one.
func (w *twoAccounts) signIn(accounts map[string]string) {
	w.t.Helper()
	var b strings.Builder
	for profile, account := range accounts {
		c, err := w.lab.Credentials(account)
		if err != nil {
			w.t.Fatal(err)
		}
		fmt.Fprintf(&b, "[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n", profile, c.AccessKey, c.Secret)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "credentials"), []byte(b.String()), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// says plans, and finds the parts in what is wrong.
func (w *twoAccounts) says(parts ...string) {
	w.t.Helper()
	_, _, ds := w.build()
	for _, part := range parts {
		if !ds.HasErrors() || !strings.Contains(text(ds), part) {
			w.t.Errorf("it does not say %q: %s", part, text(ds))
		}
	}
}

func accountsOf(p *engine.Plan) string {
	var out []string
	for _, a := range p.Accounts {
		out = append(out, a.Address+" "+a.Account)
	}
	return strings.Join(out, ", ")
}

// TestAHalfIsBoundToItsOwnAccounts: each half signs in on its own side only, is bound to that, and says what a plan of
// both has to make first.
func TestAHalfIsBoundToItsOwnAccounts(t *testing.T) {
	const prod, staging = "111111111111", "222222222222"
	w := newTwoAccounts(t, aurora.Config{})
	w.sell(true)
	w.extra = "export = \"server\"\n  import = \"server\""
	w.only = engine.OnlyExport
	w.says("A half creates no objects",
		"refresh.nightly needs kms_key.transfer of aws.prod and bucket.transfer of aws.prod",
		"shoji apply -target kms_key.transfer -target bucket.transfer")
	w.only = engine.Whole
	w.apply()

	w.only = engine.OnlyExport
	w.signIn(map[string]string{"prod": prod})
	export, providers, ds := w.build()
	if ds.HasErrors() || accountsOf(export) != "aws.prod "+prod {
		t.Fatalf("the export is bound to %q: %s", accountsOf(export), text(ds))
	}
	if s := export.Summary(); s.Add+s.Change+s.Remove > 0 {
		t.Errorf("it makes objects: %s", s)
	}
	w.signIn(map[string]string{"prod": staging})
	w.says("the credentials of aws.prod are of account " + staging)
	_, _, ds = w.build()
	moved, _, _ := w.build()
	if stale := engine.Stale(export, moved); !strings.Contains(text(stale), "aws.prod could not be inspected") ||
		!ds.HasErrors() {
		t.Errorf("the saved plan is not refused: %s", text(stale))
	}
	w.signIn(map[string]string{"prod": prod})
	if result, ds := w.run(export, providers); result.State != engine.RunDone {
		t.Fatal(text(ds))
	}
	for _, k := range w.staged() {
		if strings.HasSuffix(k, "/manifest.json") {
			w.manifest = "s3://shop-transfer/" + k
		}
	}

	w.only, w.url["prod"] = engine.OnlyImport, "postgres://nobody@127.0.0.1:1/none"
	w.role = "assume_role {\n    arn = \"arn:aws:iam::222222222222:role/runner\"\n  }"
	w.signIn(map[string]string{"staging": staging})
	plan, _, ds := w.build()
	if ds.HasErrors() || accountsOf(plan) != "aws.staging "+staging {
		t.Errorf("the import is bound to %q: %s", accountsOf(plan), text(ds))
	}
	if warned := text(ds); !strings.Contains(warned, "its account cannot be accessed from here") ||
		strings.Contains(warned, "created by this plan") {
		t.Error(warned)
	}
	c, err := w.lab.Credentials(staging)
	if err != nil {
		t.Fatal(err)
	}
	api := rds.NewFromConfig(awssdk.Config{
		Region:       labRegion,
		BaseEndpoint: awssdk.String(w.lab.URL()),
		Credentials:  credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
	})
	if _, err := api.RemoveRoleFromDBCluster(t.Context(), &rds.RemoveRoleFromDBClusterInput{
		DBClusterIdentifier: awssdk.String("staging"),
		RoleArn:             awssdk.String("arn:aws:iam::222222222222:role/import"),
		FeatureName:         awssdk.String("s3Import"),
	}); err != nil {
		t.Fatal(err)
	}
	w.says("AWS would refuse this plan", "it has no role for s3Import", "shoji apply -target cluster.staging")
}
