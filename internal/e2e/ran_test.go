package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	pgquery "github.com/wasilibs/go-pgquery"

	"github.com/shoji-pg/shoji/engine"
)

// prefix is that of the servers' logs: milliseconds, application, user and database.
const prefix = "%n|%a|%u|%d|"

var logged = regexp.MustCompile(`(?m)^([0-9]+)\.([0-9]+)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|LOG:  (?:statement|` +
	`execute [^:]*): (.*(?:\n\t.*)*)(?:\n[^\n]*DETAIL:  (?:P|p)arameters: ([^\n]*))?`)

// sent is a statement that shoji sent to a server.
type sent struct{ application, database, sql, parameters string }

// sent gives the statements since a time that shoji sent to servers, those that are gone too.
func (w *world) sent(since time.Time) (out []sent) {
	for _, m := range logged.FindAllStringSubmatch(w.log(), -1) {
		seconds, _ := strconv.ParseInt(m[1], 10, 64)
		millis, _ := strconv.ParseInt(m[2], 10, 64)
		// pg_dump is another program, which reads the structure of the source while the plan is made.
		if !strings.HasPrefix(m[3], "shoji") || m[3] == "shoji pg_dump" ||
			time.Unix(seconds, millis*1e6).Before(since.Truncate(time.Millisecond)) {
			continue
		}
		out = append(out, sent{m[3], m[5], flat(m[6]), m[7]})
	}
	return out
}

func flat(sql string) string { return strings.Join(strings.Fields(sql), " ") }

// words of a plan stand for what is known when it runs.
var (
	run_    = regexp.MustCompile(`[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}`)
	runName = regexp.MustCompile(`[0-9]{8}t[0-9]{6}z-[0-9a-f]{6}`)
	object  = regexp.MustCompile(`LARGE OBJECT [0-9]+`)
	instant = regexp.MustCompile(`at=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z`)
	key     = regexp.MustCompile(
		`arn:aws:kms:[a-z0-9-]+:[0-9]+:key/[0-9a-f-]{36}|\(ARN of kms_key\.[a-z]+, known after apply\)`)
	howFar   = regexp.MustCompile(` done=[a-z0-9_:,.]+`)
	borders  = regexp.MustCompile(`^(BEGIN|begin)( ISOLATION LEVEL REPEATABLE READ READ ONLY)?; `)
	sequence = regexp.MustCompile(`SELECT last_value, is_called FROM [^ )]+`)
	emptied  = regexp.MustCompile(`table_import_from_s3"\('([^']*)'`)
)

// planned gives a text in the words of a plan.
func planned(text string) string {
	text = run_.ReplaceAllString(text, "(known after apply)")
	text = runName.ReplaceAllString(text, "(run)")
	text = instant.ReplaceAllString(text, "at=(known after apply)")
	text = key.ReplaceAllString(text, "(key)")
	text = object.ReplaceAllString(text, "LARGE OBJECT (known after apply)")
	return flat(howFar.ReplaceAllString(strings.TrimSuffix(borders.ReplaceAllString(text, ""), "; COMMIT"), ""))
}

// statementsAsPlanned holds what servers were sent in a run against its plan: all of it is there, but for the borders
// of transactions, locks that only keep others away, and looks at catalogs; and all that is there was sent.
func (w *world) statementsAsPlanned(t *testing.T, plan *engine.Plan, since time.Time) {
	t.Helper()
	wanted := map[string]bool{}
	for _, s := range plan.Steps {
		for _, x := range s.Statements {
			if strings.HasPrefix(x.On, "database.") && !strings.HasPrefix(x.Text, "check ") {
				wanted[planned(x.Text)] = false
			}
		}
	}
	checked := map[string]bool{}
	for _, x := range w.sent(since) {
		sql := planned(x.sql)
		if _, ok := wanted[sql]; ok {
			wanted[sql] = true
			continue
		}
		if inOne(x, wanted) {
			continue
		}
		if !checked[sql] && !harmless(sql) {
			t.Errorf("%s ran in %s and is not in the plan: %s", x.application, x.database, sql)
		}
		checked[sql] = true
	}
	if len(checked) < 10 || len(wanted) < 50 {
		t.Errorf("there is too little to look at: %d statements that look, %d in the plan", len(checked), len(wanted))
	}
	for sql, ran := range wanted {
		if m := emptied.FindStringSubmatch(sql); !ran && m != nil {
			ran = w.count(t, "staging", "SELECT count(*) FROM ONLY "+m[1]) == 0 // nothing was exported of it
		}
		if sql == "SELECT pg_catalog.lo_unlink($1)" {
			ran = true // of the record of an earlier copy, which a new database does not have
		}
		if !ran {
			t.Errorf("in the plan, and did not run: %s", sql)
		}
	}
}

// inOne finds what the plan shows one by one, and servers are sent as one statement: the values of all sequences, and
// what a table is filled with in one go.
func inOne(x sent, wanted map[string]bool) bool {
	if parts := strings.Split(planned(x.sql), "; "); len(parts) > 1 {
		for _, part := range parts {
			if _, ok := wanted[part]; !ok {
				return false
			}
		}
		for _, part := range parts {
			wanted[part] = true
		}
		return true
	}
	switch reads := sequence.FindAllString(x.sql, -1); {
	case strings.HasPrefix(x.sql, "SELECT pg_catalog.setval(v.s::regclass, v.l, v.c) FROM unnest("):
		for text := range wanted {
			name := strings.TrimSuffix(strings.TrimPrefix(text, "SELECT pg_catalog.setval('"),
				"', (last_value), (is_called))")
			wanted[text] = wanted[text] ||
				name != text && strings.Contains(strings.ReplaceAll(x.parameters, `\"`, `"`), name)
		}
		return true
	case strings.HasPrefix(x.sql, "SELECT 0 AS n, s.* FROM (SELECT last_value") &&
		len(reads) == strings.Count(x.sql, " FROM (SELECT "):
		for _, text := range reads {
			if _, ok := wanted[text]; !ok {
				return false
			}
			wanted[text] = true
		}
		return true
	}
	return false
}

// harmless statements need not stand in a plan.
func harmless(sql string) bool {
	switch {
	case regexp.MustCompile(`^(?i:begin|commit|rollback|begin isolation level repeatable read read only)$`).
		MatchString(sql),
		regexp.MustCompile(`^SET LOCAL (search_path|lock_timeout|statement_timeout) = [^;]*(; ` +
			`SET LOCAL statement_timeout = 0)?$`).MatchString(sql),
		sql == "RESET ROLE; RESET ALL", sql == "SET default_transaction_read_only = on",
		regexp.MustCompile(`^SELECT pg_catalog\.pg_(try_)?advisory_(xact_)?lock\([0-9]+, [^;]*\)$`).MatchString(sql),
		strings.HasPrefix(sql, "EXPLAIN (FORMAT json) SELECT "), // of a plan: it runs nothing
		// The guard's transaction lasts as long as the run; a session that only looks has a limit.
		strings.HasPrefix(sql,
			"BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_catalog.set_config(name, '0', true) FROM"),
		strings.HasPrefix(sql, "SELECT pg_catalog.set_config('statement_timeout', least("),
		// of the snapshot that the plan exports
		regexp.MustCompile(`^SET TRANSACTION SNAPSHOT '[0-9A-F-]+'$`).MatchString(sql):
		return true
	}
	return looksAtCatalogs(sql)
}

// looksAtCatalogs reports whether a statement is a query of catalogs alone, as PostgreSQL's own parser reads it.
func looksAtCatalogs(sql string) bool {
	text, err := pgquery.ParseToJSON(sql)
	if err != nil {
		return false
	}
	var tree any
	if json.Unmarshal([]byte(text), &tree) != nil {
		return false
	}
	named, harmless := map[string]bool{}, true
	walk(tree, func(kind string, node map[string]any) {
		if kind == "CommonTableExpr" {
			named[fmt.Sprint(node["ctename"])] = true
		}
	})
	walk(tree, func(kind string, node map[string]any) {
		switch {
		case kind == "RangeVar":
			schema, name := fmt.Sprint(node["schemaname"]), fmt.Sprint(node["relname"])
			harmless = harmless &&
				(schema == "pg_catalog" || node["schemaname"] == nil && (strings.HasPrefix(name, "pg_") || named[name]))
		case kind == "FuncCall":
			names, _ := json.Marshal(node["funcname"])
			harmless = harmless &&
				!regexp.MustCompile(`"(setval|nextval|set_config|pg_terminate_backend|pg_cancel_backend|lo_[a-z]+|`+
					`dblink[a-z_]*|pg_drop_[a-z_]+|pg_create_[a-z_]+|pg_export_snapshot|pg_read_[a-z_]+|[a-z_]*_s3)"`).
					Match(names)
		case strings.HasSuffix(kind, "Stmt") && kind != "stmt":
			harmless = harmless && kind == "SelectStmt" && node["lockingClause"] == nil && node["intoClause"] == nil
		}
	})
	return harmless
}

// walk visits all nodes of a tree of the parser's. Their names begin with a capital, those of fields do not.
func walk(tree any, do func(kind string, node map[string]any)) {
	switch x := tree.(type) {
	case []any:
		for _, e := range x {
			walk(e, do)
		}
	case map[string]any:
		for name, e := range x {
			if node, ok := e.(map[string]any); ok {
				do(name, node)
			}
			walk(e, do)
		}
	}
}
