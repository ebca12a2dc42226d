package spec

import (
	"slices"
	"sort"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// declared roles keep their instance until their bodies can be read: they may refer to each other.
type declaredRole struct {
	in   *instance
	role *Role
}

// declareRoles gives every role its name, so that others can refer to it.
func (l *loader) declareRoles() {
	l.roles = l.declareAll("role", func(in *instance) cty.Value {
		r := &Role{Label: in.block.Labels[0], EachKey: in.key, Range: rangeOf(in.block.DefRange()), Ranges: in.ranges()}
		if r.Name = in.str("name"); r.Name == "" {
			r.Name = r.Label
		}
		switch lower := strings.ToLower(r.Name); {
		case strings.HasPrefix(lower, "pg_"), strings.HasPrefix(lower, "rds_"), lower == "public" && r.Name != "public",
			lower == "none", lower == "rdsadmin":
			l.errorf(in.at("name"), "A role of the system",
				"%q belongs to the server. It can be in member_of, but it cannot be declared.", r.Name)
		case len(r.Name) > 63:
			l.errorf(in.at("name"), "A name is too long", "The name of a role has at most 63 bytes.")
		}
		l.declaredRoles = append(l.declaredRoles, declaredRole{in, r})
		l.project.Roles = append(l.project.Roles, r)
		return cty.CapsuleVal(roleType, r)
	})
}

// readRoles reads the bodies of the roles.
func (l *loader) readRoles() {
	for _, d := range l.declaredRoles {
		in, r := d.in, d.role
		r.In = reference[Database](in, "in", databaseType, "a database, such as database.staging")
		r.Login, r.Inherit, r.CreateDB, r.CreateRole = in.boolean("login"), in.boolean("inherit"),
			in.boolean("createdb"), in.boolean("createrole")
		r.Replication, r.BypassRLS, r.Superuser = in.boolean("replication"), in.boolean("bypassrls"),
			in.boolean("superuser")
		r.ConnectionLimit = in.integer("connection_limit", -1, 1<<30)
		if in.has("valid_until") {
			s := in.str("valid_until")
			r.ValidUntil = &s
		}
		r.Password = reference[Secret](in, "password", secretType, "a secret, such as secret.password")
		r.PasswordVersion, r.Comment = in.str("password_version"), in.str("comment")
		r.Mode, r.OnRemove = in.choice("mode", "additive", "authoritative"),
			in.choice("on_remove", "disable", "drop", "forget")
		r.ReassignTo = l.roleName(in, "reassign_to")
		r.Settings = in.texts("settings")
		r.MemberOf = l.memberships(in)
		l.iamUser(in, r)
		if r.OnRemove == "drop" && r.ReassignTo == "" {
			l.errorf(in.at("on_remove"), "Who gets what a dropped role owned?",
				"on_remove = \"drop\" needs reassign_to.")
		}
		for _, g := range in.nested("grant") {
			l.grant(g, r)
		}
		for _, p := range in.nested("default_privileges") {
			l.defaultPrivileges(p, r)
		}
	}
}

// iamUser reads whether a role connects with tokens. RDS refuses the password of a member of rds_iam, so none is set.
func (l *loader) iamUser(in *instance, r *Role) {
	if v := in.boolean("iam"); v != nil {
		r.IAM = *v
	}
	member := slices.ContainsFunc(r.MemberOf, func(m Membership) bool { return m.Role == "rds_iam" })
	if (r.IAM || member) && r.Password != nil {
		l.errorf(in.at("password"), "A password that is refused",
			"A member of rds_iam connects with IAM tokens only. Take password away, or iam = true.")
	}
}

func (l *loader) grant(in *instance, r *Role) {
	g := Grant{Privileges: upper(in.strs("privileges", true)), Range: rangeOf(in.block.TypeRange)}
	if v := in.boolean("with_grant_option"); v != nil {
		g.WithGrantOption = *v
	}
	v, ok := in.value("on", false)
	if !ok || v.IsNull() {
		return
	}
	if v.Type() != selectorType {
		l.errorf(in.at("on"), "This says not what the grant is on",
			"Use one of schema(), table(), all_tables(), sequence(), all_sequences(), function(), all_functions(), "+
				"type() and database().")
		return
	}
	g.On = *v.EncapsulatedValue().(*Selector)
	if len(g.Privileges) == 0 && r.Mode != "authoritative" {
		l.errorf(in.at("privileges"), "A grant of nothing",
			"Name at least one privilege. (With mode = \"authoritative\" an empty list says that the role "+
				"has none on these objects.)")
		return
	}
	at := rangeOf(in.at("on"))
	g.Range = at
	r.Grants = append(r.Grants, g)
}

func (l *loader) defaultPrivileges(in *instance, r *Role) {
	p := DefaultPrivilege{
		ForRole:    l.roleName(in, "for_role"),
		Schema:     in.str("schema"),
		Privileges: upper(in.strs("privileges", true)),
		Range:      rangeOf(in.block.TypeRange),
	}
	if v := in.boolean("with_grant_option"); v != nil {
		p.WithGrantOption = *v
	}
	known := []string{"tables", "sequences", "functions", "types", "schemas"}
	if p.On = in.str("on"); p.On != "" && !slices.Contains(known, p.On) {
		l.unknown(in.at("on"), "Unknown kind of object", p.On, known)
		return
	}
	if p.On == "schemas" && p.Schema != "" {
		l.errorf(in.at("schema"), "Schemas are in no schema",
			"Take schema away: default privileges on schemas are about the whole database.")
	}
	if len(p.Privileges) == 0 {
		l.errorf(in.at("privileges"), "A grant of nothing", "Name at least one privilege.")
		return
	}
	r.DefaultPrivileges = append(r.DefaultPrivileges, p)
}

// memberships reads member_of: names, roles, or objects with options.
func (l *loader) memberships(in *instance) []Membership {
	v, ok := in.value("member_of", false)
	if !ok || v.IsNull() {
		return nil
	}
	if !v.CanIterateElements() || v.Type().IsObjectType() || v.Type().IsMapType() {
		l.errorf(in.at("member_of"), "Wrong type of argument", "\"member_of\" must be a list of roles.")
		return nil
	}
	var out []Membership
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		m := Membership{Range: rangeOf(in.at("member_of"))}
		if e.Type().IsObjectType() && !e.IsNull() {
			l.membershipOptions(in, e, &m)
			if !e.Type().HasAttribute("role") {
				l.errorf(in.at("member_of"), "A membership without a role", "Write { role = role.x, admin = true }.")
				continue
			}
			e = e.GetAttr("role")
		}
		switch {
		case e.Type() == roleType && !e.IsNull():
			m.Role = e.EncapsulatedValue().(*Role).Name
		case e.Type() == cty.String && !e.IsNull():
			m.Role = e.AsString()
		default:
			l.errorf(in.at("member_of"), "Wrong type of argument",
				"An element of \"member_of\" must be a role, its name, or { role, admin, inherit, set }.")
			continue
		}
		out = append(out, m)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Role < out[j].Role })
	return out
}

func (l *loader) membershipOptions(in *instance, e cty.Value, m *Membership) {
	for _, name := range names(e.AsValueMap()) {
		into := map[string]**bool{"admin": &m.Admin, "inherit": &m.Inherit, "set": &m.Set}[name]
		if name == "role" {
			continue
		}
		if into == nil {
			l.unknown(in.at("member_of"), "Unknown option of a membership", name, []string{
				"role", "admin", "inherit", "set",
			})
			continue
		}
		b, err := convert.Convert(e.GetAttr(name), cty.Bool)
		if err != nil || b.IsNull() || !b.IsKnown() {
			l.errorf(in.at("member_of"), "Wrong type of argument", "%s must be true or false.", name)
			continue
		}
		yes := b.True()
		*into = &yes
	}
}

// texts reads a map of strings.
func (in *instance) texts(name string) map[string]string {
	v, ok := in.converted(name, cty.Map(cty.String), "a map of strings")
	if !ok {
		return nil
	}
	out := map[string]string{}
	for k, e := range v.AsValueMap() {
		if e.IsNull() {
			in.l.errorf(in.at(name), "Wrong type of argument", "%q has a value that is null.", name)
			continue
		}
		out[k] = e.AsString()
	}
	return out
}

func upper(list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = strings.ToUpper(strings.TrimSpace(s))
	}
	return out
}
