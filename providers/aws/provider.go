// Package aws is the provider of AWS. It joins the packages of the services into what the engine drives: Inspect reads
// accounts, Diff plans, Execute makes the calls of one step. It must not import the provider of PostgreSQL.
package aws

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/iam"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/operation"
	"github.com/shoji-pg/shoji/providers/aws/preflight"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// Options are what a Provider takes from its surroundings. The zero value is for AWS itself.
type Options struct {
	// Poll is how often something is polled; 5 seconds by default.
	Poll time.Duration
	// Patience is how long AWS may take to know a new object everywhere; 2 minutes by default.
	Patience time.Duration
	// Limit is how long a change of a cluster may take; 30 minutes by default.
	Limit time.Duration
	// Slow is how often a copy of a database is polled, which takes a quarter of an hour and more; 30 seconds by
	// default.
	Slow time.Duration
	// LongLimit is how long a copy of a database may take; 3 hours by default.
	LongLimit time.Duration
	// Only is the half of refreshes that is planned.
	Only engine.Half
	// Fresh is how old a parameter group has to be before a copy starts with it; 5 minutes by default.
	Fresh time.Duration
	// Setting reads a setting of a server of a database.
	Setting operation.Setting
}

// Provider is the engine's provider of AWS for one project. Its methods may be called from several goroutines.
type Provider struct {
	project  *spec.Project
	accounts *Accounts
	options  Options
}

// New returns the provider of a project. It connects to nothing.
func New(project *spec.Project, accounts *Accounts, o Options) *Provider {
	if onThisMachine(project) {
		quick := awsapi.StandInPoll
		o.Poll, o.Slow, o.Fresh = cmp.Or(o.Poll, quick), cmp.Or(o.Slow, quick), cmp.Or(o.Fresh, quick)
	}
	o.Poll, o.Slow = cmp.Or(o.Poll, 5*time.Second), cmp.Or(o.Slow, 30*time.Second)
	o.Limit, o.LongLimit = cmp.Or(o.Limit, 30*time.Minute), cmp.Or(o.LongLimit, 3*time.Hour)
	o.Patience, o.Fresh = cmp.Or(o.Patience, 2*time.Minute), cmp.Or(o.Fresh, 5*time.Minute)
	return &Provider{project: project, accounts: accounts, options: o}
}

func onThisMachine(project *spec.Project) bool {
	return len(project.AWS) > 0 && !slices.ContainsFunc(project.AWS, func(a *spec.AWS) bool {
		return !awsapi.OnThisMachine(a.Endpoint)
	})
}

// Name returns object.Provider.
func (p *Provider) Name() string { return object.Provider }

// Close does nothing.
func (p *Provider) Close() {}

// Execute makes the calls of one step.
func (p *Provider) Execute(ctx context.Context, s engine.Step, report engine.Reporter) error {
	switch s.Kind {
	case preflight.Kind:
		return p.preflight().Execute(ctx, s, report)
	case object.Kind:
		return p.run(ctx, report).Execute(ctx, s)
	case operation.Kind:
		return p.longRun(ctx, report).Execute(ctx, s)
	}
	return fmt.Errorf("this version of shoji does not know steps of the kind %q", s.Kind)
}

// PutBack undoes operations. It leaves objects as they are: what was created carries its mark, and the next plan goes
// on from there.
func (p *Provider) PutBack(ctx context.Context, s engine.Step, report engine.Reporter) error {
	if s.Kind != operation.Kind {
		return nil
	}
	if err := operation.CheckUndo(s); err != nil {
		return err
	}
	return p.longRun(ctx, report).PutBack(ctx, s)
}

// Preflight finds out whether AWS permits a plan, and returns the step that does it again when the plan is applied.
func (p *Provider) Preflight(ctx context.Context, plan *engine.Plan) (*engine.Step, diag.Diagnostics) {
	return p.preflight().Plan(ctx, plan)
}

func (p *Provider) preflight() *preflight.Preflight {
	return &preflight.Preflight{
		Project:    p.project,
		Accounts:   p.accounts,
		Operations: p.operations(),
		Half:       p.options.Only,
	}
}

func (p *Provider) run(ctx context.Context, report engine.Reporter) *awsapi.Run {
	return &awsapi.Run{
		ID:         engine.RunOf(ctx),
		Account:    p.accounts.Account,
		Operations: objectOperations(),
		Poll:       p.options.Poll,
		Patience:   p.options.Patience,
		Limit:      p.options.Limit,
		Fresh:      p.options.Fresh,
		Report:     report,
		Resolve: func(ctx context.Context, a *awsapi.Account, u awsapi.Unknown) (string, error) {
			return kms.Resolve(ctx, a, u.Alias)
		},
	}
}

// longRun is run for operations that may take hours.
func (p *Provider) longRun(ctx context.Context, report engine.Reporter) *awsapi.Run {
	r := p.run(ctx, report)
	r.Poll, r.Limit, r.Operations = p.options.Slow, p.options.LongLimit, p.operations()
	return r
}

// operations returns all calls that plans make.
func (p *Provider) operations() awsapi.Operations {
	all := objectOperations()
	maps.Copy(all, operation.Operations(all, p.options.Setting))
	return all
}

// objectOperations returns the calls that the objects of the spec need.
func objectOperations() awsapi.Operations {
	all := awsapi.Operations{}
	for _, list := range []awsapi.Operations{kms.Operations(), iam.Operations(), s3.Operations(), rds.Operations()} {
		maps.Copy(all, list)
	}
	return all
}
