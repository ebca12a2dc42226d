package operation_test

import (
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
)

func TestASecondCloneInAnotherAccountIsRefusedByThePlan(t *testing.T) {
	w := newWorld(t, cloud.Config{})
	shopWith(t, w, encrypted(w.key("prod", letStaging)))
	text := w.refresh(foreignClone, "")
	seen := false
	w.lab.OnCall(func(c cloud.Call) error {
		if c.Operation == "CreateDBInstance" && !seen { // while a run has its clone
			seen = true
			w.refused(text, "The account already has a clone", "shoji-", "222222222222")
		}
		return nil
	})
	w.done(w.plan(text))
	if !seen {
		t.Error("nobody looked")
	}
	w.plan(text) // it is gone
}
