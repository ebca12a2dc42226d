package spec

import (
	"regexp"

	"github.com/zclconf/go-cty/cty"
)

// IAMPolicy is a managed policy of IAM.
type IAMPolicy struct {
	AWSObject
	Name, Path, Description string
	Connect                 []Connect
	Statements              []PolicyStatement
}

// Connect lets users of a cluster connect with tokens.
type Connect struct {
	Cluster *Cluster
	Users   []string
}

var iamPolicyName = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,128}$`)

func (l *loader) declareIAMPolicies() {
	l.iamPolicies = l.declareAll("iam_policy", func(in *instance) cty.Value {
		p := &IAMPolicy{AWSObject: l.object(in), Description: in.str("description"), Path: in.path()}
		p.Name = in.named("name", "", iamPolicyName, "a policy's name has 1 to 128 letters, digits and _ + = , . @ -.")
		l.later(func() {
			p.Statements = l.statements(in)
			for _, n := range in.nested("connect") {
				c := Connect{
					Cluster: reference[Cluster](n, "cluster", clusterType, "a cluster, such as cluster.staging"),
					Users:   n.users(),
				}
				if c.Cluster != nil {
					l.sameAccount(n.at("cluster"), &p.AWSObject, &c.Cluster.AWSObject, false)
					p.Connect = append(p.Connect, c)
				}
			}
			if len(p.Connect)+len(p.Statements) == 0 {
				l.errorf(in.block.DefRange(), "A policy that says nothing", "Write connect { … } or statement { … }.")
			}
		})
		l.project.IAMPolicies = append(l.project.IAMPolicies, p)
		return cty.CapsuleVal(iamPolicyType, p)
	})
}

// users reads users of a database: names, or declared roles.
func (in *instance) users() []string {
	v, ok := in.plain("users")
	if !ok || !v.CanIterateElements() {
		if ok {
			in.l.errorf(in.at("users"), "Wrong type of argument",
				"\"users\" must be a list of names and roles (role.x).")
		}
		return nil
	}
	var out []string
	for _, e := range v.AsValueSlice() {
		switch {
		case e.Type() == roleType && !e.IsNull():
			out = append(out, e.EncapsulatedValue().(*Role).Name)
		case e.Type() == cty.String && !e.IsNull() && e.AsString() != "" && e.AsString() != "*":
			out = append(out, e.AsString())
		default:
			in.l.errorf(in.at("users"), "Wrong type of argument",
				"An element of \"users\" must be the name of a user, or a role (role.x).")
		}
	}
	if len(out) == 0 {
		in.l.errorf(in.at("users"), "A connection for nobody", "Name at least one user.")
	}
	return out
}
