package operation_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

// killAt ends everything at the nth call that changes something: before it is carried out, or before its answer
// arrives. It says whether there was such a call.
func (w *world) killAt(n int64, carriedOut bool) func() bool {
	var seen atomic.Int64
	killed := &switchable{}
	w.killed.Store(killed)
	w.lab.OnCall(func(c cloud.Call) error {
		if killed.is() && w.killed.Load() == killed {
			return cloud.ErrDropped
		}
		if w.killed.Load() != killed || c.Looks() || c.By != "" || seen.Add(1) != n {
			return nil
		}
		killed.now()
		if carriedOut {
			return cloud.ErrLostAnswer
		}
		return cloud.ErrDropped
	})
	return killed.is
}

// everyKill kills a run of a plan at each of its calls that change something, recovers, and checks what is left.
func (w *world) everyKill(text string, check func()) {
	w.t.Helper()
	defer func() { w.killed.Store(&switchable{}) }()
	for n := int64(1); ; n++ {
		for _, carriedOut := range []bool{false, true} {
			plan := w.plan(text)
			dead := w.killAt(n, carriedOut)
			result, id := w.run(plan)
			if !dead() {
				if result.State != engine.RunDone {
					w.t.Fatalf("without a kill the run is %s: %v", result.State, result.Diagnostics())
				}
				if n < 3 {
					w.t.Fatalf("there were only %d calls", n)
				}
				return
			}
			w.killed.Store(&switchable{}) // the next process
			recovered, err := w.runner().Recover(context.Background(), w.saved(id))
			w.ok(err)
			if recovered.State != engine.RunRecovered {
				w.t.Fatalf("killed at call %d (carried out: %v): %v", n, carriedOut, recovered.Diagnostics())
			}
			w.clean()
			check()
			if w.t.Failed() {
				w.t.Fatalf("killed at call %d (carried out: %v)", n, carriedOut)
			}
		}
	}
}

// killedIn kills a run of a plan in one operation whose answer never arrives, recovers, and checks that nothing is
// left.
func (w *world) killedIn(text, operation string) {
	w.t.Helper()
	plan, killed := w.plan(text), &switchable{}
	w.killed.Store(killed)
	w.lab.OnCall(func(c cloud.Call) error {
		switch {
		case w.killed.Load() != killed:
		case killed.is():
			return cloud.ErrDropped
		case c.Operation == operation:
			killed.now()
			return cloud.ErrLostAnswer
		}
		return nil
	})
	_, id := w.run(plan)
	if !killed.is() {
		w.t.Fatalf("%s was never called", operation)
	}
	w.killed.Store(&switchable{}) // the next process
	if recovered, err := w.runner().Recover(context.Background(), w.saved(id)); err != nil ||
		recovered.State != engine.RunRecovered {
		w.t.Fatalf("killed in %s: %v %v", operation, err, recovered.Diagnostics())
	}
	w.clean()
}

func TestACloneIsRemovedAfterAKillAtAnyCall(t *testing.T) {
	w := shop(t, cloud.Config{})
	w.everyKill(w.refresh(clone, ""), func() {})
	w.arrived("1|Ann", "2|Bob")
	w.clean()
}

// key makes a key that another account may use, and gives its ARN.
func (w *world) key(place string, statements ...string) string {
	w.t.Helper()
	a, err := w.open(w.load("")).accounts.Account(context.Background(), "aws."+place)
	w.ok(err)
	policy := `{"Version":"2012-10-17","Statement":[` +
		strings.Join(append([]string{
			fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::%s:root"},"Action":"kms:*","Resource":"*"}`,
				a.Block.Account),
		}, statements...), ",") + `]}`
	out, err := a.KMS.CreateKey(context.Background(), &kms.CreateKeyInput{Policy: &policy})
	w.ok(err)
	return *out.KeyMetadata.Arn
}

const letStaging = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},` +
	`"Action":"kms:*","Resource":"*"}`

func encrypted(key string) func(*rds.CreateDBClusterInput) {
	return func(in *rds.CreateDBClusterInput) {
		if in.StorageEncrypted = awssdk.Bool(true); key != "" {
			in.KmsKeyId = &key
		}
	}
}

const foreignClone = `clone {
  class           = "db.r6g.large"
  in              = aws.staging
  security_groups = ["sg-0123"]
  subnet_group    = "default"
}`

func TestACloneInAnotherAccount(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w, encrypted(w.key("prod", letStaging)))
	plan := w.plan(w.refresh(foreignClone, ""))
	text := statements(plan)
	mentions(t, text, "refresh.nightly.clone.share", "aws.prod: ram:CreateResourceShare",
		"aws.staging: ram:AcceptResourceShareInvitation", "aws.staging: rds:RestoreDBClusterToPointInTime",
		`"SourceDBClusterIdentifier":"arn:aws:rds:`, `"KmsKeyId":"arn:aws:kms:`, "aws.prod: ram:DeleteResourceShare")
	mentions(t, strings.Join(plan.Refreshes[0].Notes, "\n"), "one clone of another account's cluster at a time",
		"must let account 222222222222 use it", "the cluster parameter group (that of the engine)")
	from := len(w.lab.Calls())
	w.done(plan)
	w.arrived("1|Ann", "2|Bob")
	w.clean()
	w.planned(plan, from)
	w.everyKill(w.refresh(foreignClone, ""), func() {})
	w.clean()
}
