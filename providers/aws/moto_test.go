package aws_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/spec"
)

// moto starts a stand-in that others wrote, with one account, and gives its URL.
func moto(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not on this machine")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	_, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(program, "-H", "127.0.0.1", "-p", port)
	if err := cmd.Start(); err != nil {
		t.Skipf("moto_server does not start: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for range 300 {
		if c, err := net.Dial("tcp", address); err == nil {
			_ = c.Close()
			return "http://" + address
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Skip("moto_server does not answer")
	return ""
}

// oneAccount is a transfer within the only account that moto has.
const oneAccount = `
project "shop" {}
aws "prod" {
  account  = "123456789012"
  region   = "ap-northeast-1"
  endpoint = "ENDPOINT"
}
kms_key "transfer" {
  alias = "alias/shop-transfer"
}
bucket "transfer" {
  name    = "shop-transfer"
  adopt   = true
  kms_key = kms_key.transfer
}
iam_role "export" {
  name             = "shop-s3-export"
  write            = [bucket.transfer]
  instance_profile = true
  policies         = [iam_policy.look]
  trust {
    service = "ec2.amazonaws.com"
  }
}
iam_policy "look" {
  statement {
    actions   = ["rds:DescribeDBClusters"]
    resources = ["*"]
  }
}
`

// TestAgainstMoto runs the same client code against a second opinion. What moto lacks is left to the lab: parameter groups (it knows
// no defaults and no methods), roles of clusters (they are never pending), and the account of a caller (there is one).
func TestAgainstMoto(t *testing.T) {
	url := moto(t)
	dir := t.TempDir()
	for k, v := range map[string]string{"AWS_ACCESS_KEY_ID": "moto", "AWS_SECRET_ACCESS_KEY": "moto-secret", "AWS_CONFIG_FILE": filepath.Join(dir, "none"), "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "none")} {
		t.Setenv(k, v)
	}
	a := &accounts{t: t, dir: dir}
	load := func(text string) *spec.Project {
		if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(strings.Replace(text, "ENDPOINT", url, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		p, ds := spec.Load(dir, spec.Options{LookupEnv: os.LookupEnv})
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		return p
	}
	store, err := engine.OpenDir(filepath.Join(dir, "journal"), engine.DirOptions{Now: time.Now, Random: zeros{}})
	if err != nil {
		t.Fatal(err)
	}
	t.Log("left out, because moto does: the tags of CreateBucket, so the bucket is taken over by a second apply")
	for i, text := range []string{oneAccount, oneAccount, strings.Replace(oneAccount, `name    = "shop-transfer"`, "name        = \"shop-transfer\"\n  expire_days = 9", 1), oneAccount} {
		project := load(text)
		plan, ds := engine.Build(t.Context(), []engine.Provider{provider(project)}, engine.BuildOptions{Project: project.Name})
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		runner := &engine.Runner{Providers: []engine.Provider{provider(project)}, Store: store, Parallelism: 4, Now: time.Now, Events: a.event}
		result, err := runner.Apply(t.Context(), engine.RunInfo{ID: fmt.Sprintf("20260101T0000%02dZ-000000", i), Command: "apply", Started: time.Now()}, plan)
		if err != nil || result.State != engine.RunDone {
			t.Fatalf("%v %v\n%s", err, result.Diagnostics(), statements(plan))
		}
		again, ds := engine.Build(t.Context(), []engine.Provider{provider(project)}, engine.BuildOptions{Project: project.Name})
		if ds.HasErrors() || again.HasChanges() && i > 0 {
			t.Fatalf("there is something to do after an apply: %v\n%s", ds, describe(again))
		}
	}
}
