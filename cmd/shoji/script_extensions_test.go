package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// extensionsCommand gives a script two servers of its own, where the extensions in a directory can be created, and a
// user of staging who is no superuser, at $REFRESHER.
func extensionsCommand(t *testing.T) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("usage: extensions DIR [SETTING=VALUE ...]")
		}
		settings := map[string]string{}
		for _, arg := range args[1:] {
			name, value, _ := strings.Cut(arg, "=")
			settings[name] = value
		}
		servers := pgtest.Extended(t, os.DirFS(ts.MkAbs(args[0])), 2, settings)
		name := ts.Getenv("DB")
		for i, variable := range []string{"PROD", "STAGING"} {
			ts.Check(execSQL(servers[i].AdminURL("postgres"), "CREATE DATABASE "+sqltext.Ident(name)))
			ts.Setenv(variable, servers[i].AdminURL(name))
			ts.Setenv("SHOJI_"+variable+"_URL", servers[i].AdminURL(name))
			ts.Setenv(variable+"_SERVER", servers[i].AdminURL("postgres"))
		}
		ts.Check(execSQL(servers[1].AdminURL("postgres"),
			"CREATE ROLE refresher LOGIN CREATEDB PASSWORD 'refresher'; ALTER DATABASE "+sqltext.Ident(name)+
				" OWNER TO refresher"))
		ts.Setenv("STAGING_TEMPLATE", servers[1].AdminURL("s_template"))
		ts.Setenv("REFRESHER", servers[1].URL("refresher", "refresher", name))
	}
}
