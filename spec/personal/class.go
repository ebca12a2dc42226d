package personal

import "github.com/shoji-pg/shoji/spec/mask"

// class is what a type can hold, as far as recognition and masks depend on it.
type class string

const (
	none        class = "" // nothing about a person, or nothing that can be told from names
	text        class = "text"
	integer     class = "integer"
	decimal     class = "decimal" // numeric and floats
	day         class = "day"     // dates and timestamps
	labels      class = "enum"
	random      class = "uuid"
	network     class = "network"
	hardware    class = "hardware"
	bytes       class = "bytes"
	document    class = "document"
	searchWords class = "words"
	place       class = "place"
	composite   class = "composite"
)

// arrayOf marks the class of an array by that of its elements.
const arrayOf = "array of "

// element returns the class of an array's elements, or the class itself.
func (c class) element() class {
	if len(c) > len(arrayOf) && c[:len(arrayOf)] == arrayOf {
		return c[len(arrayOf):]
	}
	return c
}

func classOf(t mask.Type) class {
	u := t.Underlying()
	if u.Elem != nil && u.Kind != 'r' && u.Kind != 'm' {
		if inner := classOf(*u.Elem); inner != none {
			return arrayOf + inner
		}
		return none
	}
	switch u.Kind {
	case 'e':
		return labels
	case 'c':
		return composite
	case 'r', 'm', 'p':
		return none
	}
	if u.Schema != "pg_catalog" { // a type of one's own can have any name
		switch u.Name {
		case "citext":
			return text
		case "hstore":
			return document
		case "geometry", "geography":
			return place
		}
		return none
	}
	switch u.Name {
	case "text", "varchar", "bpchar", "name":
		return text
	case "int2", "int4", "int8":
		return integer
	case "numeric", "float4", "float8", "money":
		return decimal
	case "date", "timestamp", "timestamptz":
		return day
	case "uuid":
		return random
	case "inet", "cidr":
		return network
	case "macaddr", "macaddr8":
		return hardware
	case "bytea":
		return bytes
	case "json", "jsonb", "xml":
		return document
	case "tsvector":
		return searchWords
	case "point", "polygon", "path", "circle", "box", "lseg", "line":
		return place
	}
	return none
}
