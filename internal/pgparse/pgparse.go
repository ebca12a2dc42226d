// Package pgparse is PostgreSQL's own parser, made to start fast: what says which columns an expression reads is the
// grammar of the server, never an imitation of it.
//
// The parser is C, compiled to WebAssembly (libpg_query.wasm). Translating all of it into machine code takes a second
// and 200 MB, which most commands would spend on parsing a few expressions. Two things save them:
//
//   - A call first goes to the part of the module that expressions, constraints, definitions and syntax errors reach
//     (part.txt lists its functions; each is, byte for byte, what it is in the whole module). A call that needs another
//     function traps, and is made again with the whole module.
//   - The part is interpreted, which it is ready for at once, until so much SQL was read that compiling it pays.
//
// Which of them answers changes nothing in the answer.
package pgparse

import (
	"context"
	_ "embed"
	"errors"
	"strconv"
	"strings"
	"sync"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

//go:embed libpg_query.wasm
var library []byte

// functions are the indexes of the functions of part. The tests write them (-update).
//
//go:embed part.txt
var functions string

var (
	part  = parser{module: partOfLibrary}
	whole = parser{module: wholeLibrary, compiled: true}
)

// parsed and deparsed are earlier results.
var parsed, deparsed memo

// Ready makes the parser ready in the background. Call it as soon as it is known that there is SQL to parse.
func Ready() { go part.ready() }

// Parse returns the tree of SQL statements.
func Parse(sql string) (*pg.ParseResult, error) {
	return unmarshal(&pg.ParseResult{}, sql, func() ([]byte, error) { return parsed.of(sql, parse) })
}

// ParseOnce is Parse for a text that is not met again: nothing of it is kept.
func ParseOnce(sql string) (*pg.ParseResult, error) {
	return unmarshal(&pg.ParseResult{}, sql, func() ([]byte, error) { return parse(sql) })
}

// Scan returns the tokens of SQL, also of statements that the parser does not know.
func Scan(sql string) (*pg.ScanResult, error) {
	return unmarshal(&pg.ScanResult{}, sql, func() ([]byte, error) {
		return call(len(sql)/5, func(c *caller) []byte { return c.scan(sql) })
	})
}

// Deparse returns a tree as SQL.
func Deparse(tree *pg.ParseResult) (string, error) {
	packed, err := proto.MarshalOptions{Deterministic: true}.Marshal(tree)
	if err != nil {
		return "", err
	}
	sql, err := deparsed.of(string(packed), func(packed string) ([]byte, error) {
		return call(len(packed)/3, func(c *caller) []byte { return c.deparse(packed) })
	})
	return string(sql), err
}

func parse(sql string) ([]byte, error) {
	return call(len(sql), func(c *caller) []byte { return c.parse(sql) })
}

// call lets f call the part, and the whole module where the part is not enough.
func call(cost int, f func(*caller) []byte) ([]byte, error) {
	out, err := part.call(context.Background(), cost, f)
	if errors.Is(err, errThrown) {
		out, err = part.call(catching(), worthCompiling, f)
	}
	if errors.Is(err, errTrap) {
		out, err = whole.call(catching(), cost, f)
	}
	return out, err
}

// unmarshal returns the message that f returns for a text.
func unmarshal[M proto.Message](m M, sql string, f func() ([]byte, error)) (M, error) {
	var none M
	if tooDeep(sql) {
		return none, errDepth
	}
	packed, err := f()
	if errors.Is(err, errTrap) { // the stack was not deep enough: brackets are not the only way to nest
		return none, errDepth
	}
	if err != nil {
		return none, err
	}
	return m, proto.Unmarshal(packed, m)
}

func wholeLibrary() []byte { return library }

// partOfLibrary returns the module with the functions of part.
func partOfLibrary() []byte {
	keep := map[uint32]bool{}
	for line := range strings.Lines(functions) {
		index, err := strconv.ParseUint(strings.TrimSpace(line), 10, 32)
		if err != nil {
			panic(err) // part.txt is a part of the program
		}
		keep[uint32(index)] = true
	}
	return cut(library, func(index uint32) bool { return keep[index] })
}

// memo keeps the results for short texts: specs and catalogs repeat the same expressions for many columns.
type memo struct{ results sync.Map }

func (m *memo) of(text string, f func(string) ([]byte, error)) ([]byte, error) {
	if known, ok := m.results.Load(text); ok {
		return known.([]byte), nil
	}
	result, err := f(text)
	if err == nil && len(text) < 4096 {
		m.results.Store(text, result)
	}
	return result, err
}

// Same reports whether two trees are the same but for the positions in their texts.
func Same(a, b proto.Message) bool {
	a, b = proto.Clone(a), proto.Clone(b)
	withoutPlaces(a.ProtoReflect())
	withoutPlaces(b.ProtoReflect())
	return proto.Equal(a, b)
}

func withoutPlaces(m protoreflect.Message) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(f.Name())
		switch {
		case f.Kind() == protoreflect.Int32Kind &&
			(strings.Contains(name, "location") || name == "stmt_len" || strings.HasPrefix(name, "rexpr_list_")):
			m.Clear(f)
		case f.IsList() && f.Message() != nil:
			for i := range v.List().Len() {
				withoutPlaces(v.List().Get(i).Message())
			}
		case !f.IsList() && f.Message() != nil:
			withoutPlaces(v.Message())
		}
		return true
	})
}
