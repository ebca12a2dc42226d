package acl

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// tokenRole is the role whose members RDS and Aurora let in with IAM tokens, and with nothing else.
const tokenRole = "rds_iam"

// wanted gives the memberships of a role: those that are written, and rds_iam for one that connects with tokens.
func (c *roleChange) wanted() []spec.Membership {
	r := c.spec
	if !r.IAM || slices.ContainsFunc(r.MemberOf, func(m spec.Membership) bool { return m.Role == tokenRole }) {
		return r.MemberOf
	}
	if c.d.server.Role(tokenRole) == nil {
		c.d.diags.Errorf(&r.At.IAM.Range, "This server takes no tokens",
			"%s has no role %s, so it is neither RDS nor Aurora, and nothing checks an IAM token there. Take iam away.",
			c.d.address(), tokenRole)
		return r.MemberOf
	}
	return append(slices.Clone(r.MemberOf), spec.Membership{Role: tokenRole, Range: r.At.IAM.Range})
}

// tokensOnly says what a role loses that becomes a member of rds_iam: its password is refused from then on.
func (c *roleChange) tokensOnly(m spec.Membership) {
	name := sqltext.Plain(c.spec.Name)
	switch {
	case m.Role != tokenRole || c.have == nil:
	case c.spec.Name == c.d.server.User && !c.d.Database.IAM:
		c.d.diags.Errorf(rangeOf(m.Range), "shoji would lock itself out",
			"%s connects as %s with a password, which is refused once the role is a member of %s. Let another user "+
				"grant it, and write iam = true in %s.", c.d.address(), name, tokenRole, c.d.address())
	case slices.ContainsFunc(c.d.server.Memberships, func(g RoleGrant) bool {
		return g.Member == c.spec.Name && g.Role == "rds_superuser"
	}):
		c.hazard(engine.LosesAccess,
			"role %s is the administrator of the server, and its password is refused from now "+
				"on: only IAM tokens let it in", name)
	default:
		c.hazard(engine.LosesAccess, "role %s connects with IAM tokens from now on; a password of it is refused", name)
	}
}
