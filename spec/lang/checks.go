package lang

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec"
)

// checkDuplicates reports blocks that are about the same thing. Labels alone do not show it: under for_each the names
// come from arguments.
func checkDuplicates(r *report) {
	p := r.project
	tables := map[[2]string][]*spec.Table{}
	for _, t := range p.Tables {
		k := [2]string{t.Schema, t.Name}
		for _, other := range tables[k] {
			if overlap(t.Refreshes, other.Refreshes) {
				r.twice(t.Range, "Table decided twice", t.Address(), other.Range)
			}
		}
		tables[k] = append(tables[k], t)
	}
	type thing struct {
		kind, in, region, name string
	}
	first := map[thing]diag.Range{}
	check := func(k thing, at diag.Range, summary, what string) {
		if other, twice := first[k]; twice {
			r.twice(at, summary, what, other)
			return
		}
		first[k] = at
	}
	for _, role := range p.Roles {
		k := thing{kind: "role", name: role.Name}
		if role.In != nil {
			k.in = role.In.Address()
		}
		check(k, role.Range, "Role declared twice", role.Address()+" ("+role.Name+")")
	}
	for _, rule := range p.Rules {
		check(thing{kind: "rule", name: rule.Address()}, rule.Range, "Rule declared twice", rule.Address())
	}
	for _, link := range p.Links {
		check(thing{kind: "link", name: link.Address()}, link.Range, "Link declared twice", link.Address())
	}
	for _, test := range p.Tests {
		check(thing{kind: "test", name: test.Address()}, test.Range, "Test declared twice", test.Address())
	}
	for _, n := range p.Notifies {
		check(thing{kind: "notify", name: n.Address()}, n.Range, "Webhook declared twice", n.Address())
	}
	object := func(o *spec.AWSObject, regional bool, name string) {
		if o.In == nil || name == "" {
			return
		}
		k := thing{kind: o.Kind, in: o.In.Account, name: name}
		if regional {
			k.region = o.In.Region
		}
		check(k, o.Range, "Declared twice", o.Address()+" ("+name+")")
	}
	for _, k := range p.KMSKeys {
		object(&k.AWSObject, true, k.Alias)
	}
	for _, role := range p.IAMRoles { // IAM knows no regions, and ignores the case of names
		object(&role.AWSObject, false, strings.ToLower(role.Name))
	}
	for _, policy := range p.IAMPolicies {
		object(&policy.AWSObject, false, strings.ToLower(policy.Name))
	}
	for _, b := range p.Buckets {
		object(&b.AWSObject, false, b.Name)
	}
	for _, c := range p.Clusters {
		object(&c.AWSObject, true, c.Identifier)
	}
	for _, g := range p.ParameterGroups {
		object(&g.AWSObject, true, g.Level+" "+g.Name)
	}
}

func (r *report) twice(at diag.Range, summary, what string, first diag.Range) {
	r.errorf(at, summary, "%s is decided at %s already. Under for_each give each instance its own name.", what, first)
}

// overlap reports whether two lists share a refresh; nil means all.
func overlap(a, b []*spec.Refresh) bool {
	return a == nil || b == nil ||
		slices.ContainsFunc(a, func(r *spec.Refresh) bool { return slices.Contains(b, r) })
}
