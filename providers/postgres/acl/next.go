package acl

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// Copy says what a copy that does not exist yet will be.
type Copy struct {
	// Database is the name that it is built under.
	Database string
	// Owner owns the database and everything in it.
	Owner string
	// Contains says which objects of the source are in it; see InScript and InSchemas.
	Contains func(Object) bool
}

// Planned returns the state that a freshly built copy will have, so that grants on it can be planned before
// it exists: the source's objects, all owned by the owner of the copy, with PostgreSQL's default access
// lists. The roles are the target's. The database itself has the list of the live one, which it takes
// over; live is nil where there is none. target is any database of the server that is copied to.
func Planned(source, target, live *State, c Copy) *State {
	next := &State{
		VersionNum:  target.VersionNum,
		Database:    c.Database,
		User:        target.User,
		Self:        target.Self,
		Bootstrap:   target.Bootstrap,
		SelfGrant:   target.SelfGrant,
		Roles:       target.Roles,
		Memberships: target.Memberships,
		Parameters:  target.Parameters,
		Owned:       target.Owned,
	}
	next.Objects = append(next.Objects, plannedDatabase(live, c, target.VersionNum), publicSchema(next))
	for _, o := range source.Objects {
		if o.Kind == Database || o.Kind == Schema && o.Name == "public" || !c.Contains(o) {
			continue
		}
		o.Owner = c.Owner
		o.Grants = builtin(o.Kind, c.Owner, target.VersionNum)
		if o.Extension { // made by CREATE EXTENSION, whose scripts say who owns it and who may use it
			o.Owner, o.Grants = "", nil
		}
		columns := make([]ObjectColumn, len(o.Columns))
		for i, column := range o.Columns {
			columns[i].Name = column.Name
		}
		o.Columns = columns
		next.Objects = append(next.Objects, o)
	}
	next.sort()
	return next
}

func plannedDatabase(live *State, c Copy, version int) Object {
	o := Object{
		Kind:   Database,
		Detail: string(Database),
		Name:   c.Database,
		Owner:  c.Owner,
		Grants: builtin(Database, c.Owner, version),
	}
	if live == nil {
		return o
	}
	for _, was := range live.Objects {
		if was.Kind != Database {
			continue
		}
		o.Grants = slices.DeleteFunc(o.Grants, func(e Entry) bool { return e.Grantee == Public })
		for _, e := range was.Grants {
			if e.Grantee != was.Owner && e.Grantee != c.Owner {
				e.Grantor = c.Owner
				o.Grants = append(o.Grants, e)
			}
		}
	}
	return o
}

// publicSchema is what template0 has: since 15 it belongs to whoever owns the database, and only the owner may
// create in it (release notes of 15).
func publicSchema(s *State) Object {
	o := Object{Kind: Schema, Detail: string(Schema), Name: "public"}
	public := []string{"USAGE"}
	if o.Owner = databaseOwner; s.VersionNum < 150000 {
		o.Owner, public = s.Bootstrap, []string{"CREATE", "USAGE"}
	}
	o.Grants = builtin(Schema, o.Owner, s.VersionNum)
	for _, p := range public {
		o.Grants = append(o.Grants, Entry{Grantee: Public, Privilege: p, Grantor: o.Owner})
	}
	return o
}

// databaseOwner is the role that stands for the owner of the current database (15 and later).
const databaseOwner = "pg_database_owner"

// InScript returns Copy.Contains for a copy that is created by a script.
func InScript(s *ddl.Script) func(Object) bool {
	kinds := map[string]Kind{
		"SCHEMA":            Schema,
		"TABLE":             Table,
		"VIEW":              Table,
		"MATERIALIZED VIEW": Table,
		"FOREIGN TABLE":     Table,
		"SEQUENCE":          Sequence,
		"FUNCTION":          Function,
		"PROCEDURE":         Function,
		"AGGREGATE":         Function,
		"TYPE":              Type,
		"DOMAIN":            Type,
	}
	type key struct {
		kind         Kind
		schema, name string
	}
	in := map[key]bool{}
	extensions := false
	for _, e := range s.Entries {
		if kind, ok := kinds[e.Type]; ok {
			in[key{kind, e.Schema, e.Name}] = true
		}
		extensions = extensions || e.Type == "EXTENSION"
	}
	return func(o Object) bool {
		name := o.Name
		if o.Kind == Function { // pg_dump's tag is the signature, its name unquoted
			name += signature(o.Types)
		}
		return in[key{o.Kind, o.Schema, name}] || o.Extension && extensions
	}
}

// InSchemas returns Copy.Contains by schemas (nil: all) and tables that are left out.
func InSchemas(schemas []string, skip []catalog.Ref) func(Object) bool {
	return func(o Object) bool {
		schema := o.Schema
		if o.Kind == Schema {
			schema = o.Name
		}
		if schemas != nil && !slices.Contains(schemas, schema) {
			return false
		}
		return o.Detail != "foreign table" &&
			!(o.Kind == Table && slices.Contains(skip, catalog.Ref{Schema: o.Schema, Name: o.Name}))
	}
}
