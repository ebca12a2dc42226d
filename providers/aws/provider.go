// Package aws is the provider of AWS: it joins the packages of the services below it into what the engine drives.
// Inspect looks, Diff decides, Execute makes the calls of one step.
package aws

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/iam"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/operation"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/providers/aws/s3"
	"github.com/shoji-pg/shoji/spec"
)

// Options are what a Provider takes from its surroundings. The zero value is for AWS itself.
type Options struct {
	// Poll is the time between two looks at something that takes its time; 5 seconds unless set.
	Poll time.Duration
	// Patience is how long AWS may need to learn everywhere of something that was just made; 2 minutes unless set.
	Patience time.Duration
	// Limit is how long a cluster may take for a change; 30 minutes unless set.
	Limit time.Duration
	// Slow is the time between two looks at a copy of a database, which takes a quarter of an hour and more; 30 seconds
	// unless set.
	Slow time.Duration
	// LongLimit is how long a copy of a database may take; 3 hours unless set.
	LongLimit time.Duration
	// Only says which half of refreshes is planned.
	Only engine.Half
	// Fresh is how old a parameter group has to be before a copy begins with it; 5 minutes unless set.
	Fresh time.Duration
	// Setting asks a server of a database for a setting.
	Setting operation.Setting
}

// Provider is the engine's provider of AWS for one project. Its methods may be called from several goroutines.
type Provider struct {
	project *spec.Project
	options Options

	mu       sync.Mutex
	accounts map[string]*awsapi.Account // by address; those that were signed in to
	// endpoints are those that were asked for, by cluster and instance.
	endpoints map[string]rds.Endpoint
}

// New makes the provider of a project. It connects to nothing.
func New(project *spec.Project, o Options) *Provider {
	if onThisMachine(project) {
		o.Poll, o.Slow, o.Fresh = cmp.Or(o.Poll, standInPoll), cmp.Or(o.Slow, standInPoll), cmp.Or(o.Fresh, standInPoll)
	}
	o.Poll, o.Patience, o.Limit = cmp.Or(o.Poll, 5*time.Second), cmp.Or(o.Patience, 2*time.Minute),
		cmp.Or(o.Limit, 30*time.Minute)
	o.Fresh, o.Slow, o.LongLimit = cmp.Or(o.Fresh, 5*time.Minute), cmp.Or(o.Slow, 30*time.Second),
		cmp.Or(o.LongLimit, 3*time.Hour)
	return &Provider{
		project:   project,
		options:   o,
		accounts:  map[string]*awsapi.Account{},
		endpoints: map[string]rds.Endpoint{},
	}
}

// standInPoll is the time between two looks at a stand-in on this machine, which is quick and throttles nobody else.
const standInPoll = 50 * time.Millisecond

func onThisMachine(project *spec.Project) bool {
	return len(project.AWS) > 0 && !slices.ContainsFunc(project.AWS, func(a *spec.AWS) bool {
		u, err := url.Parse(a.Endpoint)
		if err != nil {
			return true
		}
		ip := net.ParseIP(u.Hostname())
		return u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())
	})
}

// Name is object.Provider.
func (p *Provider) Name() string { return object.Provider }

// Close has nothing to release.
func (p *Provider) Close() {}

// Account signs in to the account of an address such as aws.prod, once.
func (p *Provider) Account(ctx context.Context, address string) (*awsapi.Account, error) {
	p.mu.Lock()
	known := p.accounts[address]
	p.mu.Unlock()
	if known != nil {
		return known, nil
	}
	for _, block := range p.project.AWS {
		if block.Address() != address {
			continue
		}
		a, err := awsapi.Open(ctx, block, p.project.ReadSecret)
		if err != nil {
			return nil, err
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.accounts[address] = a
		return a, nil
	}
	return nil, fmt.Errorf("the spec has no %s any more", address)
}

// Opened gives an account in a region that was signed in to, nil where none was.
func (p *Provider) Opened(id, region string) *awsapi.Account {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, block := range p.project.AWS {
		if a := p.accounts[block.Address()]; a != nil && block.Account == id && block.Region == region {
			return a
		}
	}
	return nil
}

// Execute makes the calls of one step.
func (p *Provider) Execute(ctx context.Context, s engine.Step, report engine.Reporter) error {
	switch s.Kind {
	case kindPreflight:
		return p.again(ctx, s, report)
	case object.Kind:
		r := p.run(ctx, report)
		return r.Execute(ctx, s)
	case operation.Kind:
		r := p.long(ctx, report)
		return r.Execute(ctx, s)
	}
	return fmt.Errorf("this version of shoji does not know steps of the kind %q", s.Kind)
}

// PutBack undoes operations. It leaves objects as they are: what was made carries its mark, and the next plan goes on
// from there.
func (p *Provider) PutBack(ctx context.Context, s engine.Step, report engine.Reporter) error {
	if s.Kind != operation.Kind {
		return nil
	}
	if err := operation.CheckUndo(s); err != nil {
		return err
	}
	r := p.long(ctx, report)
	return r.PutBack(ctx, s)
}

func (p *Provider) run(ctx context.Context, report engine.Reporter) awsapi.Run {
	return awsapi.Run{
		ID:         engine.RunOf(ctx),
		Account:    p.Account,
		Operations: operations,
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

// long is run for what takes its time.
func (p *Provider) long(ctx context.Context, report engine.Reporter) awsapi.Run {
	r := p.run(ctx, report)
	r.Poll, r.Limit = p.options.Slow, p.options.LongLimit
	r.Operations = func(a *awsapi.Account) awsapi.Operations {
		all := operations(a)
		maps.Copy(all, operation.Operations(a, operations(a), p.options.Setting))
		return all
	}
	return r
}

// operations are those of all services.
func operations(a *awsapi.Account) awsapi.Operations {
	out := awsapi.Operations{}
	for _, list := range []awsapi.Operations{
		kms.Operations(a), iam.Operations(a), s3.Operations(a), rds.Operations(a),
	} {
		maps.Copy(out, list)
	}
	return out
}
