package spec

import (
	"time"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
)

// AWS is one account in one region.
type AWS struct {
	Name, EachKey string
	Account       string
	Region        string
	Profile       string
	Endpoint      string // of a stand-in; "" for AWS itself
	Tags          map[string]string
	AssumeRole    *AssumeRole // nil: the credentials as they are found
	// Runner is what the operator who runs shoji lets the spec reach.
	Runner allow.Runner
	Range  diag.Range
	At     struct{ Account, Region, Endpoint Argument }
}

// AssumeRole is a role to work as.
type AssumeRole struct {
	ARN string
	// ExternalID is text or a secret; at most one is set.
	ExternalID       string
	ExternalIDSecret *Secret
	SessionName      string
	Duration         time.Duration
}

// Address returns aws.NAME, with ["key"] under for_each.
func (a *AWS) Address() string { return Address("aws", a.Name, a.EachKey) }

// AWSObject is what the blocks of objects in an account have in common.
type AWSObject struct {
	Kind           string // "kms_key"
	Label, EachKey string
	In             *AWS
	// Adopt takes over an existing object that carries no project's tag.
	Adopt bool
	// OnRemove is "keep" (default) or "delete".
	OnRemove string
	Tags     map[string]string
	Range    diag.Range
	InAt     Argument // where In is written
}

// Address returns KIND.LABEL, with ["key"] under for_each.
func (o *AWSObject) Address() string { return Address(o.Kind, o.Label, o.EachKey) }

// KMSKey is a symmetric key, known by its alias.
type KMSKey struct {
	AWSObject
	Alias            string // "alias/shop-transfer"
	Description      string
	Rotation         bool
	DeletionWindow   int // days
	Encrypt, Decrypt []Grantee
	Statements       []PolicyStatement
	At               struct{ Alias Argument }
}

// IAMRole is a role of IAM.
type IAMRole struct {
	AWSObject
	Name, Path, Description string
	Trust                   []Trust
	Read, Write             []*Bucket
	Policies                []PolicyRef // nil: attachments are not managed
	InstanceProfile         *bool
	Statements              []PolicyStatement
	At                      struct{ Name, Path, Policies Argument }
}

// Trust says who may assume a role: a service, or principals.
type Trust struct {
	Service    string
	Clusters   []ClusterRef
	Principals []Grantee
	ExternalID string
}

// ClusterRef is a declared cluster or a pattern of identifiers.
type ClusterRef struct {
	Cluster *Cluster
	Pattern string
}

// PolicyRef is a declared policy or the ARN of one.
type PolicyRef struct {
	Policy *IAMPolicy
	ARN    string
}

// IAMPolicy is a managed policy of IAM.
type IAMPolicy struct {
	AWSObject
	Name, Path, Description string
	Connect                 []Connect
	Statements              []PolicyStatement
	At                      struct{ Name, Description Argument }
}

// Connect lets users of a cluster connect with tokens.
type Connect struct {
	Cluster *Cluster
	Users   []string
}

// Bucket is a bucket for staged rows.
type Bucket struct {
	AWSObject
	Name, Prefix string
	Key          *KMSKey
	ExpireDays   int
	Write, Read  []Grantee
	Statements   []PolicyStatement
	At           struct{ Name, Prefix, Key Argument }
}

// Cluster is an existing Aurora cluster. What is nil is not managed.
type Cluster struct {
	AWSObject
	Identifier         string
	S3Export, S3Import *Grantee
	IAMAuth            *bool
	ParameterGroup     *ParameterGroup
	// InstanceParameterGroup is that of each instance.
	InstanceParameterGroup *ParameterGroup
	At                     struct{ Identifier, S3Export, S3Import, ParameterGroup, InstanceParameterGroup Argument }
}

// ParameterGroup is a parameter group of RDS.
type ParameterGroup struct {
	AWSObject
	Name, Family string
	Level        string // "cluster" or "instance"
	Description  string
	Parameters   map[string]string
	At           struct{ Name, Family, Description, Parameters Argument }
}

// PolicyStatement is a statement of a policy that was written by hand.
type PolicyStatement struct {
	Sid, Effect             string
	Principals              []Grantee // of a resource's policy
	Actions, NotActions     []string
	Resources, NotResources []string
	Conditions              []PolicyCondition
}

// PolicyCondition is one key of conditions.
type PolicyCondition struct {
	Operator, Key string
	Values        []string
}

// Grantee is who is granted something: a declared role, or text (an ARN, an account ID, a service, "*").
type Grantee struct {
	Role *IAMRole
	Text string
}
