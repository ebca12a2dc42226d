package engine

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/diag"
)

// CodePlanStale is the code of diagnostics about a plan or a run that no longer is what would be done.
const CodePlanStale = "plan_stale"

// Stale compares a saved plan with one made now, and returns one diagnostic that names everything that has changed
// since: the spec, the variables, the version of shoji, the databases, each object. The saved plan may run if there is
// nothing to report.
func Stale(saved, fresh *Plan) diag.Diagnostics {
	all := movedInputs(saved, fresh)
	all = append(all, movedObjects(saved.Observed, fresh.Observed)...)
	const remedy = "The saved plan can no longer be applied: what it is based on has changed since. Nothing was " +
		"changed. Create a new plan and review it."
	d := diag.Diagnostic{Severity: diag.Error, Code: CodePlanStale, Detail: remedy}
	switch len(all) {
	case 0:
		return nil
	case 1:
		d.Summary = "The plan is stale: " + all[0]
	default:
		d.Summary = fmt.Sprintf("The plan is stale: %d things have changed", len(all))
		d.Detail = "- " + strings.Join(all, "\n- ") + "\n\n" + remedy
	}
	return diag.Diagnostics{d}
}

// Spent returns the diagnostic of a saved plan that a run has applied, which changed what the plan is based on.
func Spent(run RunInfo) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     CodePlanStale,
		Summary:  "The plan has already been applied",
		Detail: fmt.Sprintf("Run %s applied it, and ended at %s. A plan can be applied only once: applying it changes "+
			"what it is based on. Nothing was changed now. Create a new plan and review it.", run.ID,
			run.Ended.UTC().Format(time.RFC3339)),
	}
}

// sameBasis reports whether two plans were made from the same state of everything that they depend on.
func sameBasis(a, b *Plan) bool {
	return len(movedInputs(a, b))+len(movedObjects(a.Observed, b.Observed)) == 0
}

// movedInputs returns what has changed of what a plan is made from, objects in databases and accounts aside.
func movedInputs(saved, fresh *Plan) []string {
	var all []string
	for _, c := range []struct{ what, was, is string }{
		{"the version of shoji", saved.ShojiVersion, fresh.ShojiVersion},
		{"the project", saved.Project, fresh.Project},
	} {
		if c.was != c.is {
			all = append(all, fmt.Sprintf("%s was %s and is %s", c.what, c.was, c.is))
		}
	}
	if saved.SpecDigest != fresh.SpecDigest {
		all = append(all, "the spec's files changed")
	}
	if saved.VariablesDigest != fresh.VariablesDigest {
		all = append(all, "the value of a variable changed")
	}
	all = append(all, moved(saved.Endpoints, fresh.Endpoints, func(e Endpoint) string { return e.Address },
		movedEndpoint)...)
	all = append(all, moved(saved.Accounts, fresh.Accounts, func(a Account) string { return a.Address },
		movedAccount)...)
	return all
}

// moved compares values by their addresses. how returns how two of one address differ, or "".
func moved[T any](saved, fresh []T, address func(T) string, how func(was, is T) string) []string {
	now := map[string]T{}
	for _, is := range fresh {
		now[address(is)] = is
	}
	var out []string
	for _, was := range saved {
		at := address(was)
		if is, ok := now[at]; !ok {
			out = append(out, at+" could not be inspected")
		} else if what := how(was, is); what != "" {
			out = append(out, at+" "+what)
		}
	}
	return out
}

func movedEndpoint(was, is Endpoint) string {
	place := func(e Endpoint) string { return fmt.Sprintf("%s@%s:%d/%s", e.User, e.Host, e.Port, e.Database) }
	switch {
	case place(was) != place(is):
		return "was " + place(was) + " and is " + place(is)
	case was.SystemID != is.SystemID:
		return "is another server: its system identifier changed"
	case was.ServerVersion != is.ServerVersion:
		return "was PostgreSQL " + was.ServerVersion + " and is " + is.ServerVersion
	}
	return ""
}

func movedAccount(was, is Account) string {
	switch {
	case was.Account != is.Account || was.Region != is.Region:
		return fmt.Sprintf("was account %s in %s and is %s in %s", was.Account, was.Region, is.Account, is.Region)
	case was.Caller != is.Caller:
		return "was inspected as " + was.Caller + " and is now as " + is.Caller
	}
	return ""
}

func movedObjects(saved, fresh []Fingerprint) []string {
	type key struct{ address, object string }
	before, after := map[key]string{}, map[key]string{}
	for _, f := range saved {
		before[key{f.Address, f.Object}] = f.Digest
	}
	for _, f := range fresh {
		after[key{f.Address, f.Object}] = f.Digest
	}
	out := map[string]bool{}
	for k, d := range before {
		switch now, ok := after[k]; {
		case !ok:
			out[k.object+" is gone"] = true
		case now != d:
			out[k.object+" changed"] = true
		}
	}
	for k := range after {
		if _, ok := before[k]; !ok {
			out[k.object+" was added"] = true
		}
	}
	list := make([]string, 0, len(out))
	for m := range out {
		list = append(list, m)
	}
	sort.Strings(list)
	return list
}

// unobserved reports whether a database or an account of the saved plan could not be inspected.
func unobserved(saved, fresh *Plan) bool {
	return slices.ContainsFunc(saved.Endpoints, func(was Endpoint) bool {
		return !slices.ContainsFunc(fresh.Endpoints, func(is Endpoint) bool { return is.Address == was.Address })
	}) || slices.ContainsFunc(saved.Accounts, func(was Account) bool {
		return !slices.ContainsFunc(fresh.Accounts, func(is Account) bool { return is.Address == was.Address })
	})
}
