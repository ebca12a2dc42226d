package aws

import (
	"slices"
	"strconv"

	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// The spec says once who reads and writes a bucket, at the bucket or at the role; all policies follow from both.

func readers(p *spec.Project, b *spec.Bucket) []spec.Grantee {
	return grantees(p, b, b.Read, func(r *spec.IAMRole) []*spec.Bucket { return r.Read })
}

func writers(p *spec.Project, b *spec.Bucket) []spec.Grantee {
	return grantees(p, b, b.Write, func(r *spec.IAMRole) []*spec.Bucket { return r.Write })
}

func grantees(p *spec.Project, b *spec.Bucket, named []spec.Grantee,
	buckets func(*spec.IAMRole) []*spec.Bucket) []spec.Grantee {
	out := slices.Clone(named)
	for _, r := range p.IAMRoles {
		if slices.Contains(buckets(r), b) &&
			!slices.ContainsFunc(out, func(g spec.Grantee) bool { return g.Role == r }) {
			out = append(out, spec.Grantee{Role: r})
		}
	}
	return out
}

// wanted derives from the spec what each object has to be, in plain values.
type wanted struct{ *observed }

// roleARN returns the ARN of a role, which follows from its name.
func (w *wanted) roleARN(r *spec.IAMRole) string { return w.placeOf(r.In).Role(r.Path, r.Name) }

func (w *wanted) principal(g spec.Grantee) string {
	if g.Role != nil {
		return w.roleARN(g.Role)
	}
	return g.Text
}

func (w *wanted) principals(list []spec.Grantee) []string {
	var out []string
	for _, g := range list {
		if p := w.principal(g); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// createSteps returns the IDs of the steps that create the roles of a list.
func createSteps(list ...spec.Grantee) []string {
	var out []string
	for _, g := range list {
		if g.Role != nil {
			out = append(out, g.Role.Address()+".create")
		}
	}
	return out
}

// keyARN returns the ARN of a key, or the token of one that the plan creates. ok is false if neither is known.
func (w *wanted) keyARN(k *spec.KMSKey) (arn string, ok bool) {
	s := w.stateOf(&k.AWSObject)
	if s == nil || s.kms == nil {
		return "", false
	}
	if have := s.kms.Of(k, w.project.Name); have != nil {
		return have.ARN, true
	}
	return awsapi.Token(k.Address()), w.selected.Has(k.Address())
}

// isServerRole reports whether a cluster works with a role: a server reads objects, and opens no seal of a manifest.
func (w *wanted) isServerRole(g spec.Grantee) bool {
	return slices.ContainsFunc(w.project.Clusters, func(c *spec.Cluster) bool {
		return c.S3Import != nil && w.principal(*c.S3Import) == w.principal(g) ||
			c.S3Export != nil && w.principal(*c.S3Export) == w.principal(g)
	})
}

// key returns the policy of a key, and the steps that must come before it.
func (w *wanted) key(k *spec.KMSKey) (policy.Document, []string) {
	use := policy.KeyUse{Statements: w.statements(k.Statements)}
	encrypt, decrypt := slices.Clone(k.Encrypt), slices.Clone(k.Decrypt)
	for _, b := range w.project.Buckets {
		if b.Key == k {
			encrypt, decrypt = append(encrypt, writers(w.project, b)...), append(decrypt, readers(w.project, b)...)
		}
	}
	use.Encrypt, use.Decrypt = w.principals(encrypt), w.principals(decrypt)
	use.Seals = w.principals(slices.DeleteFunc(slices.Clone(decrypt), w.isServerRole))
	needs := append(createSteps(encrypt...), createSteps(decrypt...)...)
	for _, s := range k.Statements {
		needs = append(needs, createSteps(s.Principals...)...)
	}
	return numberSids(policy.ForKey(w.placeOf(k.In), use)), needs
}

// bucket returns the policy of a bucket, and the steps that must come before it.
func (w *wanted) bucket(b *spec.Bucket, key string) (policy.Document, []string) {
	write, read := writers(w.project, b), readers(w.project, b)
	needs := append(append(createSteps(write...), createSteps(read...)...), b.Key.Address()+".create")
	for _, s := range b.Statements {
		needs = append(needs, createSteps(s.Principals...)...)
	}
	return numberSids(policy.ForBucket(w.placeOf(b.In), policy.BucketUse{
		Name:       b.Name,
		Prefix:     b.Prefix,
		Key:        key,
		Write:      w.principals(write),
		Read:       w.principals(read),
		Statements: w.statements(b.Statements),
	})), needs
}

// permissions returns the inline policy of a role, and the steps that must come before it. lacking is a key whose ARN
// is unknown.
func (w *wanted) permissions(r *spec.IAMRole) (d policy.Document, needs []string, lacking *spec.KMSKey) {
	var list []policy.Access
	is := func(g spec.Grantee) bool { return g.Role == r }
	for _, b := range w.project.Buckets {
		a := policy.Access{
			At:     w.placeOf(b.In),
			Label:  b.Label + b.EachKey,
			Name:   b.Name,
			Prefix: b.Prefix,
			Write:  slices.ContainsFunc(writers(w.project, b), is),
			Read:   slices.ContainsFunc(readers(w.project, b), is),
		}
		if !a.Write && !a.Read || b.Key == nil {
			continue
		}
		a.Seals = a.Read && !w.isServerRole(spec.Grantee{Role: r})
		arn, ok := w.keyARN(b.Key)
		if !ok {
			lacking = b.Key
			continue
		}
		a.Key = arn
		list, needs = append(list, a), append(needs, b.Key.Address()+".create")
	}
	return numberSids(policy.ForRole(list, w.statements(r.Statements))), needs, lacking
}

// trust returns the trust policy of a role, and the steps that must come before it.
func (w *wanted) trust(r *spec.IAMRole) (policy.Document, []string) {
	var statements []policy.Statement
	var needs []string
	for _, t := range r.Trust {
		x := policy.Trust{Service: t.Service, Principals: w.principals(t.Principals), ExternalID: t.ExternalID}
		for _, c := range t.Clusters {
			if c.Cluster != nil {
				x.Clusters = append(x.Clusters, c.Cluster.Identifier)
			} else {
				x.Clusters = append(x.Clusters, c.Pattern)
			}
		}
		statements = append(statements, policy.ForTrust(w.placeOf(r.In), x))
		needs = append(needs, createSteps(t.Principals...)...)
	}
	return numberSids(policy.New(statements...)), needs
}

// numberSids numbers statements of the same name: AWS requires names to be unique.
func numberSids(d policy.Document) policy.Document {
	seen := map[string]bool{}
	for i := range d.Statements {
		name := d.Statements[i].Sid
		for n := 2; d.Statements[i].Sid != "" && seen[d.Statements[i].Sid]; n++ {
			d.Statements[i].Sid = name + strconv.Itoa(n)
		}
		seen[d.Statements[i].Sid] = true
	}
	return d
}

// statements returns the statements that the spec spells out.
func (w *wanted) statements(list []spec.PolicyStatement) []policy.Statement {
	var out []policy.Statement
	for _, s := range list {
		x := policy.Statement{
			Sid:          s.Sid,
			Effect:       s.Effect,
			Actions:      s.Actions,
			NotActions:   s.NotActions,
			Resources:    s.Resources,
			NotResources: s.NotResources,
		}
		for _, g := range s.Principals {
			x.Principals = append(x.Principals, w.anyPrincipal(g))
		}
		for _, c := range s.Conditions {
			x.Conditions = append(x.Conditions, policy.Condition{Operator: c.Operator, Key: c.Key, Values: c.Values})
		}
		out = append(out, x)
	}
	return out
}

func (w *wanted) anyPrincipal(g spec.Grantee) policy.Principal {
	p := policy.Principal{Type: "AWS", ID: w.principal(g)}
	if g.Role == nil && policy.IsService(g.Text) {
		p.Type = "Service"
	}
	return p
}
