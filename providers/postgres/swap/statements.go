package swap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// createStatement returns CREATE DATABASE for the next copy. Only template0 takes another encoding and locale than its
// own (manual, 23.3); a template of the spec has those of the source.
func createStatement(n Names, owner, template string, l catalog.Locale, live Database, version int) string {
	sql := "CREATE DATABASE " + sqltext.Ident(n.Next) + " WITH"
	if owner != "" {
		sql += " OWNER " + sqltext.Ident(owner)
	}
	if template != "" {
		sql += " TEMPLATE " + sqltext.Ident(template)
	} else {
		sql += " TEMPLATE template0 " + localeOptions(l, version)
	}
	if live.Tablespace != "" && live.Tablespace != "pg_default" {
		sql += " TABLESPACE " + sqltext.Ident(live.Tablespace)
	}
	return sql
}

func commentStatement(database, comment string) string {
	if comment == "" {
		return "COMMENT ON DATABASE " + sqltext.Ident(database) + " IS NULL"
	}
	return "COMMENT ON DATABASE " + sqltext.Ident(database) + " IS " + literal(comment)
}

// dropStatement ends the sessions of the database too (FORCE, from 13 on): nobody is meant to be in a database that is
// dropped.
func dropStatement(database string) string {
	return "DROP DATABASE IF EXISTS " + sqltext.Ident(database) + " WITH (FORCE)"
}

func renameStatement(from, to string) string {
	return "ALTER DATABASE " + sqltext.Ident(from) + " RENAME TO " + sqltext.Ident(to)
}

// privilegeStatements carry the live database's ACL over to the next one. What its owner holds is not repeated: the
// owner of the copy holds everything.
func privilegeStatements(next string, live Database) []string {
	if live.Name == "" || live.DefaultACL {
		return nil
	}
	on := " ON DATABASE " + sqltext.Ident(next)
	out := []string{"REVOKE ALL" + on + " FROM PUBLIC"}
	// One GRANT for each grantee and grant option, privileges in the catalog's order.
	type key struct {
		grantee   string
		grantable bool
	}
	var order []key
	privileges := map[key][]string{}
	for _, p := range live.Privileges {
		k := key{p.Grantee, p.Grantable}
		if !slices.Contains(order, k) {
			order = append(order, k)
		}
		privileges[k] = append(privileges[k], p.Privilege)
	}
	for _, k := range order {
		grantee, option := "PUBLIC", ""
		if k.grantee != "" {
			grantee = sqltext.Ident(k.grantee)
		}
		if k.grantable {
			option = " WITH GRANT OPTION"
		}
		out = append(out, "GRANT "+strings.Join(privileges[k], ", ")+on+" TO "+grantee+option)
	}
	return out
}

// settingStatements carry ALTER DATABASE … SET and the connection limit over. They come last, since a setting such as
// default_transaction_read_only would stop the refresh itself.
func settingStatements(next string, live Database, settings []Setting) []string {
	var out []string
	for _, s := range settings {
		if s.Restricted {
			continue
		}
		what := "ALTER DATABASE " + sqltext.Ident(next)
		if s.Role != "" {
			what = "ALTER ROLE " + sqltext.Ident(s.Role) + " IN DATABASE " + sqltext.Ident(next)
		}
		out = append(out, what+" SET "+sqltext.Setting(s.Name, s.Value))
	}
	if live.Name != "" && live.ConnectionLimit != -1 {
		out = append(out, fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT %d", sqltext.Ident(next),
			live.ConnectionLimit))
	}
	return out
}

// preamble is the first statement of a session that runs pg_dump's SQL: what pg_dump itself sets at the head of a
// script, and no time limits. Functions without a search_path of their own find nothing but pg_catalog, as under
// pg_restore; see Looking for those that need more.
func preamble(role string, memoryKB int64) string {
	sql := "SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET check_function_bodies = off; " +
		"SET xmloption = content; SET row_security = off; SET client_min_messages = warning; SET search_path = ''; " +
		"SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0"
	if memoryKB > 0 {
		sql += fmt.Sprintf("; SET maintenance_work_mem = '%dkB'", memoryKB)
	}
	if role != "" {
		sql += "; SET ROLE " + sqltext.Ident(role)
	}
	return sql
}

// runSQL runs SQL by the simple protocol, which takes several statements in one transaction.
func runSQL(ctx context.Context, c *pgx.Conn, sql string) error {
	return c.PgConn().Exec(ctx, sql).Close()
}
