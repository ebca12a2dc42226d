package pgparse

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	pg "github.com/pganalyze/pg_query_go/v6"
	pgquery "github.com/wasilibs/go-pgquery"
	"google.golang.org/protobuf/proto"
)

// TestSameAnswer: whatever parses, the answer is that of the library which the module is taken from; and the part is
// enough for what it was cut for.
func TestSameAnswer(t *testing.T) {
	all := map[string]*parser{
		"the interpreted part": {module: partOfLibrary, spent: math.MinInt},
		"the compiled part":    {module: partOfLibrary, compiled: true},
		"the whole module":     {module: wholeLibrary, compiled: true},
	}
	for _, sql := range append(language(t), mistakes...) {
		tree, treeErr := pgquery.Parse(sql)
		tokens, tokensErr := pgquery.Scan(sql)
		written, writtenErr := pgquery.Deparse(tree)
		for name, p := range all {
			if !p.compiled && (treeErr != nil || len(sql) > 100_000) {
				continue // what it is not for
			}
			got := &pg.ParseResult{}
			err := p.message(sql, got, (*caller).parse)
			if said(err) != said(treeErr) || treeErr == nil && !proto.Equal(got, tree) {
				t.Errorf("%s: the tree of %.200q is another one (%v, not %v)", name, sql, err, treeErr)
			}
			gotTokens := &pg.ScanResult{}
			err = p.message(sql, gotTokens, (*caller).scan)
			if said(err) != said(tokensErr) || tokensErr == nil && !proto.Equal(gotTokens, tokens) {
				t.Errorf("%s: the tokens of %.200q are others (%v, not %v)", name, sql, err, tokensErr)
			}
			if treeErr != nil || !strings.HasPrefix(sql, "SELECT") {
				continue
			}
			packed, err := proto.Marshal(tree)
			if err != nil {
				t.Fatal(err)
			}
			text, err := p.call(p.context(), len(packed), func(c *caller) []byte {
				return c.deparse(string(packed))
			})
			if string(text) != written || said(err) != said(writtenErr) {
				t.Errorf("%s: %.200q is written %.200q, not %.200q (%v)", name, sql, text, written, err)
			}
		}
	}
}

// message calls f of a text and reads the message that it returns.
func (p *parser) message(sql string, m proto.Message, f func(*caller, string) []byte) error {
	packed, err := p.call(p.context(), len(sql), func(c *caller) []byte { return f(c, sql) })
	if err != nil {
		return err
	}
	return proto.Unmarshal(packed, m)
}

// context returns that of a call that may fail.
func (p *parser) context() context.Context {
	if p.compiled {
		return catching()
	}
	return context.Background()
}

func said(err error) string { return fmt.Sprint(err) }

// TestBeyondThePart: what the part has no functions for is as the whole module says; and the next call works.
func TestBeyondThePart(t *testing.T) {
	for _, sql := range []string{
		"CREATE TABLE t (a int PRIMARY KEY)", "SECURITY LABEL FOR anon ON COLUMN t.a IS 'MASKED WITH VALUE $$x$$'",
		"MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE",
		"SELECT " + strings.Repeat("(", 20_000) + "1" + strings.Repeat(")", 20_000),
		"SELECT " + strings.Repeat("- ", 5_000) + "1",
		"SELECT a" + strings.Repeat(" || a", 900),
	} {
		want, wantErr := pgquery.Parse(sql)
		got := &pg.ParseResult{}
		packed, err := parse(sql) // what Parse refuses for its depth too
		if said(err) != said(wantErr) {
			t.Errorf("%.60s: %v, not %v", sql, err, wantErr)
		}
		if err := proto.Unmarshal(packed, got); err != nil || wantErr == nil && !proto.Equal(want, got) {
			t.Errorf("%.60s gives another tree (%v)", sql, err)
		}
		if _, err := Parse("SELECT a"); err != nil {
			t.Errorf("after %.60s: %v", sql, err)
		}
	}
}

// TestCompiledWhenItPays: a parser that has read enough is compiled, also while it is in use.
func TestCompiledWhenItPays(t *testing.T) {
	p := parser{module: partOfLibrary}
	var wg sync.WaitGroup
	for n := range 4 {
		wg.Go(func() {
			sql := fmt.Sprintf("SELECT a%d + b", n)
			for range worthCompiling / len(sql) / 3 {
				got := &pg.ParseResult{}
				if err := p.message(sql, got, (*caller).parse); err != nil || len(got.Stmts) != 1 {
					t.Errorf("%v, %v", got, err)
					return
				}
			}
		})
	}
	wg.Wait()
	if !p.compiled {
		t.Errorf("after %d bytes it is not compiled", p.spent)
	}
}

// TestAtTheSameTime: many may parse.
func TestAtTheSameTime(t *testing.T) {
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for range 20 {
				tree, err := Parse(fmt.Sprintf("SELECT a%d", n))
				if err != nil {
					t.Error(err)
					return
				}
				if sql, err := Deparse(tree); err != nil || sql != fmt.Sprintf("SELECT a%d", n) {
					t.Errorf("%q, %v", sql, err)
				}
			}
		})
	}
	wg.Wait()
}

// TestCache: a directory that only its owner may write to keeps the code, which then parses as freshly compiled code
// does. What others may write to is left alone.
func TestCache(t *testing.T) {
	open := t.TempDir()
	if err := os.Chmod(open, 0o770); err != nil {
		t.Fatal(err)
	}
	private := filepath.Join(t.TempDir(), "parser")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		dir   string
		files int
	}{{private, 1}, {private, 1}, {open, 0}, {link, 0}} {
		t.Setenv(CacheVariable, c.dir)
		cached := parser{module: partOfLibrary, compiled: true}
		const sql = "SELECT a + 1 FROM t"
		got := &pg.ParseResult{}
		err := cached.message(sql, got, (*caller).parse)
		want, wantErr := pgquery.Parse(sql)
		if err != nil || wantErr != nil || !proto.Equal(got, want) {
			t.Errorf("%s: the tree is another, %v, %v", c.dir, err, wantErr)
		}
		if kept, _ := filepath.Glob(filepath.Join(c.dir, "*", "*")); len(kept) != c.files {
			t.Errorf("%s holds %v, not %d files", c.dir, kept, c.files)
		}
	}
}
