package swap

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

func (f *Facts) readServer(ctx context.Context, c *pgx.Conn) error {
	err := c.QueryRow(ctx, `
		SELECT current_setting('server_version_num')::int, current_database(), r.rolname,
		       r.rolsuper, r.rolsuper OR r.rolcreatedb,
		       EXISTS (SELECT FROM pg_catalog.pg_roles a WHERE a.rolname = 'rds_superuser' AND pg_has_role(a.oid,
		           'USAGE')),
		       CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_roles a WHERE a.rolname = 'rds_extension'
		           AND pg_has_role(a.oid, 'USAGE'))
		            THEN string_to_array(replace(current_setting('rds.allowed_delegated_extensions', true), ' ', ''),
		                ',') END,
		       pg_has_role('pg_signal_backend', 'USAGE'),
		       (SELECT setting::bigint * current_setting('block_size')::bigint FROM pg_catalog.pg_settings
		           WHERE name = 'shared_buffers'),
		       (SELECT setting::bigint * 1024 FROM pg_catalog.pg_settings WHERE name = 'maintenance_work_mem')
		FROM pg_catalog.pg_roles r WHERE r.rolname = current_user`).
		Scan(&f.VersionNum, &f.Maintenance, &f.User, &f.Superuser, &f.CreateDB, &f.RDSAdmin, &f.Delegated,
			&f.SignalBackend,
			&f.SharedBuffers, &f.MaintenanceMemory)
	if err != nil {
		return err
	}
	err = c.QueryRow(ctx, `SELECT system_identifier::text FROM pg_catalog.pg_control_system()`).Scan(&f.SystemID)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == insufficientPrivilege {
		return nil // some providers take the right away; then it is not known
	}
	return err
}

func (f *Facts) readDatabases(ctx context.Context, c *pgx.Conn, names Names, template string) error {
	rows, err := c.Query(ctx, `
		SELECT d.oid, d.datname, r.rolname, pg_has_role(d.datdba, 'USAGE'), d.datistemplate, d.datallowconn,
		       d.datconnlimit, t.spcname, coalesce(shobj_description(d.oid, 'pg_database'), ''), d.datacl IS NULL, `+
		catalog.LocaleColumns(f.VersionNum)+`
		FROM pg_catalog.pg_database d
		JOIN pg_catalog.pg_roles r ON r.oid = d.datdba
		JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace
		WHERE d.datname = ANY ($1)`, []string{names.Live, names.Next, names.Previous, names.Old, template})
	if err != nil {
		return err
	}
	var d Database
	_, err = pgx.ForEachRow(rows, append([]any{&d.OID, &d.Name, &d.Owner, &d.Owned, &d.Template, &d.AllowConnections,
		&d.ConnectionLimit, &d.Tablespace, &d.Comment, &d.DefaultACL}, d.Locale.Fields()...), func() error {
		f.Databases[d.Name] = d
		return nil
	})
	return err
}

func (f *Facts) readPrivileges(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx, `
		SELECT d.datname, coalesce(g.rolname, ''), x.privilege_type, bool_or(x.is_grantable)
		FROM pg_catalog.pg_database d, aclexplode(d.datacl) x
		LEFT JOIN pg_catalog.pg_roles g ON g.oid = x.grantee
		WHERE x.grantee <> d.datdba AND (x.grantee = 0 OR g.oid IS NOT NULL)
		GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
	if err != nil {
		return err
	}
	var name string
	var p Privilege
	_, err = pgx.ForEachRow(rows, []any{&name, &p.Grantee, &p.Privilege, &p.Grantable}, func() error {
		if d, ok := f.Databases[name]; ok {
			d.Privileges = append(d.Privileges, p)
			f.Databases[name] = d
		}
		return nil
	})
	return err
}

// readSettings reads pg_db_role_setting. From 15 on, a right to set a restricted parameter can be granted (manual,
// GRANT ON PARAMETER), and one that no loaded module knows ("app.tenant") is restricted for ALTER DATABASE.
func (f *Facts) readSettings(ctx context.Context, c *pgx.Conn, live string) error {
	// What no module has defined may hold anything, so only a superuser may set it (validate_option_array_item in
	// guc.c).
	granted := "false"
	if f.VersionNum >= 150000 {
		granted = "has_parameter_privilege(split_part(e.c, '=', 1), 'SET')"
	}
	rows, err := c.Query(ctx, `
		SELECT coalesce(r.rolname, ''), split_part(e.c, '=', 1), substr(e.c, strpos(e.c, '=') + 1),
		       coalesce(p.context, 'superuser') = 'superuser' AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles
		           WHERE rolname = current_user) AND NOT `+granted+`
		FROM pg_catalog.pg_db_role_setting s
		JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
		LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
		CROSS JOIN unnest(s.setconfig) WITH ORDINALITY AS e(c, n)
		LEFT JOIN pg_catalog.pg_settings p ON lower(p.name) = lower(split_part(e.c, '=', 1))
		WHERE d.datname = $1 ORDER BY 1, e.n`, live)
	if err != nil {
		return err
	}
	f.Settings, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Setting])
	return err
}

func (f *Facts) readRoles(ctx context.Context, c *pgx.Conn, owner string) error {
	rows, err := c.Query(ctx, `SELECT rolname FROM pg_catalog.pg_roles ORDER BY 1`)
	if err != nil {
		return err
	}
	if f.Roles, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || owner == "" {
		return err
	}
	// From 16 on a membership may allow its rights and forbid SET ROLE, or the other way.
	set := "MEMBER"
	if f.VersionNum >= 160000 {
		set = "SET"
	}
	f.OwnerRole.Name = owner
	err = c.QueryRow(ctx, `SELECT true, pg_has_role(oid, 'USAGE'), pg_has_role(oid, '`+set+
		`') FROM pg_catalog.pg_roles WHERE rolname = $1`, owner).
		Scan(&f.OwnerRole.Exists, &f.OwnerRole.Usable, &f.OwnerRole.Settable)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	return err
}

func (f *Facts) readExtensions(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx, `
		SELECT e.name, coalesce(e.default_version, ''), coalesce(v.superuser, true), coalesce(v.trusted, false),
		       coalesce(v.requires, '{}')::text[]
		FROM pg_catalog.pg_available_extensions e
		LEFT JOIN pg_catalog.pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version`)
	if err != nil {
		return err
	}
	var name string
	var a ddl.Available
	if _, err = pgx.ForEachRow(rows, []any{&name, &a.Version, &a.Superuser, &a.Trusted, &a.Requires}, func() error {
		f.Available[name] = a
		a.Requires = nil
		return nil
	}); err != nil {
		return err
	}
	return f.readLocales(ctx, c)
}

// readLoaded reads which libraries the server has loaded, which not everybody may know, and which extensions RDS
// allows: rds.extensions has all that it supports, rds.allowed_extensions may have fewer (RDS user guide, "Restricting
// installation of PostgreSQL extensions").
func (f *Facts) readLoaded(ctx context.Context, c *pgx.Conn) error {
	var loaded, supported, allowed *string
	err := c.QueryRow(ctx, `
		SELECT CASE WHEN pg_has_role('pg_read_all_settings', 'USAGE') THEN current_setting('shared_preload_libraries')
		       END,
		       current_setting('rds.extensions', true), current_setting('rds.allowed_extensions', true)`).
		Scan(&loaded, &supported, &allowed)
	if err != nil {
		return err
	}
	f.Loaded = listed(loaded)
	for i, name := range f.Loaded { // "$libdir/pg_cron"
		f.Loaded[i] = path.Base(name)
	}
	f.Allowed = listed(supported)
	if names := listed(allowed); len(names) > 0 && !slices.Contains(names, "*") {
		f.Allowed = names
	}
	if len(f.Allowed) == 0 {
		f.Allowed = nil
	}
	return nil
}

// listed takes a setting apart that is a list of names; nil where there is none.
func listed(setting *string) []string {
	if setting == nil {
		return nil
	}
	out := []string{}
	for name := range strings.SplitSeq(*setting, ",") {
		if name = strings.Trim(strings.TrimSpace(name), `"`); name != "" {
			out = append(out, name)
		}
	}
	return out
}

func (f *Facts) readLocales(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx,
		`SELECT DISTINCT collcollate FROM pg_catalog.pg_collation WHERE collprovider = 'c' AND collcollate IS NOT NULL
		UNION SELECT datcollate FROM pg_catalog.pg_database ORDER BY 1`)
	if err != nil {
		return err
	}
	f.Locales, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

func (f *Facts) readUse(ctx context.Context, c *pgx.Conn, live string) error {
	rows, err := c.Query(ctx, `
		SELECT a.usename, r.rolsuper, me.rolsuper OR NOT r.rolsuper AND (pg_has_role(r.oid, 'USAGE')
			OR pg_has_role('pg_signal_backend', 'USAGE')), count(*)::int
		FROM pg_catalog.pg_stat_activity a JOIN pg_catalog.pg_roles r ON r.oid = a.usesysid, pg_catalog.pg_roles me
		WHERE a.datname = $1 AND a.pid <> pg_backend_pid() AND me.rolname = current_user
		GROUP BY 1, 2, 3 ORDER BY 1`, live)
	if err != nil {
		return err
	}
	if f.Sessions, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Sessions]); err != nil {
		return err
	}
	return c.QueryRow(ctx, `
		SELECT (SELECT count(*)::int FROM pg_catalog.pg_prepared_xacts WHERE database = $1),
		       ARRAY(SELECT slot_name::text FROM pg_catalog.pg_replication_slots WHERE database = $1 ORDER BY 1),
		       ARRAY(SELECT s.subname::text FROM pg_catalog.pg_subscription s JOIN pg_catalog.pg_database d
		           ON d.oid = s.subdbid WHERE d.datname = $1 ORDER BY 1)`, live).
		Scan(&f.Prepared, &f.Slots, &f.Subscriptions)
}

// Codes of SQLSTATE, manual, appendix A.
const (
	insufficientPrivilege = "42501"
	objectInUse           = "55006"
	duplicateTable        = "42P07"
	duplicateObject       = "42710"
	duplicateFunction     = "42723"
	undefinedTable        = "42P01"
	undefinedFunction     = "42883"
	undefinedObject       = "42704"
)
