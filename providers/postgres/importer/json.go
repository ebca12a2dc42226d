package importer

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/shoji-pg/shoji/spec/mask"
)

var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// jsonOperations are operations on a document's paths, as greenmask and pgstream write them.
func jsonOperations(operations value) outcome {
	return partOperations(operations, parts{
		of:      "json",
		name:    "path",
		in:      "documents",
		deleted: "null",
		read:    jsonPath,
		absent: func(op value) string {
			if op.get("skip_not_exist").is() || op.get("skip_not_exist").there() {
				return ""
			}
			return "a path that a document does not have is not added"
		},
	})
}

// hstoreOperations are operations on keys.
func hstoreOperations(operations value) outcome {
	return partOperations(operations, parts{
		of:      "hstore",
		name:    "key",
		in:      "keys",
		deleted: "NULL",
		read:    func(key string) (string, string) { return key, "" },
		absent:  func(value) string { return "a key that a value does not have is not added" },
	})
}

// parts are what the parts of a value are called, and how they are masked.
type parts struct {
	of, name, in, deleted string
	read                  func(text string) (part, wrong string)
	absent                func(op value) string
}

func partOperations(operations value, p parts) outcome {
	o := exactly("")
	var entries []string
	for _, op := range operations.list() {
		part, wrong := p.read(op.get(p.name).text())
		if wrong != "" {
			return never("the %s %q %s", p.name, op.get(p.name).text(), wrong)
		}
		call := ""
		switch kind := op.get("operation").text(); kind {
		case "delete":
			call = "null_value()"
			o = o.but("what was deleted becomes " + p.deleted)
		case "set":
			made := operationMask(op)
			if made.fit == Unmapped {
				return never("at %s: %s", part, made.note)
			}
			if call = made.mask; made.note != "" {
				o = o.but("at " + part + ": " + made.note)
			}
			if note := p.absent(op); note != "" {
				o = o.but(note)
			}
		default:
			return never("there is no operation %q on %s", kind, p.in)
		}
		entries = append(entries, mask.Quote(part)+" = "+call)
	}
	if len(entries) == 0 {
		return never("it has no operations")
	}
	o.mask = p.of + "({ " + strings.Join(entries, ", ") + " })"
	o.note = strings.Join(unique(strings.Split(o.note, "; ")), "; ")
	return o
}

func unique(list []string) []string {
	seen := map[string]bool{}
	var out []string
	for _, s := range list {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// operationMask is the mask of a value that is set.
func operationMask(op value) outcome {
	if t := op.get("value_template"); t.there() {
		return template(strings.Trim(strings.TrimSpace(t.text()), `"`))
	}
	v := op.get("value")
	switch v.of.(type) {
	case nil:
		return exactly("null_value()")
	case string:
		return constant(v.text(), true)
	case yaml.MapSlice, []any:
		return never("an object or a list is set")
	}
	return constant(v.text(), true).but("it becomes a string")
}

// jsonPath writes a path of sjson as shoji does: a.0.#.b is $.a[0][*].b.
func jsonPath(path string) (out, problem string) {
	out = "$"
	for _, part := range strings.Split(strings.ReplaceAll(path, `\.`, "\x00"), ".") {
		part = strings.ReplaceAll(part, "\x00", ".")
		key, forced := strings.CutPrefix(part, ":")
		switch {
		case part == "":
			return "", "has an empty part"
		case part == "#":
			out += "[*]"
		case part == "-1", strings.ContainsAny(part, "|@*?") || strings.HasPrefix(part, "#("):
			return "", "has a query, which shoji's paths do not know"
		case !forced && strings.Trim(part, "0123456789") == "":
			out += "[" + part + "]"
		case plainKey.MatchString(key):
			out += "." + key
		default:
			out += `["` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"]`
		}
	}
	return out, ""
}
