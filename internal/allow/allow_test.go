package allow_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/shoji-pg/shoji/internal/allow"
)

// runner makes a runner from pairs NAME=VALUE of an environment.
func runner(t *testing.T, pairs ...string) allow.Runner {
	t.Helper()
	r, err := allow.FromEnvironment(func(name string) (string, bool) {
		for _, p := range pairs {
			if n, v, _ := strings.Cut(p, "="); n == name {
				return v, true
			}
		}
		return "", false
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestHosts(t *testing.T) {
	const hosts = "SHOJI_ALLOW_HOSTS=db.example, *.rds.amazonaws.com\n10.0.0.5:5433,[::1]:5432 ::2,/var/run/postgresql"
	for _, c := range []struct {
		host string
		port int
		want bool
	}{
		{"db.example", 5432, true},
		{"DB.example.", 1, true},
		{"xdb.example", 5432, false},
		{"db.example.evil.example", 5432, false},
		{"a.b.rds.amazonaws.com", 5432, true},
		{"rds.amazonaws.com", 5432, false},
		{"rds.amazonaws.com.evil.example", 5432, false},
		{"evil.example#.rds.amazonaws.com.", 5432, true}, // no name of a host: it leads nowhere
		{"10.0.0.5", 5433, true},
		{"10.0.0.5", 5432, false},
		{"::1", 5432, true},
		{"::1", 5433, false},
		{"::2", 7, true},
		{"/var/run/postgresql", 5432, true},
		{"/tmp", 5432, false},
		{"/tmp/x.rds.amazonaws.com", 5432, false},
		{"@x.rds.amazonaws.com", 5432, false},
		{"", 5432, false},
	} {
		if err := runner(t, hosts).CheckHost(c.host, c.port); (err == nil) != c.want {
			t.Errorf("%s port %d: %v", c.host, c.port, err)
		}
	}
	if runner(t, "SHOJI_ALLOW_HOSTS=*").CheckHost("/tmp", 1) != nil ||
		runner(t, "SHOJI_ALLOW_HOSTS=/tmp/*").CheckHost("/tmp/a", 1) != nil {
		t.Error("a list that means sockets lets none through")
	}
	if runner(t).CheckHost("anywhere.example", 1) != nil ||
		runner(t, "SHOJI_ALLOW_HOSTS=").CheckHost("db.example", 1) == nil {
		t.Error("no list lets through every host, and an empty one none")
	}
}

func TestVariables(t *testing.T) {
	r := runner(t, "SHOJI_ALLOW_ENV=SHOJI_* PROD_PASSWORD")
	for name, want := range map[string]bool{
		"SHOJI_MASK_KEY":        true,
		"PROD_PASSWORD":         true,
		"PROD_PASSWORD_2":       false,
		"AWS_SECRET_ACCESS_KEY": false,
		"":                      false,
	} {
		if err := r.CheckVariable(name); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if runner(t).CheckVariable("HOME") != nil || runner(t, "SHOJI_ALLOW_ENV=").CheckVariable("HOME") == nil {
		t.Error("no list lets through every variable, and an empty one none")
	}
}

// TestFiles: what counts is where a file really lies and what it is.
func TestFiles(t *testing.T) {
	top := t.TempDir()
	project, other := filepath.Join(top, "project"), filepath.Join(top, "other")
	write := func(path string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755),
			os.WriteFile(path, []byte("value"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{
		"project/key", "project/.git/config", "project/sub/key", "other/key", "projects/key",
	} {
		write(filepath.Join(top, path))
	}
	for link, to := range map[string]string{
		"inside":      "key",
		"outside":     "../other/key",
		"chain":       "outside",
		"environment": "/proc/self/environ",
		"null":        "/dev/null",
		"directory":   "../other",
		"token":       ".git/config",
		"loop":        "loop",
		"gone":        "../other/gone",
	} {
		if err := os.Symlink(to, filepath.Join(project, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(project, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file       string
		alone      bool // without a list
		otherToo   bool // with the project and the other directory on it
		otherAlone bool
	}{
		{"key", true, true, false},
		{"inside", true, true, false},
		{"sub/../key", true, true, false},
		{filepath.Join(project, "key"), true, true, false},
		{"outside", false, true, true},
		{"chain", false, true, true},
		{"directory/key", false, true, true},
		{filepath.Join(other, "key"), false, true, true},
		{"../other/key", false, true, true},
		{"../projects/key", false, false, false},
		{"environment", false, false, false},
		{"/proc/self/environ", false, false, false},
		{"/dev/stdin", false, false, false},
		{"null", false, false, false},
		{"fifo", false, false, false},
		{".git/config", false, false, false},
		{"token", false, false, false},
		{"loop", false, false, false},
		{"gone", false, false, false},
		{"sub", false, false, false},
		{".", false, false, false},
		{"", false, false, false},
	} {
		for list, want := range map[string]bool{
			"":                              c.alone,
			"SHOJI_ALLOW_FILES=., " + other: c.otherToo,
			"SHOJI_ALLOW_FILES=" + other:    c.otherAlone,
			"SHOJI_ALLOW_FILES=":            false,
		} {
			r := runner(t, list).In(project)
			raw, err := r.ReadFile(c.file)
			if (err == nil) != want || (err == nil) != (string(raw) == "value") {
				t.Errorf("%q with %q: %q, %v", c.file, list, raw, err)
			}
		}
	}
	err := runner(t).In(project).CheckFile("/run/secrets/mask-key")
	if err == nil || !strings.Contains(err.Error(), "SHOJI_ALLOW_FILES=.,/run/secrets ") {
		t.Errorf("how a mounted secret is read is not said: %v", err)
	}
	if err := runner(t).In(project).CheckFile("not-there-yet"); err != nil {
		t.Errorf("a file that comes with the run may be named: %v", err)
	}
	for _, file := range []string{
		"/run/secrets/not-there", "../other/not-there", "directory/not-there", "directory/sub/not-there", "sub/../../x",
		"loop", ".git/not-there",
	} {
		if err := runner(t).In(project).CheckFile(file); err == nil {
			t.Errorf("%s may be named because it is not there", file)
		}
	}
}

func TestUntrusted(t *testing.T) {
	for value, want := range map[string]bool{"1": true, "true": true, "0": false, "": false} {
		r := runner(t, "SHOJI_UNTRUSTED="+value, "SHOJI_ALLOW_HOSTS=*", "SHOJI_ALLOW_ENV=*", "SHOJI_ALLOW_FILES=/").
			In(t.TempDir())
		_, err := r.ReadFile("/etc/hostname")
		for what, err := range map[string]error{
			"a host":     r.CheckHost("127.0.0.1", 1),
			"a variable": r.CheckVariable("HOME"),
			"a file":     err,
		} {
			if errors.Is(err, allow.ErrUntrusted) != want {
				t.Errorf("SHOJI_UNTRUSTED=%q: %s is %v", value, what, err)
			}
		}
	}
	if _, err := allow.FromEnvironment(func(string) (string, bool) { return "yes please", true }); err == nil {
		t.Error("a word that is neither is taken for one")
	}
	if _, err := allow.FromEnvironment(func(name string) (string, bool) {
		return "[", name == allow.Variables
	}); err == nil {
		t.Error("a pattern that is none is taken")
	}
}
