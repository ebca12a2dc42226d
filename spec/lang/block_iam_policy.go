package lang

import (
	"regexp"

	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/spec"
)

var iamPolicyNames = nameRule{
	pattern: regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,128}$`),
	words:   "a policy's name has 1 to 128 letters, digits and _ + = , . @ -.",
}

func iamPolicyBlock(b *body, p *spec.IAMPolicy) {
	at := &p.At
	accountArgument(b, &p.AWSObject)
	b.optional("name", text(&p.Name), &at.Name, "Its name; the label by default.")
	b.optional("path", path(&p.Path), nil, "`/` by default. It cannot change.")
	b.optional("description", text(&p.Description), &at.Description, "It cannot change.")
	ownedArguments(b, &p.AWSObject)
	b.nested("statement", statementDoc, func(n *body) { statementBlock(n, &p.Statements, ofPrincipal) })
	b.nested("connect", "Let users of a database connect with IAM tokens.", func(n *body) { connectBlock(n, p) })
	b.derive(func() { iamPolicyNames.apply(b, &p.AWSObject, "name", &p.Name, at.Name) })
	b.check(func() {
		if len(p.Connect)+len(p.Statements) == 0 {
			b.errorf(p.Range, "Empty policy", "Write connect { … } or statement { … }.")
		}
	})
}

func connectBlock(b *body, p *spec.IAMPolicy) {
	c := spec.Connect{}
	var cluster spec.Argument
	b.required("cluster", clusters.ref(&c.Cluster), &cluster, "The cluster, in the same account.")
	b.required("users", users(&c.Users), nil, "Users of the database.")
	b.check(func() {
		if c.Cluster != nil {
			b.checkSameAccount(cluster.Range, &p.AWSObject, &c.Cluster.AWSObject, false)
			p.Connect = append(p.Connect, c)
		}
	})
}

// users reads users of a database: names, or declared roles.
func users(into *[]string) parser {
	return custom("list of strings or role.x", func(v value) {
		if !v.CanIterateElements() {
			v.mustBe("a list of names and roles (role.x)")
			return
		}
		v.b.postpone(func() {
			for _, e := range v.elements() {
				if r, ok := roles.of(e); ok {
					*into = append(*into, r.Name)
				} else if e.Type() == cty.String && !e.IsNull() && e.AsString() != "" && e.AsString() != "*" {
					*into = append(*into, e.AsString())
				} else {
					v.errorf("Invalid argument type",
						"An element of %q must be the name of a user, or a role (role.x).", v.name)
				}
			}
			if len(*into) == 0 {
				v.errorf("No users to connect", "Name at least one user.")
			}
		})
	})
}
