package record_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/record"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// TestRecordOfManyColumns: twenty thousand columns take a few hundred kilobytes and moments, and come back as they
// were.
func TestRecordOfManyColumns(t *testing.T) {
	ctx := context.Background()
	c := pgtest.Connect(t, pgtest.Database(t, pgtest.Server(t)))
	key := secret.New("a key of sixteen bytes")
	r := &record.Record{Run: "r1", Refresh: "refresh.nightly", Time: time.Unix(1, 0).UTC()}
	for i := range 200 {
		var columns []string
		for j := range 100 {
			columns = append(columns, fmt.Sprintf(`column_%d_%d pseudonym token({ prefix = "c%d_" })`, i, j, j))
		}
		one := table(decide.Copy, "created_at > now() - interval '2 years'", columns...)
		one.Name = fmt.Sprintf("t%d", i)
		for j := range one.Columns {
			one.Columns[j].SQL = fmt.Sprintf("%032x", (i*100+j)*2654435761)
		}
		r.Tables = append(r.Tables, one)
	}
	start := time.Now()
	for range 2 { // the second takes the place of the first
		if err := record.Write(ctx, c, r, key); err != nil {
			t.Fatal(err)
		}
	}
	found, err := record.Read(ctx, c, key, "r1")
	took := time.Since(start)
	if err != nil || found.Record == nil || !found.Sealed {
		t.Fatalf("%+v, %v", found, err)
	}
	if d := cmp.Diff(r, found.Record); d != "" {
		t.Error(d)
	}
	var size, objects int
	if err := c.QueryRow(ctx, "SELECT sum(length(lo_get(oid))), count(*) FROM pg_largeobject_metadata").
		Scan(&size, &objects); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, written twice and read in %s", size, took)
	if size > 1<<20 || objects != 1 || took > 10*time.Second {
		t.Errorf("%d bytes in %d large objects, %s", size, objects, took)
	}
}
