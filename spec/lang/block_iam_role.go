package lang

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/spec"
)

var (
	iamPath   = regexp.MustCompile(`^/([!-~]+/)?$`)
	policyARN = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy/.+$`)
)

var iamRoleNames = nameRule{
	pattern: regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`),
	words:   "a role's name has 1 to 64 letters, digits and _ + = , . @ -.",
}

func iamRoleBlock(b *body, r *spec.IAMRole) {
	at := &r.At
	accountArgument(b, &r.AWSObject)
	b.optional("name", text(&r.Name), &at.Name, "Its name; the label by default.")
	b.optional("path", path(&r.Path), &at.Path, "`/` by default. It cannot change.")
	b.optional("description", text(&r.Description), nil, "")
	b.optional("read", buckets.refs(&r.Read), nil,
		"Buckets whose prefix it reads. The bucket's policy and its key's follow.")
	b.optional("write", buckets.refs(&r.Write), nil, "Buckets whose prefix it writes.")
	b.optional("policies", policyRefs(&r.Policies), &at.Policies,
		"Policies attached to it; others are detached. Not managed where it is not written.")
	b.optional("instance_profile", optionalBoolean(&r.InstanceProfile), nil,
		"Whether an instance profile of the same name holds it.")
	ownedArguments(b, &r.AWSObject)
	b.nested("statement", statementDoc, func(n *body) { statementBlock(n, &r.Statements, ofPrincipal) })
	b.nested("trust", "Who may assume the role; one or more.", func(n *body) { trustBlock(n, r) })
	b.derive(func() { iamRoleNames.apply(b, &r.AWSObject, "name", &r.Name, at.Name) })
	b.check(func() {
		for _, p := range r.Policies {
			if p.Policy != nil {
				b.checkSameAccount(at.Policies.Range, &r.AWSObject, &p.Policy.AWSObject, false)
			}
		}
		if len(r.Trust) == 0 {
			b.errorf(r.Range, "Role without a trust block",
				"Write trust { service = \"rds.amazonaws.com\" }, or trust { "+
					"principals = [\"…\"] }.")
		}
	})
}

// path reads a path of IAM, / by default.
func path(into *string) parser {
	*into = "/"
	return custom("string", func(v value) {
		if *into, _ = v.text(); *into != "" && !iamPath.MatchString(*into) {
			v.errorf("Invalid IAM path", "A path begins and ends with a slash.")
		}
	})
}

func policyRefs(into *[]spec.PolicyRef) parser {
	return custom("list of iam_policy.x or ARNs", func(v value) {
		if !v.CanIterateElements() || isMap(v.Value) {
			v.mustBe("a list of policies (iam_policy.x) and ARNs")
			return
		}
		*into = []spec.PolicyRef{}
		for _, e := range v.elements() {
			if p, ok := iamPolicies.of(e); ok {
				*into = append(*into, spec.PolicyRef{Policy: p})
			} else if e.Type() == cty.String && !e.IsNull() && policyARN.MatchString(e.AsString()) {
				*into = append(*into, spec.PolicyRef{ARN: e.AsString()})
			} else {
				v.errorf("Invalid argument type", "An element of %q must be a policy (iam_policy.x) or its ARN.",
					v.name)
			}
		}
	})
}

func trustBlock(b *body, r *spec.IAMRole) {
	t := spec.Trust{}
	var at struct{ service, clusters, principals, externalID spec.Argument }
	b.optional("service", text(&t.Service), &at.service,
		"`\"rds.amazonaws.com\"`, `\"ec2.amazonaws.com\"`, `\"ecs-tasks.amazonaws.com\"`, ….")
	b.optional("clusters", clusterRefs(&t.Clusters), &at.clusters, "For RDS: only for these clusters; a string is an "+
		"identifier, `*` in it any text (a clone has a name of its own).")
	b.optional("principals", grantees(&t.Principals, anyone).as("list"), &at.principals, "Roles, ARNs or account IDs.")
	b.optional("external_id", text(&t.ExternalID), &at.externalID,
		"The external ID that they must send. It is part of the policy and not a secret.")
	b.check(func() {
		if at.service.Written == at.principals.Written {
			b.errorf(b.place, "Trust without a principal", "Give a trust block either service or principals.")
			return
		}
		if t.Service != "" && !strings.Contains(t.Service, ".amazonaws.com") {
			b.errorf(at.service.Range, "Invalid service", "Services are named like rds.amazonaws.com.")
		}
		for _, p := range t.Principals {
			if p.Text == "*" {
				b.errorf(at.principals.Range, "Anyone could assume the role", "Name accounts, roles or users.")
			}
		}
		if at.externalID.Written && t.Service != "" {
			b.errorf(at.externalID.Range, "External ID for a service",
				"external_id is for principals of other accounts.")
		}
		if at.clusters.Written && t.Service != "rds.amazonaws.com" {
			b.errorf(at.clusters.Range, "clusters is for RDS", "Only rds.amazonaws.com works for clusters.")
		}
		for _, c := range t.Clusters {
			if c.Cluster != nil {
				b.checkSameAccount(at.clusters.Range, &r.AWSObject, &c.Cluster.AWSObject, false)
			}
		}
		r.Trust = append(r.Trust, t)
	})
}

func clusterRefs(into *[]spec.ClusterRef) parser {
	return custom("list of cluster.x or strings", func(v value) {
		if !v.CanIterateElements() {
			v.mustBe("a list of clusters (cluster.x) and patterns")
			return
		}
		for _, e := range v.elements() {
			if c, ok := clusters.of(e); ok {
				*into = append(*into, spec.ClusterRef{Cluster: c})
			} else if e.Type() == cty.String && !e.IsNull() {
				*into = append(*into, spec.ClusterRef{Pattern: e.AsString()})
			} else {
				v.errorf("Invalid argument type",
					"An element of %q must be a cluster (cluster.x) or a pattern of identifiers.", v.name)
			}
		}
	})
}
