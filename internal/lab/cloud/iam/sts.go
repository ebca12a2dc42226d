package iam

import (
	"regexp"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// STS gives the operations of STS.
func (s *Service) STS() wire.Operations {
	return wire.Operations{"GetCallerIdentity": s.getCallerIdentity, "AssumeRole": s.assumeRole}
}

func (s *Service) getCallerIdentity(r *wire.Request) (any, error) {
	return struct{ UserId, Account, Arn string }{r.Caller.ID, r.Caller.Account, r.Caller.ARN}, nil
}

type assumeRoleInput struct {
	RoleArn, RoleSessionName, ExternalId, Policy string
	DurationSeconds                              int
}

type sessionCredentials struct {
	AccessKeyId, SecretAccessKey, SessionToken string
	Expiration                                 time.Time
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func (s *Service) assumeRole(r *wire.Request) (any, error) {
	var in assumeRoleInput
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if !sessionName.MatchString(in.RoleSessionName) {
		return nil, wire.Errorf("ValidationError",
			"1 validation error detected: Value '%s' at 'roleSessionName' failed to satisfy constraint: Member must "+
				"satisfy regular expression pattern: [\\w+=,.@-]*", in.RoleSessionName)
	}
	if in.Policy != "" {
		if _, err := policy.Parse(in.Policy, policy.Identity); err != nil {
			return nil, wire.Errorf("MalformedPolicyDocument", "%v", err)
		}
	}
	context := map[string]string{"sts:ExternalId": in.ExternalId, "sts:RoleSessionName": in.RoleSessionName}
	credentials, caller, err := s.open(r.Caller, in, context)
	if err != nil {
		return nil, err
	}
	return struct {
		Credentials      sessionCredentials
		AssumedRoleUser  struct{ AssumedRoleId, Arn string }
		PackedPolicySize int
	}{
		Credentials: sessionCredentials{
			credentials.AccessKey, credentials.Secret, credentials.Token, caller.Expires,
		},
		AssumedRoleUser: struct{ AssumedRoleId, Arn string }{caller.ID, caller.ARN},
	}, nil
}

// open opens a session of a role.
func (s *Service) open(c wire.Caller, in assumeRoleInput, context map[string]string) (Credentials, wire.Caller, error) {
	role := s.Role(in.RoleArn)
	access := Access{Action: "sts:AssumeRole", Resource: in.RoleArn, Closed: true, Context: context}
	if role != nil && role.usable.Look() {
		access.Owner, access.Policy = role.account.id, role.trust
	}
	if err := s.Authorize(c, access); err != nil {
		// STS does not say whether the role exists.
		return Credentials{}, c,
			&wire.Error{
				Code:    wire.AccessDenied,
				Status:  403,
				Message: "User: " + c.ARN + " is not authorized to perform: sts:AssumeRole on resource: " + in.RoleArn,
			}
	}
	if in.DurationSeconds == 0 {
		in.DurationSeconds = 3600
	}
	switch {
	case in.DurationSeconds < 900:
		return Credentials{}, c,
			wire.Errorf("ValidationError",
				"1 validation error detected: Value '%d' at 'durationSeconds' failed to satisfy constraint: Member "+
					"must have value greater than or equal to 900", in.DurationSeconds)
	case c.Role != "" && in.DurationSeconds > 3600:
		return Credentials{}, c,
			wire.Errorf("ValidationError",
				"The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.")
	case in.DurationSeconds > role.maximumSession:
		return Credentials{}, c,
			wire.Errorf("ValidationError",
				"The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	session := &wire.Caller{
		Account: role.account.id,
		ARN:     "arn:aws:sts::" + role.account.id + ":assumed-role/" + role.name + "/" + in.RoleSessionName,
		ID:      role.id + ":" + in.RoleSessionName,
		Role:    role.arn, RoleID: role.id, Service: c.Service, Session: in.Policy, Tags: role.tags,
		Expires: s.clock.Now().Add(time.Duration(in.DurationSeconds) * time.Second).UTC().Truncate(time.Second),
	}
	return s.issue(&key{session: session, token: "lab-session/" + wire.RandomHex(32)}, "ASIA"), *session, nil
}

// ForService opens a session of a role as a service of AWS does: the role's trust policy must name the
// service, for the resource that it works for.
func (s *Service) ForService(service, roleARN, sourceARN, session string) (Credentials, error) {
	in := assumeRoleInput{RoleArn: roleARN, RoleSessionName: session}
	c, _, err := s.open(wire.Caller{Service: service, ARN: service}, in, source(sourceARN))
	return c, err
}

// Trusts says whether a role's trust policy lets a service assume it for a resource.
func (s *Service) Trusts(service, roleARN, sourceARN string) bool {
	role := s.Role(roleARN)
	if role == nil {
		return false
	}
	return s.Authorize(wire.Caller{Service: service, ARN: service}, Access{
		Action:   "sts:AssumeRole",
		Resource: roleARN,
		Closed:   true,
		Owner:    role.account.id,
		Policy:   role.trust,
		Context:  source(sourceARN),
	}) == nil
}

// source gives the condition keys by which a service says what it works for.
func source(arn string) map[string]string {
	context := map[string]string{"aws:SourceArn": arn}
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		context["aws:SourceAccount"] = parts[4]
	}
	return context
}
