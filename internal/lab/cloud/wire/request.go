package wire

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Caller is who signed a request.
type Caller struct {
	Account string
	// ARN is the user's, or that of the session of a role; ID is the unique one.
	ARN, ID string
	// Role is the ARN of a session's role, RoleID the role's unique id.
	Role, RoleID string
	// Root is the account's own user.
	Root bool
	// Service is the service that acts for itself or, for a session that a service opened, the opener.
	Service string
	// Session is what a session's policy leaves of the role's rights; it is a document's text.
	Session string
	// Tags are those of the user or role.
	Tags map[string]string
	// Via is the service through which a key is used: s3.REGION.amazonaws.com.
	Via string
	// Expires is when a session ends; zero for a user.
	Expires time.Time
}

// Through gives the caller as a service that works for it shows it.
func (c Caller) Through(service, region string) Caller {
	c.Via = service + "." + region + ".amazonaws.com"
	return c
}

// Request is a request whose body is read and whose caller is known.
type Request struct {
	HTTP   *http.Request
	Body   []byte
	Form   url.Values // of the query protocol
	Region string
	Scope  Scope
	Caller Caller
	// Operation is the name that AWS gives it.
	Operation string
}

// Read reads a request's body, unwraps it where it is sent in signed chunks, and finds the scope of
// its signature. A request without one gets an empty scope.
func Read(r *http.Request) (*Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading a request: %w", err)
	}
	if slices.Contains(strings.Split(strings.ReplaceAll(r.Header.Get("Content-Encoding"), " ", ""), ","),
		"aws-chunked") || strings.HasPrefix(r.Header.Get(hashHeader), "STREAMING-") {
		if body, err = unchunk(body, r.Header); err != nil {
			return nil, err
		}
	}
	req := &Request{HTTP: r, Body: body, Scope: scopeOf(r)}
	req.Region = req.Scope.Region
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if req.Form, err = url.ParseQuery(string(body)); err != nil {
			return nil, Errorf("MalformedQueryString", "%v", err)
		}
	}
	return req, nil
}

// On makes an operation on something that a request names: it is found, and the caller's right to it is checked, before
// anything is done with it. decode is the protocol's.
func On[In, Found any](decode func(*Request, any) error, find func(*Request, In) (Found, error),
	do func(*Request, Found, In) (any, error)) func(*Request) (any, error) {
	return func(r *Request) (any, error) {
		var in In
		if err := decode(r, &in); err != nil {
			return nil, err
		}
		found, err := find(r, in)
		if err != nil {
			return nil, err
		}
		return do(r, found, in)
	}
}

// Response is an answer, written when no lock is held.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Write sends it.
func (r *Response) Write(w http.ResponseWriter, method string) {
	for k, v := range r.Header {
		w.Header()[k] = v
	}
	w.Header().Set("X-Amzn-Requestid", RandomHex(16))
	if w.Header().Get("Content-Length") == "" && r.Status != http.StatusNoContent &&
		r.Status != http.StatusNotModified {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.Body)))
	}
	w.WriteHeader(r.Status)
	if method != http.MethodHead {
		_, _ = w.Write(r.Body) // a client that went away has no use for an error
	}
}

// RandomHex gives n random bytes as hex.
func RandomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails: crypto/rand ends the process instead
	return hex.EncodeToString(b)
}

// RandomID gives n random characters as AWS's unique ids have them.
func RandomID(n int) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	b := make([]byte, n)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = alphabet[b[i]%32]
	}
	return string(b)
}
