package spec

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/source"
)

// ParseMask reads one mask of the catalogue as it is written in a spec, such as `digits({ keep_last = 2 })`. It knows
// no variables and no masks of the team's own.
func ParseMask(text string) (*mask.Mask, error) {
	expr, ds := source.Parse(hclsyntax.ParseExpression, []byte(text), "mask")
	if ds.HasErrors() {
		return nil, fmt.Errorf("reading the mask %s: %s", text, ds[0].Detail)
	}
	v, ds := expr.Value(&hcl.EvalContext{Functions: mask.Functions()})
	if ds.HasErrors() {
		return nil, fmt.Errorf("reading the mask %s: %s", text, ds[0].Detail)
	}
	m, ok := mask.FromValue(v)
	if !ok {
		return nil, fmt.Errorf("%s is no mask", text)
	}
	return m, nil
}
