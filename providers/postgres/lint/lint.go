// Package lint checks a spec before anything connects: it finds what a plan accepts although it discloses too much,
// would fail later, or does nothing. It needs the spec and the schema lock only.
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
	// Code is its stable name for people and tools.
	Code string
	// Severity is that of its findings unless they or the lint block set another.
	Severity diag.Severity
	// Title is the summary of its findings, Doc a sentence on why it is a problem, and Example a line with the problem.
	Title, Doc, Example string
	// Catalog: it needs the schema lock.
	Catalog bool
	// Plan: a plan reports the same error, so it cannot be disabled, lowered or ignored.
	Plan bool
	// Run reports findings; nil if something else reports them under this code.
	Run func(*Pass)
}

// Input is everything that Run looks at.
type Input struct {
	Project *spec.Project
	// Lock is the schema lock; nil if there is none: then only the analyzers that need no catalog run.
	Lock *schemalock.File
}

// Result is what Run found.
type Result struct {
	// Findings are sorted by place, with their source lines.
	Findings diag.Diagnostics
	// Suppressed counts the findings that a comment suppresses.
	Suppressed int
	// Skipped are the codes of the analyzers that could not check everything, sorted; Unlocked are the databases that
	// are not in the lock.
	Skipped, Unlocked []string
}

// Run checks the project, which must have been loaded without errors.
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

// resolve decides every refresh whose source is in the lock, and returns what the plan would report.
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
	// Result.Unlocked reports what is not in the lock.
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool { return d.Code == schemalock.UncheckedCode })
}

// expression parses SQL once, however many columns it masks. Invalid text was reported when the spec was loaded.
func (r *run) expression(sql string) mask.Expression {
	e, done := r.expressions[sql]
	if !done {
		e, _ = mask.ReadExpression(sql)
		r.expressions[sql] = e
	}
	return e
}
