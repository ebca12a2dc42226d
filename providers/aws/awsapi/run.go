package awsapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"github.com/shoji-pg/shoji/engine"
)

// Run makes the calls of one step.
type Run struct {
	// Account returns the account of an address such as aws.prod.
	Account    func(ctx context.Context, address string) (*Account, error)
	Operations Operations
	// Resolve finds what was unknown when the plan was made.
	Resolve func(ctx context.Context, a *Account, u Unknown) (string, error)
	// Poll is how often something is polled, Patience how long AWS may take to know a new object everywhere, Limit how
	// long an operation may take, and Fresh how old a parameter group has to be before something starts with it.
	Poll, Patience, Limit, Fresh time.Duration
	Report                       engine.Reporter
	// ID is the ID of the run, for names that contain it.
	ID string

	// In is the account of the current call.
	In      *Account
	defined map[string]string // values by token
}

// Execute makes the calls of a step, in their order. It is safe to run again.
func (r *Run) Execute(ctx context.Context, step engine.Step) error {
	p, err := DecodeParams(step)
	if err != nil {
		return err
	}
	if len(p.Calls) != len(step.Statements) {
		return damaged(step)
	}
	for i, c := range p.Calls {
		if c.Statement() != step.Statements[i] {
			return damaged(step)
		}
	}
	return r.callAll(ctx, p, p.Calls, func(c Call) {
		if c.Until == "" { // waiting has its own notes
			r.Report.Note(c.In + ": " + c.Operation + " " + c.On)
		}
	})
}

// PutBack makes the calls that undo a step. They succeed if there is nothing to undo.
func (r *Run) PutBack(ctx context.Context, step engine.Step) error {
	p, err := DecodeParams(step)
	if err != nil {
		return err
	}
	return r.callAll(ctx, p, p.Undo, func(Call) {}) // a removal is noted when it happens
}

// DecodeParams returns the parameters of a step of calls.
func DecodeParams(step engine.Step) (Params, error) {
	var p Params
	if err := json.Unmarshal(step.Params, &p); err != nil {
		return p, fmt.Errorf("reading the parameters of %s: %w", step.ID, err)
	}
	return p, nil
}

func (r *Run) callAll(ctx context.Context, p Params, calls []Call, begin func(Call)) error {
	r.defined = map[string]string{}
	for _, c := range calls {
		if err := r.call(ctx, p, c, begin); err != nil {
			return err
		}
	}
	return nil
}

func damaged(step engine.Step) error {
	return fmt.Errorf("the statements of step %s do not match its calls: the plan is damaged", step.ID)
}

func (r *Run) call(ctx context.Context, p Params, c Call, begin func(Call)) error {
	a, err := r.Account(ctx, c.In)
	if err != nil {
		return err
	}
	r.In = a
	if err := r.resolve(ctx, p, &c); err != nil {
		return err
	}
	do := r.Operations[c.Operation].do
	if do == nil {
		return fmt.Errorf("this version of shoji does not know the call %s", c.Operation)
	}
	begin(c)
	started, renewed := time.Now(), false
	for {
		err := do(ctx, r, c)
		switch {
		case err == nil, Is(err, c.DoneCodes...):
			return nil
		case Expired(err) && !renewed:
			// A session that ended in between is renewed once, if possible: every operation may run again.
			a.Renew()
			renewed = true
			continue
		case !Is(err, c.RetryCodes...) || time.Since(started) > r.Patience:
			if called := (*smithy.OperationError)(nil); !errors.As(err, &called) {
				return err // not an error of AWS
			}
			return a.Explain(err, c.On)
		}
		if err := r.pause(ctx); err != nil {
			return err
		}
	}
}

// pause waits until the next poll.
func (r *Run) pause(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(r.Poll):
		return nil
	}
}

// ErrNotYet says that a condition does not hold yet.
var ErrNotYet = errors.New("not yet")

// WaitFor polls until look returns no ErrNotYet. It notes each new state, and gives up after Limit.
func (r *Run) WaitFor(ctx context.Context, c Call, look func(ctx context.Context) (state string, err error)) error {
	started, last := time.Now(), ""
	for {
		state, err := look(ctx)
		if !errors.Is(err, ErrNotYet) {
			return err
		}
		if state != last {
			r.Report.Note(c.On + ": " + state)
			last = state
		}
		if time.Since(started) > r.Limit {
			return fmt.Errorf("%s: after %s %s is still %s, waiting until %s. Check its events in "+
				"the console; then apply again", c.In, r.Limit, c.On, state, c.Until)
		}
		if err := r.pause(ctx); err != nil {
			return err
		}
	}
}

// Define sets the value of a token, for the calls that follow in the step.
func (r *Run) Define(token, value string) { r.defined[token] = value }

// resolve replaces the tokens of a call by their values.
func (r *Run) resolve(ctx context.Context, p Params, c *Call) error {
	if bytes.Contains(c.Input, []byte(RunToken)) {
		if r.ID == "" {
			return fmt.Errorf("%s %s can only be called within a run", c.Operation, c.On)
		}
		c.Input = json.RawMessage(strings.ReplaceAll(string(c.Input), RunToken, RunName(r.ID)))
	}
	c.On = strings.ReplaceAll(c.On, RunToken, RunName(r.ID))
	for _, u := range p.Unknown {
		if !bytes.Contains(c.Input, []byte(u.Token)) {
			continue
		}
		if r.defined[u.Token] == "" {
			a, err := r.Account(ctx, u.In)
			if err != nil {
				return err
			}
			arn, err := r.Resolve(ctx, a, u)
			if err != nil {
				return a.Explain(err, u.Alias)
			}
			r.Define(u.Token, arn)
		}
		// An ARN needs no escaping in JSON, nor in the JSON of a document inside of it.
		c.Input = json.RawMessage(strings.ReplaceAll(string(c.Input), u.Token, r.defined[u.Token]))
	}
	return nil
}
