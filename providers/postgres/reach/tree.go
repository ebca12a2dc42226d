package reach

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// each calls f for the direct children of a message.
func each(m protoreflect.Message, f func(protoreflect.Message)) {
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case d.IsList() && d.Message() != nil:
			for i := range v.List().Len() {
				f(v.List().Get(i).Message())
			}
		case !d.IsList() && !d.IsMap() && d.Message() != nil:
			f(v.Message())
		}
		return true
	})
}

// qualified returns a name as schema.name. Without a schema it is in pg_catalog, the only schema in the search path of
// a session.
func qualified(list []*pg.Node) string {
	var parts []string
	for _, n := range list {
		parts = append(parts, n.GetString_().GetSval())
	}
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return "pg_catalog." + parts[0]
	}
	return strings.Join(parts[len(parts)-2:], ".")
}

// own returns a name of pg_catalog without the schema.
func own(name string) (string, bool) { return strings.CutPrefix(name, "pg_catalog.") }

// namesOfType returns the names under which a type may be known: an array has the name of its elements' type, and
// PostgreSQL names the array type after that with an underscore.
func namesOfType(t *pg.TypeName) []typeName {
	if t == nil || len(t.Names) == 0 {
		return nil
	}
	name := qualified(t.Names)
	out := []typeName{typeName(name)}
	if dot := strings.LastIndexByte(name, '.'); strings.HasPrefix(name[dot+1:], "_") {
		out = append(out, typeName(name[:dot+1]+strings.TrimPrefix(name[dot+1:], "_")))
	}
	return out
}
