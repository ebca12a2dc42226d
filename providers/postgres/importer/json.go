package importer

import (
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/shoji-pg/shoji/spec"
)

var plainKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// jsonOperations are operations on a document's paths, as greenmask and pgstream write them.
func jsonOperations(operations value) outcome {
	o := exactly("")
	var entries []string
	for _, op := range operations.list() {
		path, err := jsonPath(op.get("path").text())
		if err != "" {
			return never("the path %q %s", op.get("path").text(), err)
		}
		mask := ""
		switch kind := op.get("operation").text(); kind {
		case "delete":
			mask = "null_value()"
			o = o.but("what was deleted becomes null")
		case "set":
			made := operationMask(op)
			if made.fit == Unmapped {
				return never("at %s: %s", path, made.note)
			}
			if mask = made.mask; made.note != "" {
				o = o.but("at " + path + ": " + made.note)
			}
			if !op.get("skip_not_exist").is() && !op.get("skip_not_exist").there() {
				o = o.but("a path that a document does not have is not added")
			}
		default:
			return never("there is no operation %q on documents", kind)
		}
		entries = append(entries, spec.Quote(path)+" = "+mask)
	}
	if len(entries) == 0 {
		return never("it has no operations")
	}
	o.mask = "json({ " + strings.Join(entries, ", ") + " })"
	o.note = strings.Join(unique(strings.Split(o.note, "; ")), "; ")
	return o
}

// hstoreOperations are operations on keys.
func hstoreOperations(operations value) outcome {
	o := exactly("")
	var entries []string
	for _, op := range operations.list() {
		key := op.get("key").text()
		mask := ""
		switch kind := op.get("operation").text(); kind {
		case "delete":
			mask = "null_value()"
			o = o.but("what was deleted becomes NULL")
		case "set":
			made := operationMask(op)
			if made.fit == Unmapped {
				return never("at %s: %s", key, made.note)
			}
			if mask = made.mask; made.note != "" {
				o = o.but("at " + key + ": " + made.note)
			}
			o = o.but("a key that a value does not have is not added")
		default:
			return never("there is no operation %q on keys", kind)
		}
		entries = append(entries, spec.Quote(key)+" = "+mask)
	}
	if len(entries) == 0 {
		return never("it has no operations")
	}
	o.mask = "hstore({ " + strings.Join(entries, ", ") + " })"
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
