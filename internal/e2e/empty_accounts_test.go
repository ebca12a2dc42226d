package e2e

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shoji-pg/shoji/engine"
)

// TestFromEmptyAccounts is the main job: a saved plan makes everything in two accounts and refreshes through a clone
// and aws_s3. The name of this file brings it first.
func TestFromEmptyAccounts(t *testing.T) {
	w, p := shared, shared.aurora(t)
	out := p.ok("plan", "-out", "all.plan")
	for _, part := range []string{
		"kms_key.transfer will be created", "bucket.transfer will be created", "iam_role.export will be created",
		"parameter_group.clone will be created", "cluster.staging will be updated", "rds:RestoreDBClusterToPointInTime",
		`"aws_s3"."query_export_to_s3"`, `"aws_s3"."table_import_from_s3"`, "rds:DeleteDBCluster",
	} {
		if !strings.Contains(out, part) {
			t.Errorf("the plan does not say %q", part)
		}
	}
	if strings.Contains(out, "does not know which rights") {
		t.Error("there is a call whose rights are not known")
	}
	if strings.Contains(out, "exporting by the server") {
		t.Error("the region of a bucket that the plan makes is said to be unknown")
	}
	plan, err := engine.ReadPlan(filepath.Join(p.dir, "all.plan"))
	if err != nil {
		t.Fatal(err)
	}
	from, since := len(w.Calls()), time.Now()
	out = p.ok("apply", "all.plan")
	w.callsAsPlanned(t, plan, from)
	w.statementsAsPlanned(t, plan, since)
	for _, call := range []string{
		"aws.prod: kms:CreateKey alias/shop-transfer", "aws.prod: rds:RestoreDBClusterToPointInTime shoji-",
		"aws_s3.query_export_to_s3 writes public.orders.0001", "aws_s3.table_import_from_s3 reads public.orders.0001",
		"aws.prod: rds:DeleteDBCluster shoji-",
	} {
		if !strings.Contains(out, call) {
			t.Errorf("the progress does not name %q", call)
		}
	}
	byServers := map[string]int{}
	for _, c := range w.Calls()[from:] {
		if c.By != "" && c.Error == "" {
			byServers[c.Account+" "+c.Operation]++
		}
	}
	if byServers["111111111111 PutObject"]+byServers["111111111111 CompleteMultipartUpload"] < 10 ||
		byServers["222222222222 GetObject"] < 10 {
		t.Errorf("the servers' own calls: %v", byServers)
	}
	w.arrived(t)
	w.clean(t)
	p.secretless()

	// The objects are as they are; a refresh is always something to do.
	if out, code := p.shoji("plan", "-exclude", "refresh.nightly", "-detailed-exitcode"); code != 0 {
		t.Errorf("there is something to do after an apply: exit code %d\n%s", code, last(out))
	}
	if out := p.ok("plan"); !strings.Contains(out, "Plan: 0 to add, 0 to change, 0 to destroy. 1 refresh to run.") {
		t.Error(last(out))
	}
	// What was saved for empty accounts is refused now.
	p.fails([]string{"changed"}, "apply", "all.plan")
}

// arrived compares the copy with production: every row, and no raw value.
func (w *world) arrived(t *testing.T) {
	t.Helper()
	for _, table := range []string{
		"public.customers", "public.orders", "public.order_items", "public.payments", "support.tickets",
	} {
		query := "SELECT count(*) FROM " + table
		if raw, copied := w.count(t, "prod", query), w.count(t, "staging", query); raw != copied || raw == 0 {
			t.Errorf("%s: %d rows in production, %d in the copy", table, raw, copied)
		}
	}
	if n := w.count(t, "staging",
		"SELECT count(*) FROM customers WHERE email NOT LIKE '%@example.com' OR password_hash <> '\\x00'"); n > 0 {
		t.Errorf("%d customers are not masked", n)
	}
	if n := w.count(t, "staging",
		"SELECT count(*) FROM pg_roles WHERE rolname IN ('oltp_ro', 'analyst') AND has_table_privilege(oid, "+
			"'public.orders', 'SELECT')"); n != 2 {
		t.Errorf("%d of 2 roles may read the copy", n)
	}
}
