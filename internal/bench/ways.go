package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// schema is a database of four tables with keys, indexes and foreign keys; $rows is the size of the largest.
const schema = `
CREATE TABLE people (id bigint PRIMARY KEY, email text NOT NULL, first_name text, last_name text, phone text, born date,
	note text, created timestamptz NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, person bigint NOT NULL, total numeric(12,2), placed timestamptz,
	status text);
CREATE TABLE items (order_id bigint NOT NULL, line int NOT NULL, product int NOT NULL, quantity int,
	price numeric(10,2), PRIMARY KEY (order_id, line));
CREATE TABLE products (id int PRIMARY KEY, name text, price numeric(10,2));
INSERT INTO products SELECT g, 'product ' || g, (g % 1000) / 10.0 FROM generate_series(1, 1000) g;
INSERT INTO people SELECT g, 'person' || g || '@mail.example', 'First' || g % 500, 'Last' || g % 3000,
	'+44 1632 ' || lpad((g % 1000000)::text, 6, '0'), date '1940-01-01' + (g % 25000)::int,
	repeat('note ', (g % 12)::int), timestamptz '2020-01-01' + g * interval '1 second'
	FROM generate_series(1, $rows / 4) g;
INSERT INTO orders SELECT g, 1 + g % ($rows / 4), (g % 100000) / 100.0,
	timestamptz '2021-01-01' + g * interval '1 second', (ARRAY['new', 'paid', 'sent'])[1 + g % 3]
	FROM generate_series(1, $rows / 2) g;
INSERT INTO items SELECT 1 + g / 2, g % 2, 1 + g % 1000, 1 + g % 5, (g % 10000) / 100.0
	FROM generate_series(0, $rows - 1) g;
CREATE UNIQUE INDEX people_email ON people (email);
CREATE INDEX people_name ON people (last_name, first_name);
CREATE INDEX orders_person ON orders (person);
CREATE INDEX orders_placed ON orders (placed);
ALTER TABLE orders ADD FOREIGN KEY (person) REFERENCES people;
ALTER TABLE items ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE items ADD FOREIGN KEY (product) REFERENCES products;
ANALYZE;`

func tables() []string { return []string{"people", "orders", "items", "products"} }

func execute(ctx context.Context, url, sql string) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	_, err = c.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

func (b *bench) generate(ctx context.Context) error {
	if err := execute(ctx, b.prod.AdminURL("postgres"), "CREATE DATABASE "+b.database); err != nil {
		return err
	}
	if err := execute(ctx, b.prod.AdminURL(b.database),
		strings.ReplaceAll(schema, "$rows", fmt.Sprint(b.rows))); err != nil {
		return err
	}
	c, err := pgx.Connect(ctx, b.prod.AdminURL(b.database))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	for _, t := range tables() {
		var n, size int64
		if err := c.QueryRow(ctx, "SELECT count(*), pg_table_size('"+t+"') FROM "+t).Scan(&n, &size); err != nil {
			return err
		}
		b.total, b.bytes = b.total+n, b.bytes+size
	}
	return nil
}

// fresh makes an empty database on staging.
func (b *bench) fresh(ctx context.Context, name string) error {
	admin := b.staging.AdminURL("postgres")
	if err := execute(ctx, admin, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return err
	}
	return execute(ctx, admin, "CREATE DATABASE "+name)
}

// shell runs a script with PostgreSQL's programs in front of the PATH.
func (b *bench) shell(ctx context.Context, script string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, "sh", "-ec", script)
	cmd.Env = append(os.Environ(), "PATH="+b.bin+":"+os.Getenv("PATH"), "PROD="+b.prod.AdminURL(b.database),
		"STAGING="+b.staging.AdminURL("yardstick"), "DIR="+b.dir, fmt.Sprintf("JOBS=%d", b.jobs))
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, out)
	}
	return time.Since(begun), nil
}

// pipe is the first yardstick: rows alone, as fast as one COPY into another goes.
func (b *bench) pipe(ctx context.Context) (result, error) {
	if err := b.fresh(ctx, "yardstick"); err != nil {
		return result{}, err
	}
	head, _, _ := strings.Cut(schema, "INSERT INTO")
	if err := execute(ctx, b.staging.AdminURL("yardstick"), head); err != nil {
		return result{}, err
	}
	if err := execute(ctx, b.staging.AdminURL("yardstick"),
		"ALTER TABLE people DROP CONSTRAINT people_pkey; ALTER TABLE orders DROP CONSTRAINT orders_pkey; ALTER TABLE "+
			"items DROP CONSTRAINT items_pkey; ALTER TABLE products DROP CONSTRAINT products_pkey"); err != nil {
		return result{}, err
	}
	took, err := b.shell(ctx,
		`for t in `+strings.Join(tables(), " ")+
			`; do psql -qXc "copy $t to stdout" "$PROD" | psql -qXc "copy $t from stdin" "$STAGING"; done`)
	return result{took: took}, err
}

// dumpRestore is the second: everything, with indexes and keys.
func (b *bench) dumpRestore(ctx context.Context) (result, error) {
	if err := b.fresh(ctx, "yardstick"); err != nil {
		return result{}, err
	}
	took, err := b.shell(ctx,
		`pg_dump -Fd -Z0 -j $JOBS -f "$DIR/dump" "$PROD"; pg_restore -j $JOBS -d "$STAGING" "$DIR/dump"; `+
			`psql -qXc "analyze" "$STAGING"`)
	return result{took: took}, err
}

// refresh is a swap refresh, from nothing to a live copy, as a program of its own.
func (b *bench) refresh(ctx context.Context, shoji string, masked bool) (result, error) {
	dir := filepath.Join(b.dir, fmt.Sprintf("spec-%v", masked))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return result{}, err
	}
	if err := os.WriteFile(filepath.Join(dir, "bench.shoji.hcl"), []byte(spec(b.jobs, masked)), 0o600); err != nil {
		return result{}, err
	}
	if err := execute(ctx, b.staging.AdminURL("postgres"), "DROP DATABASE IF EXISTS copy WITH (FORCE)"); err != nil {
		return result{}, err
	}
	cmd := exec.CommandContext(ctx, shoji, "apply", "-auto-approve", "-allow", "all")
	cmd.Dir = dir
	cmd.Env = b.environment()
	begun := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return result{}, fmt.Errorf("%w: %s", err, out)
	}
	return result{took: time.Since(begun), memory: peak(cmd)}, nil
}

// environment is that of shoji, whose specs name the servers and the key by variables.
func (b *bench) environment() []string {
	return append(os.Environ(), "PROD="+b.prod.AdminURL(b.database), "STAGING="+b.staging.AdminURL("copy"),
		"KEY=a key for the benchmark, long enough", "PATH="+b.bin+":"+os.Getenv("PATH"))
}

// peak returns the most memory that a process that ended had, in bytes; 0 where the system does not say.
func peak(cmd *exec.Cmd) int64 {
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "linux":
		return int64(usage.Maxrss) * 1024 // kB on Linux, bytes on macOS (getrusage(2) of each)
	}
	return int64(usage.Maxrss)
}

// buildShoji makes the program as its users build it.
func buildShoji(ctx context.Context, path string) error {
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "./cmd/shoji").CombinedOutput(); err != nil {
		return fmt.Errorf("building shoji: %w\n%s", err, out)
	}
	return nil
}

// head names the databases of a spec and the refresh between them.
func head(jobs int) string {
	return fmt.Sprintf(`secret "prod" {
  env = "PROD"
}
secret "staging" {
  env = "STAGING"
}
secret "key" {
  env = "KEY"
}
database "prod" {
  url = secret.prod
}
database "copy" {
  url = secret.staging
}
refresh "bench" {
  from = database.prod
  to   = database.copy
  key  = secret.key
  jobs = %d
}
`, jobs)
}

// spec is that of the benchmark, masked as a shop would be or not at all.
func spec(jobs int, masked bool) string {
	head := head(jobs) + `rule "rest" {
  match {
    table  = "{orders,items,products}"
    column = "*"
  }
  mask = keep()
}
`
	if !masked {
		return head +
			"table \"public\" \"people\" {\n  keep = [\"id\", \"email\", \"first_name\", \"last_name\", \"phone\", " +
			"\"born\", \"note\", \"created\"]\n}\n"
	}
	return head + `table "public" "people" {
  keep = ["id", "created"]
  column "email" {
    mask = email()
  }
  column "first_name" {
    mask = first_name()
  }
  column "last_name" {
    mask = last_name()
  }
  column "phone" {
    mask = digits({ keep_last = 2 })
  }
  column "born" {
    mask = truncate("year")
  }
  column "note" {
    mask = fixed("x")
  }
}
`
}
