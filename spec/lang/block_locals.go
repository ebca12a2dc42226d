package lang

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// readLocals evaluates the locals, each after those that it mentions. There is no cycle any more.
func readLocals(r *reader, refs *references) {
	locals := map[string]*hclsyntax.Attribute{}
	for _, b := range r.of("locals") {
		for name, a := range b.Body.Attributes {
			if first, twice := locals[name]; twice {
				r.errorf(rangeOf(a.NameRange), "Local declared twice", "%q is declared at %s already.", name,
					rangeOf(first.NameRange))
			}
			locals[name] = a
		}
	}
	values := map[string]cty.Value{}
	refs.inOrder("local", sortedKeys(locals), func(name string) {
		v, ds := r.evaluate(locals[name].Expr, r.localContext(locals[name].Expr, values))
		r.add(ds)
		if ds.HasErrors() {
			v = cty.DynamicVal
		}
		values[name] = v
	})
	for name, v := range values {
		r.set("local", name, v)
	}
}

// localContext returns what a local can refer to: of the others only those that it mentions, because there may be
// thousands.
func (s *scope) localContext(e hcl.Expression, values map[string]cty.Value) *hcl.EvalContext {
	mentioned := map[string]cty.Value{}
	for _, t := range e.Variables() {
		if t.RootName() != "local" {
			continue
		}
		name, ok := secondStep(t)
		if !ok { // local itself
			mentioned = values
			break
		}
		if v, ok := values[name]; ok {
			mentioned[name] = v
		}
	}
	ctx := s.context(cty.NilVal, false)
	ctx.Variables["local"] = cty.ObjectVal(mentioned)
	return ctx
}
