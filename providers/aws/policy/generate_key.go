package policy

import (
	"maps"
	"slices"
)

// KeyUse is who may use a key for what.
type KeyUse struct {
	Encrypt, Decrypt []string // ARNs of roles
	// Seals are those that open the seals of manifests.
	Seals      []string
	Statements []Statement
}

// ForKey generates a key policy. The account's root keeps every right, or nobody could mend the policy any more; roles
// may use the key through S3 only, and directly look at it and, who reads, open the seals of manifests. Nobody is let
// in here who makes them: that takes a right of one's own in the key's account.
func ForKey(at Place, use KeyUse) Document {
	statements := []Statement{{
		Sid:        "Root",
		Effect:     "Allow",
		Principals: awsPrincipals(at.Root()),
		Actions:    []string{"kms:*"},
		Resources:  []string{"*"},
	}}
	add := func(sid string, roles []string, actions ...string) {
		byAccount := map[string][]string{}
		for _, r := range roles {
			byAccount[AccountOf(r)] = append(byAccount[AccountOf(r)], r)
		}
		for _, account := range slices.Sorted(maps.Keys(byAccount)) {
			statements = append(statements, Statement{
				Sid:        sid + "From" + account,
				Effect:     "Allow",
				Principals: awsPrincipals(byAccount[account]...),
				Actions:    actions,
				Resources:  []string{"*"},
				Conditions: []Condition{
					{"StringEquals", "kms:ViaService", []string{at.Service("s3")}},
					{"StringEquals", "kms:CallerAccount", []string{account}},
				},
			})
		}
	}
	add("EncryptThroughS3", use.Encrypt, "kms:GenerateDataKey", "kms:Decrypt")
	add("DecryptThroughS3", use.Decrypt, "kms:Decrypt")
	if openers := sortedSet(use.Seals); len(openers) > 0 {
		// Asked for directly, and for the keys of seals alone: what S3 encrypts has another context.
		statements = append(statements, Statement{
			Sid:        "OpenSeals",
			Effect:     "Allow",
			Principals: awsPrincipals(openers...),
			Actions:    []string{"kms:Decrypt"},
			Resources:  []string{"*"},
			Conditions: []Condition{OfSeals()},
		})
	}
	if everybody := sortedSet(slices.Concat(use.Encrypt, use.Decrypt)); len(everybody) > 0 {
		// A statement of its own. Inferred: asked for directly, a key is not used through S3.
		statements = append(statements, Statement{
			Sid:        "Describe",
			Effect:     "Allow",
			Principals: awsPrincipals(everybody...),
			Actions:    []string{"kms:DescribeKey"},
			Resources:  []string{"*"},
		})
	}
	return New(append(statements, use.Statements...)...)
}

// OfSeals limits a right on a key to the data keys that manifests are sealed with.
func OfSeals() Condition {
	return Condition{"StringEquals", "kms:EncryptionContext:shoji-seal", []string{"manifest"}}
}

// LocksOut reports whether a key policy would keep the account's root from changing it again. KMS refuses some of these
// itself, but not all.
func LocksOut(at Place, d Document) bool {
	mend := atom{principal: Principal{"AWS", at.Root()}, action: "kms:putkeypolicy", resource: "*"}
	touches := func(a atom) bool {
		a.conditions = nil
		return a.covers(mend)
	}
	return !slices.ContainsFunc(d.atoms("Allow"), func(a atom) bool { return a.covers(mend) }) ||
		slices.ContainsFunc(d.atoms("Deny"), touches)
}

func awsPrincipals(arns ...string) []Principal {
	out := make([]Principal, len(arns))
	for i, a := range arns {
		out[i] = Principal{"AWS", a}
	}
	return out
}
