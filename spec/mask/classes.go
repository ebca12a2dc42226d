package mask

import (
	"slices"
	"strings"
)

// class is a set of types that masks treat alike. It is also the words that the manual and the errors have for it, so
// that what a mask is said to be for and what it compiles for cannot differ.
type class string

const (
	everyType      class = "every type"
	textual        class = "text" // text, varchar, char, citext, name
	smallint       class = "smallint"
	integerType    class = "integer"
	bigint         class = "bigint"
	numericType    class = "numeric"
	floating       class = "float" // real, double precision
	money          class = "money"
	boolean        class = "boolean"
	enumType       class = "enum"
	date           class = "date"
	timestamp      class = "timestamp" // with and without time zone
	timeOfDay      class = "time"      // with and without time zone
	intervalType   class = "interval"
	uuidType       class = "uuid"
	byteaType      class = "bytea"
	inetType       class = "inet"
	cidrType       class = "cidr"
	macType        class = "macaddr" // macaddr8 too
	jsonType       class = "json"    // jsonb too
	arrayType      class = "array"
	rangeType      class = "range"
	multirangeType class = "multirange"
	compositeType  class = "composite"
	hstoreType     class = "hstore"
)

// holds reports whether t is of the class, a domain by its base type.
func (c class) holds(t Type) bool {
	u := t.Underlying()
	switch c {
	case everyType:
		return true
	case textual:
		return u.isText()
	case floating:
		return u.isFloat()
	case enumType:
		return u.isEnum()
	case timestamp:
		return u.is("timestamp", "timestamptz")
	case timeOfDay:
		return u.is("time", "timetz")
	case macType:
		return u.is("macaddr", "macaddr8")
	case jsonType:
		return u.is("json", "jsonb")
	case arrayType:
		return u.isArray()
	case rangeType:
		return u.Kind == 'r' && u.Elem != nil
	case multirangeType:
		return u.Kind == 'm' && u.Elem != nil && u.Elem.Elem != nil
	case compositeType:
		return u.Kind == 'c' && len(u.Fields) > 0
	case hstoreType: // in whatever schema its extension is
		return u.Kind == 'b' && u.Name == "hstore"
	}
	return u.is(map[class]string{smallint: "int2", integerType: "int4", bigint: "int8", boolean: "bool"}[c], string(c))
}

// accepted reports whether t is of one of the classes; an empty list accepts all.
func accepted(classes []class, t Type) bool {
	return len(classes) == 0 || slices.ContainsFunc(classes, func(c class) bool { return c.holds(t) })
}

// wordsOf lists classes for people: text, integer and bigint.
func wordsOf(classes []class) string {
	list := make([]string, len(classes))
	for i, c := range classes {
		list[i] = string(c)
	}
	return enumerate(list, "and")
}

// enumerate joins with commas, and a word before the last.
func enumerate(list []string, word string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " " + word + " " + list[len(list)-1]
}

// alternatives names the masks that are for t in particular, and those that are for every type.
func alternatives(t Type) string {
	var list []string
	for _, e := range entries() {
		if !slices.Contains(e.accepts, everyType) && accepted(e.accepts, t) && len(list) < 5 {
			list = append(list, e.name+"()")
		}
	}
	return enumerate(append(list, "fixed()", "null_value()"), "or")
}
