package acl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/spec"
)

// firstOptions is the first version whose memberships have the options inherit and set, and one row for each
// grantor.
const firstOptions = 160000

// memberships plans GRANT role TO role. A membership that somebody else has granted counts: it is not granted
// again.
func (c *roleChange) memberships() {
	d, r := c.d, c.spec
	var before, after []string
	seen := map[string]bool{}
	for _, m := range c.wantedMemberships() {
		at := rangeOf(m.Range)
		switch {
		case m.Role == r.Name:
			d.diags.Errorf(at, "Role is a member of itself", "Role %s cannot be a member of itself.",
				sqltext.Plain(r.Name))
			continue
		case seen[m.Role]:
			d.diags.Errorf(at, "Membership declared twice", "%s lists %q twice.", r.Address(), m.Role)
			continue
		case d.server.VersionNum < firstOptions && (m.Inherit != nil || m.Set != nil):
			d.diags.Errorf(at, "Unsupported membership option",
				"inherit and set of a membership need PostgreSQL 16 or later, and %s is older. Use the inherit "+
					"attribute of the role.", d.address())
			continue
		case !d.exists(m.Role, fmt.Sprintf("%s is a member of", r.Address()), at):
			continue
		}
		seen[m.Role] = true
		have := c.grantsOf(m.Role)
		if len(have) > 0 {
			before = append(before, membershipText(m.Role, have))
		}
		after = append(after, c.wantedMembershipText(m, have))
		c.membership(m, have)
	}
	if r.Mode == "authoritative" && (r.At.MemberOf.Written || len(r.MemberOf) > 0) {
		before = append(before, c.revokeUndeclared(seen)...)
	}
	if len(before)+len(after) > 0 {
		slices.Sort(before)
		slices.Sort(after)
		c.show("member_of", anySlice(before), anySlice(after))
	}
}

func anySlice(list []string) any {
	if list == nil {
		return nil
	}
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// grantsOf returns the rows of pg_auth_members for this role in a group.
func (c *roleChange) grantsOf(group string) []RoleGrant {
	var out []RoleGrant
	for _, m := range c.d.server.Memberships {
		if m.Role == group && m.Member == c.spec.Name {
			out = append(out, m)
		}
	}
	return out
}

// option is one of admin, inherit and set: what is wanted (nil: not managed) and what each row has.
type option struct {
	name string
	want *bool
	has  func(RoleGrant) bool
}

func options(m spec.Membership) []option {
	return []option{
		{"ADMIN", m.Admin, func(g RoleGrant) bool { return g.Admin }},
		{"INHERIT", m.Inherit, func(g RoleGrant) bool { return g.Inherit }},
		{"SET", m.Set, func(g RoleGrant) bool { return g.Set }},
	}
}

// membership plans one: the grant itself, then options that are missing, then options that must go.
func (c *roleChange) membership(m spec.Membership, have []RoleGrant) {
	var give []string
	var take []Membership
	for _, o := range options(m) {
		switch {
		case o.want == nil:
		case *o.want && !slices.ContainsFunc(have, o.has):
			give = append(give, o.name)
		case !*o.want && slices.ContainsFunc(have, o.has):
			for _, g := range have {
				if o.has(g) {
					take = append(take, Membership{Of: m.Role, Revoke: true, Option: o.name, GrantedBy: c.grantor(g)})
				}
			}
		}
	}
	if len(have) > 0 && len(give)+len(take) == 0 {
		return
	}
	what := "grant role " + sqltext.Plain(m.Role) + " to " + sqltext.Plain(c.spec.Name)
	c.d.rights.checkMember(m.Role, what, rangeOf(m.Range))
	if len(have) == 0 || len(give) > 0 {
		with := c.grantOptions(m, give, len(have) == 0)
		c.step.Memberships = append(c.step.Memberships, Membership{Of: m.Role, With: with})
		c.needRole(m.Role)
		if len(have) == 0 {
			c.warnTokensOnly(m)
		}
		c.memberHazard(m, have)
	}
	c.step.Memberships = append(c.step.Memberships, take...)
	if len(take) > 0 {
		c.hazard(engine.LosesAccess, "role %s loses options of its membership in %s", sqltext.Plain(c.spec.Name),
			sqltext.Plain(m.Role))
	}
}

// grantOptions returns the options of GRANT … WITH. Before 16 there is only ADMIN OPTION, which cannot be false.
func (c *roleChange) grantOptions(m spec.Membership, give []string, isNew bool) []string {
	if c.d.server.VersionNum < firstOptions {
		if slices.Contains(give, "ADMIN") {
			return []string{"ADMIN OPTION"}
		}
		return nil
	}
	var parts []string
	for _, o := range options(m) {
		if slices.Contains(give, o.name) {
			parts = append(parts, o.name+" TRUE")
		} else if isNew && o.want != nil && !*o.want && o.name != "ADMIN" {
			parts = append(parts, o.name+" FALSE")
		}
	}
	return parts
}

// grantor returns who granted a membership, which tells the rows of 16 and later apart; "" before.
func (c *roleChange) grantor(g RoleGrant) string {
	if c.d.server.VersionNum < firstOptions || g.Grantor == "" {
		return ""
	}
	if r := c.d.rights; r.access(g.Grantor) != directly {
		r.addMissing(&c.spec.At.MemberOf.Range,
			fmt.Sprintf("revoke what %s granted to %s", sqltext.Plain(g.Grantor), sqltext.Plain(g.Member)),
			r.grantHint(g.Grantor, ""))
	}
	return g.Grantor
}

// revokeUndeclared plans the revokes of an authoritative role's memberships. It returns those that go, for the change.
func (c *roleChange) revokeUndeclared(declared map[string]bool) []string {
	if c.have == nil {
		return nil
	}
	var shown []string
	for _, g := range c.d.server.Memberships {
		if g.Member != c.spec.Name || declared[g.Role] || g.Member == c.d.server.User && g.Admin {
			continue // what CREATE ROLE gave to who created it is no membership that anybody declared
		}
		shown = append(shown, membershipText(g.Role, []RoleGrant{g}))
		c.d.rights.checkMember(g.Role, "revoke role "+sqltext.Plain(g.Role)+" from "+sqltext.Plain(g.Member),
			&c.spec.At.MemberOf.Range)
		c.step.Memberships = append(c.step.Memberships,
			Membership{Of: g.Role, Revoke: true, GrantedBy: c.grantor(g)})
		c.hazard(engine.LosesAccess, "role %s is no longer a member of %s", sqltext.Plain(g.Member),
			sqltext.Plain(g.Role))
	}
	return shown
}

// needRole makes the step wait for the one that creates a role.
func (c *roleChange) needRole(role string) {
	if c.d.server.Role(role) != nil {
		return
	}
	if r := c.d.declaredHere(role); r != nil && !slices.Contains(c.needs, r.Address()+".create") {
		c.needs = append(c.needs, r.Address()+".create")
	}
}

// memberHazard warns where a membership lets a role that exists read more.
func (c *roleChange) memberHazard(m spec.Membership, have []RoleGrant) {
	if c.have == nil || len(have) > 0 {
		return
	}
	if why := c.d.whyReads(m.Role, map[string]bool{}); why != "" {
		c.hazard(engine.ExposesData, "role %s becomes a member of %s, which %s", sqltext.Plain(c.spec.Name),
			sqltext.Plain(m.Role), why)
	}
}

// readers are the system's roles that read data.
var readers = []string{
	"pg_read_all_data", "pg_read_server_files", "pg_execute_server_program", "pg_write_server_files", "rds_superuser",
}

// whyReads returns why members of a role read tables; "" where they do not.
func (d *differ) whyReads(role string, seen map[string]bool) string {
	if seen[role] {
		return ""
	}
	seen[role] = true
	if x := d.server.Role(role); x != nil && x.Superuser {
		return "is a superuser"
	}
	if slices.Contains(readers, role) {
		return "reads data"
	}
	for _, r := range d.Roles {
		if r.Name != role {
			continue
		}
		for _, g := range r.Grants {
			if g.On.Kind == string(Table) &&
				(slices.Contains(g.Privileges, "SELECT") || slices.Contains(g.Privileges, "ALL")) {
				return "reads tables"
			}
		}
		for _, m := range r.MemberOf {
			if why := d.whyReads(m.Role, seen); why != "" {
				return why
			}
		}
	}
	if d.Live != nil {
		for i := range d.Live.Objects {
			if o := &d.Live.Objects[i]; o.Kind == Table && d.readsObject(o, role) {
				return "reads tables"
			}
		}
	}
	for _, m := range d.server.Memberships {
		if m.Member == role {
			if why := d.whyReads(m.Role, seen); why != "" {
				return why
			}
		}
	}
	return ""
}

func (d *differ) readsObject(o *Object, role string) bool {
	if has, _ := holds(o.Grants, role, "SELECT"); has {
		return true
	}
	return slices.ContainsFunc(o.Columns, func(c ObjectColumn) bool {
		has, _ := holds(c.Grants, role, "SELECT")
		return has
	})
}

// membershipText writes a membership with the options that differ from the usual.
func membershipText(group string, have []RoleGrant) string {
	var notes []string
	if slices.ContainsFunc(have, func(g RoleGrant) bool { return g.Admin }) {
		notes = append(notes, "admin")
	}
	if !slices.ContainsFunc(have, func(g RoleGrant) bool { return g.Inherit }) {
		notes = append(notes, "no inherit")
	}
	if !slices.ContainsFunc(have, func(g RoleGrant) bool { return g.Set }) {
		notes = append(notes, "no set")
	}
	return withNotes(group, notes)
}

func (c *roleChange) wantedMembershipText(m spec.Membership, have []RoleGrant) string {
	var notes []string
	for _, o := range []struct {
		option
		shownWhen bool
		note      string
	}{{options(m)[0], true, "admin"}, {options(m)[1], false, "no inherit"}, {options(m)[2], false, "no set"}} {
		value := len(have) > 0 && slices.ContainsFunc(have, o.has) || len(have) == 0 && !o.shownWhen
		if o.want != nil {
			value = *o.want
		}
		if value == o.shownWhen {
			notes = append(notes, o.note)
		}
	}
	return withNotes(m.Role, notes)
}

func withNotes(group string, notes []string) string {
	if len(notes) == 0 {
		return group
	}
	return group + " (" + strings.Join(notes, ", ") + ")"
}

// tokenRole is the role whose members RDS and Aurora let in with IAM tokens, and with nothing else.
const tokenRole = "rds_iam"

// wantedMemberships returns the memberships that a role should have: those that are declared, and rds_iam where it
// connects with tokens.
func (c *roleChange) wantedMemberships() []spec.Membership {
	r := c.spec
	if !r.IAM || slices.ContainsFunc(r.MemberOf, func(m spec.Membership) bool { return m.Role == tokenRole }) {
		return r.MemberOf
	}
	if c.d.server.Role(tokenRole) == nil {
		c.d.diags.Errorf(&r.At.IAM.Range, "IAM tokens are not supported here",
			"%s has no role %s, so it is neither RDS nor Aurora, and nothing checks an IAM token there. Remove iam.",
			c.d.address(), tokenRole)
		return r.MemberOf
	}
	return append(slices.Clone(r.MemberOf), spec.Membership{Role: tokenRole, Range: r.At.IAM.Range})
}

// warnTokensOnly warns that a role which becomes a member of rds_iam can no longer use its password.
func (c *roleChange) warnTokensOnly(m spec.Membership) {
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
