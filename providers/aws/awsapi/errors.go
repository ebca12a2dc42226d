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

// Error is an error of AWS in words that help. It holds no credentials.
type Error struct {
	In       string // aws.prod
	Action   string // "kms:PutKeyPolicy", as policies name it
	Resource string
	Caller   string
	Code     string // "" if no service answered
	Message  string
}

// Error returns what was tried and what helps.
func (e *Error) Error() string {
	what := e.In + ": " + e.Action
	if e.Resource != "" && e.Resource != e.In {
		what += " on " + e.Resource
	}
	switch {
	case e.Denied() && strings.Contains(e.Message, "explicit deny"):
		return fmt.Sprintf("%s is denied to %s by an explicit Deny (%s: %s). Find that statement in the policies of "+
			"that kind; allowing more does not help", what, e.Caller, e.Code, e.Message)
	case e.Denied():
		action, resource := e.Action, e.Resource
		// passing a role, setting tags and using a key take more than the call's own right
		if m := deniedAction.FindStringSubmatch(e.Message); m != nil && m[1] != action {
			action, resource = m[1], m[2]
		}
		if !policy.IsARN(resource) {
			resource = "*"
		}
		return fmt.Sprintf("%s is denied to %s (%s: %s). It needs %s", what, e.Caller, e.Code, e.Message,
			policy.Statement{Effect: "Allow", Actions: []string{action}, Resources: []string{resource}}.JSON())
	case e.Code == "KMSKeyNotAccessibleFault": // what RDS returns instead of AccessDenied
		return fmt.Sprintf("%s: %s: %s RDS uses the key on behalf of %s, who needs kms:CreateGrant and "+
			"kms:DescribeKey on it, by its own policies and by the key's; for a key of another account also "+
			"kms:Encrypt, Decrypt, ReEncrypt* and GenerateDataKey*. And the key has to be enabled", what, e.Code,
			e.Message, e.Caller)
	// S3 passes on what KMS returns
	case slices.Contains([]string{"KMS.DisabledException", "KMS.KMSInvalidStateException"}, e.Code):
		return fmt.Sprintf("%s: the key of the bucket cannot be used: it is disabled or pending deletion (%s: %s). "+
			"Enable it, or cancel its deletion first", what, e.Code, e.Message)
	case slices.Contains(expiredCodes(), e.Code):
		return fmt.Sprintf("%s: the credentials have expired (%s). Sign in again, then resume or plan again", what,
			e.Code)
	case slices.Contains([]string{
		"InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId",
	}, e.Code):
		return fmt.Sprintf("%s: AWS does not recognize these credentials (%s). Check the profile, the environment "+
			"and the clock of this machine", what, e.Code)
	case e.Code == "":
		return what + ": " + e.Message
	}
	return fmt.Sprintf("%s: %s: %s", what, e.Code, e.Message)
}

// expiredCodes are the codes for credentials that were valid once.
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

// Explain returns an error of the SDK as an *Error. resource is what the call was about, an ARN if there is one.
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
	for inner := err; inner != nil; { // the innermost: a call also fails if its credentials cannot be fetched
		var operation *smithy.OperationError
		if !errors.As(inner, &operation) {
			break
		}
		e.Action = Action(operation.Service(), operation.Operation())
		inner = operation.Unwrap()
	}
	// whatever the call was about that needed the credentials
	if r := a.Block.AssumeRole; r != nil && e.Action == "sts:AssumeRole" {
		e.Resource, e.Caller = r.ARN, "the credentials of "+a.Address()
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		e.Code, e.Message = api.ErrorCode(), a.redact(api.ErrorMessage())
		if m := deniedResource.FindStringSubmatch(e.Message); m != nil && !policy.IsARN(resource) {
			e.Resource = m[1] // AWS itself says what a policy would have to name
		}
	} else {
		e.Message = a.redact(innermost(err).Error())
	}
	return e
}

var deniedAction = regexp.MustCompile(`not authorized to perform: ([a-z0-9-]+:[A-Za-z]+) on resource: "?([^\s"]+)`)

var deniedResource = regexp.MustCompile(`on resource: "?(arn:[^\s"]+)`)

// innermost unwraps what the SDK adds to a failure to reach a service.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// Code returns the code of an error of AWS, "" for any other error.
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

// Is reports whether err is an error of AWS with one of these codes.
func Is(err error, codes ...string) bool { return slices.Contains(codes, Code(err)) }

func (a *Account) redact(text string) string { return redact(text, a.hidden) }

var accessKey = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{12,}\b`)

// redact removes credentials from a message: services repeat what they were sent.
func redact(text string, hidden []string) string {
	for _, h := range hidden {
		if len(h) >= 4 {
			text = strings.ReplaceAll(text, h, "…")
		}
	}
	return accessKey.ReplaceAllString(text, "…")
}

// Action returns the action of IAM for an operation. Most have its name; those of S3 are older than the operations.
func Action(service, operation string) string {
	prefix := strings.ToLower(service)
	if prefix == "s3" {
		if name, ok := map[string]string{
			"HeadBucket":                      "ListBucket",
			"ListObjectsV2":                   "ListBucket",
			"ListObjectVersions":              "ListBucketVersions",
			"ListBuckets":                     "ListAllMyBuckets",
			"DeleteObjects":                   "DeleteObject",
			"HeadObject":                      "GetObject",
			"CopyObject":                      "PutObject",
			"CreateMultipartUpload":           "PutObject",
			"UploadPart":                      "PutObject",
			"CompleteMultipartUpload":         "PutObject",
			"GetBucketEncryption":             "GetEncryptionConfiguration",
			"PutBucketEncryption":             "PutEncryptionConfiguration",
			"GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
			"PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
			"GetPublicAccessBlock":            "GetBucketPublicAccessBlock",
			"PutPublicAccessBlock":            "PutBucketPublicAccessBlock",
		}[operation]; ok {
			return "s3:" + name
		}
	}
	return prefix + ":" + operation
}
