package lang

import (
	"cmp"
	"regexp"
	"slices"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/shoji-pg/shoji/spec"
)

// policyOf is what a policy is attached to.
type policyOf int

const (
	ofPrincipal policyOf = iota
	ofResource           // its statements name principals
	ofKey                // so do these, and the resource is the key
)

const statementDoc = "A statement of the policy, by hand, beside those that are generated."

var sidText = regexp.MustCompile(`^[A-Za-z0-9]*$`)

func statementBlock(b *body, into *[]spec.PolicyStatement, of policyOf) {
	s := spec.PolicyStatement{}
	var sid spec.Argument
	if of != ofPrincipal {
		b.required("principals", grantees(&s.Principals, anyone).as("list"), nil,
			"Roles, ARNs, account IDs, services, or `\"*\"`.")
	}
	b.optional("sid", text(&s.Sid), &sid, "Its name.")
	b.optional("effect", choice(&s.Effect, "Allow", "Deny"), nil, "`\"Allow\"` (default) or `\"Deny\"`.")
	b.optional("actions", textOrTexts(&s.Actions), nil, "")
	b.optional("not_actions", textOrTexts(&s.NotActions), nil, "")
	b.optional("resources", textOrTexts(&s.Resources), nil, "")
	b.optional("not_resources", textOrTexts(&s.NotResources), nil, "")
	b.optional("conditions", conditions(&s.Conditions), nil,
		"As in IAM: `{ StringEquals = { \"aws:SourceAccount\" = \"111111111111\" } }`.")
	b.check(func() {
		if !sidText.MatchString(s.Sid) {
			b.errorf(sid.Range, "Invalid name", "A sid has letters and digits only.")
		}
		if (len(s.Actions) == 0) == (len(s.NotActions) == 0) {
			b.errorf(b.place, "Statement without actions", "Give a statement actions or not_actions.")
		}
		if of == ofKey && len(s.Resources) == 0 && len(s.NotResources) == 0 {
			s.Resources = []string{"*"}
		}
		if (len(s.Resources) == 0) == (len(s.NotResources) == 0) {
			b.errorf(b.place, "Statement without resources", "Give a statement resources or not_resources.")
		}
		*into = append(*into, s)
	})
}

// conditions reads { Operator = { key = value or list } }.
func conditions(into *[]spec.PolicyCondition) parser {
	return custom("object", func(v value) {
		list, ok := conditionsOf(v.Value)
		if !ok {
			v.mustBe(`as { StringEquals = { "aws:SourceAccount" = "111111111111" } }`)
		}
		*into = list
	})
}

func conditionsOf(v cty.Value) ([]spec.PolicyCondition, bool) {
	if !isMap(v) {
		return nil, false
	}
	var out []spec.PolicyCondition
	for operator, keys := range v.AsValueMap() {
		if !isMap(keys) {
			return nil, false
		}
		for key, values := range keys.AsValueMap() {
			list, err := convert.Convert(values, cty.List(cty.String))
			if text, single := convert.Convert(values, cty.String); single == nil {
				list, err = cty.ListVal([]cty.Value{text}), nil
			}
			if err != nil || list.IsNull() || !list.IsWhollyKnown() || list.LengthInt() == 0 {
				return nil, false
			}
			c := spec.PolicyCondition{Operator: operator, Key: key}
			for _, e := range list.AsValueSlice() {
				if e.IsNull() {
					return nil, false
				}
				c.Values = append(c.Values, e.AsString())
			}
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b spec.PolicyCondition) int {
		return cmp.Or(cmp.Compare(a.Operator, b.Operator), cmp.Compare(a.Key, b.Key))
	})
	return out, true
}

// granteeTexts is which texts are accepted beside declared roles.
type granteeTexts int

const (
	onlyRoles granteeTexts = iota // the ARNs of roles
	anyone
)

// grantees reads a list of roles and texts.
func grantees(into *[]spec.Grantee, accepted granteeTexts) parser {
	return custom("list of iam_role.x or ARNs", func(v value) {
		elements := v.elements()
		if isMap(v.Value) {
			elements = []cty.Value{v.Value}
		}
		for _, e := range elements {
			if e.IsNull() {
				v.errorf("Invalid argument type", "%q has an element that is null.", v.name)
			} else if r, ok := iamRoles.of(e); ok {
				*into = append(*into, spec.Grantee{Role: r})
			} else if e.Type() != cty.String {
				v.mustBe("a list of roles (iam_role.x) and ARNs")
			} else if accepted == onlyRoles && !roleARN.MatchString(e.AsString()) {
				v.errorf("Invalid role ARN",
					"Write iam_role.NAME, or arn:aws:iam::111111111111:role/NAME.")
			} else {
				*into = append(*into, spec.Grantee{Text: e.AsString()})
			}
		}
	})
}

// grantee reads one role.
func grantee(into **spec.Grantee) parser {
	return custom("iam_role.x or ARN", func(v value) {
		var list []spec.Grantee
		grantees(&list, onlyRoles).parse(v)
		if len(list) > 1 {
			v.errorf("More than one role", "%q takes one role.", v.name)
		}
		if len(list) > 0 {
			*into = &list[0]
		}
	})
}
