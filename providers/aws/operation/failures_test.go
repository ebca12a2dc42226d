package operation_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// during does something at each call until a test ends.
func (w *world) during(t *testing.T, do func(cloud.Call) error) {
	var over atomic.Bool
	t.Cleanup(func() { over.Store(true) })
	w.lab.OnCall(func(c cloud.Call) error {
		if over.Load() {
			return nil
		}
		return do(c)
	})
}

// once calls do at the first call of an operation.
func (w *world) once(operation string, do func()) {
	done := false
	w.lab.OnCall(func(c cloud.Call) error {
		if c.Operation == operation && !done && c.By == "" {
			done = true
			do()
		}
		return nil
	})
}

// TestWhatGoesWrongIsSaidAndPutBack in one pair of accounts, one thing after the other: each leaves them as it found
// them.
func TestWhatGoesWrongIsSaidAndPutBack(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	key := w.key("prod")
	shopWith(t, w, encrypted(key))
	defer func() { w.t = t }()
	text := w.refresh(clone, "")
	t.Run("a key that is disabled half way", func(t *testing.T) {
		w.t = t
		plan := w.plan(text)
		a, err := w.open(w.load(text)).accounts.Account(context.Background(), "aws.prod")
		w.ok(err)
		w.once("CreateDBInstance", func() {
			_, err := a.KMS.DisableKey(context.Background(), &kms.DisableKeyInput{KeyId: &key})
			w.ok(err)
		})
		result, _ := w.run(plan)
		mentions(t, fmt.Sprint(result.State, result.Diagnostics()), "failed")
		w.clean()
		w.arrived()
		_, err = a.KMS.EnableKey(context.Background(), &kms.EnableKeyInput{KeyId: &key})
		w.ok(err)
	})
	for _, status := range []string{"storage-full", "stopped", "inaccessible-encryption-credentials", "failed"} {
		t.Run("a clone that is "+status, func(t *testing.T) {
			w.t = t
			w.during(t, w.forced(status))
			w.failed(w.plan(text), "is "+status+", which does not change by itself", "What was created is removed")
		})
	}
	t.Run("a clone that never becomes available", func(t *testing.T) {
		w.t, w.limit = t, 3*time.Second
		w.during(t, w.forced("creating"))
		w.failed(w.plan(text), "after 3s", "is still creating", "waiting until the cluster is available")
		w.limit = patience
	})
	t.Run("throttling is waited out", func(t *testing.T) {
		w.t = t
		plan := w.plan(text)
		w.lab.Fail("rds", "CreateDBInstance", 1, cloud.Throttled())
		w.lab.Fail("rds", "RestoreDBClusterToPointInTime", 1, cloud.Throttled())
		w.done(plan)
		w.clean()
	})
	t.Run("credentials that have expired", func(t *testing.T) {
		w.t = t
		plan := w.plan(text)
		w.during(t, func(c cloud.Call) error {
			if c.Operation == "CreateDBInstance" {
				return cloud.Expired()
			}
			return nil
		})
		w.failed(plan, "rds:CreateDBInstance", "the credentials have expired", "Sign in again")
	})
	t.Run("an instance that may not be removed", func(t *testing.T) {
		w := shop(t, cloud.Config{})
		plan := w.plan(w.refresh(clone, ""))
		w.lab.Fail("rds", "DeleteDBInstance", 0, cloud.Denied())
		begun := time.Now()
		result, id := w.run(plan)
		mentions(t, fmt.Sprint(result.Diagnostics()), "rds:DeleteDBInstance on shoji-", "is denied",
			"-1 is still in it")
		if took := time.Since(begun); took > w.limit/2 {
			t.Errorf("its cluster was waited for, %s", took)
		}
		w.lab.Mend()
		recovered, err := w.runner().Recover(context.Background(), w.saved(id))
		w.ok(err)
		if recovered.State != "recovered" {
			t.Errorf("%s: %v", recovered.State, recovered.Diagnostics())
		}
		w.clean()
	})
	t.Run("a name that somebody else has", func(t *testing.T) {
		w.t = t
		plan := w.plan(text)
		w.once("RestoreDBClusterToPointInTime", func() {
			name := ""
			for _, c := range w.lab.Calls() {
				if c.Operation == "RestoreDBClusterToPointInTime" {
					name = c.Parameters["DBClusterIdentifier"]
				}
			}
			w.cluster("prod", name)
		})
		result, _ := w.run(plan)
		mentions(t, fmt.Sprint(result.Diagnostics()), "it is somebody else's, and was left as it is")
		if left := w.made(); len(left) == 0 {
			t.Error("a cluster of somebody else was removed")
		}
	})
}

// forced shows a status instead of a clone's own, until it is deleted.
func (w *world) forced(status string) func(cloud.Call) error {
	made := ""
	return func(c cloud.Call) error {
		switch c.Operation {
		case "RestoreDBClusterToPointInTime":
			made = arn("prod", "cluster", c.Parameters["DBClusterIdentifier"])
			w.lab.Force(made, status)
		case "DeleteDBCluster":
			w.lab.Force(made, "")
		}
		return nil
	}
}

// TestASessionThatEndsIsRenewed: a copy takes longer than a session of a role.
func TestASessionThatEndsIsRenewed(t *testing.T) {
	clock := cloud.NewClock()
	w := shop(t, cloud.Config{Clock: clock})
	role := w.roleFor("runner", "/", `{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}`,
		allow("*", "*"))
	w.blocks = strings.Replace(blocks, "profile  = \"prod\"",
		"profile  = \"prod\"\n  assume_role { arn = \""+role+"\" }", 1)
	plan := w.plan(w.refresh(clone, ""))
	w.once("CreateDBInstance", func() { clock.Advance(2 * time.Hour) })
	w.done(plan)
	w.arrived("1|Ann", "2|Bob")
	w.clean()
}

func TestASessionThatCannotBeRenewedIsSaid(t *testing.T) {
	clock := cloud.NewClock()
	w := shop(t, cloud.Config{Clock: clock})
	role := w.roleFor("runner", "/", `{"Effect":"Allow","Principal":{"AWS":"111111111111"},"Action":"sts:AssumeRole"}`,
		allow("*", "*"))
	w.blocks = strings.Replace(blocks, "profile  = \"prod\"",
		"profile  = \"prod\"\n  assume_role { arn = \""+role+"\" }", 1)
	plan := w.plan(w.refresh(clone, ""))
	w.once("CreateDBInstance", func() {
		clock.Advance(2 * time.Hour)
		w.lab.Fail("sts", "AssumeRole", 0, cloud.Denied())
	})
	result, id := w.run(plan)
	mentions(t, fmt.Sprint(result.Diagnostics()), "sts:AssumeRole")
	if result.State != "interrupted" { // the clone could not be removed, which is no end
		t.Errorf("the run is %s", result.State)
	}
	w.lab.Mend()
	recovered, err := w.runner().Recover(context.Background(), w.saved(id))
	w.ok(err)
	if recovered.State != "recovered" {
		t.Errorf("%s: %v", recovered.State, recovered.Diagnostics())
	}
	w.clean()
}

func TestARoleThatTurnsInvalid(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	trust := `{"Effect":"Allow","Principal":{"Service":"rds.amazonaws.com"},"Action":"sts:AssumeRole",` +
		`"Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:rds:*:*:cluster:%s"}}}`
	role := w.roleFor("export", "/", fmt.Sprintf(trust, "shop-prod"))
	shopWith(t, w)
	in := w.copyWithRole(role)
	_, ds := in()
	errors, _ := problems(ds)
	mentions(t, errors, "sts:AssumeRole on "+role+" is denied to rds.amazonaws.com",
		`add "shoji-*" to clusters of the role's trust block`)
	a, err := w.open(w.load("")).accounts.Account(context.Background(), "aws.prod")
	w.ok(err)
	_, err = a.IAM.UpdateAssumeRolePolicy(context.Background(), &iam.UpdateAssumeRolePolicyInput{
		RoleName:       awssdk.String("export"),
		PolicyDocument: awssdk.String(`{"Version":"2012-10-17","Statement":[` + fmt.Sprintf(trust, "*") + `]}`),
	})
	w.ok(err)
	plan, ds := in()
	if errors, _ := problems(ds); errors != "" {
		t.Fatal(errors)
	}
	mentions(t, statements(plan), "refresh.nightly.clone.role", "s3Export is ACTIVE",
		"check that RDS can work as "+role)
	w.once("CreateDBInstance", func() {
		_, err = a.IAM.UpdateAssumeRolePolicy(context.Background(), &iam.UpdateAssumeRolePolicyInput{
			RoleName: awssdk.String("export"),
			PolicyDocument: awssdk.String(`{"Version":"2012-10-17","Statement":[` + fmt.Sprintf(trust, "shop-prod") +
				`]}`),
		})
		w.ok(err)
	})
	w.failed(plan, "(INVALID). Its trust policy must let rds.amazonaws.com assume it")
}

func TestALeftoverIsNamed(t *testing.T) {
	w := shop(t, cloud.Config{})
	text := w.refresh(clone, "")
	plan := w.plan(text)
	w.killAt(3, true)
	_, id := w.run(plan)
	w.killed.Store(&switchable{})
	w.ok(os.RemoveAll(filepath.Join(w.dir, "journal"))) // the runner's disk is gone
	_, ds := w.build(text)
	_, warnings := problems(ds)
	mentions(t, warnings, "Leftovers of a run", "cluster shoji-"+strings.ToLower(id),
		"instance shoji-"+strings.ToLower(id), "shoji recover removes them")
	if !strings.Contains(pgtest.Rows(t, w.url("prod", "shop-prod"), "SELECT count(*) FROM people")[0], "2") {
		t.Error("the source was touched")
	}
}
