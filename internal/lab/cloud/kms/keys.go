package kms

import (
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type metadata struct {
	AWSAccountId          string
	KeyId, Arn            string
	CreationDate          wire.Epoch
	Enabled               bool
	Description           string
	KeyUsage, KeyState    string
	DeletionDate          *wire.Epoch `json:",omitempty"`
	Origin, KeyManager    string
	CustomerMasterKeySpec string
	KeySpec               string
	EncryptionAlgorithms  []string
	MultiRegion           bool

	MultiRegionConfiguration *multiRegion `json:",omitempty"`
}

func (k *key) metadata() metadata {
	m := metadata{
		AWSAccountId:             k.account,
		KeyId:                    k.id,
		Arn:                      k.arn(),
		CreationDate:             wire.Epoch(k.created),
		Enabled:                  k.state == enabled,
		Description:              k.description,
		KeyUsage:                 "ENCRYPT_DECRYPT",
		KeyState:                 k.state,
		Origin:                   "AWS_KMS",
		KeyManager:               k.manager,
		CustomerMasterKeySpec:    "SYMMETRIC_DEFAULT",
		KeySpec:                  "SYMMETRIC_DEFAULT",
		EncryptionAlgorithms:     []string{"SYMMETRIC_DEFAULT"},
		MultiRegion:              k.multiRegion,
		MultiRegionConfiguration: k.configuration(),
	}
	if k.state == pendingDeletion {
		at := wire.Epoch(k.deletion)
		m.DeletionDate = &at
	}
	return m
}

func (s *Service) createKey(r *wire.Request) (any, error) {
	var in struct {
		Description, Policy, KeySpec, KeyUsage, Origin, CustomerMasterKeySpec string
		BypassPolicyLockoutSafetyCheck, MultiRegion                           bool
		Tags                                                                  []tag
	}
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	if (in.KeySpec != "" && in.KeySpec != "SYMMETRIC_DEFAULT") ||
		(in.KeyUsage != "" && in.KeyUsage != "ENCRYPT_DECRYPT") || (in.Origin != "" && in.Origin != "AWS_KMS") {
		return nil, wire.Unknown("keys other than symmetric ones of KMS's own material")
	}
	if err := s.iam.Authorize(r.Caller, iam.Access{
		Action:   "kms:CreateKey",
		Resource: "*",
		Context:  iam.TagContext(nil, fromTags(in.Tags)),
	}); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 {
		tagging := iam.Access{Action: "kms:TagResource", Resource: "*", Context: iam.TagContext(nil, fromTags(in.Tags))}
		if err := s.iam.Authorize(r.Caller, tagging); err != nil {
			return nil, err
		}
	}
	k := s.newKey(r.Caller.Account, r.Region, in.Description)
	k.tags, k.multiRegion = fromTags(in.Tags), in.MultiRegion
	if in.Policy == "" {
		in.Policy = rootPolicy(k.account)
		in.BypassPolicyLockoutSafetyCheck = true
	}
	if err := s.putPolicy(r.Caller, k, in.Policy, in.BypassPolicyLockoutSafetyCheck); err != nil {
		return nil, err
	}
	s.keys[k.arn()] = k
	return struct{ KeyMetadata metadata }{k.metadata()}, nil
}

// rootPolicy is what a key has that was made without one.
func rootPolicy(account string) string {
	return `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User ` +
		`Permissions","Effect":"Allow",` +
		`"Principal":{"AWS":"arn:aws:iam::` + account + `:root"},"Action":"kms:*","Resource":"*"}]}`
}

// putPolicy gives a key a policy, unless it locks out whoever puts it.
func (s *Service) putPolicy(c wire.Caller, k *key, text string, bypass bool) error {
	if len(text) > 32768 {
		return wire.Errorf("LimitExceededException", "The key policy is longer than 32768 bytes")
	}
	bound, err := s.iam.Bind(text, policy.Resource)
	if err != nil {
		return wire.Errorf("MalformedPolicyDocumentException", "%v", err)
	}
	old := k.policy
	k.policy = bound
	if err := s.authorize(c, k, "PutKeyPolicy", asked{}); err != nil && !bypass {
		k.policy = old
		return wire.Errorf("MalformedPolicyDocumentException",
			"The new key policy will not allow you to update the key policy in the future.")
	}
	return nil
}

type describeInput struct {
	ofKey
	GrantTokens []string
}

func (in describeInput) asked() asked { return asked{tokens: in.GrantTokens} }

func describeKey(_ *wire.Request, k *key, _ describeInput) (any, error) {
	return struct{ KeyMetadata metadata }{k.metadata()}, nil
}

func (s *Service) listKeys(r *wire.Request) (any, error) {
	var in pageInput
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	if err := s.iam.Authorize(r.Caller, iam.Access{Action: "kms:ListKeys", Resource: "*"}); err != nil {
		return nil, err
	}
	type entry struct{ KeyId, KeyArn string }
	all := []entry{}
	for _, arn := range wire.SortedKeys(s.keys) {
		if k := s.keys[arn]; k.account == r.Caller.Account && k.region == r.Region {
			all = append(all, entry{k.id, arn})
		}
	}
	return paged("Keys", all, in)
}

// setState is EnableKey and DisableKey.
func setState(state string) func(*wire.Request, *key, ofKey) (any, error) {
	return func(_ *wire.Request, k *key, _ ofKey) (any, error) {
		k.state = state
		return nil, nil
	}
}

type deletionInput struct {
	ofKey
	PendingWindowInDays int
}

func (s *Service) scheduleKeyDeletion(_ *wire.Request, k *key, in deletionInput) (any, error) {
	if in.PendingWindowInDays == 0 {
		in.PendingWindowInDays = 30
	}
	if in.PendingWindowInDays < 7 || in.PendingWindowInDays > 30 {
		return nil, wire.Errorf("ValidationException",
			"1 validation error detected: Value '%d' at 'pendingWindowInDays' failed to satisfy constraint: Member "+
				"must have value between 7 and 30", in.PendingWindowInDays)
	}
	k.state, k.deletion = pendingDeletion, s.clock.Now().Add(time.Duration(in.PendingWindowInDays)*24*time.Hour)
	return struct {
		KeyId, KeyState     string
		DeletionDate        wire.Epoch
		PendingWindowInDays int
	}{k.arn(), k.state, wire.Epoch(k.deletion), in.PendingWindowInDays}, nil
}

func cancelKeyDeletion(_ *wire.Request, k *key, _ ofKey) (any, error) {
	if k.state != pendingDeletion {
		return nil, wire.Errorf("KMSInvalidStateException", "%s is not pending deletion.", k.arn())
	}
	k.state = disabled
	return struct{ KeyId string }{k.arn()}, nil
}
