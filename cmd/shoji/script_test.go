package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/cloud/cloudtest"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/pgparse"
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
//	lines FILE                    fail where a line of the FILE is no JSON document with a type
//	quiet [-commands] FILE ...    fail where a FILE has a character that steers a terminal, or a workflow command;
//	                              -commands: as a line of its own it may
//	hold DATABASE STATEMENT       begin a transaction, run the statement, and keep it open until the script ends
//	until DATABASE QUERY          wait until the query gives a row
//	edit FILE OLD NEW             replace text in a file
//	replan PATTERN OLD NEW        replace text in a plan file and make its checksum again, as somebody without the key
//	                              can
//	objects BUCKET                print the keys of a bucket of account 111111111111, a line each, or "nothing"
//	manifest BUCKET               set $MANIFEST to the URL of the manifest in it
//	clusters                      use other accounts, at $CLOUD, whose clusters shop-prod and shop-staging are the two
//	                              servers and take tokens; $AUTHORITY signs their certificates
//	extensions DIR [SETTING=VALUE ...]
//	                              use two other servers that have the extensions in DIR, and these settings;
//	                              $REFRESHER is staging for a user who is no superuser
//	webhook FILE [STATUS ...]     start a webhook at $HOOK that answers with each STATUS in turn, then appends what it
//	                              is sent to FILE
//	user PROFILE ACCOUNT FILE     make a user of those with the policy in FILE and no other right, and a profile for
//	                              it
//
// The profiles prod and staging are those of two accounts of a lab's AWS at $AWS_LAB, 111111111111 and 222222222222.
// A script begins in a project of its own name with databases.shoji.hcl: secrets, both databases.
func TestScript(t *testing.T) {
	prod, staging := pgtest.Pair(t)
	parser := filepath.Join(t.TempDir(), "parser")
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
			for _, server := range []*pgserver.Server{prod, staging} {
				if err := execSQL(server.AdminURL("postgres"), "CREATE DATABASE "+sqltext.Ident(name)); err != nil {
					return err
				}
			}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "databases.shoji.hcl"),
				[]byte(strings.Replace(databases, "PROJECT", name, 1)), 0o600); err != nil {
				return err
			}
			env.Setenv("DB", name)
			env.Setenv("PROD", prod.AdminURL(name))
			env.Setenv("STAGING", staging.AdminURL(name))
			env.Setenv("SHOJI_PROD_URL", prod.AdminURL(name))
			env.Setenv("SHOJI_STAGING_URL", staging.AdminURL(name))
			env.Setenv("SHOJI_MASK_KEY", "a key for tests, of thirty-two bytes or more")
			env.Setenv("STAGING_SERVER", staging.AdminURL("postgres"))
			env.Setenv("HOME", env.WorkDir)
			env.Setenv(pgparse.CacheVariable, parser)
			env.Values[clustersOf{}] = new(*cloudtest.World)
			if err := accounts(env); err != nil {
				return err
			}
			if v, ok := os.LookupEnv("SHOJI_PG_BIN"); ok {
				env.Setenv("SHOJI_PG_BIN", v)
			}
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"sql":        sqlCommand,
			"query":      queryCommand,
			"noescape":   noEscapeCommand,
			"lines":      linesCommand,
			"quiet":      quietCommand,
			"hold":       holdCommand,
			"until":      untilCommand,
			"edit":       editCommand,
			"replan":     replanCommand,
			"objects":    objectsCommand,
			"manifest":   manifestCommand,
			"clusters":   clustersCommand(t, prod, staging),
			"user":       userCommand,
			"webhook":    webhookCommand,
			"extensions": extensionsCommand(t),
		},
	})
}

const databases = `project "PROJECT" {}

secret "prod_url" {
  env = "SHOJI_PROD_URL"
}

secret "staging_url" {
  env = "SHOJI_STAGING_URL"
}

secret "mask_key" {
  env = "SHOJI_MASK_KEY"
}

database "prod" {
  url = secret.prod_url
}

database "staging" {
  url = secret.staging_url
}
`

// accounts starts a lab's AWS for a script.
func accounts(env *testscript.Env) error {
	lab, err := cloud.Start(cloud.Config{})
	if err != nil {
		return err
	}
	env.Defer(func() { _ = lab.Close() })
	profiles := map[string]cloud.Credentials{}
	for name, account := range map[string]string{"prod": "111111111111", "staging": "222222222222"} {
		c, err := lab.Credentials(account)
		if err != nil {
			return err
		}
		profiles[name] = c
		env.Setenv("SECRET_"+strings.ToUpper(name), c.Secret)
	}
	variables, err := cloud.SignIn(filepath.Join(env.WorkDir, "aws"), profiles)
	for name, value := range variables {
		env.Setenv(name, value)
	}
	env.Setenv("AWS_LAB", lab.URL())
	env.Setenv("SHOJI_VAR_aws_endpoint", lab.URL())
	return err
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

func linesCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 1 || neg {
		ts.Fatalf("usage: lines FILE")
	}
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var head struct {
			Type      string    `json:"type"`
			Level     string    `json:"@level"`
			Message   string    `json:"@message"`
			Timestamp time.Time `json:"@timestamp"`
		}
		err := json.Unmarshal([]byte(line), &head)
		if err != nil || head.Type == "" || head.Level == "" || head.Message == "" || head.Timestamp.IsZero() {
			ts.Fatalf("%s has the line %q: %v", args[0], line, err)
		}
	}
}

// steering are characters that steer a terminal or turn what is read around, loud is what a CI runner takes for a
// command.
var (
	steering = regexp.MustCompile(
		`[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}\x{200b}-\x{200f}\x{2028}-\x{202e}\x{2060}-\x{2069}\x{feff}]`)
	loud       = regexp.MustCompile(`(?m)^\s*::.*|##\w*\[.*`)
	annotation = regexp.MustCompile(`^::(error|warning|notice) file=[^:]*::`)
)

func quietCommand(ts *testscript.TestScript, neg bool, args []string) {
	allowed := len(args) > 0 && args[0] == "-commands"
	if allowed {
		args = args[1:]
	}
	if len(args) == 0 || neg {
		ts.Fatalf("usage: quiet [-commands] FILE ...")
	}
	for _, name := range args {
		text := ts.ReadFile(name)
		if at := steering.FindStringIndex(text); at != nil {
			ts.Fatalf("%s has %q", name, text[max(0, at[0]-40):min(len(text), at[1]+40)])
		}
		for _, command := range loud.FindAllString(text, -1) {
			if !allowed || !annotation.MatchString(command) {
				ts.Fatalf("%s has a command: %q", name, command)
			}
		}
	}
}

func holdCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || neg {
		ts.Fatalf("usage: hold URL STATEMENT")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, args[0])
	ts.Check(err)
	ts.Defer(func() { _ = conn.Close(ctx) })
	_, err = conn.Exec(ctx, "BEGIN")
	ts.Check(err)
	_, err = conn.Exec(ctx, args[1])
	ts.Check(err)
}

func untilCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 || neg {
		ts.Fatalf("usage: until URL QUERY")
	}
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, args[0])
	ts.Check(err)
	defer func() { _ = conn.Close(ctx) }()
	for range 600 {
		var n int
		ts.Check(conn.QueryRow(ctx, "SELECT count(*) FROM ("+args[1]+") q").Scan(&n))
		if n > 0 {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("no row after 30 seconds: %s", args[1])
}

func editCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 || neg {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s has no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}
