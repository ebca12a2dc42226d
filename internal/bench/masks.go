package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/spec/mask"
)

// sample is a mask, and the column of the benchmark's table that it is measured on.
type sample struct{ mask, column string }

// samples are all masks of the catalogue on a column that each is used for, and some in another form where that costs
// otherwise.
func samples() []sample {
	return []sample{
		{`null_value()`, "email"},
		{`fixed("****")`, "email"},
		{`default()`, "email"},
		{`keep()`, "email"},
		{`token()`, "email"},
		{`token()`, "id"},
		{`hash()`, "email"},
		{`int_map()`, "id"},
		{`int_map({ min = 1, max = 10000000 })`, "id"},
		{`uuid()`, "ref"},
		{`uuid()`, "ref_text"},
		{`one_of(["a", "b", "c"])`, "email"},
		{`enum()`, "mood"},
		{`bool()`, "active"},
		{`email()`, "email"},
		{`email("ja", { by = ["id"] })`, "email"},
		{`username()`, "email"},
		{`first_name()`, "person"},
		{`last_name("ja")`, "person"},
		{`full_name()`, "person"},
		{`full_name("ja")`, "person"},
		{`full_name("ja", { form = "kana", by = ["id"] })`, "person"},
		{`company()`, "person"},
		{`company("ja")`, "person"},
		{`phone()`, "phone"},
		{`phone("ja")`, "phone"},
		{`street()`, "person"},
		{`city("ja")`, "person"},
		{`postcode()`, "person"},
		{`address()`, "person"},
		{`address("ja")`, "person"},
		{`country()`, "person"},
		{`lorem()`, "email"},
		{`lorem({ words = 8 })`, "email"},
		{`digits()`, "phone"},
		{`digits({ keep_last = 2 })`, "phone"},
		{`shape()`, "code"},
		{`credit_card({ keep_last = 4 })`, "card"},
		{`iban()`, "iban"},
		{`partial(2, "*", 0)`, "email"},
		{`regex("[0-9]+", "#")`, "email"},
		{`url()`, "email"},
		{`domain()`, "email"},
		{`ip()`, "address"},
		{`ip_prefix(24, 48)`, "address"},
		{`mac()`, "card_address"},
		{`truncate("year")`, "born"},
		{`truncate(100)`, "total"},
		{`truncate(3)`, "email"},
		{`bucket([0, 18, 65])`, "total"},
		{`noise(0.1)`, "total"},
		{`noise(0.1)`, "id"},
		{`jitter("30 days")`, "born"},
		{`sql("left(email, 3)")`, "email"},
		{`when("active", keep(), email())`, "email"},
		{`json({ "$.contact.email" = email() })`, "document"},
		{`array(token())`, "tags"},
		{`range(jitter("30 days"))`, "stay"},
		{`fields({ street = token() }, { keep = ["zip"] })`, "home"},
		{`hstore({ email = email() })`, "attributes"},
	}
}

const maskedTable = `CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE home AS (street text, zip text);
CREATE TABLE sample (id bigint NOT NULL, email text DEFAULT 'x', person text, phone text, code text, card text,
	iban text, ref uuid, ref_text text, mood mood, active bool, address inet, card_address macaddr,
	born date, total numeric(12,2), document jsonb, tags text[], stay daterange, home home%s);
INSERT INTO sample SELECT g, 'user' || g || '@mail.example.net', 'Somebody ' || md5(g::text)::varchar(8),
	'+81 90-' || lpad((g %% 10000)::text, 4, '0') || '-' || lpad((g * 37 %% 10000)::text, 4, '0'),
	'AB-' || lpad((g * 7919 %% 10000)::text, 4, '0') || '-x', '4111 1111 ' || lpad((g %% 10000)::text, 4, '0') || ' '
		|| lpad((g * 31 %% 10000)::text, 4, '0'), 'DE89' || lpad((g * 104729)::text, 18, '3'),
	md5(g::text)::uuid, md5(g::text)::uuid::text, (ARRAY['sad', 'ok', 'happy'])[1 + g %% 3]::mood, g %% 2 = 0,
		inet '10.1.0.0' + g, lpad(to_hex(g * 7919), 12, '0')::macaddr,
	date '1950-01-01' + (g %% 20000)::int, g * 1.37, jsonb_build_object('id', g, 'contact',
		jsonb_build_object('email', 'user' || g || '@mail.example.net', 'phone', '123')), ARRAY['one' || g, 'two'],
	daterange((date '2020-01-01' + (g %% 1000)::int), (date '2020-01-05' + (g %% 1000)::int)),
		ROW(g || ' Some Street', '12345')::home%s
	FROM generate_series(1::bigint, %d) AS g;`

// cost is what a mask takes for a row, besides what reading and writing its column takes.
type cost struct {
	sample
	typ         string
	nanoseconds float64
	ratio       float64 // to a plain copy of the column
}

// measureMasks copies a column to nowhere, masked and as it is, in turns on one connection of one server, and takes the
// medians.
func measureMasks(ctx context.Context, rows, rounds int) (costs []cost, version string, err error) {
	installation, err := pgserver.Find(os.LookupEnv)
	if err != nil {
		return nil, "", err
	}
	dir, err := os.MkdirTemp("", "shoji-bench-")
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil {
		return nil, "", err
	}
	server, err := pgserver.Start(ctx, pgserver.Config{
		Installation: installation,
		Dir:          filepath.Join(dir, "prod"),
		Settings: map[string]string{
			"max_wal_size":                    "4GB",
			"shared_buffers":                  "512MB",
			"max_parallel_workers_per_gather": "0",
		},
	})
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	conn, err := pgx.Connect(ctx, server.AdminURL("postgres"))
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	column, value := "", ""
	if _, err := conn.Exec(ctx, "CREATE EXTENSION hstore"); err == nil {
		column, value = ", attributes hstore", ", hstore('email', 'user' || g || '@mail.example.net')"
	}
	for _, sql := range []string{
		fmt.Sprintf(maskedTable, column, value, rows), "VACUUM ANALYZE sample",
		"SET search_path = pg_catalog; SET jit = off; SET shoji.key = '" + strings.Repeat("ab", 32) + "'",
	} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return nil, "", err
		}
	}
	columns, err := typesOf(ctx, conn)
	if err != nil {
		return nil, "", err
	}
	for _, s := range samples() {
		c, ok := columns[s.column]
		if !ok {
			continue // an extension that this server has not
		}
		m, err := mask.Parse(s.mask)
		if err != nil {
			return nil, "", err
		}
		e, err := m.Compile(c)
		if err != nil {
			return nil, "", err
		}
		plain, masked, err := inTurns(ctx, conn, rounds, `SELECT "`+s.column+`" FROM ONLY public.sample`,
			"SELECT "+e.SQL+" FROM ONLY public.sample")
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", s.mask, err)
		}
		costs = append(costs, cost{
			s, c.Type.Formatted, float64((masked - plain).Nanoseconds()) / float64(rows),
			float64(masked) / float64(plain),
		})
	}
	return costs, installation.Version, nil
}

// inTurns returns the medians of two queries whose results go nowhere. One after the other, so that what else the
// machine does meets both.
func inTurns(ctx context.Context, conn *pgx.Conn, rounds int, a, b string) (time.Duration, time.Duration, error) {
	var took [2][]time.Duration
	for range rounds {
		for i, query := range []string{a, b} {
			begun := busy(conn.PgConn().PID())
			if _, err := conn.PgConn().CopyTo(ctx, nowhere{}, "COPY ("+query+") TO STDOUT"); err != nil {
				return 0, 0, err
			}
			took[i] = append(took[i], busy(conn.PgConn().PID())-begun)
		}
	}
	median := func(d []time.Duration) time.Duration {
		slices.Sort(d)
		return d[len(d)/2]
	}
	return median(took[0]), median(took[1]), nil
}

// busy is how long a server's process has had a processor, where that is known, or the time of day. The former leaves
// out what else the machine does.
func busy(pid uint32) time.Duration {
	var spent int64
	if raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid)); err == nil {
		if _, err := fmt.Sscan(string(raw), &spent); err == nil {
			return time.Duration(spent)
		}
	}
	return time.Duration(time.Now().UnixNano())
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
