package policy

import (
	"slices"
	"strings"
)

// Widened reports whether after allows something that before does not, and Narrowed the reverse. If that cannot be
// told, both are true: a change is rather shown as a hazard than not.
func Widened(before, after Document) bool {
	// More is allowed, or less is denied.
	return exceeds(after.atoms("Allow"), before.atoms("Allow")) || exceeds(before.atoms("Deny"), after.atoms("Deny"))
}

// Narrowed reports whether before allows something that after does not.
func Narrowed(before, after Document) bool { return Widened(after, before) }

// exceeds reports whether one of list is covered by none of others.
func exceeds(list, others []atom) bool {
	for _, a := range list {
		if !slices.ContainsFunc(others, func(o atom) bool { return o.covers(a) }) {
			return true
		}
	}
	return false
}

// atom is the smallest part of a statement: one principal, one action, one resource, under conditions.
type atom struct {
	principal  Principal
	action     string
	resource   string
	conditions []Condition
}

// not marks the values of NotAction and its like, which are compared as a whole.
const not = "not "

// atoms takes the statements of one effect apart.
func (d Document) atoms(effect string) []atom {
	var out []atom
	for _, s := range d.Canonical().Statements {
		if s.Effect != effect {
			continue
		}
		who := s.Principals
		if len(s.NotPrincipals) > 0 {
			who = []Principal{{not, encode(s.NotPrincipals)}}
		}
		if len(who) == 0 {
			who = []Principal{{}} // whoever the policy is attached to
		}
		for _, p := range who {
			for _, a := range valuesOrNot(s.Actions, s.NotActions) {
				for _, r := range valuesOrNot(s.Resources, s.NotResources) {
					out = append(out, atom{p, strings.ToLower(a), r, s.Conditions})
				}
			}
		}
	}
	return out
}

func valuesOrNot(list, nots []string) []string {
	if len(nots) > 0 {
		return []string{not + encode(nots)}
	}
	if len(list) == 0 {
		return []string{""} // a trust policy has no resource
	}
	return list
}

// covers reports whether a matches whatever b matches.
func (a atom) covers(b atom) bool {
	if a.principal != b.principal && !(a.principal == Principal{"AWS", "*"} && b.principal.Type == "AWS") {
		return false
	}
	return glob(a.action, b.action) && glob(a.resource, b.resource) && impliesAll(a.conditions, b.conditions)
}

// impliesAll reports whether a request that satisfies all conditions of b satisfies all of a.
func impliesAll(a, b []Condition) bool {
	for _, x := range a {
		if !slices.ContainsFunc(b, func(y Condition) bool { return x.impliedBy(y) }) {
			return false
		}
	}
	return true
}

// impliedBy reports whether y implies x: the same key and operator, and no value that x lacks.
func (x Condition) impliedBy(y Condition) bool {
	operator := strings.ToLower(x.Operator)
	if operator != strings.ToLower(y.Operator) || !strings.EqualFold(x.Key, y.Key) {
		return false
	}
	switch operator {
	case "stringequals", "stringequalsignorecase", "arnequals", "numericequals", "dateequals", "ipaddress", "bool":
		return !slices.ContainsFunc(y.Values, func(v string) bool { return !slices.Contains(x.Values, v) })
	case "stringlike", "arnlike":
		return !slices.ContainsFunc(y.Values, func(v string) bool {
			return !slices.ContainsFunc(x.Values, func(p string) bool { return glob(p, v) })
		})
	}
	return slices.Equal(sortedSet(x.Values), sortedSet(y.Values))
}

// glob reports whether the pattern p (* and ?) matches everything that the pattern s matches.
func glob(p, s string) bool {
	if strings.HasPrefix(p, not) || strings.HasPrefix(s, not) {
		return p == s
	}
	for p != "" {
		switch p[0] {
		case '*':
			for i := 0; i <= len(s); i++ {
				if glob(p[1:], s[i:]) {
					return true
				}
			}
			return false
		case '?':
			if s == "" || s[0] == '*' {
				return false
			}
		default:
			if s == "" || s[0] != p[0] {
				return false
			}
		}
		p, s = p[1:], s[1:]
	}
	return s == ""
}
