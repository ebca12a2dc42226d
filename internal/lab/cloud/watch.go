package cloud

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Call is one call that arrived, also one that was refused.
type Call struct {
	Service, Operation, Region string
	// Account and Principal are those of who asked; empty where nobody could be made out.
	Account, Principal string
	// By is the service that asked with a role that was given to it: rds.amazonaws.com for what aws_s3 does.
	By string
	// Parameters are those of the request, without secrets.
	Parameters map[string]string
	// Error is the code of the answer, "" for success.
	Error string
}

// Looks reports whether the call only looks, which need not stand in a plan.
func (c Call) Looks() bool {
	for _, verb := range []string{"Describe", "Get", "List", "Head", "Simulate"} {
		if strings.HasPrefix(c.Operation, verb) {
			return true
		}
	}
	return c.Service == "sts" || c.Service == "rds-db" || c.Parameters["DryRun"] == "true"
}

var (
	// ErrDropped as a fault closes the connection instead of carrying the call out.
	ErrDropped = errors.New("the connection is dropped before the call is carried out")
	// ErrLostAnswer as a fault carries the call out and closes the connection instead of answering.
	ErrLostAnswer = errors.New("the call is carried out and its answer is lost")
)

// Rate is a bucket of calls: Burst at once, PerSecond more each second.
type Rate struct {
	PerSecond float64
	Burst     int
}

// watch logs calls and gets in their way.
type watch struct {
	sync.Mutex
	calls   []*Call
	faults  []*fault
	on      []func(Call) error
	rates   map[string]Rate
	buckets map[string]*bucket
}

type fault struct {
	service, operation string
	nth, seen          int
	err                error
}

type bucket struct {
	tokens float64
	filled time.Time
}

// Fail answers the nth call of an operation from now on with err, one *Error, ErrDropped or ErrLostAnswer.
// nth 0 is every call. "*" is any service or operation. A call that is refused for its signature does not count.
func (c *Cloud) Fail(service, operation string, nth int, err error) {
	c.watch.Lock()
	defer c.watch.Unlock()
	c.watch.faults = append(c.watch.faults, &fault{service: service, operation: operation, nth: nth, err: err})
}

// Mend takes all faults back.
func (c *Cloud) Mend() {
	c.watch.Lock()
	defer c.watch.Unlock()
	c.watch.faults = nil
}

// OnCall calls do before each call is carried out, while no lock is held. An error becomes the answer.
func (c *Cloud) OnCall(do func(Call) error) {
	c.watch.Lock()
	defer c.watch.Unlock()
	c.watch.on = append(c.watch.on, do)
}

// Calls gives the calls so far, in the order of their arrival.
func (c *Cloud) Calls() []Call {
	c.watch.Lock()
	defer c.watch.Unlock()
	var all []Call
	for _, call := range c.watch.calls {
		all = append(all, *call)
	}
	return all
}

func (w *watch) begin(call *Call) *Call {
	w.Lock()
	defer w.Unlock()
	w.calls = append(w.calls, call)
	return call
}

func (w *watch) done(call *Call, err error) {
	w.Lock()
	defer w.Unlock()
	if err != nil {
		call.Error = asError(err).Code
	}
}

// before asks those who watch, the faults and the rates.
func (w *watch) before(call *Call, clock wire.Clock) error {
	w.Lock()
	on := slices.Clone(w.on)
	seen := *call
	w.Unlock()
	for _, do := range on {
		if err := do(seen); err != nil {
			return err
		}
	}
	w.Lock()
	defer w.Unlock()
	for _, f := range w.faults {
		if (f.service != "*" && f.service != call.Service) || (f.operation != "*" && f.operation != call.Operation) {
			continue
		}
		if f.seen++; f.nth == 0 || f.seen == f.nth {
			return f.err
		}
	}
	return w.throttle(call, clock.Now())
}

func (w *watch) throttle(call *Call, now time.Time) error {
	rate, limited := w.rates[call.Service]
	if !limited {
		return nil
	}
	b := w.buckets[call.Account+" "+call.Service]
	if b == nil {
		b = &bucket{tokens: float64(rate.Burst), filled: now}
		w.buckets[call.Account+" "+call.Service] = b
	}
	b.tokens = min(float64(rate.Burst), b.tokens+now.Sub(b.filled).Seconds()*rate.PerSecond)
	b.filled = now
	if b.tokens < 1 {
		return wire.Common(wire.Throttling)
	}
	b.tokens--
	return nil
}

// Throttled is the error of too many calls, for Fail; each service calls it by its own name.
func Throttled() *Error { return wire.Common(wire.Throttling) }

// Denied is the error of a right that is missing, for Fail.
func Denied() *Error { return wire.Common(wire.AccessDenied) }

// Expired is the error of a session that ended, for Fail.
func Expired() *Error { return wire.Common(wire.ExpiredToken) }

// secret says whether a parameter's value must not be kept. Members of lists have the name in the middle.
func secret(parameter string) bool {
	for _, word := range []string{"Password", "Plaintext", "CiphertextBlob", "SecretString"} {
		if strings.Contains(parameter, word) {
			return true
		}
	}
	return false
}
