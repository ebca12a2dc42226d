package lang

import (
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// TestAPanicOfAFunctionIsKnown: its text repeats what the function was given.
func TestAPanicOfAFunctionIsKnown(t *testing.T) {
	failing := func(impl function.ImplFunc) hcl.Diagnostics {
		f := function.New(&function.Spec{Type: function.StaticReturnType(cty.String), Impl: impl})
		expr, ds := hclsyntax.ParseExpression([]byte("f()"), "a.hcl", hcl.InitialPos)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		_, ds = expr.Value(&hcl.EvalContext{Functions: map[string]function.Function{"f": f}})
		if len(ds) != 1 {
			t.Fatalf("%d diagnostics: %v", len(ds), ds)
		}
		return ds
	}
	if ds := failing(func([]cty.Value, cty.Type) (cty.Value, error) { panic("a value") }); !panicked(ds[0]) {
		t.Errorf("not known as a panic: %v", ds)
	}
	wrong := function.NewArgErrorf(0, "panic in function implementation")
	if ds := failing(func([]cty.Value, cty.Type) (cty.Value, error) { return cty.NilVal, wrong }); panicked(ds[0]) {
		t.Errorf("an error is taken for a panic: %v", ds)
	}
}
