package vet

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

// confined are the languages whose functions can do no more outside their database than SQL lets their caller do.
// Functions in other languages (c, internal, plpython3u) are programs of the server.
var confined = []string{"sql", "plpgsql", "plperl", "pltcl", "plv8", "plcoffee", "plls", "pllua", "plrust", "java"}

// beyond are the functions of PostgreSQL that act on files, on the server or on other sessions, or that change the user
// of a session.
var beyond = map[string]bool{
	"pg_read_file":                        true,
	"pg_read_binary_file":                 true,
	"pg_stat_file":                        true,
	"pg_current_logfile":                  true,
	"pg_file_write":                       true,
	"pg_file_unlink":                      true,
	"pg_file_rename":                      true,
	"pg_file_sync":                        true,
	"pg_logfile_rotate":                   true,
	"lo_import":                           true,
	"lo_export":                           true,
	"set_config":                          true,
	"pg_reload_conf":                      true,
	"pg_rotate_logfile":                   true,
	"pg_terminate_backend":                true,
	"pg_cancel_backend":                   true,
	"pg_promote":                          true,
	"pg_switch_wal":                       true,
	"pg_create_restore_point":             true,
	"pg_start_backup":                     true,
	"pg_stop_backup":                      true,
	"pg_backup_start":                     true,
	"pg_backup_stop":                      true,
	"pg_create_physical_replication_slot": true,
	"pg_create_logical_replication_slot":  true,
	"pg_drop_replication_slot":            true,
	"pg_logical_emit_message":             true,
	"pg_notify":                           true,
	"pg_extension_config_dump":            true,
	"pg_export_snapshot":                  true,
}

func actsBeyond(function string) bool {
	return beyond[function] || strings.HasPrefix(function, "pg_ls_")
}

// onlyLists reports whether a function only lists files of the server. Views for administrators call such functions,
// and a view runs nothing until somebody queries it with privileges of their own.
func onlyLists(function string) bool {
	return strings.HasPrefix(function, "pg_ls_") && function != "pg_ls_dir" || function == "pg_current_logfile"
}

// reaches returns what a statement does outside the new database, "" if nothing.
func reaches(n *pg.Node) string {
	found := ""
	sqltree.Visit(n, func(m protoreflect.Message) {
		if call, ok := m.Interface().(*pg.FuncCall); ok && n.GetViewStmt() != nil {
			if _, name := qualified(call.Funcname); onlyLists(name) {
				return
			}
		}
		if what := reachOf(m); found == "" {
			found = what
		}
	})
	return found
}

func reachOf(m protoreflect.Message) string {
	switch n := m.Interface().(type) {
	case *pg.CreateStmt:
		return inTablespace(n.Tablespacename)
	case *pg.IndexStmt:
		return inTablespace(n.TableSpace)
	case *pg.Constraint:
		return inTablespace(n.Indexspace)
	case *pg.IntoClause:
		return inTablespace(n.TableSpaceName)
	case *pg.FuncCall:
		schema, name := qualified(n.Funcname)
		if (schema == "" || schema == "pg_catalog") && actsBeyond(name) && !setsCustom(n) {
			return "calls " + name
		}
	case *pg.VariableSetStmt: // SET of a function
		if n.Name == "role" || n.Name == "session_authorization" {
			return "sets " + n.Name
		}
	case *pg.CreateFunctionStmt:
		return inLanguage(n)
	}
	return ""
}

// setsCustom reports whether a call sets a custom setting of an application, such as app.tenant.
func setsCustom(f *pg.FuncCall) bool {
	if _, name := qualified(f.Funcname); name != "set_config" || len(f.Args) != 3 {
		return false
	}
	setting := f.Args[0]
	if cast := setting.GetTypeCast(); cast != nil { // 'app.tenant'::text
		setting = cast.Arg
	}
	return strings.Contains(setting.GetAConst().GetSval().GetSval(), ".")
}

func inTablespace(name string) string {
	if name == "" {
		return ""
	}
	return "names a tablespace"
}

func inLanguage(f *pg.CreateFunctionStmt) string {
	for _, o := range f.Options {
		d := o.GetDefElem()
		if language := d.GetArg().GetString_().GetSval(); d.GetDefname() == "language" &&
			!slices.Contains(confined, language) {
			return "is written in the language " + language
		}
	}
	return ""
}
