package postgres_test

import (
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/shoji-pg/shoji/internal/lab/pgtest"
)

// memoryOf is how the parent of TestMemory tells its child what to do.
const memoryOf = "SHOJI_TEST_MEMORY_OF"

const megabyte = 1 << 20

// TestMemory measures a whole process, from start to end, with the kernel's own mark: a refresh stays under 150 MB
// whatever the table, plus twice the largest row, which the protocol sends whole.
func TestMemory(t *testing.T) {
	if _, err := os.ReadFile("/proc/self/status"); err != nil {
		t.Skip("the high-water mark of a process is read from /proc")
	}
	for _, c := range []struct {
		name, rows, blocks, check string
		row                       int
		modes                     []string
	}{
		{
			"a value of 200 MB",
			`INSERT INTO big SELECT 1, 'short', repeat('a value of 200 MB ', 200 * 1048576 / 18), NULL`, keepAll,
			`SELECT length(kept) FROM big WHERE id = 1`, 200 * megabyte, []string{swapMode, replaceMode},
		},
		{
			"a masked value of 200 MB", `INSERT INTO big SELECT 1, repeat('0123456789', 20 * 1048576), NULL, NULL`,
			`table "public" "big" {
  keep = ["id", "kept", "bytes"]
  column "masked" { mask = partial(2, "*", 0) }
}`, `SELECT id FROM big`, 200 * megabyte, []string{swapMode},
		},
		{
			"bytes of 200 MB", `INSERT INTO big SELECT 1, NULL, NULL, decode(repeat('00ff5c4e', 50 * 1048576), 'hex')`,
			keepAll, `SELECT length(bytes), md5(bytes) FROM big`, 200 * megabyte, []string{replaceMode},
		},
		{
			"a table of many rows",
			`INSERT INTO big SELECT i, 'person' || i, repeat('x', 400), NULL FROM generate_series(1, 450000) i`,
			`table "public" "big" {
  keep = ["id", "kept", "bytes"]
  column "masked" { mask = email() }
}`, `SELECT count(*), sum(length(kept)) FROM big`, 400, []string{swapMode, replaceMode},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, mode := range c.modes {
				t.Run(mode, func(t *testing.T) {
					m := newMoved(t, mode)
					m.both(`CREATE TABLE big (id int, masked text, kept text, bytes bytea)`)
					pgtest.Exec(t, m.source, c.rows, `ANALYZE big`)
					m.blocks = c.blocks
					m.spec()
					peak, limit := m.inAChild(), (150*megabyte+2*c.row)/1024
					if peak > limit {
						t.Errorf("the process took %d MB; %d MB are allowed", peak/1024, limit/1024)
					}
					t.Logf("%d MB of %d", peak/1024, limit/1024)
					m.sameAnswer(c.check)
				})
			}
		})
	}
}

// inAChild refreshes in a process of its own, and gives the most memory that it ever had, in kB.
func (m *moved) inAChild() int {
	m.t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestMemoryOfAChild$", "-test.v")
	cmd.Env = append(os.Environ(), memoryOf+"="+m.dir, "MEMORY_PROD="+m.from, "MEMORY_STAGING="+m.to,
		"MEMORY_MODE="+m.mode)
	out, err := cmd.CombinedOutput()
	if err != nil {
		m.t.Fatalf("the child: %v\n%s", err, out)
	}
	found := regexp.MustCompile(`VmHWM:\s*(\d+) kB`).FindSubmatch(out)
	if found == nil {
		m.t.Fatalf("the child says nothing of its memory:\n%s", out)
	}
	kb, err := strconv.Atoi(string(found[1]))
	if err != nil {
		m.t.Fatal(err)
	}
	return kb
}

// TestMemoryOfAChild is the process that TestMemory measures; by itself it does nothing.
func TestMemoryOfAChild(t *testing.T) {
	dir := os.Getenv(memoryOf)
	if dir == "" {
		t.Skip("it is a part of TestMemory")
	}
	m := &moved{
		t:       t,
		mode:    os.Getenv("MEMORY_MODE"),
		dir:     dir,
		from:    os.Getenv("MEMORY_PROD"),
		to:      os.Getenv("MEMORY_STAGING"),
		key:     testKey,
		journal: t.TempDir(),
	}
	tables, err := os.ReadFile(dir + "/tables.shoji.hcl")
	if err != nil {
		t.Fatal(err)
	}
	m.blocks = string(tables)
	m.refresh()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range bytes.Split(status, []byte("\n")) {
		if strings.HasPrefix(string(l), "VmHWM") {
			t.Log(string(l))
		}
	}
}
