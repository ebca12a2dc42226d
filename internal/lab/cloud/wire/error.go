// Package wire is what the services of the lab's AWS share: requests and their signatures, answers in
// the protocols that AWS speaks, errors, pages, and how long things take.
package wire

import (
	"fmt"
	"net/http"
)

// Error is an error of AWS as it goes over the wire.
type Error struct {
	Code    string
	Message string
	// Status is the answer's; 0 is 400.
	Status int
	// Fields are shown beside code and message where the protocol has such, as S3's Region.
	Fields map[string]string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func (e *Error) status() int {
	if e.Status == 0 {
		return http.StatusBadRequest
	}
	return e.Status
}

// Errorf makes an error with status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// NotFoundf makes an error with status 404.
func NotFoundf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...), Status: http.StatusNotFound}
}

// The errors that every service has; protocols call them by their own codes.
const (
	InvalidClientToken    = "InvalidClientTokenId"
	ExpiredToken          = "ExpiredToken"
	SignatureDoesNotMatch = "SignatureDoesNotMatch"
	MissingAuthentication = "MissingAuthenticationToken"
	AccessDenied          = "AccessDenied"
	Throttling            = "Throttling"
	// NotImplemented is this stand-in's own: it never passes over what it does not know.
	NotImplemented = "NotImplemented"
)

// Common makes one of those.
func Common(code string) *Error {
	message := map[string]string{
		InvalidClientToken: "The security token included in the request is invalid.",
		ExpiredToken:       "The security token included in the request is expired",
		SignatureDoesNotMatch: "The request signature we calculated does not match the signature you provided. Check " +
			"your AWS Secret Access Key and signing method.",
		MissingAuthentication: "Request is missing Authentication Token",
		AccessDenied:          "Access Denied",
		Throttling:            "Rate exceeded",
	}[code]
	e := &Error{Code: code, Message: message, Status: http.StatusForbidden}
	if code == Throttling {
		e.Status = http.StatusBadRequest
	}
	return e
}

// Unknown says that the stand-in lacks something, so that nobody takes silence for success.
func Unknown(format string, args ...any) *Error {
	return &Error{
		Code:    NotImplemented,
		Message: "the lab's AWS does not know " + fmt.Sprintf(format, args...),
		Status:  http.StatusNotImplemented,
	}
}

// dialect is how a protocol calls a common error, with its status.
type dialect map[string]Error

func (d dialect) translate(e *Error) *Error {
	own, ok := d[e.Code]
	if !ok {
		return e
	}
	message := e.Message
	if own.Message != "" {
		message = own.Message
	}
	return &Error{Code: own.Code, Message: message, Status: own.Status, Fields: e.Fields}
}

var jsonDialect = dialect{
	InvalidClientToken:    {Code: "UnrecognizedClientException", Status: http.StatusBadRequest},
	ExpiredToken:          {Code: "ExpiredTokenException", Status: http.StatusBadRequest},
	SignatureDoesNotMatch: {Code: "InvalidSignatureException", Status: http.StatusBadRequest},
	MissingAuthentication: {Code: "MissingAuthenticationTokenException", Status: http.StatusBadRequest},
	AccessDenied:          {Code: "AccessDeniedException", Status: http.StatusBadRequest},
	Throttling:            {Code: "ThrottlingException", Status: http.StatusBadRequest},
}

var restDialect = dialect{
	InvalidClientToken:    {Code: "UnrecognizedClientException", Status: http.StatusForbidden},
	ExpiredToken:          {Code: "ExpiredTokenException", Status: http.StatusForbidden},
	SignatureDoesNotMatch: {Code: "InvalidSignatureException", Status: http.StatusForbidden},
	MissingAuthentication: {Code: "MissingAuthenticationTokenException", Status: http.StatusForbidden},
	AccessDenied:          {Code: "AccessDeniedException", Status: http.StatusForbidden},
	Throttling:            {Code: "ThrottlingException", Status: http.StatusTooManyRequests},
}

var s3Dialect = dialect{
	InvalidClientToken: {
		Code:    "InvalidAccessKeyId",
		Status:  http.StatusForbidden,
		Message: "The AWS Access Key Id you provided does not exist in our records.",
	},
	ExpiredToken: {
		Code:    "ExpiredToken",
		Status:  http.StatusBadRequest,
		Message: "The provided token has expired.",
	},
	MissingAuthentication: {Code: "AccessDenied", Status: http.StatusForbidden, Message: "Access Denied"},
	Throttling: {
		Code:    "SlowDown",
		Status:  http.StatusServiceUnavailable,
		Message: "Please reduce your request rate.",
	},
}
