package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// TestMain lets the scripts call shoji as a program of its own, and stops the servers.
func TestMain(m *testing.M) {
	testscript.Main(pgtest.Runner(m), map[string]func(){
		"shoji": func() { os.Exit(run(os.Args, os.LookupEnv)) },
	})
}

// TestScript runs testdata/script/*.txtar: the manual of the command line, as it is typed. Each script
// has a production and a staging database of its own, on two servers, and these commands besides
// testscript's:
//
//	sql DATABASE FILE|STATEMENT   run SQL on $PROD or $STAGING
//	query DATABASE QUERY          print the rows, a line each, values joined with |
//	noescape FILE                 fail where FILE has an escape byte
func TestScript(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two servers")
	}
	prod, staging := pgtest.Pair(t)
	files, err := filepath.Glob("../../testdata/script/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("finding scripts: %d found, %v", len(files), err)
	}
	testscript.Run(t, testscript.Params{
		Files:               files,
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE") != "",
		Setup: func(env *testscript.Env) error {
			name := "s_" + databaseName(filepath.Base(env.WorkDir))
			for variable, server := range map[string]interface {
				URL(user, password, database string) string
			}{"PROD": prod, "STAGING": staging} {
				admin := prod.AdminURL("postgres")
				if variable == "STAGING" {
					admin = staging.AdminURL("postgres")
				}
				if err := execSQL(admin, "CREATE DATABASE "+sqltext.Ident(name)); err != nil {
					return err
				}
				_ = server
			}
			env.Setenv("DB", name)
			env.Setenv("PROD", prod.AdminURL(name))
			env.Setenv("STAGING", staging.AdminURL(name))
			env.Setenv("SHOJI_PROD_URL", prod.AdminURL(name))
			env.Setenv("SHOJI_STAGING_URL", staging.AdminURL(name))
			env.Setenv("SHOJI_MASK_KEY", "a key for tests, of thirty-two bytes or more")
			env.Setenv("HOME", env.WorkDir)
			for _, keep := range []string{"SHOJI_PG_BIN", "PATH"} {
				if v, ok := os.LookupEnv(keep); ok && keep != "PATH" {
					env.Setenv(keep, v)
				}
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"sql":      sqlCommand,
			"query":    queryCommand,
			"noescape": noEscapeCommand,
		},
	})
}

var notName = regexp.MustCompile(`[^a-z0-9_]+`)

func databaseName(s string) string {
	return notName.ReplaceAllString(strings.ToLower(strings.TrimPrefix(s, "script-")), "_")
}

func execSQL(url, text string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.PgConn().Exec(ctx, text).ReadAll()
	return err
}

func sqlCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: sql URL FILE|STATEMENT")
	}
	text := args[1]
	if strings.HasSuffix(text, ".sql") {
		text = ts.ReadFile(text)
	}
	err := execSQL(args[0], text)
	if neg != (err != nil) {
		ts.Fatalf("running SQL: %v", err)
	}
}

func queryCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || neg {
		ts.Fatalf("usage: query URL QUERY")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, args[0])
	ts.Check(err)
	defer func() { _ = conn.Close(ctx) }()
	results, err := conn.PgConn().Exec(ctx, args[1]).ReadAll()
	ts.Check(err)
	for _, r := range results {
		for _, row := range r.Rows {
			cells := make([]string, len(row))
			for i, c := range row {
				cells[i] = string(c)
				if c == nil {
					cells[i] = "NULL"
				}
			}
			_, _ = fmt.Fprintln(ts.Stdout(), strings.Join(cells, "|"))
		}
	}
}

func noEscapeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: noescape FILE")
	}
	if strings.ContainsRune(ts.ReadFile(args[0]), 0x1b) {
		ts.Fatalf("%s has an escape byte", args[0])
	}
}
