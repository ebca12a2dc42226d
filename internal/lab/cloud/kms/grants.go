package kms

import (
	"slices"
	"strings"
	"time"

	"github.com/shoji-pg/shoji/internal/lab/cloud/iam"
	"github.com/shoji-pg/shoji/internal/lab/cloud/wire"
)

type constraints struct {
	EncryptionContextEquals, EncryptionContextSubset map[string]string `json:",omitempty"`
}

type grant struct {
	id, token, name   string
	grantee, retiring string
	issuer            string
	operations        []string
	constraints       constraints
	created           time.Time
	usable            *wire.Pending
}

// maximumGrants is KMS's quota for a key.
const maximumGrants = 50000

// allows says whether the grant lets a caller do an action.
func (g *grant) allows(c wire.Caller, action string, a asked) bool {
	if g.grantee != c.ARN && (c.Role == "" || g.grantee != c.Role) || !slices.Contains(g.operations, action) {
		return false
	}
	if !slices.Contains(a.tokens, g.token) && !g.usable.Look() {
		return false
	}
	for k, v := range g.constraints.EncryptionContextSubset {
		if a.encryption[k] != v {
			return false
		}
	}
	if equals := g.constraints.EncryptionContextEquals; equals != nil {
		if len(equals) != len(a.encryption) {
			return false
		}
		for k, v := range equals {
			if a.encryption[k] != v {
				return false
			}
		}
	}
	return true
}

var errDryRun = wire.Errorf("DryRunOperationException",
	"The request would have succeeded, but the DryRun option is set.")

var grantOperations = []string{
	"CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
	"ReEncryptFrom", "ReEncryptTo", "RetireGrant",
}

type createGrantInput struct {
	ofKey
	GranteePrincipal, RetiringPrincipal, Name string
	Operations, GrantTokens                   []string
	Constraints                               constraints
	DryRun                                    bool
}

func (in createGrantInput) asked() asked {
	return asked{
		tokens:  in.GrantTokens,
		context: map[string]string{"kms:GranteePrincipal": in.GranteePrincipal, "kms:GrantIsForAWSResource": "false"},
	}
}

func (s *Service) createGrant(r *wire.Request, k *key, in createGrantInput) (any, error) {
	if err := k.usable(); err != nil {
		return nil, err
	}
	if !s.iam.Known(in.GranteePrincipal) || in.RetiringPrincipal != "" && !s.iam.Known(in.RetiringPrincipal) {
		return nil, wire.Errorf("InvalidArnException", "ARN does not refer to a valid principal: %s",
			in.GranteePrincipal)
	}
	for _, op := range in.Operations {
		if !slices.Contains(grantOperations, op) {
			return nil, wire.Errorf("ValidationException",
				"1 validation error detected: Value '%s' at 'operations' failed to satisfy constraint", op)
		}
	}
	if len(k.grants) >= maximumGrants {
		return nil, wire.Errorf("LimitExceededException", "The key has %d grants", maximumGrants)
	}
	if in.DryRun {
		return nil, errDryRun
	}
	for _, g := range k.grants {
		// A grant of the same name and content is the same grant.
		if in.Name != "" && g.name == in.Name && g.grantee == in.GranteePrincipal &&
			slices.Equal(g.operations, in.Operations) {
			return struct{ GrantId, GrantToken string }{g.id, g.token}, nil
		}
	}
	g := &grant{
		id:          wire.RandomHex(32),
		token:       wire.RandomHex(32),
		name:        in.Name,
		grantee:     in.GranteePrincipal,
		retiring:    in.RetiringPrincipal,
		issuer:      "arn:aws:iam::" + r.Caller.Account + ":root",
		operations:  in.Operations,
		constraints: in.Constraints,
		created:     s.clock.Now(),
		usable:      s.settle.Begin(s.clock),
	}
	k.grants = append(k.grants, g)
	return struct{ GrantId, GrantToken string }{g.id, g.token}, nil
}

type grantPage struct {
	keyPage
	GrantId, GranteePrincipal string
}

func listGrants(_ *wire.Request, k *key, in grantPage) (any, error) {
	type entry struct {
		KeyId, GrantId, Name, GranteePrincipal, IssuingAccount string
		RetiringPrincipal                                      string `json:",omitempty"`
		Operations                                             []string
		Constraints                                            constraints
		CreationDate                                           wire.Epoch
	}
	all := []entry{}
	for _, g := range k.grants {
		if (in.GrantId == "" || in.GrantId == g.id) && (in.GranteePrincipal == "" || in.GranteePrincipal == g.grantee) {
			all = append(all, entry{
				k.arn(), g.id, g.name, shown(g.grantee, k.region), g.issuer, g.retiring, g.operations, g.constraints,
				wire.Epoch(g.created),
			})
		}
	}
	return paged("Grants", all, in.pageInput)
}

// shown is the grantee as a list of grants gives it: of a service that works with a role of its own, the service's
// name.
func shown(grantee, region string) string {
	if _, role, linked := strings.Cut(grantee, ":role/aws-service-role/"); linked {
		service, _, _ := strings.Cut(role, ".")
		return service + "." + region + ".amazonaws.com"
	}
	return grantee
}

type grantInput struct {
	ofKey
	GrantId, GrantToken string
	DryRun              bool
}

func revokeGrant(_ *wire.Request, k *key, in grantInput) (any, error) {
	return nil, k.drop(in, func(g *grant) bool { return g.id == in.GrantId })
}

// retireGrant is for the principals that the grant names; others need a policy.
func (s *Service) retireGrant(r *wire.Request) (any, error) {
	var in grantInput
	if err := r.DecodeJSON(&in); err != nil {
		return nil, err
	}
	match := func(g *grant) bool { return g.id == in.GrantId || in.GrantToken != "" && g.token == in.GrantToken }
	for _, arn := range wire.SortedKeys(s.keys) {
		k := s.keys[arn]
		i := slices.IndexFunc(k.grants, match)
		if i < 0 {
			continue
		}
		g, c := k.grants[i], r.Caller
		if g.retiring != c.ARN && (c.Role == "" || g.retiring != c.Role) && !g.allows(c, "RetireGrant", asked{}) {
			if err := s.iam.Authorize(c, iam.Access{
				Action:   "kms:RetireGrant",
				Resource: arn,
				Owner:    k.account,
				Policy:   k.policy,
				Closed:   true,
			}); err != nil {
				return nil, err
			}
		}
		return nil, k.drop(in, match)
	}
	return nil, wire.Errorf("NotFoundException", "Grant not found")
}

func (k *key) drop(in grantInput, match func(*grant) bool) error {
	i := slices.IndexFunc(k.grants, match)
	switch {
	case i < 0:
		return wire.Errorf("NotFoundException", "Grant ID %s not found", in.GrantId)
	case in.DryRun:
		return errDryRun
	}
	k.grants = slices.Delete(k.grants, i, i+1)
	return nil
}

// Grant is what a service that works on for a caller does: RDS takes one for each cluster's storage. It gives the
// grant's id.
func (s *Service) Grant(c wire.Caller, region, id, grantee string, operations ...string) (string, error) {
	context := map[string]string{"kms:GrantIsForAWSResource": "true", "kms:GranteePrincipal": grantee}
	arn, err := s.Use(c, region, id, context, "DescribeKey", "CreateGrant")
	if err != nil {
		return "", err
	}
	g := &grant{
		id:         wire.RandomHex(32),
		token:      wire.RandomHex(32),
		grantee:    grantee,
		retiring:   grantee,
		issuer:     "arn:aws:iam::" + c.Account + ":root",
		operations: operations,
		created:    s.clock.Now(),
	}
	s.keys[arn].grants = append(s.keys[arn].grants, g)
	return g.id, nil
}

// Release takes a service's grant back, when what it was for is gone.
func (s *Service) Release(keyARN, id string) {
	if k := s.keys[keyARN]; k != nil {
		k.grants = slices.DeleteFunc(k.grants, func(g *grant) bool { return g.id == id })
	}
}
