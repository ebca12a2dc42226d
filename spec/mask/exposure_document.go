package mask

import (
	"slices"
	"strings"
)

// document is a mask of the parts of a value as it was written.
type document struct {
	names []string // sorted
	masks map[string]*Mask
	// rest is the mask of what no name is for; nil where every part has a name.
	rest *Mask
	// paths says that a name is a path of json, which can be about more than one place.
	paths bool
}

// document returns the parts of a json, hstore or fields mask, nil for others.
func (m *Mask) document() *document {
	arguments := m.Arguments()
	if len(arguments) == 0 {
		return nil
	}
	d := &document{masks: map[string]*Mask{}}
	options := map[string]any{}
	if len(arguments) > 1 {
		options, _ = arguments[1].(map[string]any)
	}
	switch m.kind.(type) {
	case jsonMask, hstore:
		_, d.paths = m.kind.(jsonMask)
		d.rest = restOf(options["otherwise"])
	case fields:
		kept, _ := options["keep"].([]any)
		for _, name := range kept {
			if text, ok := name.(string); ok {
				d.masks[text] = untouched()
			}
		}
	default:
		return nil
	}
	named, _ := arguments[0].(map[string]any)
	for name, part := range named {
		if mask, ok := part.(*Mask); ok {
			d.masks[name] = mask
		}
	}
	d.names = sorted(setOf(d.masks))
	return d
}

func setOf(masks map[string]*Mask) map[string]bool {
	out := map[string]bool{}
	for name := range masks {
		out[name] = true
	}
	return out
}

func untouched() *Mask {
	return &Mask{Name: "keep", Text: "keep()", kind: keep{}, accepts: of(everyType)}
}

// restOf is the mask of what nobody named, as the option otherwise says it: what is dropped leaves as much as NULL.
func restOf(otherwise any) *Mask {
	switch o := otherwise.(type) {
	case *Mask:
		return o
	case string:
		return &Mask{Name: "null_value", Text: o, kind: nullValue{}, accepts: of(everyType)}
	}
	return untouched()
}

// strength is that of the weakest part; a document of which one part is masked is not raw itself.
func (d *document) strength() (Strength, bool) {
	parts := make([]*Mask, 0, len(d.names)+1)
	for _, name := range d.names {
		parts = append(parts, d.masks[name])
	}
	if d.rest != nil {
		parts = append(parts, d.rest)
	}
	out, known := weakest(parts...)
	for _, p := range parts {
		if s, _ := p.strength(); out == Raw && s > Raw {
			return Partial, known
		}
	}
	return out, known
}

// at returns the masks that what a name is about can have: its own, else those of the paths that may be about it too,
// else that of the rest.
func (d *document) at(name string) []*Mask {
	if m := d.masks[name]; m != nil {
		return []*Mask{m}
	}
	var out []*Mask
	for _, other := range d.names {
		if d.paths && overlap(other, name) {
			out = append(out, d.masks[other])
		}
	}
	if d.rest != nil && (len(out) == 0 || strings.Contains(name, "*") || strings.Contains(name, "..")) {
		out = append(out, d.rest)
	}
	return out
}

// overlap reports whether two paths can be about one place: one of them has a wildcard and they end alike.
func overlap(a, b string) bool {
	last := func(path string) string { return path[strings.LastIndexAny(path, ".[")+1:] }
	wild := func(path string) bool { return strings.Contains(path, "*") || strings.Contains(path, "..") }
	if !wild(a) && !wild(b) {
		return false
	}
	x, y := strings.Trim(last(a), `]'"`), strings.Trim(last(b), `]'"`)
	return x == y || x == "*" || y == "*"
}

// exposes compares two documents part by part.
func (d *document) exposes(was *document) []Exposure {
	names := slices.Concat(d.names, was.names)
	slices.Sort(names)
	var out []Exposure
	at := func(place string, list []Exposure) {
		for _, why := range list {
			out = append(out, Exposure{place + ": " + why.Text, why.Unknown, true})
		}
	}
	for _, name := range slices.Compact(names) {
		before := was.at(name)
		for _, m := range d.at(name) {
			if len(before) == 0 && len(m.Keeps()) > 0 {
				out = append(out, Exposure{Text: name + " is new and kept", Part: true})
			}
			for _, b := range before {
				at(name, m.Exposes(b))
			}
		}
	}
	if d.rest != nil && was.rest != nil {
		at("what it does not name", d.rest.Exposes(was.rest))
	}
	return unique(out)
}
