package awsapi

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/shoji-pg/shoji/providers/aws/policy"
)

// Need is a right that a plan will use.
type Need struct {
	In       string `json:"in"`     // the account that it is used in: aws.prod
	Action   string `json:"action"` // "kms:CreateGrant"
	Resource string `json:"resource"`
	// Unresolved is set if Resource stands for a resource whose name is unknown.
	Unresolved Unresolved `json:"unresolved,omitempty"`
	// Via is the service that uses the right on the caller's behalf: "rds" for the key of a clone.
	Via string `json:"via,omitempty"`
	// Role is the ARN of the role that needs the right; "" is the caller.
	Role string `json:"role,omitempty"`
	// Project is the value of the project's tag on the resource; "" if no condition can depend on it.
	Project string `json:"project,omitempty"`
	// Guess is set when the path of the resource is unknown, so that a denial may be about another resource.
	Guess bool `json:"guess,omitempty"`
	// Owner and Region say where a bucket of another account is, whose policy decides too.
	Owner  string `json:"owner,omitempty"`
	Region string `json:"region,omitempty"`
	// Under is the key that an object is written under.
	Under string `json:"under,omitempty"`
	// Service is the one that a role is passed to: "rds.amazonaws.com".
	Service string `json:"service,omitempty"`
	// Seal is set when a key is used directly, for the seal of a manifest.
	Seal bool `json:"seal,omitempty"`
	// Attached is the policy that is attached to a role or detached from it.
	Attached string `json:"attached,omitempty"`
}

// Unresolved is why the name of a resource is unknown.
type Unresolved string

const (
	Created     Unresolved = "created"     // by this plan
	Unreachable Unresolved = "unreachable" // in an account that is not signed in to here
)

// Trust is a role that RDS must be able to assume for a cluster, which may not exist yet.
type Trust struct {
	In   string `json:"in"`
	Role string `json:"role"`
	// Cluster is the ARN that RDS sends as the source.
	Cluster string `json:"cluster"`
}

// The services that roles are passed to.
const (
	serviceRDS = "rds.amazonaws.com"
	serviceEC2 = "ec2.amazonaws.com"
)

// Rights collects what a call needs from AWS, and which policies it changes itself. An operation fills it in from its
// typed input. Where a method takes no actions, the right is the one of the operation's own name; where a name is nil,
// nothing is needed.
type Rights struct {
	// Place is where the call is made.
	Place  policy.Place
	Needs  []Need
	Trusts []Trust
	// Changed are the roles and buckets (by name) and the keys that the call changes: what their policies say before
	// the call does not count.
	Changed []string
	// Buckets are those that the call creates.
	Buckets []string

	in, own, project string
}

// Add adds rights that differ in their action only.
func (r *Rights) Add(n Need, actions ...string) {
	if n.In = r.in; len(actions) == 0 {
		actions = []string{r.own}
	}
	for _, n.Action = range actions {
		r.Needs = append(r.Needs, n)
	}
}

// On adds rights on a resource: an ARN, a pattern, or "*".
func (r *Rights) On(resource string, actions ...string) { r.Add(Need{Resource: resource}, actions...) }

// Tagged adds rights on something whose ARN is not known before it is created, and which the project's tag identifies.
func (r *Rights) Tagged(resource string, actions ...string) {
	r.Add(Need{Resource: resource, Project: r.project}, actions...)
}

// RDS adds rights on a resource of RDS: kind is the one of its ARN, name may be the whole ARN.
func (r *Rights) RDS(kind string, name *string, actions ...string) {
	if aws.ToString(name) == "" {
		return
	}
	resource := *name
	if !policy.IsARN(resource) {
		resource = r.Place.RDS(kind, resource)
	}
	r.On(resource, actions...)
}

// PassToRDS adds the right to pass a role to RDS.
func (r *Rights) PassToRDS(role *string) {
	r.Add(Need{Resource: aws.ToString(role), Service: serviceRDS}, "iam:PassRole")
}

// TrustRDS adds that RDS must be able to assume a role for a cluster.
func (r *Rights) TrustRDS(role, cluster *string) {
	r.Trusts = append(r.Trusts, Trust{r.in, aws.ToString(role), r.Place.Cluster(aws.ToString(cluster))})
}

// KeyThroughRDS adds rights on a key that RDS uses on the caller's behalf.
func (r *Rights) KeyThroughRDS(key *string, actions ...string) {
	if key != nil {
		r.Add(Need{Resource: r.key(key), Via: "rds"}, actions...)
	}
}

// IsForeign reports whether a key is in another account than the one that the call is made in.
func (r *Rights) IsForeign(key *string) bool {
	return policy.IsARN(aws.ToString(key)) && policy.AccountOf(*key) != r.Place.Account
}

// Key adds rights on a key whose policy or state the call changes.
func (r *Rights) Key(key *string, actions ...string) {
	r.Changed = append(r.Changed, aws.ToString(key))
	r.UseKey(key, actions...)
}

// UseKey adds rights on a key that stays as it is.
func (r *Rights) UseKey(key *string, actions ...string) {
	n := Need{Resource: r.key(key)}
	if IsToken(aws.ToString(key)) {
		n.Unresolved = Created
	}
	r.Add(n, actions...)
}

func (r *Rights) key(id *string) string {
	if policy.IsARN(aws.ToString(id)) {
		return *id
	}
	return r.Place.Key(aws.ToString(id))
}

// Role adds rights on a role that the call changes. Its path is not in the call.
func (r *Rights) Role(name *string, actions ...string) {
	r.changeRole(Need{Resource: r.Place.Role("/", aws.ToString(name)), Guess: true}, name, actions)
}

// RoleAt adds rights on a role with its path.
func (r *Rights) RoleAt(path, name *string, actions ...string) {
	r.changeRole(Need{Resource: r.Place.Role(aws.ToString(path), aws.ToString(name))}, name, actions)
}

// Attach adds the right to attach a policy to a role, or to detach it.
func (r *Rights) Attach(role, policyARN *string) {
	n := Need{Resource: r.Place.Role("/", aws.ToString(role)), Guess: true, Attached: aws.ToString(policyARN)}
	r.changeRole(n, role, nil)
}

// PassToEC2 adds the right to pass a role to EC2.
func (r *Rights) PassToEC2(name *string) {
	n := Need{Resource: r.Place.Role("/", aws.ToString(name)), Guess: true, Service: serviceEC2}
	r.changeRole(n, name, []string{"iam:PassRole"})
}

func (r *Rights) changeRole(n Need, name *string, actions []string) {
	r.Changed = append(r.Changed, aws.ToString(name))
	r.Add(n, actions...)
}

// Profile adds rights on an instance profile. Its path is not in the call.
func (r *Rights) Profile(name *string, actions ...string) {
	r.Add(Need{Resource: r.Place.InstanceProfile("/", aws.ToString(name)), Guess: true}, actions...)
}

// Bucket adds rights on a bucket that the call changes.
func (r *Rights) Bucket(name *string, actions ...string) {
	r.Changed = append(r.Changed, aws.ToString(name))
	r.On(r.Place.Bucket(aws.ToString(name)), actions...)
}

// Rights returns what a call of a project needs at a place. known is false if its operation does not say.
func (all Operations) Rights(c Call, at policy.Place, project string) (r Rights, known bool, err error) {
	service, name, _ := strings.Cut(c.Operation, ":")
	r = Rights{Place: at, in: c.In, own: Action(service, name), project: project}
	needs := all[c.Operation].needs
	if needs == nil {
		return r, false, nil
	}
	if err := needs(&r, c); err != nil {
		return r, true, err
	}
	for _, k := range c.Keys {
		r.KeyThroughRDS(&k.Key, k.Actions...)
	}
	return r, true, nil
}
