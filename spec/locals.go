package spec

import (
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// readLocals works the locals out, each after those that it mentions. There is no cycle here any more.
func (l *loader) readLocals() {
	todo := map[string]*hclsyntax.Attribute{}
	for _, b := range l.of("locals") {
		for name, a := range b.Body.Attributes {
			if first, twice := todo[name]; twice {
				l.errorf(a.NameRange, "Local declared twice", "%q is declared at %s already.", name,
					rangeOf(first.NameRange))
			}
			todo[name] = a
		}
	}
	l.inOrder("local", names(todo), func(name string) {
		v, ds := l.meter.value(todo[name].Expr, l.localContext(todo[name].Expr))
		l.add(ds)
		if ds.HasErrors() {
			v = cty.DynamicVal
		}
		l.locals[name] = v
	})
}

// localContext is context for a local: of the others it has those that are mentioned, because there may be thousands.
func (l *loader) localContext(e hcl.Expression) *hcl.EvalContext {
	mentioned := map[string]cty.Value{}
	for _, t := range e.Variables() {
		if t.RootName() != "local" {
			continue
		}
		if len(t) < 2 {
			return l.context(cty.NilVal, false)
		}
		name := ""
		switch step := t[1].(type) {
		case hcl.TraverseAttr:
			name = step.Name
		case hcl.TraverseIndex:
			if step.Key.Type() == cty.String {
				name = step.Key.AsString()
			}
		}
		if v, ok := l.locals[name]; ok {
			mentioned[name] = v
		}
	}
	ctx := l.contextWithoutLocals(cty.NilVal, false)
	ctx.Variables["local"] = cty.ObjectVal(mentioned)
	return ctx
}

// inOrder calls f for each name of a kind, after those of the kind that it refers to.
func (l *loader) inOrder(kind string, list []string, f func(name string)) {
	byAddress := map[string]string{}
	for _, n := range list {
		byAddress[address(kind, n, "")] = n
	}
	needs := map[string][]string{}
	for _, r := range l.project.References {
		if needed, ok := byAddress[r.To]; ok {
			needs[r.From] = append(needs[r.From], needed)
		}
	}
	done := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if done[name] {
			return
		}
		done[name] = true
		for _, needed := range needs[address(kind, name, "")] {
			visit(needed)
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
