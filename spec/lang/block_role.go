package lang

import (
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/shoji-pg/shoji/spec"
)

func roleBlock(b *body, r *spec.Role) {
	at := &r.At
	b.required("in", databases.ref(&r.In), nil, "A database of the cluster; grants are about that database.")
	b.optional("name", textOrDefault(&r.Name), &at.Name, "The role's name; the label by default.")
	b.optional("login", optionalBoolean(&r.Login), &at.Login, "")
	b.optional("inherit", optionalBoolean(&r.Inherit), &at.Inherit, "")
	b.optional("createdb", optionalBoolean(&r.CreateDB), &at.CreateDB, "")
	b.optional("createrole", optionalBoolean(&r.CreateRole), &at.CreateRole, "")
	b.optional("replication", optionalBoolean(&r.Replication), &at.Replication, "")
	b.optional("bypassrls", optionalBoolean(&r.BypassRLS), &at.BypassRLS, "")
	b.optional("superuser", optionalBoolean(&r.Superuser), &at.Superuser, "")
	b.optional("connection_limit", optionalInteger(&r.ConnectionLimit, -1, 1<<30), nil, "")
	b.optional("valid_until", optionalText(&r.ValidUntil), &at.ValidUntil, "A timestamp.")
	b.optional("password", secrets.ref(&r.Password), &at.Password, "Sent as a SCRAM verifier only.")
	b.optional("password_version", text(&r.PasswordVersion), nil,
		"A change of it sets the password again.")
	b.optional("iam", boolean(&r.IAM), &at.IAM,
		"`true`: it connects with [IAM tokens](iam-authentication.md) and with no "+
			"password: a member of `rds_iam`.")
	b.optional("settings", textMap(&r.Settings), &at.Settings, "`ALTER ROLE … SET`.")
	b.optional("member_of", memberships(&r.MemberOf), &at.MemberOf, "Roles, names, or `{ role, admin, inherit, set }`.")
	b.optional("comment", text(&r.Comment), &at.Comment, "")
	b.optional("mode", choice(&r.Mode, "additive", "authoritative"), nil,
		"`\"additive\"` (default) or `\"authoritative\"`.")
	b.optional("on_remove", choice(&r.OnRemove, "disable", "drop", "forget"), &at.OnRemove,
		"When the block is removed: `\"disable\"` (default), `\"drop\"` or `\"forget\"`.")
	b.optional("reassign_to", roleName(&r.ReassignTo), nil, "The role that gets what a dropped role owned.")
	b.nested("grant", "Privileges on objects.", func(n *body) { grantBlock(n, r) })
	b.nested("default_privileges", "Privileges on what a role creates later.",
		func(n *body) { defaultPrivilegesBlock(n, r) })
	b.check(func() { checkRole(b, r) })
}

func checkRole(b *body, r *spec.Role) {
	sort.SliceStable(r.MemberOf, func(i, j int) bool { return r.MemberOf[i].Role < r.MemberOf[j].Role })
	switch lower := strings.ToLower(r.Name); {
	case strings.HasPrefix(lower, "pg_"), strings.HasPrefix(lower, "rds_"), lower == "public" && r.Name != "public",
		lower == "none", lower == "rdsadmin":
		b.errorf(r.At.Name.Range, "Reserved role name",
			"%q belongs to the server. It can be in member_of, but it cannot be declared.", r.Name)
	case len(r.Name) > 63:
		b.errorf(r.At.Name.Range, "Name too long", "The name of a role has at most 63 bytes.")
	}
	// RDS refuses the password of a member of rds_iam.
	member := slices.ContainsFunc(r.MemberOf, func(m spec.Membership) bool { return m.Role == "rds_iam" })
	if (r.IAM || member) && r.Password != nil {
		b.errorf(r.At.Password.Range, "Password would be refused",
			"A member of rds_iam connects with IAM tokens only. Remove password, or iam = true.")
	}
	if r.OnRemove == "drop" && r.ReassignTo == "" {
		b.errorf(r.At.OnRemove.Range, "Missing reassign_to", "on_remove = \"drop\" needs reassign_to.")
	}
}

func grantBlock(b *body, r *spec.Role) {
	g := spec.Grant{}
	var on, privileges spec.Argument
	b.required("on", selector(&g.On), &on, "`database()`, `schema(s)`, `table(s, t)`, `table(s, t, [columns])`, "+
		"`all_tables(s)`, `sequence(s, q)`, `all_sequences(s)`, `function(s, \"f(integer)\")`, `all_functions(s)` or "+
		"`type(s, t)`.")
	privilegeArguments(b, &g.Privileges, &g.WithGrantOption, &privileges)
	b.check(func() {
		g.Range = on.Range
		switch {
		case g.On.Kind == "": // reported already
		case len(g.Privileges) == 0 && r.Mode != "authoritative":
			b.errorf(privileges.Range, "No privileges to grant",
				"Name at least one privilege. (With mode = \"authoritative\" "+
					"an empty list says that the role has none on these objects.)")
		default:
			r.Grants = append(r.Grants, g)
		}
	})
}

func privilegeArguments(b *body, privileges *[]string, grantOption *bool, at *spec.Argument) {
	b.required("privileges", privilegeNames(privileges), at,
		"`SELECT`, `USAGE`, …, or `ALL`, which is expanded for the "+
			"kind of object and the server's version.")
	b.optional("with_grant_option", boolean(grantOption), nil, "Let the role grant them on (hazard `EXPOSES_DATA`).")
}

func privilegeNames(into *[]string) parser {
	return custom("list of strings", func(v value) {
		list, _ := v.texts(true)
		for _, s := range list {
			*into = append(*into, strings.ToUpper(strings.TrimSpace(s)))
		}
	})
}

func defaultPrivilegesBlock(b *body, r *spec.Role) {
	p := spec.DefaultPrivilege{}
	var at struct{ schema, on, privileges spec.Argument }
	b.required("for_role", roleName(&p.ForRole), nil, "Whose objects.")
	b.optional("schema", text(&p.Schema), &at.schema, "Only in that schema.")
	b.required("on", text(&p.On), &at.on,
		"`\"tables\"`, `\"sequences\"`, `\"functions\"`, `\"types\"` or `\"schemas\"`.")
	privilegeArguments(b, &p.Privileges, &p.WithGrantOption, &at.privileges)
	b.check(func() {
		p.Range = b.place
		known := []string{"tables", "sequences", "functions", "types", "schemas"}
		if p.On != "" && !slices.Contains(known, p.On) {
			b.unknown(at.on.Range, "Unknown kind of object", p.On, known)
			return
		}
		if p.On == "schemas" && p.Schema != "" {
			b.errorf(at.schema.Range, "Schemas are in no schema",
				"Remove schema: default privileges on schemas are about the whole database.")
		}
		if len(p.Privileges) == 0 {
			b.errorf(at.privileges.Range, "No privileges to grant", "Name at least one privilege.")
			return
		}
		r.DefaultPrivileges = append(r.DefaultPrivileges, p)
	})
}

// memberships reads names, roles, or objects with options.
func memberships(into *[]spec.Membership) parser {
	return custom("list", func(v value) {
		if !v.CanIterateElements() || isMap(v.Value) {
			v.mustBe("a list of roles")
			return
		}
		list := make([]spec.Membership, 0, v.LengthInt())
		for _, e := range v.elements() {
			m := spec.Membership{Range: v.place()}
			if e.Type().IsObjectType() && !e.IsNull() {
				v.membershipOptions(e, &m)
				if !e.Type().HasAttribute("role") {
					v.errorf("Membership without a role", "Write { role = role.x, admin = true }.")
					continue
				}
				e = e.GetAttr("role")
			}
			if r, ok := roles.of(e); ok {
				at := len(list)
				v.b.postpone(func() { list[at].Role = r.Name })
			} else if e.Type() == cty.String && !e.IsNull() {
				m.Role = e.AsString()
			} else {
				v.errorf("Invalid argument type",
					"An element of %q must be a role, its name, or { role, admin, inherit, "+
						"set }.", v.name)
				continue
			}
			list = append(list, m)
		}
		*into = list
	})
}

func (v value) membershipOptions(options cty.Value, m *spec.Membership) {
	into := map[string]**bool{"admin": &m.Admin, "inherit": &m.Inherit, "set": &m.Set}
	values := options.AsValueMap()
	for _, name := range sortedKeys(values) {
		if name == "role" {
			continue
		}
		if into[name] == nil {
			v.b.unknown(v.place(), "Unknown option of a membership", name, []string{"role", "admin", "inherit", "set"})
			continue
		}
		b, err := convert.Convert(values[name], cty.Bool)
		if err != nil || b.IsNull() || !b.IsKnown() {
			v.errorf("Invalid argument type", "%s must be true or false.", name)
			continue
		}
		yes := b.True()
		*into[name] = &yes
	}
}

// selectorType is the type of the functions that say what a grant is on.
var selectorType = cty.Capsule("selector", reflect.TypeFor[spec.Selector]())

func selector(into *spec.Selector) parser {
	return custom("selector", func(v value) {
		if v.Type() != selectorType {
			v.errorf("Invalid grant target", "Use one of schema(), table(), all_tables(), sequence(), "+
				"all_sequences(), function(), all_functions(), type() and database().")
			return
		}
		*into = *v.EncapsulatedValue().(*spec.Selector)
	})
}

// selectors are the functions that say what a grant is on.
func selectors() map[string]function.Function {
	selector := func(kind string, all bool, params ...string) function.Function {
		f := &function.Spec{Type: function.StaticReturnType(selectorType)}
		f.Impl = func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s := spec.Selector{Kind: kind, All: all}
			if len(args) > 0 {
				s.Schema = args[0].AsString()
			}
			if len(args) > 1 {
				s.Name = args[1].AsString()
			}
			if kind == "schema" {
				s.Name, s.Schema = s.Schema, ""
			}
			for _, columns := range args[min(len(args), 2):] {
				for _, c := range columns.AsValueSlice() {
					s.Columns = append(s.Columns, c.AsString())
				}
			}
			return cty.CapsuleVal(selectorType, &s), nil
		}
		for _, p := range params {
			f.Params = append(f.Params, function.Parameter{Name: p, Type: cty.String})
		}
		if kind == "table" && !all {
			f.VarParam = &function.Parameter{Name: "columns", Type: cty.List(cty.String)}
		}
		return function.New(f)
	}
	return map[string]function.Function{
		"database":      selector("database", false),
		"schema":        selector("schema", false, "schema"),
		"table":         selector("table", false, "schema", "table"),
		"all_tables":    selector("table", true, "schema"),
		"sequence":      selector("sequence", false, "schema", "sequence"),
		"all_sequences": selector("sequence", true, "schema"),
		"function":      selector("function", false, "schema", "signature"),
		"all_functions": selector("function", true, "schema"),
		"type":          selector("type", false, "schema", "type"),
	}
}
