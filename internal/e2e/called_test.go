package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pipeline"
)

// shown are statements of a plan for an account or a bucket, without blanks.
type shown struct {
	on, text string
	called   bool
}

func solid(text string) string { return strings.Join(strings.Fields(text), "") }

// callsAsPlanned holds the calls since from against the plan: each that changes something stands there, for its account
// and with all of its parameters; each that stands there was made. What servers wrote and read themselves stands in
// their statements.
func (w *world) callsAsPlanned(t *testing.T, plan *engine.Plan, from int) {
	t.Helper()
	var list []shown
	var statements strings.Builder
	for _, s := range plan.Steps {
		for _, x := range s.Statements {
			if strings.HasPrefix(x.On, "database.") {
				statements.WriteString(planned(x.Text) + "\n")
			} else if !strings.HasPrefix(x.Text, "check ") && !strings.Contains(x.Text, " until ") {
				list = append(list, shown{on: x.On, text: solid(planned(x.Text))})
			}
		}
	}
	n := 0
	for _, c := range w.Calls()[from:] {
		switch {
		case c.By != "" && (c.Operation == "CreateMultipartUpload" || c.Operation == "GetObject"):
			if !strings.Contains(statements.String(), planned(c.Parameters["Key"])) {
				t.Errorf("a server's %s of %s is in no statement of the plan", c.Operation, c.Parameters["Key"])
			}
			continue
		case c.By != "" || c.Looks() && c.Operation != "GetObject":
			continue
		}
		n++
		if !slices.ContainsFunc(list, func(s shown) bool { return s.fits(c) }) {
			t.Errorf("%s:%s in %s is not in the plan: %v", c.Service, c.Operation, c.Account, c.Parameters)
		}
		for i := range list {
			list[i].called = list[i].called || list[i].fits(c)
		}
	}
	if n < 40 {
		t.Errorf("only %d calls changed something", n)
	}
	for _, s := range list {
		if !s.called {
			t.Errorf("in the plan, and not called: %s: %s", s.on, s.text)
		}
	}
}

// fits reports whether a statement is the one of a call.
func (s *shown) fits(c cloud.Call) bool {
	if c.Service == "s3" && c.Parameters["Key"] != "" || c.Operation == "DeleteObjects" {
		return s.on == "bucket.transfer" && strings.Contains(s.text, c.Operation) &&
			strings.Contains(s.text, solid(planned(c.Parameters["Key"])))
	}
	account := map[string]string{pipeline.Production: "aws.prod", pipeline.Staging: "aws.staging"}[c.Account]
	if s.on != account || !strings.HasPrefix(s.text, c.Service+":"+c.Operation) {
		return false
	}
	for name, value := range c.Parameters {
		if name != "ClientToken" && !strings.Contains(s.text, solid(planned(value))) {
			return false
		}
	}
	return true
}
