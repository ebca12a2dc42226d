package pgparse

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

var update = flag.Bool("update", false, "write libpg_query.wasm and part.txt")

// TestLibrary: libpg_query.wasm is that of the module that go.mod names. After another version: -update, twice.
func TestLibrary(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/wasilibs/go-pgquery").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "internal", "wasm", "libpg_query.so"))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, "libpg_query.wasm", library, want)
}

// TestPart: part.txt lists the functions that run for testdata/language.sql and for mistakes in SQL. After more SQL in
// that file: -update.
func TestPart(t *testing.T) {
	used := calls{}
	ctx := experimental.WithFunctionListenerFactory(t.Context(), used)
	code, err := compiled(ctx, cut(library, func(uint32) bool { return true }))
	if err != nil {
		t.Fatal(err)
	}
	i, err := code.instantiate(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range append(language(t), mistakes...) {
		c := &caller{ctx: catching(), instance: i}
		packed := c.parse(sql)
		if c.refused == nil {
			c.deparse(string(packed))
		}
		c.scan(sql)
		if c.err != nil {
			t.Fatalf("%.200s: %v", sql, c.err)
		}
	}
	var want strings.Builder
	for _, index := range slices.Sorted(maps.Keys(used)) {
		fmt.Fprintln(&want, index)
	}
	compare(t, "part.txt", []byte(functions), []byte(want.String()))
}

// compare compares an embedded file with what it should be, or writes it.
func compare(t *testing.T, file string, got, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(got, want) {
		t.Errorf("%s is not what it should be: run the tests of this package with -update", file)
	}
}

// mistakes are texts that the parser refuses, or that are empty.
var mistakes = []string{
	"SELECT 1 +", "SELECT (1", "SELECT 'open", "SELECT \"", "SELECT 1 /* open", "SELECT 1; SELECT FROM WHERE", "", ";",
	"SELECT $tag$ open", "SELECT U&'\\00'", "SELECT 1a",
}

// language returns the statements of testdata/language.sql, and one that needs much memory.
func language(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "language.sql"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			out = append(out, line)
		}
	}
	return append(out, "SELECT a IN ("+strings.Repeat("'a value of some length', ", 20_000)+"'z')",
		"SELECT "+strings.Repeat("(", 200)+"a"+strings.Repeat(")", 200))
}

// calls notes which functions run, by their index.
type calls map[uint32]bool

func (c calls) NewFunctionListener(api.FunctionDefinition) experimental.FunctionListener { return c }
func (c calls) Before(_ context.Context, _ api.Module, f api.FunctionDefinition, _ []uint64,
	_ experimental.StackIterator) {
	c[f.Index()] = true
}
func (calls) After(context.Context, api.Module, api.FunctionDefinition, []uint64) {}
func (calls) Abort(context.Context, api.Module, api.FunctionDefinition, error)    {}
