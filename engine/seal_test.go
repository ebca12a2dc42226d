package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sealed"
)

// TestImporterNeedsNoKey: whoever imports may have no key of the masks; a run of theirs bears no seal then. An address
// that the spec does not have is no such reason.
func TestImporterNeedsNoKey(t *testing.T) {
	unread := func(string) (*sealed.Key, error) {
		return nil, fmt.Errorf("%w: the variable is not set", engine.ErrKeyUnread)
	}
	gone := func(string) (*sealed.Key, error) { return nil, errors.New("the spec has no refresh.r any more") }
	dir, r, _ := killed(t, nil)
	replan(t, dir, func(p *engine.Plan) { p.Only = engine.OnlyImport })
	runs, err := r.Store.Runs(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if run, err := engine.ReadRun(context.Background(), r.Store, runs[0], unread); err != nil || run.Sealed {
		t.Errorf("%+v %v", run, err)
	}
	if _, err := engine.ReadRun(context.Background(), r.Store, runs[0], gone); err == nil {
		t.Error("a run of a refresh that is not in the spec was taken")
	}
	replan(t, dir, func(p *engine.Plan) { p.Only = engine.Whole })
	if _, err := engine.ReadRun(context.Background(), r.Store, runs[0], unread); err == nil {
		t.Error("a run that is no import was taken without its key")
	}
}

// TestSavedPlanOfAnImport may be made where no key is, and run where one is: it is compared with the steps made now.
func TestSavedPlanOfAnImport(t *testing.T) {
	p := plan(refreshStep("a"))
	p.Refreshes, p.Only = []engine.Refresh{{Address: "refresh.r"}}, engine.OnlyImport
	if keyed, err := p.CheckSeal(keyed("k")); err != nil || keyed {
		t.Errorf("%v %v", keyed, err)
	}
}

// TestRollbackNeedsNoKey: the copy of before can be made the live one where the key of the masks is not.
func TestRollbackNeedsNoKey(t *testing.T) {
	unread := func(string) (*sealed.Key, error) { return nil, engine.ErrKeyUnread }
	for command, ok := range map[string]bool{engine.CommandRollback: true, "apply": false} {
		r := runner(t, &scripted{}, 1)
		r.KeyOf = unread
		p := plan(refreshStep("a"))
		p.Refreshes = []engine.Refresh{{Address: "refresh.r"}}
		p.Steps[0].Provider = (&scripted{}).Name()
		result, err := r.Apply(context.Background(), engine.RunInfo{ID: "1", Command: command}, p)
		if done := err == nil && result.State == engine.RunDone; done != ok {
			t.Errorf("%s: %+v %v", command, result, err)
		}
		if !ok {
			continue
		}
		if run := saved(t, r); run.Sealed {
			t.Error("it is sealed without a key")
		}
		r.KeyOf = keyed("k")
		runs, err := r.Store.Runs(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := engine.ReadRun(context.Background(), r.Store, runs[0], r.KeyOf); err == nil {
			t.Error("where the key is, a run without a seal was taken")
		}
	}
}
