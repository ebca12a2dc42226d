package awsapi

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Error is an answer of AWS in the words of who has to mend it. It holds no credentials.
type Error struct {
	In       string // aws.prod
	Action   string // "kms:PutKeyPolicy": what a policy would have to allow
	Resource string
	Caller   string
	Code     string // "" where no service answered
	Message  string
}

// Error says what was tried and what helps.
func (e *Error) Error() string {
	what := e.In + ": " + e.Action
	if e.Resource != "" && e.Resource != e.In {
		what += " on " + e.Resource
	}
	switch {
	case e.Denied() && strings.Contains(e.Message, "explicit deny"):
		return fmt.Sprintf("%s is denied to %s by a statement that says Deny (%s: %s). Look for it in the policies "+
			"of that kind; allowing more does not help", what, e.Caller, e.Code, e.Message)
	case e.Denied():
		action, resource := e.Action, e.Resource
		// to pass a role, to set tags, to use a key takes more than the call's own right
		if m := deniedAction.FindStringSubmatch(e.Message); m != nil && m[1] != action {
			action, resource = m[1], m[2]
		}
		if !strings.HasPrefix(resource, "arn:") {
			resource = "*"
		}
		return fmt.Sprintf("%s is denied to %s (%s: %s). It needs %s", what, e.Caller, e.Code, e.Message,
			policy.Statement{Effect: "Allow", Actions: []string{action}, Resources: []string{resource}}.JSON())
	case e.Code == "KMSKeyNotAccessibleFault": // RDS says no AccessDenied for a key
		return fmt.Sprintf("%s: %s: %s RDS uses the key for %s, who needs kms:CreateGrant and kms:DescribeKey on it, "+
			"by its own policies and by the key's; with a key of another account also kms:Encrypt, Decrypt, "+
			"ReEncrypt* and GenerateDataKey*. And the key has to be enabled", what, e.Code, e.Message, e.Caller)
	// of S3, which passes on what KMS says
	case slices.Contains([]string{"KMS.DisabledException", "KMS.KMSInvalidStateException"}, e.Code):
		return fmt.Sprintf("%s: the key of the bucket cannot be used: it is disabled or waits for its deletion (%s: "+
			"%s). Enable it, or cancel its deletion first", what, e.Code, e.Message)
	case slices.Contains(expiredCodes(), e.Code):
		return fmt.Sprintf("%s: the credentials have expired (%s). Sign in again, then resume or plan again", what,
			e.Code)
	case slices.Contains([]string{
		"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId",
	}, e.Code):
		return fmt.Sprintf("%s: AWS does not know these credentials (%s). Look at the profile, the environment and "+
			"the clock of this machine", what, e.Code)
	case e.Code == "":
		return what + ": " + e.Message
	}
	return fmt.Sprintf("%s: %s: %s", what, e.Code, e.Message)
}

// expiredCodes are the codes of credentials that were valid once.
func expiredCodes() []string {
	return []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired"}
}

// Expired reports whether the credentials have expired.
func Expired(err error) bool { return Is(err, expiredCodes()...) }

// Denied reports whether a right is missing.
func (e *Error) Denied() bool {
	return slices.Contains([]string{
		"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "AccessDeniedFault",
	}, e.Code)
}

// Explain makes an *Error of what the SDK gives. resource is what the call was about, an ARN where there is one.
func (a *Account) Explain(err error, resource string) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	e := &Error{In: a.Address(), Resource: resource, Caller: a.Caller}
	e.Action = "reading the credentials"
	for inner := err; inner != nil; { // the innermost: a call fails too where the credentials for it cannot be had
		var operation *smithy.OperationError
		if !errors.As(inner, &operation) {
			break
		}
		e.Action = Action(operation.Service(), operation.Operation())
		inner = operation.Unwrap()
	}
	// whatever the call was about that credentials were needed for
	if r := a.Block.AssumeRole; r != nil && e.Action == "sts:AssumeRole" {
		e.Resource, e.Caller = r.ARN, "the credentials of "+a.Address()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code, e.Message = api.ErrorCode(), a.redact(api.ErrorMessage())
		if m := deniedResource.FindStringSubmatch(e.Message); m != nil && !strings.HasPrefix(resource, "arn:") {
			e.Resource = m[1] // AWS says itself what a policy would have to name
		}
	} else {
		e.Message = a.redact(innermost(err).Error())
	}
	return e
}

var deniedAction = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z]+) on resource: "?([^\s"]+)`)

var deniedResource = regexp.MustCompile(`on resource: "?(arn:[^\s"]+)`)

// innermost leaves what the SDK adds around a failure to reach a service.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// Code gives the code of an answer of AWS, "" for anything else.
func Code(err error) string {
	var known *Error
	if errors.As(err, &known) {
		return known.Code
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// Is reports whether err is an answer of AWS with one of these codes.
func Is(err error, codes ...string) bool { return slices.Contains(codes, Code(err)) }

func (a *Account) redact(text string) string { return redact(text, a.hidden) }

var accessKey = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{12,}\b`)

// redact takes credentials out of a message: services repeat what they were sent.
func redact(text string, hidden []string) string {
	for _, h := range hidden {
		if len(h) >= 4 {
			text = strings.ReplaceAll(text, h, "…")
		}
	}
	return accessKey.ReplaceAllString(text, "…")
}
