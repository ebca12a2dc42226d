package schemalock

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/spec/mask"
)

// builtin is a built-in type: its name in pg_type, its category and kind. elem is the subtype of a range, the range of
// a multirange, or the element of a vector.
type builtin struct {
	name     string
	category byte
	kind     byte
	elem     string
}

// builtins are the types that the lock only names, as format_type does. A type that is missing here, or that another
// version of PostgreSQL defines otherwise, is described in the lock.
var builtins = map[string]builtin{
	"text":                        {"text", 'S', 'b', ""},
	"character varying":           {"varchar", 'S', 'b', ""},
	"character":                   {"bpchar", 'S', 'b', ""},
	"bpchar":                      {"bpchar", 'S', 'b', ""},
	"name":                        {"name", 'S', 'b', ""},
	`"char"`:                      {"char", 'Z', 'b', ""},
	"bytea":                       {"bytea", 'U', 'b', ""},
	"uuid":                        {"uuid", 'U', 'b', ""},
	"xml":                         {"xml", 'U', 'b', ""},
	"smallint":                    {"int2", 'N', 'b', ""},
	"integer":                     {"int4", 'N', 'b', ""},
	"bigint":                      {"int8", 'N', 'b', ""},
	"numeric":                     {"numeric", 'N', 'b', ""},
	"money":                       {"money", 'N', 'b', ""},
	"real":                        {"float4", 'N', 'b', ""},
	"double precision":            {"float8", 'N', 'b', ""},
	"boolean":                     {"bool", 'B', 'b', ""},
	"date":                        {"date", 'D', 'b', ""},
	"interval":                    {"interval", 'T', 'b', ""},
	"time without time zone":      {"time", 'D', 'b', ""},
	"time with time zone":         {"timetz", 'D', 'b', ""},
	"timestamp without time zone": {"timestamp", 'D', 'b', ""},
	"timestamp with time zone":    {"timestamptz", 'D', 'b', ""},
	"json":                        {"json", 'U', 'b', ""},
	"jsonb":                       {"jsonb", 'U', 'b', ""},
	"jsonpath":                    {"jsonpath", 'U', 'b', ""},
	"tsvector":                    {"tsvector", 'U', 'b', ""},
	"tsquery":                     {"tsquery", 'U', 'b', ""},
	"inet":                        {"inet", 'I', 'b', ""},
	"cidr":                        {"cidr", 'I', 'b', ""},
	"macaddr":                     {"macaddr", 'U', 'b', ""},
	"macaddr8":                    {"macaddr8", 'U', 'b', ""},
	"bit":                         {"bit", 'V', 'b', ""},
	`"bit"`:                       {"bit", 'V', 'b', ""},
	"bit varying":                 {"varbit", 'V', 'b', ""},
	"point":                       {"point", 'G', 'b', ""},
	"line":                        {"line", 'G', 'b', ""},
	"lseg":                        {"lseg", 'G', 'b', ""},
	"box":                         {"box", 'G', 'b', ""},
	"path":                        {"path", 'G', 'b', ""},
	"polygon":                     {"polygon", 'G', 'b', ""},
	"circle":                      {"circle", 'G', 'b', ""},
	"oid":                         {"oid", 'N', 'b', ""},
	"xid":                         {"xid", 'U', 'b', ""},
	"xid8":                        {"xid8", 'U', 'b', ""},
	"cid":                         {"cid", 'U', 'b', ""},
	"tid":                         {"tid", 'U', 'b', ""},
	"pg_lsn":                      {"pg_lsn", 'U', 'b', ""},
	"pg_snapshot":                 {"pg_snapshot", 'U', 'b', ""},
	"txid_snapshot":               {"txid_snapshot", 'U', 'b', ""},
	"refcursor":                   {"refcursor", 'U', 'b', ""},
	"aclitem":                     {"aclitem", 'U', 'b', ""},
	"regclass":                    {"regclass", 'N', 'b', ""},
	"regcollation":                {"regcollation", 'N', 'b', ""},
	"regconfig":                   {"regconfig", 'N', 'b', ""},
	"regdictionary":               {"regdictionary", 'N', 'b', ""},
	"regnamespace":                {"regnamespace", 'N', 'b', ""},
	"regoper":                     {"regoper", 'N', 'b', ""},
	"regoperator":                 {"regoperator", 'N', 'b', ""},
	"regproc":                     {"regproc", 'N', 'b', ""},
	"regprocedure":                {"regprocedure", 'N', 'b', ""},
	"regrole":                     {"regrole", 'N', 'b', ""},
	"regtype":                     {"regtype", 'N', 'b', ""},
	"int2vector":                  {"int2vector", 'A', 'b', "smallint"},
	"oidvector":                   {"oidvector", 'A', 'b', "oid"},
	"int4range":                   {"int4range", 'R', 'r', "integer"},
	"int8range":                   {"int8range", 'R', 'r', "bigint"},
	"numrange":                    {"numrange", 'R', 'r', "numeric"},
	"daterange":                   {"daterange", 'R', 'r', "date"},
	"tsrange":                     {"tsrange", 'R', 'r', "timestamp without time zone"},
	"tstzrange":                   {"tstzrange", 'R', 'r', "timestamp with time zone"},
	"int4multirange":              {"int4multirange", 'R', 'm', "int4range"},
	"int8multirange":              {"int8multirange", 'R', 'm', "int8range"},
	"nummultirange":               {"nummultirange", 'R', 'm', "numrange"},
	"datemultirange":              {"datemultirange", 'R', 'm', "daterange"},
	"tsmultirange":                {"tsmultirange", 'R', 'm', "tsrange"},
	"tstzmultirange":              {"tstzmultirange", 'R', 'm', "tstzrange"},
}

// derive returns a type that is known by its name alone: one of PostgreSQL's own, or an array of a type that named
// gives.
func derive(formatted string, named func(string) (mask.Type, bool)) (mask.Type, bool) {
	if element, ok := strings.CutSuffix(formatted, "[]"); ok {
		elem, ok := named(element)
		t := mask.Type{
			Schema:    elem.Schema,
			Name:      "_" + elem.Name,
			Formatted: formatted,
			Kind:      'b',
			Category:  'A',
			Elem:      &elem,
		}
		if elem.Schema == "pg_catalog" && (elem.Name == "varchar" || elem.Name == "bpchar") {
			t.MaxLength = elem.MaxLength
		}
		return t, ok
	}
	plain, modifier := withoutModifier(formatted)
	b, ok := builtins[plain]
	if !ok {
		return mask.Type{}, false
	}
	t := mask.Type{Schema: "pg_catalog", Name: b.name, Formatted: formatted, Kind: b.kind, Category: b.category}
	switch b.name {
	case "varchar", "bpchar", "bit", "varbit":
		_, _ = fmt.Sscanf(modifier, "%d", &t.MaxLength)
	case "numeric":
		_, _ = fmt.Sscanf(modifier, "%d,%d", &t.Precision, &t.Scale)
	}
	if b.elem != "" {
		elem, _ := derive(b.elem, named)
		t.Elem = &elem
	}
	return t, true
}

// withoutModifier splits "timestamp(3) with time zone" into the type and what its brackets hold. The fields of an
// interval are a modifier too.
func withoutModifier(formatted string) (plain, modifier string) {
	if strings.HasPrefix(formatted, "interval ") || strings.HasPrefix(formatted, "interval(") {
		return "interval", ""
	}
	open := strings.IndexByte(formatted, '(')
	end := strings.IndexByte(formatted, ')')
	if open < 0 || end < open || strings.Contains(formatted, `"`) {
		return formatted, ""
	}
	return formatted[:open] + formatted[end+1:], formatted[open+1 : end]
}
