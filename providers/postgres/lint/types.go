package lint

import (
	"regexp"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec/mask"
)

// isText reports whether the values of a type are text, other than labels of an enum.
func isText(t mask.Type) bool {
	u := t.Underlying()
	return u.Category == 'S' && u.Kind != 'e'
}

// holdsAnything reports whether values of a type can contain anything: long text, documents, bytes, and arrays of
// these.
func holdsAnything(t mask.Type) bool {
	u := t.Underlying()
	if u.Elem != nil && u.Kind != 'r' && u.Kind != 'm' {
		return holdsAnything(*u.Elem)
	}
	switch u.Name {
	case "json", "jsonb", "xml", "hstore", "bytea":
		return true
	case "name", "char":
		return false
	}
	return isText(t) && (u.MaxLength == 0 || u.MaxLength > 20)
}

// maxLength returns n of varchar(n) and char(n), 0 for other types.
func maxLength(t mask.Type) int {
	if u := t.Underlying(); isText(u) {
		return u.MaxLength
	}
	return 0
}

// uniqueAlone returns the unique key that consists of this column only; "" if there is none.
func uniqueAlone(c CheckedColumn) string {
	for _, i := range c.Table.Source.Indexes {
		if i.Unique && len(i.Columns) == 1 && i.Columns[0] == c.Name {
			return i.Name
		}
	}
	return ""
}

// inUnique reports whether a column is part of a unique key.
func inUnique(c CheckedColumn) bool {
	for _, i := range c.Table.Source.Indexes {
		if i.Unique && slices.Contains(i.Columns, c.Name) {
			return true
		}
	}
	return false
}

// foreignKeyOf returns the foreign key that a column is part of; "" if there is none.
func foreignKeyOf(c CheckedColumn) string {
	for _, k := range c.Table.Source.Constraints {
		if k.Kind == catalog.ForeignKey && slices.Contains(k.Columns, c.Name) {
			return k.Name
		}
	}
	return ""
}

var (
	listOfText = regexp.MustCompile(`= ANY \(+ARRAY\[((?:'(?:[^']|'')*'::[a-z "]+(?:\(\d+\))?(?:, )?)+)\]`)
	oneText    = regexp.MustCompile(`'(?:[^']|'')*'::`)
)

// listedValues returns how many values a CHECK of a column or of its domain lists; 0 if none does.
func listedValues(c CheckedColumn) int {
	checks := slices.Clone(c.Type.Checks)
	for _, k := range c.Table.Source.Constraints {
		if k.Kind == catalog.CheckRule && len(k.Columns) == 1 && k.Columns[0] == c.Name {
			checks = append(checks, k.Definition)
		}
	}
	for _, text := range checks {
		if m := listOfText.FindStringSubmatch(text); m != nil && !strings.Contains(text, " OR ") {
			return len(oneText.FindAllString(m[1], -1))
		}
	}
	return 0
}
