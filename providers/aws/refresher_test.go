package aws_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/providers/aws/permit"
)

// TestWhoeverRefreshesNeedsNoPowerOverObjects: with the policy of refreshes and nothing else, a refresh is planned and
// run where the objects of the spec are there, and it changes none of them.
func TestWhoeverRefreshesNeedsNoPowerOverObjects(t *testing.T) {
	n := 0
	for _, s := range stages() {
		if strings.HasPrefix(s.name, "objects") || s.name == "a group that left the spec" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			w := s.begin(t)
			if w.roles { // the example's objects are made first
				w.giveAll()
				w.done()
			}
			if w.runs = 50; s.name == "rows through a bucket that keeps versions" {
				w.giveAll()
				w.done() // whoever manages the objects gives the cluster back what the stage took
			}
			w.targets = []string{"refresh.nightly"}
			for _, p := range permit.Policies(w.load(), permit.Known{}) {
				if p.For != permit.Refresher {
					continue
				}
				n++
				w.give(p.In.Name, p.Document.JSON())
				for _, statement := range p.Document.Statements {
					for _, action := range statement.Actions {
						if powerful(action) {
							t.Errorf("it gives %s in %s", action, p.In.Name)
						}
					}
				}
			}
			from := len(w.lab.Calls())
			w.done()
			for _, c := range w.lab.Calls()[from:] {
				if strings.HasPrefix(c.Error, "AccessDenied") &&
					!c.Looks() { // where nothing is left out, what left the spec is looked for, too
					t.Errorf("%s:%s was denied to %s", c.Service, c.Operation, c.Principal)
				}
			}
		})
	}
	if n < 6 {
		t.Errorf("only %d policies were tried", n)
	}
}

// powerful reports whether an action gives its holder more than the refresh of a copy needs: rights for others, or
// somebody else's password.
func powerful(action string) bool {
	return slices.Contains([]string{
		"rds:ModifyDBCluster", "rds:ModifyDBInstance", "kms:PutKeyPolicy", "kms:CreateKey", "s3:PutBucketPolicy",
		"s3:CreateBucket",
	}, action) ||
		strings.HasPrefix(action, "iam:Put") || strings.HasPrefix(action, "iam:Create") ||
		strings.HasPrefix(action, "iam:Attach") ||
		strings.HasPrefix(action, "iam:Update")
}
