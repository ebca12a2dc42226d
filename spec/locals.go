package spec

import (
	"sort"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// readLocals works the locals out, each after those that it mentions. There is no cycle here any more.
func (l *loader) readLocals() {
	todo := map[string]*hclsyntax.Attribute{}
	for _, b := range l.of("locals") {
		for name, a := range b.Body.Attributes {
			if first, twice := todo[name]; twice {
				l.errorf(a.NameRange, "Local declared twice", "%q is declared at %s already.", name, rangeOf(first.NameRange))
			}
			todo[name] = a
		}
	}
	l.inOrder("local", names(todo), func(name string) {
		v, ds := todo[name].Expr.Value(l.context(cty.NilVal, false))
		l.add(ds)
		if ds.HasErrors() {
			v = cty.DynamicVal
		}
		l.locals[name] = v
	})
}

// inOrder calls f for each name of a kind, after those of the kind that it refers to.
func (l *loader) inOrder(kind string, list []string, f func(name string)) {
	byAddress := map[string]string{}
	for _, n := range list {
		byAddress[address(kind, n, "")] = n
	}
	done := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if done[name] {
			return
		}
		done[name] = true
		for _, r := range l.project.References {
			if needed, ok := byAddress[r.To]; ok && r.From == address(kind, name, "") {
				visit(needed)
			}
		}
		f(name)
	}
	for _, n := range list {
		visit(n)
	}
}

func names[T any](m map[string]T) []string {
	out := make([]string, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}
