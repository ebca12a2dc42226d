package iam

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Access is what somebody asks to do.
type Access struct {
	Action   string // "s3:GetObject"
	Resource string
	// Owner is the account that the resource belongs to; "" is the caller's.
	Owner string
	// Policy is the resource's own, nil where it has none.
	Policy *Bound
	// Closed resources are shut to their own account too unless their policy opens them: keys, and the
	// assuming of roles.
	Closed bool
	// Context are condition keys of this request, Lists those that have several values.
	Context map[string]string
	Lists   map[string][]string
	// Granted says that something else allows it, as a grant of a key does; only a deny is looked for.
	Granted bool
}

// Authorize gives AccessDenied, in the words of AWS, unless c may.
func (s *Service) Authorize(c wire.Caller, a Access) error {
	request := policy.Request{Action: a.Action, Resource: a.Resource, Context: s.context(c, a)}
	s.remember(cmp.Or(c.Role, c.ARN), a.Action)
	own := s.ownEffect(c, request)
	control, boundary := s.limits(c, request)
	resource := policy.Silent
	if a.Policy != nil {
		resource = a.Policy.document.For(request, s.who(c, a.Policy))
	}
	refusal := func(why string) error {
		return &wire.Error{
			Code:   wire.AccessDenied,
			Status: 403,
			Message: fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because %s", c.ARN,
				a.Action, a.Resource, why),
		}
	}
	switch {
	case control == policy.Denied:
		return refusal("an explicit deny in a service control policy")
	case control == policy.Silent:
		return refusal(fmt.Sprintf("no service control policy allows the %s action", a.Action))
	case boundary == policy.Denied:
		return refusal("an explicit deny in a permissions boundary")
	case own == policy.Denied:
		return refusal("an explicit deny in an identity-based policy")
	case resource == policy.Denied:
		return refusal("an explicit deny in a resource-based policy")
	case a.Granted:
		return nil
	}
	identityAllows := own == policy.Allowed && boundary == policy.Allowed
	if boundary == policy.Silent && c.Role != "" && resource == policy.Allowed {
		resource = policy.Delegated // a role's boundary limits what a policy of a resource gives it, a user's does not
	}
	resourceAllows := resource == policy.Allowed || resource == policy.Delegated
	kind := strings.SplitN(a.Action, ":", 2)[0]
	noIdentity := fmt.Sprintf("no identity-based policy allows the %s action", a.Action)
	if boundary == policy.Silent {
		noIdentity = fmt.Sprintf("no permissions boundary allows the %s action", a.Action)
	}
	noResource := fmt.Sprintf("no resource-based policy allows the %s action", a.Action)
	switch foreign := a.Owner != "" && a.Owner != c.Account; {
	case c.Service != "" && c.Role == "": // a service for itself has no identity policy
		if resource != policy.Allowed {
			return refusal(noResource)
		}
	case foreign && !resourceAllows:
		return refusal(noResource)
	case foreign && !identityAllows:
		return refusal(noIdentity)
	case foreign:
	case a.Closed && resource == policy.Allowed:
	case a.Closed && !resourceAllows:
		return refusal(noResource)
	case !a.Closed && resource == policy.Allowed && kind != "iam":
	case !identityAllows:
		return refusal(noIdentity)
	}
	return nil
}

// ownEffect is what the caller's identity policies say, within the session's policy.
func (s *Service) ownEffect(c wire.Caller, r policy.Request) policy.Effect {
	if c.Root {
		return policy.Allowed
	}
	i, _ := s.identityOf(c)
	if i == nil {
		return policy.Silent
	}
	effect := decide(i.documents(), r)
	if c.Session == "" || effect != policy.Allowed {
		return effect
	}
	session, err := policy.Parse(c.Session, policy.Identity)
	if err != nil {
		return policy.Denied
	}
	return session.Identity(r)
}

// limits are what the organization's policy and the boundary of a caller say, which give nothing and only take.
func (s *Service) limits(c wire.Caller, r policy.Request) (control, boundary policy.Effect) {
	control, boundary = policy.Allowed, policy.Allowed
	if c.Service != "" && c.Role == "" { // a service for itself is in no account
		return control, boundary
	}
	if a := s.accounts[c.Account]; a != nil {
		control = within(a.control, r)
	}
	if i, _ := s.identityOf(c); i != nil && !c.Root {
		boundary = within(i.boundary, r)
	}
	return control, boundary
}

func decide(documents []named, r policy.Request) policy.Effect {
	effect := policy.Silent
	for _, d := range documents {
		effect = max(effect, d.document.Identity(r))
	}
	return effect
}

func (s *Service) identityOf(c wire.Caller) (*identity, bool) {
	if c.Role != "" {
		r := s.Role(c.Role)
		return r, r != nil
	}
	return s.principal(c.ARN)
}

// context gives the condition keys of a request, in lower case.
func (s *Service) context(c wire.Caller, a Access) map[string][]string {
	region := ""
	if parts := strings.SplitN(a.Resource, ":", 6); len(parts) == 6 {
		region = parts[3]
	}
	all := map[string]string{
		// The lab speaks plain HTTP on the loopback; to policies it is as secure as TLS.
		"aws:SecureTransport":       "true",
		"aws:CurrentTime":           s.clock.Now().UTC().Format(time.RFC3339),
		"aws:PrincipalAccount":      c.Account,
		"aws:PrincipalArn":          c.ARN,
		"aws:userid":                c.ID,
		"aws:PrincipalType":         "User",
		"aws:RequestedRegion":       region,
		"aws:ViaAWSService":         fmt.Sprint(c.Via != ""),
		"aws:PrincipalIsAWSService": fmt.Sprint(c.Service != "" && c.Role == ""),
		"kms:CallerAccount":         c.Account,
	}
	if c.Via != "" {
		all["kms:ViaService"] = c.Via
	}
	if c.Role != "" {
		all["aws:PrincipalArn"], all["aws:PrincipalType"] = c.Role, "AssumedRole"
	} else if c.Service == "" && !c.Root {
		all["aws:username"] = c.ARN[strings.LastIndexByte(c.ARN, '/')+1:]
	}
	for k, v := range c.Tags {
		all["aws:PrincipalTag/"+k] = v
	}
	maps.Copy(all, a.Context)
	context := map[string][]string{}
	for k, v := range all {
		if v != "" {
			context[strings.ToLower(k)] = []string{v}
		}
	}
	for k, list := range a.Lists {
		context[strings.ToLower(k)] = list
	}
	return context
}

// TagContext gives the condition keys of a resource's tags and of the tags in a request.
func TagContext(resource, request map[string]string) map[string]string {
	c := map[string]string{}
	for k, v := range resource {
		c["aws:ResourceTag/"+k] = v
	}
	for k, v := range request {
		c["aws:RequestTag/"+k] = v
	}
	return c
}
