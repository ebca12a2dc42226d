package mask

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/zclconf/go-cty/cty"
)

// inner returns the column for a mask of a part of c: an element, a bound, a field, a place of a document. A part has
// no default and no NOT NULL of its own.
func (c Column) inner(t Type, value string) Column {
	t.Collation, t.AnyBytes = c.Type.Collation, c.Type.AnyBytes
	return Column{
		Schema:   c.Schema,
		Table:    c.Table,
		Name:     c.Name,
		Type:     t,
		Value:    value,
		Siblings: c.Siblings,
		Types:    c.Types,
		depth:    c.depth + 1,
	}
}

// alias makes a name that no column of the row has: the names in a sub-select must not capture the columns that a
// condition of the user reads inside of it.
func (c Column) alias(name string) string {
	if c.depth > 0 {
		name += strconv.Itoa(c.depth)
	}
	for slices.Contains(c.Siblings, name) || name == c.Table {
		name += "_"
	}
	return name
}

// combine returns the properties of a value whose parts are masked separately. The value is as strong as the part that
// is masked the least, but a value with one raw part is not raw itself.
func combine(parts []Properties) Properties {
	p := Properties{
		Null:          NullKept,
		Unique:        Lossy,
		Collisions:    "values whose parts become equal get the same result",
		Deterministic: true,
		MaxLength:     -1,
		Strength:      Constant,
		MayEqualRaw:   true,
	}
	strongest := Raw
	for _, part := range parts {
		p.Deterministic = p.Deterministic && part.Deterministic
		p.Keyed = weakerKeyed(p.Keyed, part.Keyed)
		p.Strength, strongest = min(p.Strength, part.Strength), max(strongest, part.Strength)
	}
	if p.Strength == Raw && strongest > Raw {
		p.Strength = Partial
	}
	return p
}

// weakerKeyed is what can be said of two parts together: a key is needed where one needs it, and it is as good as the
// worse.
func weakerKeyed(a, b Keyed) Keyed {
	switch {
	case a == NotKeyed:
		return b
	case b == NotKeyed:
		return a
	case a == Fast || b == Fast:
		return Fast
	}
	return Strong
}

// rest is what happens to the parts that are not named: without a mask they stay, unless they are dropped.
type rest struct {
	mask *Mask
	drop bool
}

// rest reads the option otherwise: a mask, or the word "drop".
func (o options) rest() (rest, error) {
	v, ok := o["otherwise"]
	if !ok {
		return rest{}, nil
	}
	if m, ok := FromValue(v); ok {
		return rest{mask: m}, nil
	}
	if !v.IsNull() && v.Type() == cty.String && v.AsString() == "drop" {
		return rest{drop: true}, nil
	}
	return rest{}, errors.New(`otherwise must be a mask, such as null_value(), or "drop"`)
}

// masksByName reads an object of masks; the names come sorted.
func masksByName(v cty.Value, what, example string) (names []string, masks map[string]*Mask, err error) {
	if v.IsNull() || !v.Type().IsObjectType() && !v.Type().IsMapType() || v.LengthInt() == 0 {
		return nil, nil, fmt.Errorf("%s must be an object, such as %s", what, example)
	}
	masks = map[string]*Mask{}
	for name, value := range v.AsValueMap() {
		names = append(names, name)
		masks[name], _ = FromValue(value)
	}
	slices.Sort(names)
	for _, name := range names {
		if masks[name] == nil {
			return nil, nil, fmt.Errorf("the value at %q must be a mask, such as email()", name)
		}
	}
	return names, masks, nil
}

// writesSQL reports whether a mask has an expression of the user's in it, whose result may be of any type: only a cast
// to text of it cannot fail.
func (m *Mask) writesSQL() bool {
	for part := range m.Parts() {
		if _, ok := part.kind.(sqlMask); ok {
			return true
		}
	}
	return false
}

// strs reads a list of strings.
func (o options) strs(name string) ([]string, error) {
	v, ok := o[name]
	if !ok {
		return nil, nil
	}
	if v.IsNull() || !(v.Type().IsTupleType() || v.Type().IsListType() || v.Type().IsSetType()) {
		return nil, fmt.Errorf("%s must be a list of strings", name)
	}
	var out []string
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() || e.Type() != cty.String {
			return nil, fmt.Errorf("%s must be a list of strings", name)
		}
		out = append(out, e.AsString())
	}
	return out, nil
}

const (
	// maxMasks is of how many masks one may be composed, each counted as often as it stands there: as SQL it is that
	// long.
	maxMasks = 2000
	// maxText is how long the arguments of one may be that are masks, as text.
	maxText = 1 << 20
)

var errTooComposed = errors.New("it is composed of more masks than any column needs: " +
	"masks of masks multiply each other, and each is written out in SQL as often as it is used")

// maskCount is what arguments hold of masks: how many, and how long they are as text.
type maskCount struct{ masks, text int }

// countMasks counts the masks in the arguments of a call. Masks that each contain the previous one twice double
// in size at each step, so this is checked before the call is made.
func countMasks(values []cty.Value) maskCount {
	var c maskCount
	for _, v := range values {
		c.add(v)
	}
	return c
}

func (c *maskCount) add(v cty.Value) {
	if c.masks > maxMasks || c.text > maxText || !v.IsKnown() || v.IsMarked() || v.IsNull() {
		return
	}
	if m, ok := FromValue(v); ok {
		c.masks += 1 + m.inner
		c.text += len(m.Text)
		return
	}
	if !v.CanIterateElements() {
		return
	}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		c.add(e)
	}
}
