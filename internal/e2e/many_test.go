package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestAHundredTables exports a hundred tables by the server, through no more connections than the spec gives: jobs, and
// the one that holds the snapshot. They are counted on the server while it runs, and the role may not have one more.
func TestAHundredTables(t *testing.T) {
	w, p := shared, shared.refreshed(t)
	var tables []string
	for i := range 100 {
		tables = append(tables,
			fmt.Sprintf("CREATE TABLE t%d AS SELECT i AS id, 'p' || i || '@secret.example' AS email FROM "+
				"generate_series(1, 500) i", i))
	}
	w.database(t, "many", tables...)
	p.instead("many", "shop")
	p.edit("project.shoji.hcl",
		"clone {\n    class           = \"db.r6g.large\"\n    parameter_group = parameter_group.clone\n  }", "")
	w.exec(t, "prod", "postgres", "ALTER ROLE masker CONNECTION LIMIT 4")
	t.Cleanup(func() { w.exec(t, "prod", "postgres", "ALTER ROLE masker CONNECTION LIMIT -1") })
	p.env["SHOJI_VAR_jobs"] = "4"
	p.fails([]string{
		"Too few connections",
		`jobs = 4 takes 5 connections to database.prod, one of them for the snapshot, and the role masker ` +
			`allows 4. Write jobs = 3, or let it have more: ALTER ROLE "masker" CONNECTION LIMIT 5.`,
	}, "plan", "-only", "export")
	p.env["SHOJI_VAR_jobs"] = "3"
	p.ok("plan", "-only", "export", "-out", "export.plan")

	url, err := w.Superuser("prod", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	done, most := make(chan struct{}), make(chan [2]int)
	go func() {
		peak, looked := 0, 0
		defer func() { most <- [2]int{peak, looked} }()
		c, err := pgx.Connect(context.Background(), url)
		if err != nil {
			return
		}
		defer func() { _ = c.Close(context.Background()) }()
		for {
			select {
			case <-done:
				return
			case <-time.After(5 * time.Millisecond):
			}
			var n, exporting int
			if err := c.QueryRow(context.Background(),
				"SELECT count(*), count(*) FILTER (WHERE query LIKE '%query_export_to_s3%') FROM pg_stat_activity "+
					"WHERE usename = 'masker'").Scan(&n, &exporting); err != nil {
				return
			}
			peak = max(peak, n)
			if exporting > 0 {
				looked++
			}
		}
	}()
	p.ok("apply", "export.plan")
	close(done)
	switch got := <-most; {
	case got[1] < 10:
		t.Errorf("only %d looks saw an export", got[1])
	case got[0] > 3+1:
		t.Errorf("%d connections at once, for jobs = 3 and the snapshot", got[0])
	case got[0] < 3:
		t.Errorf("only %d connections: nothing ran beside something else", got[0])
	}
	if n := len(w.staged(t)); n != 201 { // rows and a record each, and the manifest
		t.Errorf("%d objects", n)
	}
	w.empty(t)
	p.secretless()
}
