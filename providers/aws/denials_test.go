package aws_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/providers/aws/permit"
)

const allowsAll = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

func denies(action string) string {
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":%q,"Resource":"*"}]}`, action)
}

// stage is a state of the accounts with something to do in it.
type stage struct {
	name string
	// begin makes the accounts as they are before, and gives the work that is left to do.
	begin func(t *testing.T) *work
}

// TestEveryActionThatIsDeniedIsNamedAtPlan: each action that the runners are asked for, from the plan to the end of
// the run, is denied in its account, one after the other. The plan names it, as denied or as unknown, or says that it
// could not look. Nothing that the printed policies hold is never asked for, so that no action is forgotten here.
func TestEveryActionThatIsDeniedIsNamedAtPlan(t *testing.T) {
	if testing.Short() {
		t.Skip("plans again for each action")
	}
	asked, held := map[string]bool{}, map[string]bool{}
	named := map[string]int{} // how often, by account and action
	for _, s := range stages() {
		t.Run(s.name, func(t *testing.T) {
			w := s.begin(t)
			w.giveAll()
			w.done()
			used := map[string][]string{}
			for name := range around {
				used[name] = w.lab.Asked(w.runner(name))
			}
			for _, p := range permit.Policies(w.load(), permit.Known{}) {
				for _, statement := range p.Document.Statements {
					for _, action := range statement.Actions {
						held[action] = held[action] || p.For == permit.Runner
					}
				}
			}
			w = s.begin(t)
			for _, name := range slices.Sorted(maps.Keys(around)) {
				for _, action := range used[name] {
					asked[action] = true
					if strings.HasPrefix(action, "sts:") || w.roles && name == "far" { // far is the same runner as prod
						continue
					}
					if looks := strings.Contains(action, ":Describe") || strings.Contains(action, ":List") ||
						strings.Contains(action, ":Get"); looks &&
						named[name+action] == 2 {
						continue // looking differs little from one spec to the next
					}
					named[name+action]++
					w.giveAll()
					w.give(name, allowsAll, denies(action))
					_, ds := w.plan()
					if said := fmt.Sprint(ds); !strings.Contains(said, action) {
						t.Errorf("%s is denied in %s, and the plan does not name it: %s", action, name, said)
					}
				}
			}
		})
	}
	for action, is := range held {
		like := strings.TrimSuffix(action, "*")
		if is && unasked[action] == "" &&
			!slices.ContainsFunc(slices.Collect(maps.Keys(asked)), func(a string) bool {
				return strings.HasPrefix(a, like)
			}) {
			t.Errorf("the runner holds %s, and no plan here asks for it", action)
		}
	}
}

// unasked are actions that the runner holds for what does not happen here.
var unasked = map[string]string{
	"rds-db:connect": "a connection asks for it, and no plan does: it fails by " +
		"itself when the structure is read",
	"s3:AbortMultipartUpload": "an upload that breaks off asks for it",
}

func (w *work) giveAll() {
	w.t.Helper()
	for name := range around {
		w.give(name, allowsAll)
	}
}
