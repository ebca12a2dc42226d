package acl

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// queries counts what a connection is asked.
type queries struct{ n int }

func (q *queries) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	q.n++
	return ctx
}
func (q *queries) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func TestPitfall15InspectionAsksAConstantNumberOfQueries(t *testing.T) {
	count := func(w *world) int {
		config, err := pgx.ParseConfig(w.url)
		if err != nil {
			t.Fatal(err)
		}
		q := &queries{}
		config.Tracer = q
		c, err := pgx.ConnectConfig(context.Background(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close(context.Background()) }()
		if _, err := Inspect(context.Background(), c); err != nil {
			t.Fatal(err)
		}
		return q.n
	}
	w := newWorld(t, "")
	few := count(w)
	w.exec(things...)
	for i := range 60 {
		w.exec(fmt.Sprintf("CREATE TABLE more%d (a int)", i))
	}
	if many := count(w); many != few || many > 20 {
		t.Errorf("%d queries, then %d", few, many)
	}
}

func TestInspectNeedsNoRights(t *testing.T) {
	w := newWorld(t, "")
	w.exec(things...)
	reader := pgtest.Role(t, w.server, "NOINHERIT")
	s := inspectAt(t, pgtest.As(t, w.admin, reader))
	if s.Self.Superuser || s.Role(reader) == nil || len(s.Objects) < len(things) {
		t.Errorf("state: %+v", s.Self)
	}
}

func TestEveryInspectedObjectIsInTheScriptOfItsCopy(t *testing.T) {
	pgtest.NeedsDump(t)
	w := newWorld(t, "")
	w.exec(things...)
	w.exec(`CREATE SCHEMA "Odd ""One"""`,
		`CREATE TABLE "Odd ""One"""."Tä'ble" (a serial, b int GENERATED ALWAYS AS IDENTITY)`,
		`CREATE TYPE "Odd ""One"""."En.um" AS ENUM ('x')`,
		`CREATE FUNCTION "Odd ""One"""."Fn (x"(a "Odd ""One"""."En.um", VARIADIC numeric(3,1)[]) RETURNS int
			LANGUAGE sql AS 'SELECT 1'`,
		`CREATE AGGREGATE "Odd ""One""".agg(int ORDER BY int) (SFUNC = int4pl, STYPE = int4, FINALFUNC = int4pl,
			INITCOND = 0)`)
	u, err := url.Parse(w.admin)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	program, err := ddl.SystemFinder().Find(ctx, w.version()/10000)
	if err != nil {
		t.Fatal(err)
	}
	script, err := ddl.Dump(ctx, program,
		[]string{
			"PGHOST=" + u.Hostname(), "PGPORT=" + u.Port(), "PGUSER=" + u.User.Username(), "PGPASSWORD=" + password,
			"PGDATABASE=" + w.database, "PGSSLMODE=disable",
		}, ddl.Args{})
	if err != nil {
		t.Fatal(err)
	}
	in := InScript(script)
	for _, o := range w.inspect().Objects {
		if o.Kind != Database && !(o.Kind == Schema && o.Name == "public") && !in(o) {
			t.Errorf("%s is not found in the script", &o)
		}
	}
}
