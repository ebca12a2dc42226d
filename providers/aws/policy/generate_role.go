package policy

import "strings"

// Access is what a role does in one bucket.
type Access struct {
	At          Place  // of the bucket
	Label       string // of the bucket in the spec, for the names of statements
	Name        string
	Prefix      string
	Key         string // the ARN of the bucket's key, "" without one
	Write, Read bool
	// Seals: it opens the seals of manifests, as who imports does and a server does not.
	Seals bool
}

// ForRole generates what a role itself is allowed: its buckets' prefixes and, through S3, their keys. Never "*": a role
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

// Sid makes the name of a statement of words.
func Sid(words string) string { return camelCase(words) }

// camelCase makes a name of letters and digits, which is all that a Sid of IAM may have.
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

// ForConnect generates one statement that lets users of a database connect with a token. It is about one cluster: a
// clone has another resource ID.
func ForConnect(at Place, label, resourceID string, users []string) Statement {
	s := Statement{Sid: "Connect" + camelCase(label), Effect: "Allow", Actions: []string{"rds-db:connect"}}
	for _, u := range users {
		s.Resources = append(s.Resources, at.DatabaseUser(resourceID, u))
	}
	return s
}
