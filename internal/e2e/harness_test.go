// Package e2e holds tests of the whole: the program itself, in processes of its own, between two accounts of the lab's
// AWS.
package e2e

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/examples"
	"github.com/shoji-pg/shoji/internal/lab/cloud"
	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/pgtest"
	"github.com/shoji-pg/shoji/internal/lab/pipeline"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/internal/pgparse"
)

// world is what all tests of this package share: the program, and two accounts. Each test leaves the accounts as it
// found them.
type world struct {
	*pipeline.Lab
	program string
	parser  string // the directory of the compiled parser

	mu sync.Mutex
	on func(cloud.Call) error // what the current test does at each call
	// logs are those of servers by their path, as they were when the last clone went.
	logs map[string]string
}

var shared *world

func TestMain(m *testing.M) {
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (code int, err error) {
	if flag.Parse(); testing.Short() {
		return 0, nil // all of them need servers
	}
	dir, err := os.MkdirTemp("", "shoji-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	servers, err := pgtest.MkdirTemp("shoji-e2e-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(servers)) }()
	installation, err := pgserver.Find(os.LookupEnv)
	if err != nil {
		return 1, err
	}
	w := &world{
		program: filepath.Join(dir, "shoji"),
		parser:  filepath.Join(dir, "parser"),
		logs:    map[string]string{},
	}
	if out, err := exec.Command("go", "build", "-o", w.program, "../../cmd/shoji").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building shoji: %w\n%s", err, out)
	}
	w.Lab, err = pipeline.Up(context.Background(), pipeline.Options{
		Dir:          filepath.Join(servers, "lab"),
		Installation: installation,
		Shop:         &shop.Options{Scale: 0.05},
		Settings:     map[string]string{"log_statement": "all", "log_connections": "on", "log_line_prefix": prefix},
	})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	w.OnCall(func(c cloud.Call) error {
		if c.Operation == "DeleteDBInstance" {
			w.mu.Lock()
			maps.Copy(w.logs, w.Logs())
			w.mu.Unlock()
		}
		w.mu.Lock()
		on := w.on
		w.mu.Unlock()
		if on == nil {
			return nil
		}
		return on(c)
	})
	shared = w
	return m.Run(), nil
}

// log returns all that servers have logged, clones that are gone too.
func (w *world) log() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	maps.Copy(w.logs, w.Logs())
	var b strings.Builder
	for _, path := range slices.Sorted(maps.Keys(w.logs)) {
		b.WriteString(w.logs[path])
	}
	return b.String()
}

// during does something at each call until the test ends.
func (w *world) during(t *testing.T, on func(cloud.Call) error) {
	w.mu.Lock()
	w.on = on
	w.mu.Unlock()
	t.Cleanup(func() {
		w.mu.Lock()
		w.on = nil
		w.mu.Unlock()
	})
}

// project is a directory with a spec, and the environment that it is worked in with.
type project struct {
	t   *testing.T
	w   *world
	dir string
	env map[string]string
	// said is all that was printed so far, listed what a list of processes showed meanwhile.
	said   bytes.Buffer
	listed map[string]bool
}

// aurora is a project with examples/aurora in it.
func (w *world) aurora(t *testing.T) *project {
	t.Helper()
	p := w.project(t)
	if err := examples.WriteAurora(p.dir); err != nil {
		t.Fatal(err)
	}
	// so that the clone's log can be looked at
	p.edit("accounts.shoji.hcl", `log_statement = "none"`, `log_statement = "all"`)
	return p
}

// refreshed is aurora with the objects there and a copy in place, as the first test leaves them.
func (w *world) refreshed(t *testing.T) *project {
	t.Helper()
	p := w.aurora(t)
	address, err := w.Superuser("staging", "postgres")
	if err != nil {
		t.Fatal(err)
	}
	c, err := pgx.Connect(context.Background(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close(context.Background()) }()
	there := false
	if err := c.QueryRow(context.Background(), "SELECT EXISTS (SELECT FROM pg_database WHERE datname = 'shop')").
		Scan(&there); err != nil {
		t.Fatal(err)
	}
	if !there {
		p.ok("apply", "-auto-approve")
	}
	return p
}

func (w *world) project(t *testing.T) *project {
	t.Helper()
	p := &project{
		t:      t,
		w:      w,
		dir:    t.TempDir(),
		listed: map[string]bool{},
		env: map[string]string{
			"PATH":                os.Getenv("PATH"),
			"HOME":                t.TempDir(),
			"SHOJI_PG_BIN":        os.Getenv("SHOJI_PG_BIN"),
			pgparse.CacheVariable: w.parser,
		},
	}
	if p.env["SHOJI_PG_BIN"] == "" {
		delete(p.env, "SHOJI_PG_BIN")
	}
	for _, pair := range w.Env() {
		name, value, _ := strings.Cut(pair, "=")
		p.env[name] = value
	}
	return p
}

// write writes a file of the spec.
func (p *project) write(file, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, file), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// edit replaces text in a file of the spec.
func (p *project) edit(file, old, new string) {
	p.t.Helper()
	path := filepath.Join(p.dir, file)
	text, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(text), old) {
		p.t.Fatalf("%s has no %q (%v)", file, old, err)
	}
	p.write(file, strings.Replace(string(text), old, new, 1))
}

func (p *project) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.w.program, args...)
	cmd.Dir = p.dir
	for name, value := range p.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	slices.Sort(cmd.Env)
	return cmd
}

// shoji runs the program, and gives what it printed on both streams and its exit code, -1 for a kill.
func (p *project) shoji(args ...string) (string, int) {
	p.t.Helper()
	cmd := p.command(args...)
	defer p.watch()()
	out, err := cmd.CombinedOutput()
	p.said.Write(out)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// ok runs the program, which must succeed.
func (p *project) ok(args ...string) string {
	p.t.Helper()
	out, code := p.shoji(args...)
	if code != 0 {
		p.t.Fatalf("shoji %s: exit code %d\n%s", strings.Join(args, " "), code, last(out))
	}
	return out
}

// fails runs the program, which must fail and say all the parts.
func (p *project) fails(parts []string, args ...string) {
	p.t.Helper()
	out, code := p.shoji(args...)
	if code != 1 {
		p.t.Fatalf("shoji %s: exit code %d\n%s", strings.Join(args, " "), code, last(out))
	}
	for _, part := range parts {
		if !strings.Contains(strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " "), part) {
			p.t.Errorf("shoji %s does not say %q:\n%s", strings.Join(args, " "), part, last(out))
		}
	}
}

func last(out string) string { return out[max(0, len(out)-4000):] }

// count gives one number of a side's database.
func (w *world) count(t *testing.T, profile, query string) (n int64) {
	t.Helper()
	w.query(t, profile, query, &n)
	return n
}

func (w *world) query(t *testing.T, profile, query string, into any) {
	t.Helper()
	c := need[*pgx.Conn](t)(pgx.Connect(context.Background(), need[string](t)(w.Superuser(profile, "shop"))))
	defer func() { _ = c.Close(context.Background()) }()
	if err := c.QueryRow(context.Background(), query).Scan(into); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// exec runs statements as the superuser of a side.
func (w *world) exec(t *testing.T, profile, database string, statements ...string) {
	t.Helper()
	run(t, need[string](t)(w.Superuser(profile, database)), statements...)
}

// run runs statements by a URL.
func run(t *testing.T, url string, statements ...string) {
	t.Helper()
	c := need[*pgx.Conn](t)(pgx.Connect(context.Background(), url))
	defer func() { _ = c.Close(context.Background()) }()
	for _, s := range statements {
		if _, err := c.Exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// read gives the rows of a query as text.
func read(t *testing.T, url, query string) string {
	t.Helper()
	c := need[*pgx.Conn](t)(pgx.Connect(context.Background(), url))
	defer func() { _ = c.Close(context.Background()) }()
	rows, err := c.Query(context.Background(), query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	lines, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		values, err := row.Values()
		return strings.TrimSuffix(fmt.Sprintln(values...), "\n"), err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(lines, "\n")
}

func (w *world) s3() *s3.Client {
	return s3.NewFromConfig(w.Config("prod"), func(o *s3.Options) { o.UsePathStyle = true })
}

// empty removes what is staged, as the bucket's lifecycle does in time.
func (w *world) empty(t *testing.T) {
	t.Helper()
	for _, key := range w.staged(t) {
		if _, err := w.s3().DeleteObject(context.Background(), &s3.DeleteObjectInput{
			Bucket: awssdk.String("shop-transfer"),
			Key:    &key,
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// unescaped is a document as IAM gives it, which escapes it like a part of a URL.
func unescaped(t *testing.T, document string) string {
	t.Helper()
	text, err := url.PathUnescape(document)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
