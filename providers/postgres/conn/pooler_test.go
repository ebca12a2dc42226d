package conn

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/spec"
)

// leftovers are what a client of a pooler's session can read of another one's.
func leftovers(t *testing.T, url string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	c, err := pgx.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	var key, path string
	err = c.QueryRow(context.Background(),
		"SELECT coalesce(current_setting('shoji.key', true), ''), current_setting('search_path')").Scan(&key, &path)
	if err != nil {
		t.Fatal(err)
	}
	return key + " " + path
}

func TestAPoolerThatKeepsSessions(t *testing.T) {
	ctx := context.Background()
	s := pgtest.Own(t, talkative(t))
	for _, lines := range [][]string{
		{"pool_mode = session", "default_pool_size = 1", "server_reset_query =", "query_wait_timeout = 2"},
		{
			"pool_mode = session", "default_pool_size = 2", "server_reset_query =",
			"ignore_startup_parameters = " + strings.Join(startup(), ","),
		},
	} {
		url := pgtest.Pooler(t, s, lines...)
		db := &spec.Database{Name: "prod", URL: url}
		o := Options{Purpose: "shoji test", Secrets: map[string]secret.Value{KeySetting: secret.New(canary)}}
		if _, err := New(db, nil, nil).Connect(ctx, o); err == nil ||
			!strings.Contains(err.Error(), `pooler = "session"`) {
			t.Errorf("a pooler that nobody spoke of: %v", err)
		}
		db.Pooler = spec.PoolerSession
		conn, err := New(db, nil, nil).Connect(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		var key, zone, timeout string
		if err := conn.QueryRow(ctx,
			"SELECT current_setting('shoji.key'), current_setting('search_path'), "+
				"current_setting('statement_timeout')").Scan(&key, &zone, &timeout); err != nil || key != canary ||
			zone != "pg_catalog" || timeout != "0" {
			t.Errorf("the session has %q, %q and %q: %v", key, zone, timeout, err)
		}
		if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
			t.Fatal(err)
		}
		if err := Close(ctx, conn); err != nil {
			t.Fatal(err)
		}
		if got := leftovers(t, url); got != ` "$user", public` {
			t.Errorf("the next client of the session reads %q", got)
		}
	}
	if strings.Contains(s.Log(), canary) {
		t.Error("the log shows the key")
	}
}

// startup are the parameters that a session is opened with, for a pooler that ignores them.
func startup() []string {
	var out []string
	for name := range settings(Options{}) {
		out = append(out, name)
	}
	return out
}

func TestAPoolerThatSharesSessions(t *testing.T) {
	ctx := context.Background()
	s := pgtest.Own(t, talkative(t))
	for _, mode := range []string{"transaction", "statement"} {
		for _, pooler := range []spec.Pooler{"", spec.PoolerSession} {
			for _, ignored := range []string{"", "ignore_startup_parameters = " + strings.Join(startup(), ",")} {
				url := pgtest.Pooler(t, s, "pool_mode = "+mode, "default_pool_size = 3", ignored)
				o := Options{Secrets: map[string]secret.Value{KeySetting: secret.New(canary)}}
				_, err := New(&spec.Database{Name: "prod", URL: url, Pooler: pooler}, nil, nil).Connect(ctx, o)
				if err == nil || !strings.Contains(err.Error(), "pooler") {
					t.Errorf("pool_mode = %s, pooler = %q, %q: %v", mode, pooler, ignored, err)
				}
				if got := leftovers(t, url); strings.Contains(got, canary) || strings.Contains(got, "pg_catalog") {
					t.Errorf("pool_mode = %s, pooler = %q, %q: the next client reads %q", mode, pooler, ignored, got)
				}
			}
		}
	}
	if strings.Contains(s.Log(), canary) {
		t.Error("the log shows the key")
	}
}

// TestAPoolerWhoseClientIsKilled: a session that was in the middle of a transaction is nobody's after that.
func TestAPoolerWhoseClientIsKilled(t *testing.T) {
	ctx := context.Background()
	s := pgtest.Own(t, nil)
	url := pgtest.Pooler(t, s, "pool_mode = session", "default_pool_size = 1", "server_reset_query =",
		"query_wait_timeout = 2")
	conn, err := New(&spec.Database{Name: "prod", URL: url, Pooler: spec.PoolerSession}, nil, nil).Connect(ctx,
		Options{Secrets: map[string]secret.Value{KeySetting: secret.New(canary)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "BEGIN"); err != nil {
		t.Fatal(err)
	}
	if err := conn.PgConn().Conn().Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	if got := leftovers(t, url); strings.Contains(got, canary) {
		t.Errorf("the next client reads %q", got)
	}
}
