package cloud

import (
	"errors"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// serve answers one request: who asks is found out, the call is logged, faults and rates come next, and then
// the operation runs, alone.
func (c *Cloud) serve(w http.ResponseWriter, h *http.Request) {
	r, err := wire.Read(h)
	if err != nil {
		wire.Query{}.Fail(nil, asError(err)).Write(w, h.Method)
		return
	}
	name := serviceOf(r)
	s, ok := c.services[name]
	if !ok {
		wire.Query{}.Fail(r, wire.Unknown("the service %q", name)).Write(w, h.Method)
		return
	}
	r.Operation = s.protocol.Name(r)
	if r.Region == "" {
		r.Region = c.region
	}
	response, lost := c.answer(name, s, r)
	if lost {
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	}
	time.Sleep(breath)
	response.Write(w, h.Method)
}

// breath lets clients finish what they do after the last byte of a request: see HTTPClient.
const breath = 500 * time.Microsecond

// answer runs a call. lost says that its answer must not arrive.
func (c *Cloud) answer(name string, s service, r *wire.Request) (response *wire.Response, lost bool) {
	call, err := c.admit(name, s, r)
	if err == nil {
		err = c.watch.before(call, c.clock)
	}
	after := errors.Is(err, ErrLostAnswer)
	if after {
		err = nil
	}
	if err == nil {
		response, err = c.run(s, r)
	}
	c.watch.done(call, err)
	switch {
	case after, errors.Is(err, ErrDropped):
		return nil, true
	case err != nil:
		return s.protocol.Fail(r, asError(err)), false
	}
	return response, false
}

// admit finds out who asks and begins the call's entry in the log.
func (c *Cloud) admit(name string, s service, r *wire.Request) (*Call, error) {
	call := &Call{Service: name, Operation: r.Operation, Region: r.Region, Parameters: s.protocol.Parameters(r)}
	maps.DeleteFunc(call.Parameters, func(k, _ string) bool { return secret(k) })
	if s.operations[r.Operation] == nil {
		return c.watch.begin(call), wire.Unknown("the operation %q of %s", r.Operation, name)
	}
	c.mu.Lock()
	var err error
	r.Caller, err = c.iam.Authenticate(r)
	c.mu.Unlock()
	call.Account, call.Principal, call.By = r.Caller.Account, r.Caller.ARN, r.Caller.Service
	c.watch.begin(call)
	if err == nil && !r.Intact() {
		err = &wire.Error{
			Code:    "XAmzContentSHA256Mismatch",
			Message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
		}
	}
	return call, err
}

func (c *Cloud) run(s service, r *wire.Request) (*wire.Response, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	result, err := s.operations[r.Operation](r)
	if err != nil {
		return nil, err
	}
	return s.protocol.Answer(r, result), nil
}

func asError(err error) *wire.Error {
	if e := (*wire.Error)(nil); errors.As(err, &e) {
		return e
	}
	return &wire.Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError}
}

// serviceOf finds the service: by the signature's scope, and without one by what the request looks like.
func serviceOf(r *wire.Request) string {
	switch h := r.HTTP; {
	case r.Scope.Service != "":
		return r.Scope.Service
	case strings.HasPrefix(h.Header.Get("X-Amz-Target"), "TrentService."):
		return "kms"
	case r.Form.Get("Version") == "2014-10-31":
		return "rds"
	case r.Form.Get("Version") == "2010-05-08":
		return "iam"
	case r.Form.Get("Action") != "":
		return "sts"
	}
	return "s3"
}
