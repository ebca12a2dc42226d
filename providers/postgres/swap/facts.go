package swap

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/spec"
)

// Facts are what must be known of the target's server to plan a swap.
type Facts struct {
	VersionNum int
	SystemID   string // "" where it may not be read
	// Maintenance is the database that Inspect was connected to.
	Maintenance string
	User        string
	Superuser   bool
	// RDSAdmin says that the user is a member of rds_superuser, who may do on RDS and Aurora most of what a superuser
	// may do elsewhere.
	RDSAdmin bool
	// Delegated are the extensions that RDS lets the user create as a member of rds_extension.
	Delegated     []string
	CreateDB      bool
	SignalBackend bool // is a member of pg_signal_backend
	// Databases are those of the refresh that exist, by name.
	Databases map[string]Database
	// Settings are those of the live database, in order.
	Settings []Setting
	// OwnerRole is what the user may do with the role that shall own the copy; the zero value where the spec names
	// none.
	OwnerRole OwnerRole
	Roles     []string
	Available map[string]ddl.Available
	// Loaded are the libraries of shared_preload_libraries; nil where the user may not know them.
	Loaded []string
	// Allowed are the only extensions that RDS lets anybody create; nil where it does not say.
	Allowed []string
	// Template is what the database holds that the copy begins as; the zero value for an empty one. Strange are objects
	// in it that a template must not have.
	Template ddl.Template
	Strange  []string
	// Locales are the collations of libc that the server knows, as in pg_collation.
	Locales []string
	// Sessions are those on the live copy at the moment, a line each role.
	Sessions []Sessions
	// Prepared counts the prepared transactions of the live database; Slots and Subscriptions are the names of its
	// logical ones.
	Prepared             int
	Slots, Subscriptions []string
	// SharedBuffers is in bytes, MaintenanceMemory the server's maintenance_work_mem.
	SharedBuffers, MaintenanceMemory int64
}

// Database is one database of the target.
type Database struct {
	OID         uint32
	Name, Owner string
	// Owned says that the connected user has the rights of the owner.
	Owned            bool
	Template         bool
	AllowConnections bool
	ConnectionLimit  int
	Tablespace       string
	Comment          string
	// Privileges are the database's ACL without what the owner holds; nil together with DefaultACL set stands for the
	// built-in default (PUBLIC may connect and use TEMP).
	DefaultACL bool
	Privileges []Privilege
	Locale     catalog.Locale
}

// Privilege is one entry of a database's ACL. An empty Grantee is PUBLIC.
type Privilege struct {
	Grantee, Privilege string
	Grantable          bool
}

// Setting is one ALTER DATABASE … SET, or ALTER ROLE … IN DATABASE … SET where Role is set.
type Setting struct {
	Role, Name, Value string
	// Restricted: only a superuser may set it, and the user has no right to.
	Restricted bool
}

// OwnerRole is the role that owns the copy.
type OwnerRole struct {
	Name   string
	Exists bool
	// Usable says that the user has its rights, Settable that SET ROLE to it works.
	Usable, Settable bool
}

// Sessions counts the sessions of a role.
type Sessions struct {
	Role      string
	Superuser bool
	// Endable says that the connected user may end them.
	Endable bool
	Count   int
}

// Inspect reads the facts for a refresh over a connection to the maintenance database. It changes nothing.
func Inspect(ctx context.Context, c *pgx.Conn, names Names, r *spec.Refresh) (*Facts, error) {
	f := &Facts{Databases: map[string]Database{}, Available: map[string]ddl.Available{}}
	reads := []struct {
		what string
		read func(context.Context, *pgx.Conn) error
	}{
		{"the server", f.readServer},
		{
			"the databases",
			func(ctx context.Context, c *pgx.Conn) error { return f.readDatabases(ctx, c, names, r.Template) },
		},
		{"the privileges of the databases", f.readPrivileges},
		{
			"the settings of the live database",
			func(ctx context.Context, c *pgx.Conn) error { return f.readSettings(ctx, c, names.Live) },
		},
		{"the roles", func(ctx context.Context, c *pgx.Conn) error { return f.readRoles(ctx, c, r.Owner) }},
		{"the available extensions", f.readExtensions},
		{"the loaded libraries", f.readLoaded},
		{
			"the sessions of the live database",
			func(ctx context.Context, c *pgx.Conn) error { return f.readUse(ctx, c, names.Live) },
		},
	}
	for _, part := range reads {
		if err := part.read(ctx, c); err != nil {
			return nil, fmt.Errorf("reading %s of the target: %w", part.what, conn.Redact(err))
		}
	}
	return f, nil
}

// Mark returns the mark of one of the databases; ok is false if it does not exist or has none.
func (f *Facts) Mark(name string) (Mark, bool) {
	d, exists := f.Databases[name]
	if !exists {
		return Mark{}, false
	}
	_, m, ok := ParseComment(d.Comment)
	return m, ok
}

// MayCreate reports whether the user may create all of these extensions, which are not trusted ones.
func (f *Facts) MayCreate(extensions ...string) bool {
	return f.Superuser || f.RDSAdmin ||
		!slices.ContainsFunc(extensions, func(name string) bool { return !slices.Contains(f.Delegated, name) })
}

// Administers reports whether the connected user creates an extension by rights that the owner of the copy need not
// have, so that the extension and its tables are the user's.
func (f *Facts) Administers(extension string) bool {
	return f.MayCreate(extension) || f.Template.Extensions[extension] != ""
}

// DDLTarget returns what package ddl must know of the target.
func (f *Facts) DDLTarget() ddl.Target {
	return ddl.Target{
		VersionNum: f.VersionNum,
		User:       f.User,
		Superuser:  f.Superuser || f.RDSAdmin,
		Available:  f.Available,
		Delegated:  f.Delegated,
		Allowed:    f.Allowed,
		Loaded:     f.Loaded,
		Template:   f.Template,
		Roles:      f.Roles,
	}
}

// Without returns the facts as they will be when the roles are gone: nothing of a copy may name a role that the same
// plan drops.
func (f *Facts) Without(roles []string) *Facts {
	if len(roles) == 0 {
		return f
	}
	out := *f
	gone := func(role string) bool { return role != "" && slices.Contains(roles, role) }
	out.Databases = maps.Clone(f.Databases)
	for name, db := range out.Databases {
		db.Privileges = slices.DeleteFunc(slices.Clone(db.Privileges), func(p Privilege) bool {
			return gone(p.Grantee)
		})
		out.Databases[name] = db
	}
	out.Settings = slices.DeleteFunc(slices.Clone(f.Settings), func(s Setting) bool { return gone(s.Role) })
	out.Roles = slices.DeleteFunc(slices.Clone(f.Roles), gone)
	return &out
}

// BeforeRun returns what a target was like before a run that is now resumed, as far as the marks of its databases say:
// without the one that the run builds, and with the copies where they were before the run exchanged them.
func (f *Facts) BeforeRun(run string, n Names) *Facts {
	before := *f
	before.Databases = maps.Clone(f.Databases)
	// A run that was killed right after CREATE DATABASE left no comment.
	if next, ok := f.Databases[n.Next]; ok && (next.Comment == "" || isMarked(next, run, Building)) {
		delete(before.Databases, n.Next)
	}
	if live, ok := f.Databases[n.Live]; ok && isMarked(live, run, Live) {
		before.move(n.Previous, n.Live)
		before.move(n.Old, n.Previous)
	}
	return &before
}

func isMarked(db Database, run string, state State) bool {
	_, mark, marked := ParseComment(db.Comment)
	return marked && mark.Run == run && mark.State == state
}

// move renames a database, in place of the one that has the name.
func (f *Facts) move(from, to string) {
	delete(f.Databases, to)
	if db, ok := f.Databases[from]; ok {
		db.Name = to
		f.Databases[to] = db
		delete(f.Databases, from)
	}
}
