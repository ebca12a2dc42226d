package spec

import (
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// duplicates reports tables that two blocks decide and roles that two blocks declare. Labels alone do not
// show it: under for_each the names come from arguments.
func (l *loader) duplicates() {
	tables := map[[2]string][]*Table{}
	for _, t := range l.project.Tables {
		k := [2]string{t.Schema, t.Name}
		for _, other := range tables[k] {
			if overlap(t.Refreshes, other.Refreshes) {
				l.twice(t.Range, "Table decided twice", t.Address(), other.Range)
			}
		}
		tables[k] = append(tables[k], t)
	}
	type name struct {
		in   *Database
		name string
	}
	roles := map[name]*Role{}
	for _, r := range l.project.Roles {
		k := name{r.In, r.Name}
		if other := roles[k]; other != nil {
			l.twice(r.Range, "Role declared twice", r.Address()+" ("+r.Name+")", other.Range)
			continue
		}
		roles[k] = r
	}
	l.namedTwice()
	rules := map[string]*Rule{}
	for _, r := range l.project.Rules {
		if other := rules[r.Address()]; other != nil {
			l.twice(r.Range, "Rule declared twice", r.Address(), other.Range)
			continue
		}
		rules[r.Address()] = r
	}
}

// namedTwice reports blocks that are about one and the same thing of AWS.
func (l *loader) namedTwice() {
	type thing struct{ kind, account, region, name string }
	first := map[thing]*AWSObject{}
	add := func(o *AWSObject, region bool, name string) {
		if o.In == nil || name == "" {
			return
		}
		k := thing{kind: o.Kind, account: o.In.Account, name: name}
		if region {
			k.region = o.In.Region
		}
		if other := first[k]; other != nil {
			l.twice(o.Range, "Declared twice", o.Address()+" ("+name+")", other.Range)
			return
		}
		first[k] = o
	}
	p := l.project
	for _, k := range p.KMSKeys {
		add(&k.AWSObject, true, k.Alias)
	}
	for _, r := range p.IAMRoles { // IAM knows no regions, and ignores the case of names
		add(&r.AWSObject, false, strings.ToLower(r.Name))
	}
	for _, x := range p.IAMPolicies {
		add(&x.AWSObject, false, strings.ToLower(x.Name))
	}
	for _, b := range p.Buckets {
		add(&b.AWSObject, false, b.Name)
	}
	for _, c := range p.Clusters {
		add(&c.AWSObject, true, c.Identifier)
	}
	for _, g := range p.ParameterGroups {
		add(&g.AWSObject, true, g.Level+" "+g.Name)
	}
}

func (l *loader) twice(at diag.Range, summary, what string, first diag.Range) {
	l.diags.Errorf(&at, summary, "%s is decided at %s already. Under for_each give each instance its own name.", what,
		first)
}

// overlap reports whether two lists share a refresh; nil means all.
func overlap(a, b []*Refresh) bool {
	if a == nil || b == nil {
		return true
	}
	for _, x := range a {
		for _, y := range b {
			if x == y {
				return true
			}
		}
	}
	return false
}
