package lang

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/shoji-pg/shoji/spec"
)

// testBlock declares a test of a mask.
func testBlock(b *body, t *spec.Test) {
	at, checks := &t.At, &t.Checks
	t.Type = "text"
	b.optional("mask", maskOf(&t.Mask), &at.Mask, "The mask to test. Either this or `column`.")
	b.optional("column", testedColumn(&t.Column), &at.Column,
		"A column of the source as its refresh copies it: `column(schema, table, column)`. "+
			"Needs the [schema lock](schema-lock.md).")
	b.optional("refresh", refreshes.ref(&t.Refresh), &at.Refresh, "With `column`: the refresh, where several copy it.")
	b.optional("type", text(&t.Type), &at.Type,
		"With `mask`: the type of the inputs, such as `\"varchar(40)\"`. `\"text\"` by default.")
	b.required("input", testValues(&t.Inputs), &at.Inputs,
		"The values to mask, `null` among them. A list or an object stands for an array or a json value.")
	b.optional("with", testSiblings(&t.With), nil,
		"Values of other columns of the row, by name, for masks that read them, such as `when()`.")
	b.optional("expect", testValues(&checks.Expect), &at.Expect,
		"The results, one for each input. Keyed masks use a fixed key in tests, never the project's.")
	b.optional("unique", boolean(&checks.Unique), &at.Unique, "`true`: inputs that differ have results that differ.")
	b.optional("not_null", boolean(&checks.NotNull), &at.NotNull, "`true`: only `null` becomes NULL.")
	b.optional("changes", boolean(&checks.Changes), &at.Changes, "`true`: no result equals its input.")
	b.optional("matches", text(&checks.Matches), &at.Matches,
		"A regular expression of PostgreSQL that every result matches, NULL aside.")
	b.optional("same_as", maskOf(&checks.SameAs), &at.SameAs, "A mask with the same results.")
	b.optional("length", optionalInteger(&checks.Length, 0, 1<<30), &at.Length,
		"The length of every result, in characters.")
	b.optional("max_length", optionalInteger(&checks.MaxLength, 0, 1<<30), &at.MaxLength,
		"The greatest length of a result, in characters.")
	b.check(func() { checkTest(b, t) })
}

func checkTest(b *body, t *spec.Test) {
	at, checks := &t.At, &t.Checks
	switch {
	case at.Mask.Written == at.Column.Written:
		b.errorf(t.Range, "Test must name a mask or a column",
			"Give %s one of mask = email() and column = column(\"public\", \"customers\", \"email\").", t.Address())
	case at.Column.Written && at.Type.Written:
		b.errorf(at.Type.Range, "Type of a column that has one", "The type is that of the column; remove \"type\".")
	case at.Mask.Written && at.Refresh.Written:
		b.errorf(at.Refresh.Range, "Refresh without a column", "\"refresh\" goes with \"column\"; remove it.")
	}
	if at.Inputs.Written && t.Inputs != nil && len(t.Inputs) == 0 {
		b.errorf(at.Inputs.Range, "Test without inputs", "%s would pass without testing anything.", t.Address())
	}
	if at.Expect.Written && checks.Expect != nil && len(checks.Expect) != len(t.Inputs) {
		b.errorf(at.Expect.Range, "Results and inputs differ in number",
			"There are %d inputs and %d expected results; give one for each.", len(t.Inputs), len(checks.Expect))
	}
	none := spec.TestChecks{}
	if checks.Expect == nil && !at.Expect.Written && checks.SameAs == nil && !at.SameAs.Written &&
		checks.Unique == none.Unique && checks.NotNull == none.NotNull && checks.Changes == none.Changes &&
		checks.Matches == "" && checks.Length == nil && checks.MaxLength == nil {
		b.errorf(t.Range, "Test that expects nothing",
			"%s checks nothing. Give it expect, or a property such as unique = true or matches = \"…\".", t.Address())
	}
}

// testedColumn accepts column() without patterns.
func testedColumn(into **spec.Side) parser {
	return custom("column", func(v value) {
		s, ok := v.side(v.Value, v.place())
		if !ok {
			return
		}
		if len(s.Columns) != 1 || isPattern(s.Schema) || isPattern(s.Table) || isPattern(s.Columns[0]) {
			v.errorf("Invalid column of a test", "%q names one column, without patterns.", v.name)
			return
		}
		*into = &s
	})
}

// testValues accepts a list of values of any type.
func testValues(into *[]spec.TestValue) parser {
	return custom("list", func(v value) {
		if t := v.Type(); !t.IsTupleType() && !t.IsListType() && !t.IsSetType() {
			v.mustBe("a list of values")
			return
		}
		*into = []spec.TestValue{}
		for _, e := range v.AsValueSlice() {
			if one, ok := v.testValue(e); ok {
				*into = append(*into, one)
			}
		}
	})
}

// testSiblings accepts an object of values by the names of columns.
func testSiblings(into *[]spec.TestSibling) parser {
	return custom("object", func(v value) {
		if !isMap(v.Value) {
			v.mustBe("an object of values by column")
			return
		}
		values := v.AsValueMap()
		for _, name := range sortedKeys(values) {
			s := spec.TestSibling{Name: name, Type: "text"}
			switch values[name].Type() {
			case cty.Number:
				s.Type = "numeric"
			case cty.Bool:
				s.Type = "boolean"
			}
			var ok bool
			if s.Value, ok = v.testValue(values[name]); ok {
				*into = append(*into, s)
			}
		}
	})
}

// testValue returns a value in the text form that PostgreSQL reads: of a list of simple values that of an array, and of
// an object, or a list with objects in it, json.
func (v value) testValue(e cty.Value) (spec.TestValue, bool) {
	switch t := e.Type(); {
	case e.IsNull():
		return spec.TestValue{Null: true}, true
	case t.IsPrimitiveType():
		text, err := convert.Convert(e, cty.String)
		return spec.TestValue{Text: text.AsString()}, err == nil
	case t.IsTupleType() || t.IsListType() || t.IsSetType():
		if text, ok := arrayText(e.AsValueSlice()); ok {
			return spec.TestValue{Text: text}, true
		}
	case !t.IsObjectType() && !t.IsMapType():
		v.errorf("Invalid value of a test", "%q has an element that is no value of a column.", v.name)
		return spec.TestValue{}, false
	}
	text, err := ctyjson.Marshal(e, e.Type())
	if err != nil {
		v.errorf("Invalid value of a test", "%q has an element that cannot be written as json.", v.name)
		return spec.TestValue{}, false
	}
	return spec.TestValue{Text: string(text)}, true
}

// arrayText returns the text of an array (PostgreSQL manual, 8.15.6); false where an element is itself a collection.
func arrayText(elements []cty.Value) (string, bool) {
	items := make([]string, len(elements))
	for i, e := range elements {
		if e.IsNull() {
			items[i] = "NULL"
			continue
		}
		if !e.Type().IsPrimitiveType() {
			return "", false
		}
		text, err := convert.Convert(e, cty.String)
		if err != nil {
			return "", false
		}
		items[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text.AsString()) + `"`
	}
	return "{" + strings.Join(items, ",") + "}", true
}
