package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// trap is a project that asks for everything, and watches what it gets.
type trap struct {
	dir, address string
	connections  atomic.Int64
	opened       atomic.Bool // one of its pipes
}

const planted = "planted-in-the-environment"

// setTrap makes the project in the working directory of the test.
func setTrap(t *testing.T) *trap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	r := &trap{dir: t.TempDir(), address: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			r.connections.Add(1)
			_ = c.Close()
		}
	}()
	files := map[string]string{"main.hcl": strings.ReplaceAll(`project "trap" {
  journal { database = database.d }
}
variable "v" {
  type    = string
  default = "harmless"
}
secret "environment" { env = "CANARY" }
secret "pipe" { file = "pipe" }
secret "link" { file = "outside" }
aws "a" {
  account  = "111111111111"
  region   = "eu-west-1"
  endpoint = "http://ADDRESS"
  assume_role {
    arn         = "arn:aws:iam::111111111111:role/r"
    external_id = secret.environment
  }
}
cluster "c" {
  in         = aws.a
  identifier = "c"
}
database "d" {
  url      = "postgres://a@ADDRESS/x?sslmode=disable&sslrootcert=pipe"
  password = secret.environment
}
database "e" {
  url      = "postgres://a@ADDRESS/x?sslkey=pipe&sslcert=pipe"
  password = secret.link
}
database "f" {
  url     = "postgres://${var.v}@/x?sslmode=verify-full"
  cluster = cluster.c
  iam     = true
}
refresh "r" {
  from = database.d
  to   = database.e
  key  = secret.pipe
}
notify "n" { url = secret.pipe }
rule "all" {
  match { column = "*" }
  mask = keep()
}
`, "ADDRESS", l.Addr().String()), "outside.txt": planted}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(r.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	outside := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(outside, []byte(planted), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(r.dir, "outside")); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(r.dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	go func() { // the other end can be opened when somebody reads
		for ctx.Err() == nil {
			if f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
				r.opened.Store(true)
				_ = f.Close()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	t.Chdir(r.dir)
	return r
}

// said runs a command line of its own process's streams, and returns what it printed.
func said(t *testing.T, lookup func(string) (string, bool), args ...string) (string, int) {
	t.Helper()
	file, err := os.CreateTemp(t.TempDir(), "said")
	if err != nil {
		t.Fatal(err)
	}
	out, errs := os.Stdout, os.Stderr
	os.Stdout, os.Stderr = file, file
	code := run(append([]string{"shoji"}, args...), lookup)
	os.Stdout, os.Stderr = out, errs
	_ = file.Close()
	raw, err := os.ReadFile(file.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(raw), code
}

// TestAnUntrustedSpecReachesNothing runs every command on a project that asks for everything. A command that is new has
// to be added here.
func TestAnUntrustedSpecReachesNothing(t *testing.T) {
	r := setTrap(t)
	t.Setenv("PGPASSWORD", planted)
	environment := map[string]string{
		"CANARY":            planted,
		"SHOJI_VAR_v":       planted,
		"SHOJI_ALLOW_FILES": "/",
		"SHOJI_ALLOW_HOSTS": "*",
	}
	lookup := func(name string) (string, bool) { v, ok := environment[name]; return v, ok }
	works := map[string][][]string{
		"validate":   {{}, {"-json"}},
		"lint":       {{"-fail-on", "error"}, {"-format", "sarif"}},
		"fmt":        {{"-check", "-diff"}, {}},
		"graph":      {{}},
		"diff":       {{"-base", "."}, {"-base", "HEAD", "-json"}},
		"version":    {{}},
		"iam-policy": {{}, {"-look"}},
		"import":     {{"-from", "anon", "-database", "d"}},
		"show":       {{"outside.txt"}},
		"completion": {{"bash"}},
		"help":       {{}},
	}
	refused := map[string][][]string{
		"test":     {{}, {"-json"}},
		"preview":  {{"t"}},
		"drift":    {{}, {"-notify", "n"}},
		"inspect":  {{}, {"-check"}, {"-url-env", "CANARY", "-as", "x"}},
		"plan":     {{}, {"-out", "p"}, {"-json"}},
		"apply":    {{}, {"outside.txt"}, {"-resume"}},
		"status":   {{}},
		"connect":  {{"d"}, {"-print", "env", "d"}},
		"rollback": {{"r"}},
		"recover":  {{}},
		"unlock":   {{"x"}},
		"lab":      {{"up", "-dir", "lab"}},
		"demo":     {{}},
	}
	for _, c := range (&app{}).commands() {
		if works[c.Name] == nil && refused[c.Name] == nil {
			t.Errorf("nothing is known of %s", c.Name)
		}
	}
	for kind, commands := range map[string]map[string][][]string{"works": works, "refused": refused} {
		for name, lines := range commands {
			for _, line := range lines {
				for _, args := range [][]string{
					append([]string{"-untrusted", name}, line...), append([]string{name, "-untrusted"}, line...),
				} {
					out, code := said(t, lookup, args...)
					if strings.Contains(out, planted) {
						t.Errorf("%q prints what it must not know:\n%s", args, out)
					}
					if kind == "refused" && (code != exitError || !strings.Contains(out, "-untrusted")) {
						t.Errorf("%q ends with %d:\n%s", args, code, out)
					}
					if r.connections.Load() > 0 || r.opened.Load() {
						t.Fatalf("%q made %d connections; that it opened a pipe is %v", args, r.connections.Load(),
							r.opened.Load())
					}
				}
			}
		}
	}
	for _, args := range [][]string{{"-untrusted", "validate"}, {"-untrusted", "graph"}, {"-untrusted", "iam-policy"}} {
		if out, code := said(t, lookup, args...); code != exitDone {
			t.Errorf("%q ends with %d:\n%s", args, code, out)
		}
	}
	// The trap does catch what is trusted.
	if _, err := os.ReadFile("pipe"); err != nil || !r.opened.Load() {
		t.Errorf("nobody saw that the pipe was opened: %v", err)
	}
	environment["URL"] = "postgres://a@" + r.address + "/x?sslmode=disable"
	t.Chdir(t.TempDir())
	if out, code := said(t, lookup, "inspect", "-url-env", "URL", "-as", "x"); code != exitError ||
		r.connections.Load() == 0 {
		t.Errorf("nobody was connected to:\n%s", out)
	}
	environment["SHOJI_UNTRUSTED"] = "1"
	if out, code := said(t, lookup, "plan"); code != exitError || !strings.Contains(out, "not trusted") {
		t.Errorf("SHOJI_UNTRUSTED=1 ends with %d:\n%s", code, out)
	}
}
