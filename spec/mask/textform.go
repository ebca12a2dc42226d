package mask

import "github.com/shoji-pg/shoji/internal/sqltext"

// Text returns the SQL of a value of type t as text, NULL for NULL. It is what a cast to text writes, but it is not a
// cast where the type is a user's: the owner of a type may make casts of it (CREATE CAST … WITH FUNCTION), which would
// run in the session that reads, while an output function is PostgreSQL's own or, for a base type, a superuser's.
func (t Type) Text(sql string) string {
	u := t.Underlying()
	if u.Schema == "pg_catalog" {
		return sql + "::text"
	}
	if t.Base != nil { // a domain becomes what it stores by no cast that anybody can make
		sql = "(" + sql + ")::" + u.Formatted
	}
	switch {
	case u.isEnum():
		return "textin(enum_out(" + sql + "))"
	case u.isArray():
		return "textin(array_out(" + sql + "))"
	case u.Kind == 'r':
		return "textin(range_out(" + sql + "))"
	case u.Kind == 'm':
		return "textin(multirange_out(" + sql + "))"
	case u.Kind == 'c':
		return "textin(record_out(" + sql + "))"
	}
	return sql + "::text"
}

// sibling is another column of the row as text.
func (c Column) sibling(name string) string { return c.Types[name].Text(sqltext.Ident(name)) }
