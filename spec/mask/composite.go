package mask

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// fields is fields({ field = mask }): masks by field of a composite type. The world is closed here too: a field has a
// mask, or keep names it.
type fields struct {
	masks map[string]*Mask
	keep  []string
}

func decodeFields(a *args) (kind, error) {
	v, err := a.take("the masks by field")
	if err != nil {
		return nil, err
	}
	f := fields{}
	if v.IsNull() || !v.Type().IsObjectType() || v.LengthInt() > 0 {
		if _, f.masks, err = masksByName(v, "the masks by field", "{ street = token() }"); err != nil {
			return nil, err
		}
	}
	o, err := a.options("keep")
	if err != nil {
		return nil, err
	}
	if f.keep, err = o.strs("keep"); err != nil {
		return nil, err
	}
	for _, name := range f.keep {
		if f.masks[name] != nil {
			return nil, fmt.Errorf("the field %q has a mask and stands in keep; take one of them away", name)
		}
	}
	return f, nil
}

func (f fields) compile(c Column) (Expr, error) {
	u := c.Type.Underlying()
	if err := f.decideAll(u); err != nil {
		return Expr{}, err
	}
	var values []string
	var parts []Properties
	reads := []string{c.Name}
	for _, field := range u.Fields {
		m := f.masks[field.Name]
		if m == nil {
			m = &Mask{Name: "keep", Text: "keep()", kind: keep{}}
		}
		inner := c.inner(field.Type, fmt.Sprintf("(%s).%s", c.value(), sqltext.Ident(field.Name)))
		e, err := m.Compile(inner)
		if err != nil {
			return Expr{}, fmt.Errorf("field %q: %w", field.Name, err)
		}
		values, parts, reads = append(values, e.SQL), append(parts, e.Properties), append(reads, e.Reads...)
	}
	// IS NOT NULL is about the fields; this is about the value.
	sql := fmt.Sprintf("CASE WHEN %s IS DISTINCT FROM NULL THEN ROW(%s)::%s END", c.value(), strings.Join(values, ", "),
		u.Formatted)
	return Expr{SQL: sql, Reads: unite(reads), Properties: combine(parts)}, nil
}

// decideAll reports all fields that do not exist and all that are not decided.
func (f fields) decideAll(t Type) error {
	var known, problems, undecided []string
	for _, field := range t.Fields {
		known = append(known, field.Name)
		if f.masks[field.Name] == nil && !slices.Contains(f.keep, field.Name) {
			undecided = append(undecided, fmt.Sprintf("%q", field.Name))
		}
	}
	named := slices.Clone(f.keep)
	for name := range f.masks {
		named = append(named, name)
	}
	slices.Sort(named)
	for _, name := range named {
		if !slices.Contains(known, name) {
			problems = append(problems,
				fmt.Sprintf("%s has no field %q.%s", t.Formatted, name, diag.DidYouMean(name, known)))
		}
	}
	if len(undecided) > 0 {
		problems = append(problems,
			fmt.Sprintf("nobody decided %s of %s: give each a mask, or name it in { keep = [\"…\"] }",
				strings.Join(undecided, ", "), t.Formatted))
	}
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "; "))
	}
	return nil
}
