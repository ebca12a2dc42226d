package kms

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Grant lets somebody use a key although its policy does not say so.
type Grant struct {
	ID, Grantee string
	// Issuer is the account that issued it.
	Issuer     string
	Operations []string
	// service is the service of AWS that holds it.
	service string
}

// readGrants reads the grants of a key. Left out are those that a service of AWS holds because somebody of the key's
// own account uses it with the key: RDS has one for each cluster, snapshot and clone. KMS names the service as the
// grantee then; inferred: or the role that is linked to it.
func (k *Key) readGrants(ctx context.Context, a *awsapi.Account) error {
	for p := kms.NewListGrantsPaginator(a.KMS, &kms.ListGrantsInput{KeyId: &k.ARN}); p.HasMorePages(); {
		page, err := p.NextPage(ctx)
		if awsapi.Is(err, "AccessDeniedException") {
			k.Unseen = append(k.Unseen, "kms:ListGrants")
			return nil
		}
		if err != nil {
			return a.Explain(err, k.ARN)
		}
		for _, x := range page.Grants {
			switch g := grantOf(x); {
			case g.service == "":
				k.Grants = append(k.Grants, g)
			case g.Issuer != "" && g.Issuer != policy.AccountOf(k.ARN):
				k.serviceGrants = append(k.serviceGrants, g)
			}
		}
	}
	slices.SortFunc(k.Grants, func(a, b Grant) int { return strings.Compare(a.Grantee+a.ID, b.Grantee+b.ID) })
	return nil
}

func grantOf(x types.GrantListEntry) Grant {
	g := Grant{
		ID:      aws.ToString(x.GrantId),
		Grantee: aws.ToString(x.GranteePrincipal),
		Issuer:  aws.ToString(x.IssuingAccount),
	}
	if policy.IsARN(g.Issuer) {
		g.Issuer = policy.AccountOf(g.Issuer)
	}
	for _, o := range x.Operations {
		g.Operations = append(g.Operations, string(o))
	}
	slices.Sort(g.Operations)
	g.service = aws.ToString(x.GranteeServicePrincipal)
	switch _, role, linked := strings.Cut(g.Grantee, ":role/aws-service-role/"); {
	case linked: // a role that only the service can assume
		g.service, _, _ = strings.Cut(role, "/")
	case g.service == "" && policy.IsService(g.Grantee):
		g.service = g.Grantee
	}
	if g.Grantee == "" {
		g.Grantee = g.service
	}
	return g
}

// reads reports whether a grant lets its grantee, or somebody it chooses, read what the key encrypts.
func (g Grant) reads() bool {
	return slices.ContainsFunc(g.Operations, func(o string) bool {
		return slices.Contains([]types.GrantOperation{
			types.GrantOperationDecrypt,
			types.GrantOperationReEncryptFrom,
			types.GrantOperationCreateGrant,
		}, types.GrantOperation(o))
	})
}

// bypasses describes what bypasses the policy of a key. ours reports whether an account is in the spec.
func (k *Key) bypasses(ours func(account string) bool) []object.Bypass {
	var out []object.Bypass
	for _, g := range slices.Concat(k.Grants, k.serviceGrants) {
		if g.service != "" && ours(g.Issuer) {
			continue // for a copy in another account of the spec
		}
		out = append(out, object.Bypass{
			What: "grant " + g.ID + " of account " + g.Issuer + " gives " + g.Grantee + " " +
				strings.Join(g.Operations, ", "),
			Mend: "Revoke it (aws kms revoke-grant --key-id " + k.ARN + " --grant-id " + g.ID +
				"), or name who needs the key in decrypt or encrypt of the block",
			Exposes: g.reads(),
		})
	}
	for _, arn := range k.Replicas {
		out = append(out, object.Bypass{
			What:    "its replica " + arn + " decrypts the same data, and has a policy and grants of its own",
			Mend:    "Delete the replica, or keep its policy as narrow",
			Exposes: true,
		})
	}
	return out
}
