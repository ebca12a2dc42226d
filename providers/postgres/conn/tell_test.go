package conn

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// talkative makes a server log all that it can.
func talkative(t *testing.T) map[string]string {
	t.Helper()
	m := map[string]string{
		"log_statement":                     "all",
		"log_duration":                      "on",
		"log_min_duration_statement":        "0",
		"log_min_messages":                  "debug5",
		"log_min_error_statement":           "debug5",
		"log_error_verbosity":               "verbose",
		"debug_print_parse":                 "on",
		"debug_print_rewritten":             "on",
		"debug_print_plan":                  "on",
		"log_parameter_max_length":          "-1",
		"log_parameter_max_length_on_error": "-1",
		"log_connections":                   "on",
		"log_disconnections":                "on",
		"log_executor_stats":                "on",
	}
	installation, _ := pgtest.Installed(t)
	libraries, _ := filepath.Glob(filepath.Join(installation.Bin, "../lib", "auto_explain.so"))
	below, _ := filepath.Glob(filepath.Join(installation.Bin, "../lib/postgresql", "auto_explain.so"))
	if len(libraries)+len(below) > 0 {
		m["session_preload_libraries"], m["auto_explain.log_min_duration"],
			m["auto_explain.log_nested_statements"] = "auto_explain", "0", "on"
	}
	return m
}

// TestASecretIsInNoLog: of the call that tells it, a server that logs everything logs the name of the function.
func TestASecretIsInNoLog(t *testing.T) {
	ctx := context.Background()
	s := pgtest.Own(t, talkative(t))
	c := New(&spec.Database{Name: "prod", URL: s.AdminURL("postgres")}, nil, nil)
	told := map[string]secret.Value{KeySetting: secret.New(canary), "shoji.verify": secret.New(canary + "-two")}
	conn, err := c.Connect(ctx, Options{Purpose: "shoji test", Secrets: told})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	// Inside of a transaction and after one: it is the session's.
	for _, sql := range []string{"BEGIN", "ROLLBACK"} {
		var same bool
		if err := conn.QueryRow(ctx, "SELECT current_setting('shoji.key') || '-two' = current_setting('shoji.verify')").
			Scan(&same); err != nil || !same {
			t.Errorf("before %s the session does not know its secrets: %v", sql, err)
		}
		if _, err := conn.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	// A statement that fails in such a session, with its own text and parameters logged.
	if _, err := conn.Exec(ctx, "SELECT 1 / length(current_setting($1)) * 0 / (length($1) - 9)",
		KeySetting); Code(err) != "22012" {
		t.Errorf("the statement fails with %v", err)
	}
	for _, row := range pgtest.Rows(t, s.AdminURL("postgres"), "SELECT a::text FROM pg_stat_activity a") {
		if strings.Contains(row, canary) {
			t.Errorf("pg_stat_activity shows the key: %s", row)
		}
	}
	log := s.Log()
	if strings.Contains(log, canary) {
		i := strings.Index(log, canary)
		t.Errorf("the log shows the key: …%s", log[max(0, i-500):i+len(canary)])
	}
	if n := strings.Count(log, `fastpath function call: "set_config"`); n < 2 {
		t.Errorf("the log names the call %d times", n)
	}
}

// TestASecretThatIsRefused: the error of a server that lets nobody set anything holds no value.
func TestASecretThatIsRefused(t *testing.T) {
	ctx := context.Background()
	s := pgtest.Own(t, talkative(t))
	role := pgtest.Role(t, s, "")
	db := pgtest.Database(t, s)
	pgtest.Exec(t, db, "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC")
	c := New(&spec.Database{Name: "prod", URL: pgtest.As(t, db, role)}, nil, nil)
	conn, err := c.Connect(ctx, Options{Secrets: map[string]secret.Value{KeySetting: secret.New(canary)}})
	if err == nil {
		_ = conn.Close(ctx)
	}
	if err == nil || !strings.Contains(err.Error(), "setting shoji.key") || !strings.Contains(err.Error(), "42501") ||
		strings.Contains(err.Error(), canary) {
		t.Errorf("the error is %v", err)
	}
	if strings.Contains(s.Log(), canary) {
		t.Error("the log shows the key")
	}
}

// TestACancelledCall leaves no session that does not know what it was told.
func TestACancelledCall(t *testing.T) {
	config, err := pgx.ParseConfig(pgtest.Server(t).AdminURL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := tell(ctx, conn, KeySetting, canary); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("the error is %v", err)
	}
}
