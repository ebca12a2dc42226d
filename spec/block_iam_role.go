package spec

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// IAMRole is a role of IAM.
type IAMRole struct {
	AWSObject
	Name, Path, Description string
	Trust                   []Trust
	Read, Write             []*Bucket
	Policies                []PolicyRef // nil: attachments are not managed
	InstanceProfile         *bool
	Statements              []PolicyStatement
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

var (
	iamName   = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`)
	iamPath   = regexp.MustCompile(`^/([!-~]+/)?$`)
	policyARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$`)
)

func (l *loader) declareIAMRoles() {
	l.iamRoles = l.declareAll("iam_role", func(in *instance) cty.Value {
		r := &IAMRole{
			AWSObject:       l.object(in),
			Description:     in.str("description"),
			InstanceProfile: in.boolean("instance_profile"),
			Path:            in.path(),
		}
		r.Name = in.named("name", "", iamName, "a role's name has 1 to 64 letters, digits and _ + = , . @ -.")
		l.later(func() {
			r.Read, r.Write = list[Bucket](in, "read", bucketType, "buckets, such as bucket.transfer"),
				list[Bucket](in, "write", bucketType, "buckets, such as bucket.transfer")
			r.Statements = l.statements(in)
			l.policies(in, r)
			for _, n := range in.nested("trust") {
				l.trust(n, r)
			}
			if len(r.Trust) == 0 {
				l.errorf(in.block.DefRange(), "Who may assume the role?",
					"Write trust { service = \"rds.amazonaws.com\" }, or trust { principals = [\"…\"] }.")
			}
		})
		l.project.IAMRoles = append(l.project.IAMRoles, r)
		return cty.CapsuleVal(iamRoleType, r)
	})
}

func (in *instance) path() string {
	if !in.has("path") {
		return "/"
	}
	p := in.str("path")
	if p != "" && !iamPath.MatchString(p) {
		in.l.errorf(in.at("path"), "This is not a path of IAM", "A path begins and ends with a slash.")
	}
	return p
}

func (l *loader) policies(in *instance, r *IAMRole) {
	v, ok := in.plain("policies")
	if !ok {
		return
	}
	if !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		l.errorf(in.at("policies"), "Wrong type of argument",
			"\"policies\" must be a list of policies (iam_policy.x) and ARNs.")
		return
	}
	r.Policies = []PolicyRef{}
	for _, e := range v.AsValueSlice() {
		switch {
		case e.Type() == iamPolicyType && !e.IsNull():
			p := e.EncapsulatedValue().(*IAMPolicy)
			l.sameAccount(in.at("policies"), &r.AWSObject, &p.AWSObject, false)
			r.Policies = append(r.Policies, PolicyRef{Policy: p})
		case e.Type() == cty.String && !e.IsNull() && policyARN.MatchString(e.AsString()):
			r.Policies = append(r.Policies, PolicyRef{ARN: e.AsString()})
		default:
			l.errorf(in.at("policies"), "Wrong type of argument",
				"An element of \"policies\" must be a policy (iam_policy.x) or its ARN.")
		}
	}
}

func (l *loader) trust(in *instance, r *IAMRole) {
	t := Trust{
		Service:    in.str("service"),
		Principals: in.grantees("principals", false),
		ExternalID: in.str("external_id"),
	}
	if in.has("service") == in.has("principals") {
		l.errorf(in.block.TypeRange, "Who is trusted?", "Give a trust block either service or principals.")
		return
	}
	if t.Service != "" && !strings.Contains(t.Service, ".amazonaws.com") {
		l.errorf(in.at("service"), "This is not a service", "Services are named like rds.amazonaws.com.")
	}
	for _, p := range t.Principals {
		if p.Text == "*" {
			l.errorf(in.at("principals"), "Everybody could assume the role", "Name accounts, roles or users.")
		}
	}
	if in.has("external_id") && t.Service != "" {
		l.errorf(in.at("external_id"), "A service says no external ID",
			"external_id is for principals of other accounts.")
	}
	if in.has("clusters") && t.Service != "rds.amazonaws.com" {
		l.errorf(in.at("clusters"), "clusters is for RDS", "Only rds.amazonaws.com works for clusters.")
	}
	t.Clusters = l.clusterRefs(in, r)
	r.Trust = append(r.Trust, t)
}

func (l *loader) clusterRefs(in *instance, r *IAMRole) []ClusterRef {
	v, ok := in.plain("clusters")
	if !ok || !v.CanIterateElements() {
		if ok {
			l.errorf(in.at("clusters"), "Wrong type of argument",
				"\"clusters\" must be a list of clusters (cluster.x) and patterns.")
		}
		return nil
	}
	var out []ClusterRef
	for _, e := range v.AsValueSlice() {
		switch {
		case e.Type() == clusterType && !e.IsNull():
			c := e.EncapsulatedValue().(*Cluster)
			l.sameAccount(in.at("clusters"), &r.AWSObject, &c.AWSObject, false)
			out = append(out, ClusterRef{Cluster: c})
		case e.Type() == cty.String && !e.IsNull():
			out = append(out, ClusterRef{Pattern: e.AsString()})
		default:
			l.errorf(in.at("clusters"), "Wrong type of argument",
				"An element of \"clusters\" must be a cluster (cluster.x) or a pattern of identifiers.")
		}
	}
	return out
}
