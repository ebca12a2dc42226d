package spec

import (
	"regexp"
	"sort"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

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

var sidText = regexp.MustCompile(`^[A-Za-z0-9]*$`)

// statements reads the statement blocks of a block.
func (l *loader) statements(in *instance) []PolicyStatement {
	var out []PolicyStatement
	resource := in.block.Type == "kms_key" || in.block.Type == "bucket"
	for _, n := range in.nested("statement") {
		s := PolicyStatement{
			Sid:          n.str("sid"),
			Effect:       n.choice("effect", "Allow", "Deny"),
			Actions:      n.strs("actions", true),
			NotActions:   n.strs("not_actions", true),
			Resources:    n.strs("resources", true),
			NotResources: n.strs("not_resources", true),
			Conditions:   n.conditions(),
		}
		if resource {
			s.Principals = n.grantees("principals", false)
		}
		if !sidText.MatchString(s.Sid) {
			l.errorf(n.at("sid"), "A name that AWS does not take", "A sid has letters and digits only.")
		}
		if (len(s.Actions) == 0) == (len(s.NotActions) == 0) {
			l.errorf(n.block.TypeRange, "A statement about what?", "Give a statement actions or not_actions.")
		}
		if in.block.Type == "kms_key" && len(s.Resources) == 0 && len(s.NotResources) == 0 {
			s.Resources = []string{"*"} // in a key's policy that is the key
		}
		if (len(s.Resources) == 0) == (len(s.NotResources) == 0) {
			l.errorf(n.block.TypeRange, "A statement on what?", "Give a statement resources or not_resources.")
		}
		out = append(out, s)
	}
	return out
}

// conditions reads { Operator = { key = value or list } }.
func (in *instance) conditions() []PolicyCondition {
	v, ok := in.plain("conditions")
	if !ok {
		return nil
	}
	wrong := func() []PolicyCondition {
		in.l.errorf(in.at("conditions"), "Wrong type of argument",
			"\"conditions\" must be as { StringEquals = { \"aws:SourceAccount\" = \"111111111111\" } }.")
		return nil
	}
	isMap := func(v cty.Value) bool { return !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType()) }
	if !isMap(v) {
		return wrong()
	}
	var out []PolicyCondition
	for operator, keys := range v.AsValueMap() {
		if !isMap(keys) {
			return wrong()
		}
		for key, values := range keys.AsValueMap() {
			list, err := convert.Convert(values, cty.List(cty.String))
			if one, single := convert.Convert(values, cty.String); single == nil {
				list, err = cty.ListVal([]cty.Value{one}), nil
			}
			if err != nil || list.IsNull() || !list.IsWhollyKnown() || list.LengthInt() == 0 {
				return wrong()
			}
			c := PolicyCondition{Operator: operator, Key: key}
			for _, e := range list.AsValueSlice() {
				if e.IsNull() {
					return wrong()
				}
				c.Values = append(c.Values, e.AsString())
			}
			out = append(out, c)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].Operator < out[j].Operator || out[i].Operator == out[j].Operator && out[i].Key < out[j].Key
	})
	return out
}

// grantees reads a list of roles and texts; onlyRoles takes the ARNs of roles and no other text.
func (in *instance) grantees(name string, onlyRoles bool) []Grantee {
	v, ok := in.plain(name)
	if !ok {
		return nil
	}
	elements := []cty.Value{v}
	if v.Type() != iamRoleType && v.Type() != cty.String && v.CanIterateElements() && !v.Type().IsObjectType() &&
		!v.Type().IsMapType() {
		elements = v.AsValueSlice()
	}
	var out []Grantee
	for _, e := range elements {
		switch {
		case e.IsNull():
			in.l.errorf(in.at(name), "Wrong type of argument", "%q has an element that is null.", name)
		case e.Type() == iamRoleType:
			out = append(out, Grantee{Role: e.EncapsulatedValue().(*IAMRole)})
		case e.Type() != cty.String:
			in.l.errorf(in.at(name), "Wrong type of argument", "%q must be a list of roles (iam_role.x) and ARNs.",
				name)
		case onlyRoles && !roleARN.MatchString(e.AsString()):
			in.l.errorf(in.at(name), "This is not the ARN of a role",
				"Write iam_role.NAME, or arn:aws:iam::111111111111:role/NAME.")
		default:
			out = append(out, Grantee{Text: e.AsString()})
		}
	}
	return out
}

// grantee reads one role.
func (in *instance) grantee(name string) *Grantee {
	list := in.grantees(name, true)
	if len(list) > 1 {
		in.l.errorf(in.at(name), "One role only", "%q takes one role.", name)
	}
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}
