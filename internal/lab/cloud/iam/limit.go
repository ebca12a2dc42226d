package iam

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// LimitUser sets the permissions boundary of a user, "" takes it away. What it does not allow, no policy of the user
// does.
func (s *Service) LimitUser(accountID, name, boundary string) error {
	a := s.accounts[accountID]
	if a == nil || a.users[name] == nil {
		return wire.NotFoundf("NoSuchEntity", "The user with name %s cannot be found.", name)
	}
	return limit(&a.users[name].boundary, boundary)
}

// LimitRole sets the permissions boundary of a role, "" takes it away.
func (s *Service) LimitRole(arn, boundary string) error {
	r := s.Role(arn)
	if r == nil {
		return wire.NotFoundf("NoSuchEntity", "The role %s cannot be found.", arn)
	}
	return limit(&r.boundary, boundary)
}

// LimitAccount sets the service control policy of an account, "" takes it away. It is for everybody in the account,
// root too.
func (s *Service) LimitAccount(accountID, control string) error {
	a := s.accounts[accountID]
	if a == nil {
		return noSuchAccount(accountID)
	}
	return limit(&a.control, control)
}

func limit(into **policy.Document, text string) error {
	if text == "" {
		*into = nil
		return nil
	}
	parsed, err := policy.Parse(text, policy.Identity)
	*into = parsed
	return err
}

// within returns what a limit says of a request: Allowed where there is none.
func within(limit *policy.Document, r policy.Request) policy.Effect {
	if limit == nil {
		return policy.Allowed
	}
	return limit.Identity(r)
}

// remember notes that a principal was asked for an action.
func (s *Service) remember(principal, action string) {
	if s.asked[principal] == nil {
		s.asked[principal] = map[string]bool{}
	}
	s.asked[principal][action] = true
}

// Asked lists the actions that a user or role was asked for so far, sorted: those that its calls need, whether it had
// them or not.
func (s *Service) Asked(principal string) []string {
	var out []string
	for action := range s.asked[principal] {
		out = append(out, action)
	}
	slices.Sort(out)
	return out
}
