package lang

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"github.com/shoji-pg/shoji/spec/mask"
)

// meter bounds what the expressions of a spec may take of time and memory, whoever wrote them. No form of HCL
// makes a value that is larger than the parts that it is made of: so each part is charged when it is evaluated, each
// round of a for too, and the result of a function that multiplies its arguments is predicted before the call.
type meter struct {
	left    int
	out     bool // nothing was left once: nothing is evaluated any more
	predict map[string]prediction
}

const (
	// budget is how many parts of values all expressions of a project may compute. perByte is what each byte of the
	// source adds: what somebody has written out is no bomb.
	budget, perByte = 500_000, 16
	// maxParts is how many parts one value may have, maxText how long a string may be, maxLevels how deep one may be
	// nested.
	maxParts, maxText, maxLevels = 100_000, 1 << 20, 100
	// textPart is how many bytes of a string count as one part.
	textPart = 64
	// callParts is what a call costs besides its result.
	callParts = 20
)

// newMeter returns the meter of a spec of that many bytes.
func newMeter(bytes int) *meter { return &meter{left: budget + perByte*bytes, predict: multiplying()} }

// exceeded is the panic that ends an expression that takes too much. It does not leave this package: value recovers it
// and leaves it in the diagnostic.
type exceeded struct {
	detail string
	all    bool // all expressions together
}

// spent is what is exceeded when nothing is left.
func spent() exceeded {
	return exceeded{all: true, detail: "The expressions of this spec compute more than any spec needs: they multiply " +
		"each other. Write out what is needed."}
}

// value evaluates an expression within the bounds.
func (m *meter) value(e hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, ds hcl.Diagnostics) {
	at := e.Range()
	problem := func(e exceeded) (cty.Value, hcl.Diagnostics) {
		return cty.DynamicVal, hcl.Diagnostics{{
			Severity: hcl.DiagError,
			Summary:  tooMuch,
			Detail:   e.detail,
			Subject:  &at,
			Extra:    e,
		}}
	}
	defer func() {
		switch r := recover().(type) {
		case nil:
		case exceeded:
			v, ds = problem(r)
		default:
			panic(r)
		}
	}()
	if part, ok := e.(hclsyntax.Expression); ok {
		v, ds = m.part(part).Value(ctx)
	} else {
		v, ds = e.Value(ctx)
	}
	if ds.HasErrors() && mentionsSensitive(e, ctx) {
		ds = withoutValues(ds)
	}
	if m.out { // also if a function recovered from the panic
		return problem(spent())
	}
	return v, ds
}

const tooMuch = "Expression too expensive"

// charge takes from what is left.
func (m *meter) charge(parts int) {
	if m.left -= parts; m.left < 0 || m.out {
		m.out = true
		panic(spent())
	}
}

// take charges a value, and refuses one that is too large.
func (m *meter) take(v cty.Value) {
	s := sizer{}
	s.add(v, 0)
	m.charge(min(s.parts, maxParts))
	if s.wrong != "" {
		panic(exceeded{detail: s.wrong})
	}
}

// tooLarge returns what is wrong with a value that did not come from an expression, or "".
func tooLarge(v cty.Value) string {
	s := sizer{}
	s.add(v, 0)
	return s.wrong
}

// sizer counts the parts of a value, and stops where they are too many.
type sizer struct {
	parts int
	wrong string
}

func (s *sizer) add(v cty.Value, level int) {
	s.parts++
	switch {
	case s.wrong != "":
		return
	case level > maxLevels:
		s.wrong = fmt.Sprintf("The value is nested deeper than %d levels.", maxLevels)
		return
	case s.parts > maxParts:
		s.wrong = fmt.Sprintf("The value has more than %d parts.", maxParts)
		return
	case v == cty.NilVal:
		return
	}
	v, _ = v.Unmark()
	if !v.IsKnown() || v.IsNull() {
		return
	}
	switch t := v.Type(); {
	case t.Equals(mask.CtyType):
		if m, ok := mask.FromValue(v); ok {
			s.parts += len(m.Text) / textPart
		}
	case t == cty.String:
		s.text(v.AsString())
	case t == cty.Number:
		s.number(v)
	case t.IsObjectType() || t.IsMapType():
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			s.text(k.AsString())
			if s.add(e, level+1); s.wrong != "" {
				return
			}
		}
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		for it := v.ElementIterator(); it.Next(); {
			_, e := it.Element()
			if s.add(e, level+1); s.wrong != "" {
				return
			}
		}
	}
}

func (s *sizer) text(text string) {
	s.parts += len(text) / textPart
	switch {
	case len(text) > maxText:
		s.wrong = fmt.Sprintf("A string is longer than %d MiB.", maxText>>20)
	case longNumber(text):
		s.wrong = fmt.Sprintf("A number has more than %d digits.", maxDigits)
	}
}

// maxDigits is how long a number may be, and maxBits how large: as text it is that long.
const maxDigits, maxBits = 500, 8192

func (s *sizer) number(v cty.Value) {
	f := v.AsBigFloat()
	if f.IsInf() {
		return
	}
	if exponent := f.MantExp(nil); exponent > maxBits || exponent < -maxBits {
		s.wrong = "A number is larger, or closer to zero, than any that is needed."
	}
}

// longNumber reports whether a text would be read as a number of which reading alone takes long.
func longNumber(text string) bool {
	if len(text) <= maxDigits {
		return hugeExponent.MatchString(text)
	}
	for _, c := range text[:maxDigits] {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' {
			return false
		}
	}
	return true
}
