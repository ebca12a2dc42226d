package kms

import (
	"maps"
	"slices"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// asked is what a request brings along beside its action.
type asked struct {
	encryption map[string]string // the encryption context
	tokens     []string          // of grants
	context    map[string]string // more condition keys
}

// authorize checks a caller's right to an action on a key: by the key's policy, with or without the caller's
// own, or by a grant.
func (s *Service) authorize(c wire.Caller, k *key, action string, a asked) error {
	context := iam.TagContext(k.tags, nil)
	maps.Copy(context, a.context)
	for name, value := range a.encryption {
		context["kms:EncryptionContext:"+name] = value
	}
	return s.iam.Authorize(c, iam.Access{
		Action:   "kms:" + action,
		Resource: k.arn(),
		Owner:    k.account,
		Policy:   k.policy,
		Closed:   true,
		Context:  context,
		Lists:    map[string][]string{"kms:ResourceAliases": s.named(k)},
		Granted:  slices.ContainsFunc(k.grants, func(g *grant) bool { return g.allows(c, action, a) }),
	})
}

// named gives the aliases of a key.
func (s *Service) named(k *key) []string {
	var names []string
	for _, arn := range wire.SortedKeys(s.aliases) {
		if a := s.aliases[arn]; a.key == k.arn() {
			names = append(names, a.name)
		}
	}
	return names
}

// acrossAccounts are the operations that take keys of other accounts.
var acrossAccounts = []string{
	"CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
	"GetKeyRotationStatus", "GetPublicKey", "ListGrants", "ReEncrypt", "RetireGrant", "RevokeGrant",
}

// keyFor finds the key that a request is about and checks the caller's right to its operation.
func (s *Service) keyFor(r *wire.Request, id string, a asked) (*key, error) {
	k, err := s.find(r.Caller.Account, r.Region, id)
	if err != nil {
		return nil, err
	}
	if k.account != r.Caller.Account && !slices.Contains(acrossAccounts, r.Operation) {
		return nil, &wire.Error{
			Code:   wire.AccessDenied,
			Status: 403,
			Message: "User: " + r.Caller.ARN + " is not authorized to perform: kms:" + r.Operation + " on resource: " +
				k.arn() + ": this operation does not take keys of other accounts",
		}
	}
	return k, s.authorize(r.Caller, k, r.Operation, a)
}

// change is keyFor for operations that change a key: AWS's own keys are not changed by anybody.
func (s *Service) change(r *wire.Request, id string, a asked) (*key, error) {
	k, err := s.keyFor(r, id, a)
	if err == nil && k.manager == "AWS" {
		return nil, &wire.Error{
			Code:   wire.AccessDenied,
			Status: 403,
			Message: "User: " + r.Caller.ARN + " is not authorized to perform: kms:" + r.Operation + " on resource: " +
				k.arn() + " because no resource-based policy allows it",
		}
	}
	return k, err
}

// alter is change where the key must not be about to be deleted.
func (s *Service) alter(r *wire.Request, id string, a asked) (*key, error) {
	k, err := s.change(r, id, a)
	if err == nil && k.state == pendingDeletion {
		return nil, k.usable()
	}
	return k, err
}
