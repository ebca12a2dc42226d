package lang

import (
	"strings"

	"github.com/shoji-pg/shoji/spec"
)

func parameterGroupBlock(b *body, g *spec.ParameterGroup) {
	at := &g.At
	accountArgument(b, &g.AWSObject)
	b.optional("name", text(&g.Name), &at.Name, "Its name; the label by default.")
	b.required("family", text(&g.Family), &at.Family, "Such as `\"aurora-postgresql16\"`.")
	b.optional("level", choice(&g.Level, "cluster", "instance"), nil,
		"`\"cluster\"` (default) or `\"instance\"`.")
	b.optional("description", text(&g.Description), &at.Description, "It cannot change.")
	b.optional("parameters", textMap(&g.Parameters), &at.Parameters,
		"Values by name. RDS is asked how each takes effect.")
	ownedArguments(b, &g.AWSObject)
	b.check(func() {
		if g.Family != "" && !familyName.MatchString(g.Family) {
			b.errorf(at.Family.Range, "Invalid parameter group family",
				"%q: write aurora-postgresql16, or postgres16 for RDS.", g.Family)
		}
		for _, name := range sortedKeys(g.Parameters) {
			if name != strings.ToLower(name) {
				b.errorf(at.Parameters.Range, "Parameters are in lower case", "Write %q.", strings.ToLower(name))
			}
		}
	})
	b.derive(func() {
		if strings.HasPrefix(g.Name, "default.") {
			b.errorf(at.Name.Range, "Reserved parameter group name",
				"Groups named default.… cannot be changed. Give the group another name.")
			return
		}
		rdsNames("a group's name").apply(b, &g.AWSObject, "name", &g.Name, at.Name)
	})
}
