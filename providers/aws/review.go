package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/aws/kms"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/providers/aws/rds"
	"github.com/shoji-pg/shoji/spec"
)

// Compare returns what two specs say otherwise of the objects in accounts, without an account: policies are compared as
// they would be generated, statement by statement.
func Compare(base, head *spec.Project) []engine.Difference {
	c := &comparison{was: offline(base), is: offline(head)}
	c.keys()
	c.buckets()
	c.roles()
	c.policies()
	c.clusters()
	c.parameterGroups()
	return c.found
}

// offline returns what each object of a spec has to be, as far as that can be known without an account: a key is named
// by its alias.
func offline(p *spec.Project) *wanted {
	o := &observed{project: p, blocks: map[string]*accountState{}}
	for _, block := range p.AWS {
		o.blocks[block.Address()] = &accountState{kms: &kms.State{Keys: map[string]*kms.Key{}}}
	}
	for _, k := range p.KMSKeys {
		if s := o.stateOf(&k.AWSObject); s != nil {
			s.kms.Keys[k.Alias] = &kms.Key{ARN: k.Alias}
		}
	}
	return &wanted{o}
}

// comparison is one call of Compare.
type comparison struct {
	was, is *wanted
	found   []engine.Difference
}

// objectName is what an object is known by in its account, whatever its block is called.
func objectName(x *spec.AWSObject, name string) string {
	if x.In == nil {
		return name
	}
	return x.In.Account + " " + x.In.Region + " " + name
}

// add adds a difference of an object.
func (c *comparison) add(kind engine.SubjectKind, v engine.Verdict, x *spec.AWSObject, subject string,
	before, after *engine.Stance, meaning string) *engine.Difference {
	at := x.Range
	c.found = append(c.found, engine.Difference{
		Verdict: v,
		Kind:    kind,
		Address: x.Address(),
		Subject: subject,
		Before:  before,
		After:   after,
		Meaning: meaning,
		Range:   &at,
	})
	return &c.found[len(c.found)-1]
}

func stance(text string) *engine.Stance {
	if text == "" {
		return nil
	}
	return &engine.Stance{Text: text}
}

// there adds a difference where only one side has an object, and reports whether both have it. What is removed from the
// spec stays in the account unless the block says otherwise.
func (c *comparison) there(kind engine.SubjectKind, was, is *spec.AWSObject, name, means string) bool {
	switch {
	case was == nil:
		c.add(kind, engine.New, is, "", nil, stance(name), means)
	case is == nil:
		meaning := "it is no longer managed, and stays in the account"
		if was.OnRemove == "delete" {
			meaning = "it is deleted"
		}
		c.add(kind, engine.Gone, was, "", stance(name), nil, meaning)
	}
	return was != nil && is != nil
}

// documents compares two policies of an object statement by statement. who says what they are about: "the key".
func (c *comparison) documents(kind engine.SubjectKind, x *spec.AWSObject, label string, was, is policy.Document,
	fresh bool, who string) {
	wider, narrower := policy.Widened(was, is), policy.Narrowed(was, is)
	of := func(s *policy.Statement) policy.Document {
		if s == nil {
			return policy.New()
		}
		return policy.New(*s)
	}
	for _, change := range policy.Diff(was, is) {
		var before, after *engine.Stance
		if change.Before != nil {
			before = stance(change.Before.Text())
		}
		if change.After != nil {
			after = stance(change.After.Text())
		}
		d := c.add(kind, engine.Other, x, label+" "+change.Name, before, after,
			"nobody gains or loses anything on "+who)
		if change.Before != nil && change.After != nil {
			d.Lines = change.Lines
		}
		more, less := policy.Widened(of(change.Before), of(change.After)),
			policy.Narrowed(of(change.Before), of(change.After))
		switch {
		case fresh:
			d.Verdict, d.Meaning = engine.New, "what may be done with "+who
			if change.After != nil && c.outside(*change.After) {
				d.Meaning = "somebody outside of the spec's accounts gains access to " + who
				d.Expose()
			}
		case wider && more:
			d.Verdict, d.Meaning = engine.Weaker, "more may be done with "+who+", or by more"
			d.Expose()
		case narrower && less:
			d.Verdict, d.Meaning = engine.Stronger, "less may be done with "+who+", or by fewer"
			d.Hazards = append(d.Hazards, engine.Hazard{Name: engine.LosesAccess, Reason: d.Meaning})
		}
	}
}

// outside reports whether a statement allows something to everybody, or to an account that the spec does not have.
func (c *comparison) outside(s policy.Statement) bool {
	return s.Effect == "Allow" && slices.ContainsFunc(s.Principals, func(p policy.Principal) bool {
		account := policy.AccountOf(p.ID)
		return p.Type == "AWS" && (p.ID == "*" || account != "" && !c.is.hasAccount(account))
	})
}

// pairObjects pairs the objects of a kind by what they are known by, then by address.
func pairObjects[T any](base, head []*T, object func(*T) *spec.AWSObject, name func(*T) string) []engine.Pair[*T] {
	return engine.PairUp(base, head,
		func(x **T) string { return objectName(object(*x), name(*x)) },
		func(x **T) string { return object(*x).Address() })
}

// of returns the object of one side of a pair, nil where it is missing.
func of[T any](x **T, object func(*T) *spec.AWSObject) *spec.AWSObject {
	if x == nil {
		return nil
	}
	return object(*x)
}

// first returns the side of a pair that there is.
func first[T any](p engine.Pair[*T]) *T {
	if p.Is != nil {
		return *p.Is
	}
	return *p.Was
}

func (c *comparison) keys() {
	object := func(k *spec.KMSKey) *spec.AWSObject { return &k.AWSObject }
	for _, p := range pairObjects(c.was.project.KMSKeys, c.is.project.KMSKeys, object,
		func(k *spec.KMSKey) string { return k.Alias }) {
		both := c.there(engine.SubjectKey, of(p.Was, object), of(p.Is, object), first(p).Alias,
			"a new key, for what is encrypted with it")
		if p.Is == nil {
			continue
		}
		is, before := *p.Is, policy.New()
		after, _ := c.is.key(is)
		if both {
			before, _ = c.was.key(*p.Was)
		}
		c.documents(engine.SubjectKey, &is.AWSObject, "key policy", before, after, !both, "the key")
		if !both {
			continue
		}
		if was := *p.Was; was.Rotation != is.Rotation {
			d := c.add(engine.SubjectKey, engine.Stronger, &is.AWSObject, "rotation", stance(fmt.Sprint(was.Rotation)),
				stance(fmt.Sprint(is.Rotation)), "the key's material is replaced every year")
			if was.Rotation {
				d.Verdict, d.Meaning = engine.Weaker, "the key's material is no longer replaced every year"
				d.Expose()
			}
		}
		if was := *p.Was; was.Alias != is.Alias {
			c.add(engine.SubjectKey, engine.Other, &is.AWSObject, "alias", stance(was.Alias), stance(is.Alias),
				"it is another key")
		}
	}
}

func (c *comparison) buckets() {
	object := func(b *spec.Bucket) *spec.AWSObject { return &b.AWSObject }
	for _, p := range pairObjects(c.was.project.Buckets, c.is.project.Buckets, object,
		func(b *spec.Bucket) string { return b.Name }) {
		both := c.there(engine.SubjectBucket, of(p.Was, object), of(p.Is, object), first(p).Name,
			"a new bucket, for masked rows on their way")
		if p.Is == nil {
			continue
		}
		is, before := *p.Is, policy.New()
		if both {
			before = c.was.bucketPolicy(*p.Was)
		}
		c.documents(engine.SubjectBucket, &is.AWSObject, "bucket policy", before, c.is.bucketPolicy(is), !both,
			"the rows in the bucket")
		if !both {
			continue
		}
		was := *p.Was
		if before, after := keyName(was.Key), keyName(is.Key); before != after {
			d := c.add(engine.SubjectBucket, engine.Other, &is.AWSObject, "key", stance(before), stance(after),
				"rows in the bucket are encrypted with another key")
			if after == "" {
				d.Verdict, d.Meaning = engine.Weaker,
					"rows in the bucket are no longer encrypted with a key of the spec"
				d.Expose()
			}
		}
		if before, after := was.ExpireDays, is.ExpireDays; before != after {
			d := c.add(engine.SubjectBucket, engine.Stronger, &is.AWSObject, "expire_days", stance(fmt.Sprint(before)),
				stance(fmt.Sprint(after)), "rows that were left in the bucket are removed sooner")
			if after == 0 || before != 0 && after > before {
				d.Verdict, d.Meaning = engine.Weaker, "rows that were left in the bucket stay longer"
				d.Expose()
			}
		}
	}
}

func keyName(k *spec.KMSKey) string {
	if k == nil {
		return ""
	}
	return k.Alias
}

// bucketPolicy returns the policy of a bucket; one without a key of the spec has none.
func (w *wanted) bucketPolicy(b *spec.Bucket) policy.Document {
	if b.Key == nil {
		return policy.New()
	}
	arn, _ := w.keyARN(b.Key)
	d, _ := w.bucket(b, arn)
	return d
}

func (c *comparison) roles() {
	object := func(r *spec.IAMRole) *spec.AWSObject { return &r.AWSObject }
	for _, p := range pairObjects(c.was.project.IAMRoles, c.is.project.IAMRoles, object,
		func(r *spec.IAMRole) string { return r.Path + r.Name }) {
		both := c.there(engine.SubjectRole, of(p.Was, object), of(p.Is, object), first(p).Name,
			"a new role, for whoever may assume it")
		if p.Is == nil {
			continue
		}
		is := *p.Is
		trustBefore, allowedBefore, attachedBefore := policy.New(), policy.New(), []string(nil)
		if both {
			trustBefore, _ = c.was.trust(*p.Was)
			allowedBefore, _, _ = c.was.permissions(*p.Was)
			attachedBefore = c.was.attached(*p.Was)
		}
		trust, _ := c.is.trust(is)
		allowed, _, _ := c.is.permissions(is)
		c.documents(engine.SubjectPolicy, &is.AWSObject, "trust", trustBefore, trust, !both, "the role")
		c.documents(engine.SubjectPolicy, &is.AWSObject, "permissions", allowedBefore, allowed, !both,
			"what the role reaches")
		if both {
			c.attachments(is, attachedBefore, c.is.attached(is))
		}
	}
}

// attached returns the ARNs of the policies that a role has, sorted.
func (w *wanted) attached(r *spec.IAMRole) []string {
	var out []string
	for _, x := range r.Policies {
		arn := x.ARN
		if x.Policy != nil {
			arn = w.placeOf(x.Policy.In).Policy(x.Policy.Path, x.Policy.Name)
		}
		out = append(out, arn)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *comparison) attachments(r *spec.IAMRole, was, is []string) {
	for _, arn := range is {
		if !slices.Contains(was, arn) {
			c.add(engine.SubjectPolicy, engine.Weaker, &r.AWSObject, "policies", nil, stance(arn),
				"the role gains what the policy allows").Expose()
		}
	}
	for _, arn := range was {
		if !slices.Contains(is, arn) {
			d := c.add(engine.SubjectPolicy, engine.Stronger, &r.AWSObject, "policies", stance(arn), nil,
				"the role loses what the policy allows")
			d.Hazards = append(d.Hazards, engine.Hazard{Name: engine.LosesAccess, Reason: d.Meaning})
		}
	}
}

func (c *comparison) policies() {
	object := func(x *spec.IAMPolicy) *spec.AWSObject { return &x.AWSObject }
	for _, p := range pairObjects(c.was.project.IAMPolicies, c.is.project.IAMPolicies, object,
		func(x *spec.IAMPolicy) string { return x.Path + x.Name }) {
		both := c.there(engine.SubjectPolicy, of(p.Was, object), of(p.Is, object), first(p).Name,
			"a new policy, for whoever it is attached to")
		if p.Is == nil {
			continue
		}
		before := policy.New()
		if both {
			before = c.was.policyDocument(*p.Was)
		}
		c.documents(engine.SubjectPolicy, &(*p.Is).AWSObject, "statement", before, c.is.policyDocument(*p.Is), !both,
			"what the policy is about")
	}
}

// policyDocument returns a managed policy. A cluster is named by its identifier: its resource ID is not known.
func (w *wanted) policyDocument(x *spec.IAMPolicy) policy.Document {
	statements := w.statements(x.Statements)
	for _, k := range x.Connect {
		statements = append(statements, policy.ForConnect(w.placeOf(k.Cluster.In), k.Cluster.Label+k.Cluster.EachKey,
			k.Cluster.Identifier, k.Users))
	}
	return numberSids(policy.New(statements...))
}

func (c *comparison) clusters() {
	object := func(x *spec.Cluster) *spec.AWSObject { return &x.AWSObject }
	for _, p := range pairObjects(c.was.project.Clusters, c.is.project.Clusters, object,
		func(x *spec.Cluster) string { return x.Identifier }) {
		if !c.there(engine.SubjectCluster, of(p.Was, object), of(p.Is, object), first(p).Identifier,
			"the settings of a cluster are managed that were not") {
			continue
		}
		was, is := *p.Was, *p.Is
		for _, x := range []struct{ subject, before, after, more, less string }{
			{
				"s3_export", c.was.named(was.S3Export), c.is.named(is.S3Export),
				"the server may write to a bucket as another role", "the server may no longer write to a bucket",
			},
			{
				"s3_import", c.was.named(was.S3Import), c.is.named(is.S3Import),
				"the server may read from a bucket as another role", "the server may no longer read from a bucket",
			},
		} {
			if x.before == x.after {
				continue
			}
			d := c.add(engine.SubjectCluster, engine.Weaker, &is.AWSObject, x.subject, stance(x.before),
				stance(x.after),
				x.more)
			if x.after == "" {
				d.Verdict, d.Meaning = engine.Stronger, x.less
			} else {
				d.Expose()
			}
		}
		if before, after := was.IAMAuth != nil && *was.IAMAuth, is.IAMAuth != nil && *is.IAMAuth; before != after {
			c.add(engine.SubjectCluster, engine.Other, &is.AWSObject, "iam_auth", stance(fmt.Sprint(before)),
				stance(fmt.Sprint(after)), "whether users may log in with tokens changes")
		}
		for _, x := range []struct {
			subject       string
			before, after *spec.ParameterGroup
		}{
			{"parameter_group", was.ParameterGroup, is.ParameterGroup},
			{"instance_parameter_group", was.InstanceParameterGroup, is.InstanceParameterGroup},
		} {
			if before, after := groupName(x.before), groupName(x.after); before != after {
				c.add(engine.SubjectCluster, engine.Other, &is.AWSObject, x.subject, stance(before), stance(after),
					"the cluster takes other parameters")
				c.parameters(&is.AWSObject, x.before, x.after)
			}
		}
	}
}

func (w *wanted) named(g *spec.Grantee) string {
	if g == nil {
		return ""
	}
	return w.principal(*g)
}

func groupName(g *spec.ParameterGroup) string {
	if g == nil {
		return ""
	}
	return g.Name
}

func (c *comparison) parameterGroups() {
	object := func(g *spec.ParameterGroup) *spec.AWSObject { return &g.AWSObject }
	for _, p := range pairObjects(c.was.project.ParameterGroups, c.is.project.ParameterGroups, object,
		func(g *spec.ParameterGroup) string { return g.Level + " " + g.Name }) {
		if c.there(engine.SubjectParameter, of(p.Was, object), of(p.Is, object), first(p).Name,
			"a new parameter group, for clusters that take it") {
			c.parameters(&(*p.Is).AWSObject, *p.Was, *p.Is)
		}
	}
}

// parameters compares the parameters of two groups, in what is said of the object x.
func (c *comparison) parameters(x *spec.AWSObject, was, is *spec.ParameterGroup) {
	values := func(g *spec.ParameterGroup) map[string]string {
		if g == nil {
			return nil
		}
		return g.Parameters
	}
	var names []string
	for _, g := range []*spec.ParameterGroup{was, is} {
		for name := range values(g) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		before, after := values(was)[name], values(is)[name]
		if before == after {
			continue
		}
		d := c.add(engine.SubjectParameter, engine.Other, x, name, stance(before), stance(after),
			"sessions begin with another value of it")
		if order, meaning, ok := rds.Protects(strings.ToLower(name), before, after); ok {
			d.Verdict, d.Meaning = engine.Stronger, meaning
			if order < 0 {
				d.Verdict = engine.Weaker
				d.Expose()
			}
		}
	}
}
