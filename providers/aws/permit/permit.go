// Package permit derives from a spec alone what shoji and the roles of a project need in their accounts, and no more.
// It calls nothing. What a spec cannot know (the ID of a key, the resource ID of a cluster) is narrowed by a condition
// or a pattern and noted, unless Known has it.
package permit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// Audience is who a policy is for.
type Audience string

const (
	// Runner plans and applies, in one account.
	Runner Audience = "runner"
	// Refresher runs refreshes, and changes none of the objects of the spec.
	Refresher Audience = "refresh"
	// Export is the role that a cluster's aws_s3 writes with.
	Export Audience = "export"
	// Import is the role that a cluster's aws_s3 reads with.
	Import Audience = "import"
	// Connect is whoever connects to databases as the users with tokens.
	Connect Audience = "connect"
)

// All returns all audiences, in the order of Policies.
func All() []Audience { return []Audience{Runner, Refresher, Export, Import, Connect} }

// Policy is what one audience needs in one account.
type Policy struct {
	For Audience
	// In is the account; Of is the cluster of a role.
	In *spec.AWS
	Of *spec.Cluster
	// Document is the policy, Notes what to know about it.
	Document policy.Document
	Notes    []string
	// Keys are the addresses of the keys that it names by their aliases only.
	Keys []string
}

// Known is what the accounts themselves say.
type Known struct {
	Keys     map[string]string // ARNs, by the address of the kms_key
	Clusters map[string]string // resource IDs, by the address of the cluster
	// Instances are the identifiers of each cluster's instances.
	Instances map[string][]string
	// Settled are the addresses of clusters that need not be modified: they are as their blocks say.
	Settled []string
	// Why is, by address, why something that was asked for is unknown.
	Why map[string]string
}

// Policies returns the policies of a project, without empty ones.
func Policies(p *spec.Project, known Known) []Policy {
	var out []Policy
	for _, in := range p.AWS {
		b := build{project: p, known: known, in: in, at: Place(in), manages: true}
		b.runner()
		out = b.collect(out, Policy{For: Runner, In: in})
	}
	for _, in := range p.AWS {
		b := build{project: p, known: known, in: in, at: Place(in)}
		if b.hasRefresh() {
			b.runner()
			out = b.collect(out, Policy{For: Refresher, In: in})
		}
	}
	for _, who := range []Audience{Export, Import} {
		for _, c := range p.Clusters {
			b := build{project: p, known: known, in: c.In, at: Place(c.In)}
			if g := roleOf(c, who); g != nil {
				b.role(*g, c, who)
				out = b.collect(out, Policy{For: who, In: c.In, Of: c})
			}
		}
	}
	for _, in := range p.AWS {
		b := build{project: p, known: known, in: in, at: Place(in)}
		b.users()
		out = b.collect(out, Policy{For: Connect, In: in})
	}
	return out
}

// Name returns who a policy is for: "runner in aws.prod", "export of cluster.prod".
func (p Policy) Name() string {
	if p.Of != nil {
		return string(p.For) + " of " + p.Of.Address()
	}
	return string(p.For) + " in " + p.In.Address()
}

// Place returns the account and region of a block. The partition follows from the region.
func Place(in *spec.AWS) policy.Place {
	partition := "aws"
	switch {
	case strings.HasPrefix(in.Region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(in.Region, "us-gov-"):
		partition = "aws-us-gov"
	}
	return policy.Place{Partition: partition, Region: in.Region, Account: in.Account}
}

// build collects the statements of one policy.
type build struct {
	project *spec.Project
	known   Known
	in      *spec.AWS
	at      policy.Place
	// manages is set if the policy is for whoever changes the objects of the spec.
	manages     bool
	statements  []policy.Statement
	notes       []string
	keysByAlias []string
}

func (b *build) collect(out []Policy, p Policy) []Policy {
	if len(b.statements) == 0 {
		return out
	}
	p.Document = policy.New(b.statements...)
	if n := sizeOf(p.Document); n > maxManagedSize {
		b.note(fmt.Sprintf("it has %d characters without white space, and a managed policy of IAM holds %d: split "+
			"it, or make it the inline policy of a role, which holds 10240", n, maxManagedSize))
	}
	p.Notes, p.Keys = b.notes, b.keysByAlias
	return append(out, p)
}

// maxManagedSize is how many characters a managed policy holds, without white space.
const maxManagedSize = 6144

func sizeOf(d policy.Document) int { return len(strings.Join(strings.Fields(d.JSON()), "")) }

// allow adds a statement, unless it is there already. Without resources or actions there is nothing to allow.
func (b *build) allow(sid string, resources, actions []string, conditions ...policy.Condition) {
	s := policy.Statement{Sid: sid, Effect: "Allow", Actions: actions, Resources: resources, Conditions: conditions}
	same := func(x policy.Statement) bool { return x.JSON() == s.JSON() }
	if len(resources)*len(actions) == 0 || slices.ContainsFunc(b.statements, same) {
		return
	}
	// IAM requires names to be unique
	for n := 2; slices.ContainsFunc(b.statements, func(x policy.Statement) bool { return x.Sid == s.Sid }); n++ {
		s.Sid = fmt.Sprintf("%s%d", sid, n)
	}
	b.statements = append(b.statements, s)
}

func (b *build) note(text string) {
	if !slices.Contains(b.notes, text) {
		b.notes = append(b.notes, text)
	}
}

// isHere reports whether an object is in the account and region, own whether it is in the account: IAM has no regions.
func (b *build) isHere(o *spec.AWSObject) bool {
	return b.inAccount(o.In) && o.In.Region == b.in.Region
}
func (b *build) own(o *spec.AWSObject) bool  { return b.inAccount(o.In) }
func (b *build) inAccount(in *spec.AWS) bool { return in != nil && in.Account == b.in.Account }

// rds returns the ARN of a resource of RDS, or a pattern.
func (b *build) rds(kind, name string) string {
	return b.at.RDS(kind, name)
}

// key returns the ARN of a declared key, or a pattern with a condition on its alias.
func (b *build) key(k *spec.KMSKey) (arn string, conditions []policy.Condition) {
	if arn := b.known.Keys[k.Address()]; arn != "" {
		return arn, nil
	}
	b.keysByAlias = append(b.keysByAlias, k.Address())
	if why := b.known.Why[k.Address()]; why != "" {
		b.note("the ID of " + k.Address() + " is unknown: " + why + ". Its alias " + k.Alias +
			" identifies it")
	} else {
		b.note("the ID of " + k.Address() + " is unknown until it is created: until then its alias " + k.Alias +
			" identifies it. -look reads the ID")
	}
	at := Place(k.In)
	return at.Key("*"),
		[]policy.Condition{{
			Operator: "ForAnyValue:StringEquals",
			Key:      "kms:ResourceAliases",
			Values:   []string{k.Alias},
		}}
}

// viaService limits a key to what a service does on the caller's behalf.
func (b *build) viaService(in *spec.AWS, service string) policy.Condition {
	return policy.Condition{
		Operator: "StringEquals",
		Key:      "kms:ViaService",
		Values:   []string{Place(in).Service(service)},
	}
}

// cluster returns the resource ID of a cluster, "*" if it is unknown.
func (b *build) cluster(c *spec.Cluster) string {
	if id := b.known.Clusters[c.Address()]; id != "" {
		return id
	}
	why := b.known.Why[c.Address()]
	help := ""
	if why == "" {
		why, help = "is not in the spec", ". -look reads it"
	} else {
		why = "is unknown (" + why + ")"
	}
	b.note("the resource ID of " + c.Address() + " " + why +
		": * stands for it, which covers users of the same name in other databases of the account too" + help)
	return "*"
}

// sid returns the name of a statement about a block.
func sid(words ...string) string { return policy.Sid(strings.Join(words, " ")) }
