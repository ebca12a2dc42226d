package swap

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// preflight returns all that stands in the way of the refresh on the target, each missing right with the statement that
// grants it. It is pure.
func preflight(in Input) diag.Diagnostics {
	var ds diag.Diagnostics
	in.checkIdentity(&ds)
	in.checkRights(&ds)
	in.checkLeftovers(&ds)
	in.checkUse(&ds)
	in.checkLocale(&ds)
	return ds
}

func (in Input) checkIdentity(ds *diag.Diagnostics) {
	f, n := in.Target, in.Names
	if f.Maintenance == n.Live {
		ds.Errorf(&in.Refresh.At.To.Range, "Target is the maintenance database",
			"Database %s cannot be renamed over a connection to itself. Set maintenance = \"template1\", or another "+
				"database, in the database block.", quote(n.Live))
	}
	if s := in.Source.Server; f.SystemID != "" && f.SystemID == s.SystemID &&
		slices.Contains([]string{n.Live, n.Next, n.Previous, n.Old}, s.Database) {
		ds.Errorf(&in.Refresh.At.To.Range, "Target is the source",
			"The refresh reads database %s of the server that it would replace it on. Point to = at another database.",
			quote(s.Database))
	}
	if live, ok := f.Databases[n.Live]; ok && live.Template {
		ds.Errorf(&in.Refresh.At.To.Range, "Target is a template",
			"Database %s is a template and is not replaced. ALTER DATABASE %s IS_TEMPLATE false; allows it.",
			quote(n.Live), sqltext.Ident(n.Live))
	}
}

func (in Input) checkRights(ds *diag.Diagnostics) {
	f, n, rng := in.Target, in.Names, &in.Refresh.At.To.Range
	user := sqltext.Ident(f.User)
	if !f.CreateDB {
		ds.Errorf(rng, "Missing right to create databases",
			"Role %s may neither create nor rename a database. As an administrator: ALTER ROLE %s CREATEDB;",
			quote(f.User), user)
	}
	var owners []string
	for _, name := range []string{n.Live, n.Previous, n.Next, n.Old} {
		d, ok := f.Databases[name]
		if !ok || d.Owned || slices.Contains(owners, d.Owner) {
			continue
		}
		owners = append(owners, d.Owner)
		ds.Errorf(rng, "Missing rights of the database's owner",
			"Only its owner may rename database %s; that is %s, and %s has not its rights. As an administrator: "+
				"GRANT %s TO %s; or: ALTER DATABASE %s OWNER TO %s;",
			quote(name), quote(d.Owner), quote(f.User), sqltext.Ident(d.Owner), user, sqltext.Ident(name), user)
	}
	owner := in.Refresh.Owner
	switch o := f.OwnerRole; {
	case owner == "" || owner == f.User:
	case !o.Exists:
		ds.Errorf(&in.Refresh.At.Owner.Range, "Owner does not exist",
			"The target has no role %s. Create it: CREATE ROLE %s;",
			quote(owner), sqltext.Ident(owner))
	case !o.Usable || !o.Settable:
		option := ""
		if f.VersionNum >= 160000 {
			option = " WITH INHERIT TRUE, SET TRUE"
		}
		ds.Errorf(&in.Refresh.At.Owner.Range, "Missing rights of the owner",
			"Role %s cannot make objects that belong to %s. As an administrator: GRANT %s TO %s%s;",
			quote(f.User), quote(owner), sqltext.Ident(owner), user, option)
	}
	for _, s := range f.Settings {
		if s.Restricted && !f.RDSAdmin {
			ds.Warnf(rng, "Setting of the live database is not carried over",
				"Only a superuser may set %s, and %s is none. Set it on the copy after the refresh, or on the server.",
				s.Name, quote(f.User))
		}
	}
}

// checkLeftovers makes sure that nothing is dropped that no refresh has made.
func (in Input) checkLeftovers(ds *diag.Diagnostics) {
	for _, name := range []string{in.Names.Next, in.Names.Previous, in.Names.Old} {
		d, exists := in.Target.Databases[name]
		if !exists {
			continue
		}
		mark, ours := in.Target.Mark(name)
		switch {
		case !ours:
			ds.Errorf(&in.Refresh.At.To.Range, "Database is in the way",
				"The refresh needs the name %s, and a database of that name exists that no refresh has made (its "+
					"comment does not say so). "+
					"Rename it, or drop it if it is not needed: DROP DATABASE %s;", quote(name), sqltext.Ident(name))
		case mark.Refresh != in.Refresh.Address():
			ds.Errorf(&in.Refresh.At.To.Range, "Database is in the way",
				"Database %s belongs to %s. Two refreshes cannot share a target in mode swap.", quote(name),
				mark.Refresh)
		case d.Template:
			ds.Errorf(&in.Refresh.At.To.Range, "Database is in the way",
				"Database %s is a template and cannot be dropped.",
				quote(name))
		}
	}
}

func (in Input) checkUse(ds *diag.Diagnostics) {
	f, rng, live := in.Target, &in.Refresh.At.To.Range, quote(in.Names.Live)
	if f.Prepared > 0 {
		ds.Errorf(rng, "Live database has prepared transactions",
			"%d prepared transactions of %s keep it from being renamed. Finish them with COMMIT PREPARED or ROLLBACK "+
				"PREPARED; pg_prepared_xacts lists them.", f.Prepared, live)
	}
	if len(f.Slots) > 0 {
		ds.Errorf(rng, "Live database has replication slots",
			"Logical slots read %s and would go on with the old copy: %s. Drop them first: SELECT "+
				"pg_drop_replication_slot('…');", live, quoteAll(f.Slots))
	}
	if len(f.Subscriptions) > 0 {
		ds.Errorf(rng, "Live database has subscriptions",
			"Subscriptions write to %s and would go on with the old copy: %s. Drop them first.", live,
			quoteAll(f.Subscriptions))
	}
	if in.Refresh.Disconnect == "wait" {
		return
	}
	for _, s := range f.Sessions {
		if s.Endable {
			continue
		}
		help := fmt.Sprintf("Grant the right: GRANT pg_signal_backend TO %s;", sqltext.Ident(f.User))
		if s.Superuser {
			help = "Only a superuser can end them."
		}
		ds.Warnf(&in.Refresh.At.Disconnect.Range, "Sessions on the live copy cannot be ended",
			"%d sessions of %s are connected to %s, and %s may not end them; the swap fails "+
				"if they are still there. %s", s.Count, quote(s.Role), live, quote(f.User), help)
	}
}

func (in Input) checkLocale(ds *diag.Diagnostics) {
	l, f := in.Locale, in.Target
	if !portable(l, f.VersionNum) {
		ds.Errorf(&in.Refresh.At.To.Range, "Locale of the source is unknown to the target",
			"The source sorts with a provider (%s) that PostgreSQL %d does not have. Upgrade the "+
				"target, or use mode replace.", providerName(l.Provider), f.VersionNum/10000)
	}
	known := map[string]bool{"c": true, "posix": true}
	for _, name := range f.Locales {
		known[normalLocale(name)] = true
	}
	for _, name := range slices.Compact([]string{l.Collate, l.Ctype}) {
		if !known[normalLocale(name)] {
			ds.Warnf(&in.Refresh.At.To.Range, "Locale of the source may be missing on the target",
				"The source uses locale %s, which the target does not list. If its operating system lacks it, CREATE "+
					"DATABASE fails; install the locale there.", quote(name))
		}
	}
}

func providerName(p string) string {
	switch p {
	case "i":
		return "ICU"
	case "b":
		return "the built-in one"
	}
	return "libc"
}

func quote(name string) string { return sqltext.Ident(name) }

func quoteAll(names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = quote(n)
	}
	return strings.Join(out, ", ")
}
