package importer

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// value is a node of a YAML document; methods read what they find and give nothing where it is of another form.
type value struct{ of any }

// parse reads one document, its keys in order.
func parse(src []byte) (value, error) {
	var v any
	if err := yaml.UnmarshalWithOptions(src, &v, yaml.UseOrderedMap()); err != nil {
		// The error itself would quote lines of the file, which may hold passwords.
		return value{}, fmt.Errorf("this is not YAML: %s", yaml.FormatError(err, false, false))
	}
	if _, ok := v.(yaml.MapSlice); !ok {
		return value{}, fmt.Errorf("this is no YAML document with keys")
	}
	return value{v}, nil
}

// get follows keys down.
func (v value) get(keys ...string) value {
	for _, k := range keys {
		found := value{}
		for _, p := range v.pairs() {
			if p.key == k {
				found = p.value
			}
		}
		v = found
	}
	return v
}

type pair struct {
	key   string
	value value
}

func (v value) pairs() []pair {
	m, _ := v.of.(yaml.MapSlice)
	out := make([]pair, len(m))
	for i, item := range m {
		out[i] = pair{fmt.Sprint(item.Key), value{item.Value}}
	}
	return out
}

func (v value) list() []value {
	l, _ := v.of.([]any)
	out := make([]value, len(l))
	for i, item := range l {
		out[i] = value{item}
	}
	return out
}

// strings returns a list of scalars, or one that stands alone.
func (v value) strings() []string {
	if v.of == nil {
		return nil
	}
	var out []string
	for _, item := range v.list() {
		out = append(out, item.text())
	}
	if out == nil && v.pairs() == nil || len(out) == 0 && len(v.pairs()) == 0 && len(v.list()) == 0 {
		return []string{v.text()}
	}
	return out
}

// text is a scalar as it would be written; "" for none.
func (v value) text() string {
	switch s := v.of.(type) {
	case nil:
		return ""
	case string:
		return s
	case float64:
		return strings.TrimSuffix(fmt.Sprintf("%v", s), ".0")
	}
	return fmt.Sprint(v.of)
}

// is reports a true, written as one.
func (v value) is() bool { return v.text() == "true" }

func (v value) there() bool { return v.of != nil }

// quote writes a node on one line, without secrets.
func (v value) quote() string {
	switch of := v.of.(type) {
	case yaml.MapSlice:
		var parts []string
		for _, p := range v.pairs() {
			shown := p.value.quote()
			if secretName(p.key) {
				shown = "…"
			}
			parts = append(parts, p.key+": "+shown)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		var parts []string
		for _, item := range v.list() {
			parts = append(parts, item.quote())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return fmt.Sprintf("%q", of)
	}
	return v.text()
}
