package pgparse

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

var update = flag.Bool("update", false, "cut the part out of the whole module anew")

// TestPart: part.wasm is the module of the library that go.mod names, with the functions that testdata/language.sql
// calls. After another version of the library, or with more SQL in that file, it is written anew with -update.
func TestPart(t *testing.T) {
	whole := wholeModule(t)
	used := calls{}
	full := instances{module: func() (*module, error) {
		return compile(rewritten(whole, func(uint32) bool { return true }), used)
	}}
	for _, sql := range language(t) {
		packed, err := full.parse(sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		if strings.HasPrefix(sql, "SELECT") {
			if _, err := full.deparse(string(packed)); err != nil {
				t.Fatalf("writing %s: %v", sql, err)
			}
		}
	}
	want := rewritten(whole, func(index uint32) bool { return used[index] })
	if *update {
		if err := os.WriteFile("part.wasm", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(part, want) {
		t.Errorf("part.wasm has %d bytes and should have %d: run this test with -update", len(part), len(want))
	}
}

// wholeModule reads the module that the library carries.
func wholeModule(t *testing.T) []byte {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/wasilibs/go-pgquery").Output()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "internal", "wasm", "libpg_query.so"))
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// language gives the statements of testdata/language.sql, and one that needs much memory.
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

// rewritten gives a module with the functions that are kept as they are; each of the others only traps. The memory is
// not shared: only one thread runs. Names and notes of the compiler are left out.
func rewritten(binary []byte, keep func(index uint32) bool) []byte {
	const custom, imports, memories, code = 0, 2, 5, 10
	out := bytes.Clone(binary[:8])
	imported := uint32(0)
	for rest := binary[8:]; len(rest) > 0; {
		kind := rest[0]
		content, after := sized(rest[1:])
		rest = after
		switch kind {
		case custom:
			continue
		case imports:
			imported, _ = number(content) // all of them are functions
		case memories:
			content = []byte{1, 0, content[2]}
		case code:
			content = bodies(content, imported, keep)
		}
		out = append(append(out, kind), withSize(content)...)
	}
	return out
}

func bodies(content []byte, index uint32, keep func(uint32) bool) []byte {
	trap := []byte{0, 0x00, 0x0b} // no locals; unreachable; end
	count, rest := number(content)
	out := binary.AppendUvarint(nil, uint64(count))
	for range count {
		body, after := sized(rest)
		if rest = after; !keep(index) {
			body = trap
		}
		out = append(out, withSize(body)...)
		index++
	}
	return out
}

// number reads what WebAssembly writes as LEB128.
func number(b []byte) (uint32, []byte) {
	n, size := binary.Uvarint(b)
	return uint32(n), b[size:]
}

func sized(b []byte) (content, after []byte) {
	n, rest := number(b)
	return rest[:n], rest[n:]
}

func withSize(content []byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(len(content))), content...)
}
