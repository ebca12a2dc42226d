package mask

import "github.com/zclconf/go-cty/cty"

// CallText shows a call of a team's own mask, its arguments by name and in canonical form: id_of({ prefix = "c_" }).
// Without arguments it is the name alone.
func CallText(name string, arguments map[string]cty.Value) string {
	if len(arguments) == 0 {
		return name
	}
	return name + "(" + text(cty.ObjectVal(arguments)) + ")"
}
