package postgres_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
)

// TestWhatWasReviewedRuns holds promise 3 against the servers' own logs: every statement of a run that could change or
// read anything is in the plan. What is not listed there is named here, with the reason.
func TestWhatWasReviewedRuns(t *testing.T) {
	for _, way := range []string{
		swapMode, replaceMode, swapMode + " by clients", replaceMode + " by clients", swapMode + " by servers",
		replaceMode + " by servers",
	} {
		t.Run(way, func(t *testing.T) {
			mode, by, _ := strings.Cut(way, " ")
			settings := map[string]string{"log_statement": "all", "log_line_prefix": "@@%a|%d|"}
			prod, staging := pgtest.Own(t, settings), pgtest.Own(t, settings)
			m := newMovedOn(t, mode, prod, staging)
			m.both(`CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text UNIQUE,
				boss bigint REFERENCES people);
				CREATE TABLE notes (person bigint REFERENCES people, body text);
				CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM notes;
				CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
				CREATE TRIGGER t BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION f();`)
			pgtest.Exec(t, m.source,
				"INSERT INTO people (email) VALUES ('a@raw.example'), ('b@raw.example'); INSERT INTO "+
					"notes VALUES (1, 'x'), (2, 'y')")
			m.blocks = `table "public" "people" {
  keep = ["id", "boss"]
  column "email" {
    mask = email()
  }
}
table "public" "notes" {
  keep = ["person", "body"]
}
role "reader" {
  in = database.staging
  grant {
    on         = all_tables("public")
    privileges = ["SELECT"]
  }
}
`
			if by != "" {
				byServer(map[string]string{
					"by clients": "export = \"client\"\n  import = \"client\"\n",
					"by servers": "export = \"server\"\n  import = \"server\"\n",
				}[by], 0)(m)
			}
			r, plan := m.plan()
			from, to := len(prod.Log()), len(staging.Log())
			result, ds := m.run(r, plan)
			if result.State != engine.RunDone || ds.HasErrors() {
				t.Fatalf("%s: %s\n%s", result.State, text(ds), staging.Log()[max(0, len(staging.Log())-1500):])
			}
			ran := append(logged(prod.Log()[from:]), logged(staging.Log()[to:])...)
			if len(ran) < 10 {
				t.Fatalf("only %d statements were logged", len(ran))
			}
			reviewed := statementsOf(plan)
			for _, s := range ran {
				s = ofRun.ReplaceAllString(s, stage.RunKey)
				if !reviewed[s] &&
					!slices.ContainsFunc(beside(), func(p *regexp.Regexp) bool { return p.MatchString(s) }) {
					t.Errorf("ran, but was not in the plan: %s", s)
				}
			}
		})
	}
}

// ofRun is the ID of a run, which no plan knows.
var ofRun = regexp.MustCompile(`run-\d{15,}`)

// beside are the statements of a run that no plan lists: those of the session, and questions that read nobody's rows.
func beside() []*regexp.Regexp {
	var out []*regexp.Regexp
	for _, p := range []string{
		`^(begin|commit|BEGIN|COMMIT|ROLLBACK)( ISOLATION LEVEL.*)?$`,
		`^SET (client_encoding|standard_conforming|ROLE|LOCAL ROLE|LOCAL search_path|LOCAL lock_timeout|LOCAL ` +
			`statement_timeout|lock_timeout)`, `^RESET `, `^SET TRANSACTION SNAPSHOT '`,
		`^(SELECT|WITH).*\b(pg_catalog\.)?pg_(database|stat_activity|roles|class|constraint|index|tablespace|` +
			`auth_members|locks|namespace|attribute|shdescription|sequence|replication_slots|subscription|` +
			`prepared_xacts|db_role_setting|default_acl|proc|type|largeobject_metadata)\b`,
		`^SELECT pg_catalog\.current_setting\('server_version_num'\)`, `^SELECT pg_catalog\.pg_backend_pid\(\)$`,
		`^SELECT current_database\(\)`, `^SELECT system_identifier`, `^SELECT pg_terminate_backend`, `set_config`,
		`pg_try_advisory`, `pg_advisory`,
		// the plan's comment, with the run's ID and time in it
		`^COMMENT ON DATABASE .*shoji: `,
		// that of the plan, whose number the server chose
		`^COMMENT ON LARGE OBJECT \d+ IS 'shoji: `,
		// the sequences of the plan, many at once
		`^SELECT pg_catalog\.setval\(v\.s::regclass`, `^SELECT \d+ AS n, s\.\* FROM \(SELECT last_value`,
		`^SELECT n, s|^SELECT '1'$|^;$|^--`,
	} {
		out = append(out, regexp.MustCompile(`(?s)`+p))
	}
	return out
}

// logged gives the statements of shoji's sessions in a log, white space made one.
func logged(log string) []string {
	var out []string
	for _, entry := range strings.Split(log, "@@") {
		app, rest, ok := strings.Cut(entry, "|")
		if !ok || !strings.HasPrefix(app, "shoji") {
			continue
		}
		_, rest, _ = strings.Cut(rest, "|")
		for _, kind := range []string{"statement: ", "execute "} {
			if i := strings.Index(rest, kind); i >= 0 {
				s := rest[i+len(kind):]
				if kind == "execute " {
					_, s, _ = strings.Cut(s, ": ")
				}
				out = append(out, pieces(s)...)
				break
			}
		}
	}
	return out
}

func statementsOf(p *engine.Plan) map[string]bool {
	out := map[string]bool{}
	for _, s := range p.Steps {
		for _, st := range s.Statements {
			for _, piece := range pieces(st.Text) {
				out[piece] = true
			}
			out[plain(st.Text)] = true
		}
	}
	return out
}

// pieces cuts a text at the semicolons that end a line or stand before a blank, which is how statements are joined
// here.
func pieces(text string) []string {
	var out []string
	for _, s := range regexp.MustCompile(`;\s`).Split(text+" ", -1) {
		if s = plain(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func plain(s string) string {
	return strings.TrimSuffix(strings.Join(strings.Fields(s), " "), ";")
}

// TestViewAndStepsAgree: the SELECT that a plan shows for a table is the one that its step runs.
func TestViewAndStepsAgree(t *testing.T) {
	m := newMoved(t, swapMode)
	m.both("CREATE TABLE a (id int PRIMARY KEY, email text); CREATE TABLE b (id int)")
	m.blocks = "table \"public\" \"a\" {\n  keep = [\"id\"]\n  rows = \"id > 3\"\n  column \"email\" {\n" +
		"    mask = email()\n  }\n}\n" + keepAll
	_, plan := m.plan()
	shown := 0
	for _, table := range plan.Refreshes[0].Tables {
		found := false
		for _, s := range plan.Steps {
			found = found ||
				s.ID == "refresh.r.copy[public."+table.Name+"]" &&
					strings.HasPrefix(s.Statements[0].Text, "COPY ("+table.SQL+") TO STDOUT")
		}
		if !found {
			t.Errorf("no step runs the SELECT of %s: %s", table.Name, table.SQL)
		}
		shown++
	}
	if shown != 2 {
		t.Errorf("%d tables are shown", shown)
	}
}
