package schemalock

import (
	"reflect"

	"github.com/shoji-pg/shoji/spec/mask"
	"github.com/shoji-pg/shoji/spec/personal"
)

// kinds names the values of pg_type.typtype.
var kinds = map[byte]string{
	'b': "base",
	'e': "enum",
	'd': "domain",
	'c': "composite",
	'r': "range",
	'm': "multirange",
	'p': "pseudo",
}

// flat returns a type with the names of the types that it is made of.
func flat(t mask.Type) LockedType {
	f := LockedType{
		Kind:      kinds[t.Kind],
		Schema:    t.Schema,
		Name:      t.Name,
		Category:  string(rune(t.Category)),
		MaxLength: t.MaxLength,
		Precision: t.Precision,
		Scale:     t.Scale,
		NotNull:   t.NotNull,
	}
	for _, label := range t.Labels {
		f.Labels = append(f.Labels, personal.Redact(label))
	}
	for _, check := range t.Checks {
		f.Checks = append(f.Checks, personal.Redact(check))
	}
	if t.Elem != nil {
		f.Elem = t.Elem.Formatted
	}
	if t.Base != nil {
		f.Base = t.Base.Formatted
	}
	for _, field := range t.Fields {
		f.Fields = append(f.Fields, [2]string{field.Name, field.Type.Formatted})
	}
	return f
}

// collected are the types of a catalog by name: all of them, and those that the lock must describe.
type collected struct {
	all     map[string]mask.Type
	written map[string]LockedType
}

func (c *collected) add(t mask.Type) {
	if _, done := c.all[t.Formatted]; done {
		return
	}
	c.all[t.Formatted] = t
	for _, part := range []*mask.Type{t.Elem, t.Base} {
		if part != nil {
			c.add(*part)
		}
	}
	for _, field := range t.Fields {
		c.add(field.Type)
	}
	derived, ok := derive(t.Formatted, func(name string) (mask.Type, bool) { elem, ok := c.all[name]; return elem, ok })
	if f := flat(t); !ok || !reflect.DeepEqual(flat(derived), f) {
		c.written[t.Formatted] = f
	}
}

// rebuilt returns the types of a lock by name.
type rebuilt struct {
	types   map[string]LockedType
	done    map[string]mask.Type
	unknown []string
}

// named returns the type of a name. If the lock does not describe it, it is like a type that catalog.Read does not
// find.
func (r *rebuilt) named(name string) (mask.Type, bool) {
	if t, ok := r.done[name]; ok {
		return t, t.Schema != "unknown"
	}
	// also ends cycles, which only an edited file has
	r.done[name] = mask.Type{Schema: "unknown", Name: name, Formatted: name, Kind: 'p'}
	f, written := r.types[name]
	if !written {
		t, ok := derive(name, r.named)
		if !ok {
			r.unknown = append(r.unknown, name)
			return r.done[name], false
		}
		r.done[name] = t
		return t, true
	}
	t := mask.Type{
		Schema:    f.Schema,
		Name:      f.Name,
		Formatted: name,
		MaxLength: f.MaxLength,
		Precision: f.Precision,
		Scale:     f.Scale,
		Labels:    f.Labels,
		Checks:    f.Checks,
		NotNull:   f.NotNull,
	}
	for kind, word := range kinds {
		if word == f.Kind {
			t.Kind = kind
		}
	}
	if f.Category != "" {
		t.Category = f.Category[0]
	}
	t.Elem, t.Base = r.part(f.Elem), r.part(f.Base)
	for _, field := range f.Fields {
		of, _ := r.named(field[1])
		t.Fields = append(t.Fields, mask.Field{Name: field[0], Type: of})
	}
	r.done[name] = t
	return t, true
}

func (r *rebuilt) part(name string) *mask.Type {
	if name == "" {
		return nil
	}
	t, _ := r.named(name)
	return &t
}
