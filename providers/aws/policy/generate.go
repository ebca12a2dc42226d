package policy

import (
	"maps"
	"slices"
	"strings"
)

// KeyUse is who may use a key for what.
type KeyUse struct {
	Encrypt, Decrypt []string // ARNs of roles
	// Seals are who opens the seals of manifests.
	Seals      []string
	Statements []Statement
}

// ForKey returns a key policy. The account's root keeps every right, or nobody could repair the policy any more. Roles
// may use the key through S3 only, and directly describe it and, if they read, open the seals of manifests. Making
// seals takes a right of one's own in the account of the key.
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
		// Directly, and for the keys of seals alone: what S3 encrypts has another context.
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
		// A separate statement. Inferred: DescribeKey does not go through S3.
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

// LocksOut reports whether a key policy would keep the account's root from changing it again. KMS refuses some of those
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

// BucketUse is who may do what in a bucket, and the key of its objects.
type BucketUse struct {
	Name, Prefix string
	Key          string // the ARN of the key, "" if there is none
	Write, Read  []string
	Statements   []Statement
}

// ForBucket returns a bucket policy: nothing without TLS, no object under another key, and the roles in their prefix
// only. Inferred: aws_s3 uses TLS.
func ForBucket(at Place, use BucketUse) Document {
	bucket := at.Bucket(use.Name)
	objects := bucket + "/" + use.Prefix + "*"
	everybody := []Principal{{"AWS", "*"}}
	statements := []Statement{{
		Sid:        "DenyWithoutTLS",
		Effect:     "Deny",
		Principals: everybody,
		Actions:    []string{"s3:*"},
		Resources:  []string{bucket, bucket + "/*"},
		Conditions: []Condition{{"Bool", "aws:SecureTransport", []string{"false"}}},
	}}
	if use.Key != "" {
		const key = "s3:x-amz-server-side-encryption-aws-kms-key-id"
		statements = append(statements,
			Statement{
				Sid:        "DenyOtherEncryption",
				Effect:     "Deny",
				Principals: everybody,
				Actions:    []string{"s3:PutObject"},
				Resources:  []string{bucket + "/*"},
				Conditions: []Condition{
					{"StringNotEquals", "s3:x-amz-server-side-encryption", []string{"aws:kms"}},
					{"Null", "s3:x-amz-server-side-encryption", []string{"false"}},
				},
			},
			// Without a key in the request, the bucket's is used. A negated condition would be true for that too, hence
			// the Null.
			Statement{
				Sid:        "DenyOtherKeys",
				Effect:     "Deny",
				Principals: everybody,
				Actions:    []string{"s3:PutObject"},
				Resources:  []string{bucket + "/*"},
				Conditions: []Condition{{"StringNotEquals", key, []string{use.Key}}, {"Null", key, []string{"false"}}},
			})
	}
	if len(use.Write) > 0 {
		statements = append(statements, Statement{
			Sid:        "Write",
			Effect:     "Allow",
			Principals: awsPrincipals(use.Write...),
			Actions:    writeActions(),
			Resources:  []string{objects},
		})
	}
	if len(use.Read) > 0 {
		statements = append(statements,
			Statement{
				Sid:        "Read",
				Effect:     "Allow",
				Principals: awsPrincipals(use.Read...),
				Actions:    []string{"s3:GetObject"},
				Resources:  []string{objects},
			},
			Statement{
				Sid:        "List",
				Effect:     "Allow",
				Principals: awsPrincipals(use.Read...),
				Actions:    []string{"s3:ListBucket"},
				Resources:  []string{bucket},
				Conditions: underPrefix(use.Prefix),
			})
	}
	return New(append(statements, use.Statements...)...)
}

func writeActions() []string { return []string{"s3:PutObject", "s3:AbortMultipartUpload"} }

// underPrefix limits a listing to a prefix.
func underPrefix(prefix string) []Condition {
	return []Condition{{"StringLike", "s3:prefix", []string{prefix + "*"}}}
}

// Access is what a role does in one bucket.
type Access struct {
	At          Place  // of the bucket
	Label       string // of the bucket in the spec, for the names of statements
	Name        string
	Prefix      string
	Key         string // the ARN of the bucket's key, "" if there is none
	Write, Read bool
	// Seals is set if it opens the seals of manifests, as an import does and a server does not.
	Seals bool
}

// ForRole returns what a role itself is allowed: its buckets' prefixes and, through S3, their keys. Never "*": a role
// that may write anywhere can export to anybody's bucket.
func ForRole(list []Access, more []Statement) Document {
	var statements []Statement
	add := func(sid string, a Access, resource string, conditions []Condition, actions ...string) {
		statements = append(statements, Statement{
			Sid:        sid + camelCase(a.Label),
			Effect:     "Allow",
			Actions:    actions,
			Resources:  []string{resource},
			Conditions: conditions,
		})
	}
	for _, a := range list {
		bucket := a.At.Bucket(a.Name)
		objects := bucket + "/" + a.Prefix + "*"
		through := []Condition{{"StringEquals", "kms:ViaService", []string{a.At.Service("s3")}}}
		if a.Write {
			add("Write", a, objects, nil, writeActions()...)
		}
		if a.Read {
			add("Read", a, objects, nil, "s3:GetObject")
			add("List", a, bucket, underPrefix(a.Prefix), "s3:ListBucket")
		}
		if a.Key == "" {
			continue
		}
		if a.Write {
			add("Encrypt", a, a.Key, through, "kms:GenerateDataKey", "kms:Decrypt")
		} else {
			add("Decrypt", a, a.Key, through, "kms:Decrypt")
		}
		if a.Seals {
			add("Seal", a, a.Key, []Condition{OfSeals()}, "kms:Decrypt")
		}
		add("Describe", a, a.Key, nil, "kms:DescribeKey")
	}
	return New(append(statements, more...)...)
}

// Sid returns the name of a statement, made of words.
func Sid(words string) string { return camelCase(words) }

// camelCase returns a name of letters and digits, which is all that IAM accepts in a Sid.
func camelCase(s string) string {
	var b strings.Builder
	up := true
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z' && up:
			b.WriteRune(r - 'a' + 'A')
			up = false
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			b.WriteRune(r)
			up = false
		default:
			up = true
		}
	}
	return b.String()
}

// ForConnect returns a statement that lets users of a database connect with a token. It is about one cluster: a clone
// has another resource ID.
func ForConnect(at Place, label, resourceID string, users []string) Statement {
	s := Statement{Sid: "Connect" + camelCase(label), Effect: "Allow", Actions: []string{"rds-db:connect"}}
	for _, u := range users {
		s.Resources = append(s.Resources, at.DatabaseUser(resourceID, u))
	}
	return s
}

// Trust is one kind of principal that may assume a role.
type Trust struct {
	Service    string   // "rds.amazonaws.com"
	Clusters   []string // of RDS: identifiers or patterns of them; nil: all of the account and region
	Principals []string // ARNs or account IDs
	ExternalID string
}

// ForTrust returns the statement of a trust policy. A service is trusted for this account's resources only: it works
// for every other customer too. Inferred: RDS sends the ARN of a clone like that of any cluster, so that a pattern of
// names lets clones in.
func ForTrust(at Place, t Trust) Statement {
	s := Statement{Effect: "Allow", Actions: []string{"sts:AssumeRole"}}
	if t.Service == "" {
		s.Sid, s.Principals = "Assume", awsPrincipals(t.Principals...)
		if t.ExternalID != "" {
			s.Conditions = []Condition{{"StringEquals", "sts:ExternalId", []string{t.ExternalID}}}
		}
		return s
	}
	s.Principals = []Principal{{"Service", t.Service}}
	var from []string
	switch t.Service {
	case "rds.amazonaws.com":
		s.Sid = "RDS"
		for _, c := range t.Clusters {
			from = append(from, at.Cluster(c))
		}
		if len(from) == 0 {
			from = []string{at.Cluster("*")}
		}
	case "ecs-tasks.amazonaws.com":
		s.Sid, from = "ECS", []string{"arn:" + at.Partition + ":ecs:" + at.Region + ":" + at.Account + ":*"}
	case "ec2.amazonaws.com": // an instance sends no source
		s.Sid = "EC2"
		return s
	default:
		s.Sid = camelCase(t.Service)
		s.Conditions = []Condition{{"StringEquals", "aws:SourceAccount", []string{at.Account}}}
		return s
	}
	s.Conditions = []Condition{
		{"StringEquals", "aws:SourceAccount", []string{at.Account}},
		{"ArnLike", "aws:SourceArn", from},
	}
	return s
}
