package spec

import (
	"regexp"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// ParameterGroup is a parameter group of RDS.
type ParameterGroup struct {
	AWSObject
	Name, Family string
	Level        string // "cluster" or "instance"
	Description  string
	Parameters   map[string]string
}

var familyName = regexp.MustCompile(`^[a-z-]*postgres[a-z]*[0-9]+$`)

func (l *loader) declareParameterGroups() {
	l.parameterGroups = l.declareAll("parameter_group", func(in *instance) cty.Value {
		g := &ParameterGroup{
			AWSObject:   l.object(in),
			Family:      in.str("family"),
			Level:       in.choice("level", "cluster", "instance"),
			Description: in.str("description"),
			Parameters:  in.texts("parameters"),
		}
		g.Name = in.str("name")
		if strings.HasPrefix(g.Name, "default.") {
			l.errorf(in.at("name"), "A group of AWS",
				"Groups named default.… cannot be changed. Give the group a name of its own.")
		} else {
			g.Name = in.named("name", "", rdsName,
				"a group's name has lower-case letters, digits and single hyphens, a letter first.")
		}
		if g.Family != "" && !familyName.MatchString(g.Family) {
			l.errorf(in.at("family"), "This is not a family of PostgreSQL",
				"%q: write aurora-postgresql16, or postgres16 for RDS.", g.Family)
		}
		for _, name := range names(g.Parameters) {
			if name != strings.ToLower(name) {
				l.errorf(in.at("parameters"), "Parameters are in lower case", "Write %q.", strings.ToLower(name))
			}
		}
		l.project.ParameterGroups = append(l.project.ParameterGroups, g)
		return cty.CapsuleVal(parameterGroupType, g)
	})
}
