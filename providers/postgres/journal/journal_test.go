package journal_test

import (
	"context"
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/engine/storetest"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/journal"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestStore(t *testing.T) {
	url := pgtest.Database(t, pgtest.Server(t))
	storetest.Run(t, func(t *testing.T, now func() time.Time) engine.Store {
		t.Helper()
		s, err := journal.Open(context.Background(),
			func(ctx context.Context) (*pgx.Conn, error) { return pgx.Connect(ctx, url) },
			journal.Options{Name: "database.x", Now: now, Random: rand.Reader})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
