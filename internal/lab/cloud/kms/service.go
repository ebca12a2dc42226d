// Package kms is the lab's KMS: keys with policies and grants, whose state and rights other services ask for too.
package kms

import (
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/policy"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

// Service holds the keys of every account and region. Its methods want the cloud's lock held.
type Service struct {
	clock   wire.Clock
	settle  wire.Settle
	iam     *iam.Service
	keys    map[string]*key   // by ARN
	aliases map[string]*alias // by ARN
}

type key struct {
	id, account, region, description string
	created                          time.Time
	state                            string
	deletion                         time.Time
	rotation                         bool
	rotationDays                     int
	policy                           *iam.Bound
	tags                             map[string]string
	material                         [32]byte
	grants                           []*grant
	manager                          string
	multiRegion                      bool
	primary                          *key   // of a replica
	replicas                         []*key // of a primary
}

type alias struct {
	name, arn, key   string
	created, updated time.Time
}

// The states that a key can be in here.
const (
	enabled         = "Enabled"
	disabled        = "Disabled"
	pendingDeletion = "PendingDeletion"
)

func (k *key) arn() string { return "arn:aws:kms:" + k.region + ":" + k.account + ":key/" + k.id }

// New makes a service without keys. settle is how long a grant takes until it works without its token.
func New(clock wire.Clock, settle wire.Settle, identities *iam.Service) *Service {
	return &Service{
		clock:   clock,
		settle:  settle,
		iam:     identities,
		keys:    map[string]*key{},
		aliases: map[string]*alias{},
	}
}

func (s *Service) newKey(account, region, description string) *key {
	id := wire.RandomHex(16)
	k := &key{
		id:           strings.Join([]string{id[:8], id[8:12], id[12:16], id[16:20], id[20:]}, "-"),
		account:      account,
		region:       region,
		description:  description,
		created:      s.clock.Now(),
		state:        enabled,
		rotationDays: 365,
		tags:         map[string]string{},
		manager:      "CUSTOMER",
	}
	_, _ = rand.Read(k.material[:]) // it never fails: crypto/rand ends the process instead
	return k
}

// AWSManaged gives the ARN of the key that AWS keeps for a service in an account: aws/s3, aws/rds. Nobody can change
// its policy, which lets in the account's own principals through that service alone: it is of no use across accounts.
func (s *Service) AWSManaged(account, region, service string) string {
	arn := aliasARN(account, region, "alias/aws/"+service)
	if a := s.aliases[arn]; a != nil {
		return a.key
	}
	k := s.newKey(account, region, "Default key that protects my data when no other key is defined for "+service)
	k.manager = "AWS"
	k.policy = s.must(fmt.Sprintf(`{"Version":"2012-10-17","Id":"auto-%s","Statement":[{"Sid":"Allow access through `+
		`%[1]s for all principals in the account that are authorized to use %[1]s","Effect":"Allow",`+
		`"Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*",`+
		`"kms:CreateGrant","kms:DescribeKey"],"Resource":"*",`+
		`"Condition":{"StringEquals":{"kms:CallerAccount":"%[2]s","kms:ViaService":"%[1]s.%[3]s.amazonaws.com"}}},`+
		`{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow",`+
		`"Principal":{"AWS":"arn:aws:iam::%[2]s:root"},"Action":["kms:Describe*","kms:Get*","kms:List*",`+
		`"kms:RevokeGrant"],"Resource":"*"}]}`, service, account, region))
	s.keys[k.arn()] = k
	s.aliases[arn] = &alias{
		name:    "alias/aws/" + service,
		arn:     arn,
		key:     k.arn(),
		created: k.created,
		updated: k.created,
	}
	return k.arn()
}

// must binds a policy that this package wrote.
func (s *Service) must(text string) *iam.Bound {
	b, err := s.iam.Bind(text, policy.Resource)
	if err != nil {
		panic(err)
	}
	return b
}

func aliasARN(account, region, name string) string {
	return "arn:aws:kms:" + region + ":" + account + ":" + name
}

// find resolves an id, ARN, alias or ARN of an alias, as a client in an account and region gives it.
func (s *Service) find(account, region, id string) (*key, error) {
	arn := id
	switch {
	case strings.HasPrefix(id, "alias/"):
		arn = aliasARN(account, region, id)
	case !strings.HasPrefix(id, "arn:"):
		arn = "arn:aws:kms:" + region + ":" + account + ":key/" + id
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "kms" {
		return nil, wire.Errorf("InvalidArnException", "Invalid keyId '%s'", id)
	}
	if parts[3] != region {
		return nil, wire.Errorf("NotFoundException", "Invalid arn %s", parts[3])
	}
	if strings.HasPrefix(parts[5], "alias/") {
		if s.aliases[arn] == nil {
			return nil, wire.Errorf("NotFoundException", "Alias %s is not found.", arn)
		}
		arn = s.aliases[arn].key
	}
	k := s.keys[arn]
	if k != nil && k.state == pendingDeletion && !s.clock.Now().Before(k.deletion) {
		s.forget(k)
		k = nil
	}
	if k == nil {
		return nil, wire.Errorf("NotFoundException", "Key '%s' does not exist", arn)
	}
	return k, nil
}

// forget deletes a key whose time came, and its aliases.
func (s *Service) forget(k *key) {
	delete(s.keys, k.arn())
	for arn, a := range s.aliases {
		if a.key == k.arn() {
			delete(s.aliases, arn)
		}
	}
}

// usable says whether a key's state lets it do its work.
func (k *key) usable() error {
	switch k.state {
	case disabled:
		return wire.Errorf("DisabledException", "%s is disabled.", k.arn())
	case pendingDeletion:
		return wire.Errorf("KMSInvalidStateException", "%s is pending deletion.", k.arn())
	}
	return nil
}

// Use is how another service works with a key for a caller: each action must be allowed, and the key be
// enabled. It gives the key's ARN.
func (s *Service) Use(c wire.Caller, region, id string, context map[string]string, actions ...string) (string, error) {
	k, err := s.find(c.Account, region, id)
	if err != nil {
		return "", err
	}
	for _, action := range actions {
		if err := s.authorize(c, k, action, asked{context: context}); err != nil {
			return "", err
		}
	}
	return k.arn(), k.usable()
}

// Enabled says whether a key exists and does its work.
func (s *Service) Enabled(arn string) bool {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 {
		return false
	}
	k, err := s.find(parts[4], parts[3], arn)
	return err == nil && k.usable() == nil
}
