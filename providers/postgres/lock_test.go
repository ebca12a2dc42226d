package postgres_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/spec"
)

// The server's own log counts: whatever the client does is in it.
func TestInspectTakesTheSameStatementsForAnyNumberOfTables(t *testing.T) {
	server := pgtest.Own(t, map[string]string{"log_statement": "all", "log_line_prefix": "@@%a@@"})
	url := pgtest.Database(t, server)
	db := &spec.Database{Name: "prod", URL: url}
	sent := func() int { return strings.Count(server.Log(), "@@shoji inspect@@LOG:  ") }
	var counts []int
	for _, tables := range []int{10, 200} {
		pgtest.Exec(t, url, fmt.Sprintf(`DO $$ BEGIN FOR i IN 1..%d LOOP
			EXECUTE format('CREATE TABLE IF NOT EXISTS t%%s (id int PRIMARY KEY,
				up int REFERENCES t%%s, x varchar(9) UNIQUE)',
				i, greatest(i - 1, 1));
			END LOOP; END $$`, tables))
		before := sent()
		c, err := postgres.ReadCatalog(context.Background(), conn.New(db, nil, nil))
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Tables) != tables {
			t.Errorf("%d tables were read", len(c.Tables))
		}
		counts = append(counts, sent()-before)
	}
	if counts[0] != counts[1] || counts[0] < 10 || counts[0] > 30 {
		t.Errorf("%v statements for 10 and for 200 tables", counts)
	}
}
