// Package lint judges a spec before anything connects: what is decided well enough for a plan and still gives too much
// away, would fail later, or does nothing. It works from the spec and the schema lock alone.
package lint

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Analyzer looks for one kind of problem.
type Analyzer struct {
	// Code is its name for people and tools. It never changes.
	Code string
	// Severity is that of its findings where neither they nor the lint block say otherwise.
	Severity diag.Severity
	// Title is the summary of its findings; Doc says in a sentence why it is a problem; Example is a line that has it.
	Title, Doc, Example string
	// Catalog says that it needs the schema lock.
	Catalog bool
	// Plan says that a plan refuses the same, so that it cannot be switched off, lowered or ignored.
	Plan bool
	// Run reports what it finds; nil for what others report.
	Run func(*Pass)
}

// Input is everything that Run looks at.
type Input struct {
	Project *spec.Project
	// Lock is the schema lock, nil where there is none: then only the analyzers run that need no catalog.
	Lock *schemalock.File
}

// Result is what Run found.
type Result struct {
	// Findings are sorted by place, with their source lines.
	Findings diag.Diagnostics
	// Suppressed counts those that a comment suppressed.
	Suppressed int
	// Skipped are the codes of the analyzers that could not look at everything, sorted; Unlocked are the databases that
	// the lock lacks.
	Skipped, Unlocked []string
}

// Run judges the project. The project must have been read without errors.
func Run(in Input) Result {
	r := run{project: in.Project, analyzers: Analyzers(), expressions: map[string]mask.Expression{}}
	r.settings = newSettings(in.Project, r.analyzers)
	r.findings = append(r.findings, r.settings.problems...)
	plan := r.resolve(in.Lock)
	for _, a := range r.analyzers {
		switch {
		case r.settings.disabled[a.Code]:
			continue
		case a.Catalog && len(r.unlocked) > 0:
			r.skipped = append(r.skipped, a.Code)
			if len(r.refreshes) == 0 {
				continue
			}
		}
		if a.Run != nil {
			a.Run(&Pass{Project: in.Project, Refreshes: r.refreshes, analyzer: a, run: &r})
		}
	}
	r.plan(plan)
	return r.result()
}

// run is one call of Run.
type run struct {
	project     *spec.Project
	analyzers   []Analyzer
	settings    settings
	refreshes   []*Refresh
	findings    []Finding
	expressions map[string]mask.Expression

	skipped, unlocked []string
}

// resolve decides every refresh whose source is in the lock, and gives what the plan would say.
func (r *run) resolve(lock *schemalock.File) diag.Diagnostics {
	if lock == nil {
		lock = &schemalock.File{}
	}
	decided, ds := lock.Resolve(r.project)
	for _, refresh := range r.project.Refreshes {
		i := slices.IndexFunc(decided, func(d schemalock.Resolution) bool { return d.Refresh == refresh })
		if i >= 0 {
			r.refreshes = append(r.refreshes, newRefresh(decided[i]))
		} else if at := refresh.From.Address(); !slices.Contains(r.unlocked, at) {
			r.unlocked = append(r.unlocked, at)
		}
	}
	// What the lock lacks is said once, beside the findings.
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Code == "schema_lock" })
}

// expression looks at SQL once, however many columns it masks. Text that is no expression was reported when the spec
// was read.
func (r *run) expression(sql string) mask.Expression {
	e, done := r.expressions[sql]
	if !done {
		e, _ = mask.ReadExpression(sql)
		r.expressions[sql] = e
	}
	return e
}
