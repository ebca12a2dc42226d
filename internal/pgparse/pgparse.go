// Package pgparse is PostgreSQL's own parser, made to start fast: what says which columns an expression reads is the
// grammar of the server, and never an imitation of it.
//
// The parser is C that was compiled to WebAssembly, and half of a command's time used to be the translation of all of
// it into machine code. So part.wasm is that module without the functions that expressions, constraints and index
// definitions do not reach; what is left is, byte for byte, what it was. A call that needs a function which was left
// out, or that ends in an error, is made again with the whole module. Both thus give one and the same tree, and the
// same message where there is none.
package pgparse

import (
	"sync"

	pg "github.com/pganalyze/pg_query_go/v6"
	pgquery "github.com/wasilibs/go-pgquery"
	"google.golang.org/protobuf/proto"
)

// Parse gives the tree of SQL statements.
func Parse(sql string) (*pg.ParseResult, error) {
	return guarded(sql, func() (*pg.ParseResult, error) { return parse(sql) })
}

func parse(sql string) (*pg.ParseResult, error) {
	packed, err := parsed.of(sql, parser.parse)
	if err != nil {
		return pgquery.Parse(sql)
	}
	tree := &pg.ParseResult{}
	return tree, proto.Unmarshal(packed, tree)
}

// ParseOnce is Parse for a text that is not met again: nothing of it is kept.
func ParseOnce(sql string) (*pg.ParseResult, error) {
	return guarded(sql, func() (*pg.ParseResult, error) { return parseOnce(sql) })
}

func parseOnce(sql string) (*pg.ParseResult, error) {
	packed, err := parser.parse(sql)
	if err != nil {
		return pgquery.Parse(sql)
	}
	tree := &pg.ParseResult{}
	return tree, proto.Unmarshal(packed, tree)
}

// Scan gives the words of SQL, also of statements that the parser does not know.
func Scan(sql string) (*pg.ScanResult, error) {
	return guarded(sql, func() (*pg.ScanResult, error) { return pgquery.Scan(sql) })
}

// Deparse writes a tree as SQL.
func Deparse(tree *pg.ParseResult) (string, error) {
	packed, err := proto.MarshalOptions{Deterministic: true}.Marshal(tree)
	if err != nil {
		return "", err
	}
	sql, err := written.of(string(packed), parser.deparse)
	if err != nil {
		return pgquery.Deparse(tree)
	}
	return string(sql), nil
}

// Ready makes the parser ready beside what its caller does next. Who sees that there is SQL to parse calls it before
// all else.
func Ready() { go func() { _, _ = ready() }() }

// ready compiles the part, once a process.
var ready = sync.OnceValues(func() (*module, error) { return compile(part, nil) })

// parser is the part, ready to be called.
var parser = instances{module: ready}

// parsed and written are what it gave.
var parsed, written memo

// memo keeps the results for short texts: specs and catalogs say the same of many columns.
type memo struct{ results sync.Map }

func (m *memo) of(text string, make func(string) ([]byte, error)) ([]byte, error) {
	if known, ok := m.results.Load(text); ok {
		return known.([]byte), nil
	}
	result, err := make(text)
	if err == nil && len(text) < 4096 {
		m.results.Store(text, result)
	}
	return result, err
}
