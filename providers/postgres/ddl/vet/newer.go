package vet

import (
	"errors"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/shoji-pg/shoji/internal/pgparse"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
)

// PostgreSQL 18 has syntax for tables and constraints that the parser, which is PostgreSQL 17's, does not know: virtual
// columns, NOT ENFORCED, WITHOUT OVERLAPS, PERIOD, table constraints NOT NULL. Both have the same tokens, and the first
// words of a statement tell what it is: such a statement is accepted if its tokens alone show that it creates the
// entry's own object.

var errSyntax = errors.New("cannot be parsed: it is not SQL, or it is newer than the parser (PostgreSQL 17)")

// newer returns the statements of an entry that cannot be parsed as a whole. Those that are newer than the parser are
// nil.
func newer(e *ddl.Entry) ([]*pg.Node, error) {
	if e.Type != "TABLE" && e.Type != "CONSTRAINT" && e.Type != "FK CONSTRAINT" && e.Type != "CHECK CONSTRAINT" {
		return nil, errSyntax
	}
	pieces, err := cut(e.SQL)
	if err != nil {
		return nil, errSyntax
	}
	out := make([]*pg.Node, len(pieces))
	for i, p := range pieces {
		if tree, err := pgparse.ParseOnce(p.text()); err == nil && len(tree.Stmts) == 1 {
			out[i] = tree.Stmts[0].GetStmt()
			continue
		}
		if !p.makes(e, i == 0) {
			return nil, errSyntax
		}
	}
	return out, nil
}

// words are the tokens of one statement.
type words struct {
	sql    string
	tokens []*pg.ScanToken
}

// cut splits a script into statements at the semicolons outside parentheses. No statement about a table has one inside.
func cut(sql string) ([]words, error) {
	scanned, err := pgparse.Scan(sql)
	if err != nil {
		return nil, err
	}
	var out []words
	now := words{sql: sql}
	depth := 0
	for _, t := range scanned.Tokens {
		switch t.Token {
		case pg.Token_SQL_COMMENT, pg.Token_C_COMMENT:
			continue
		case pg.Token_UIDENT, pg.Token_USCONST: // Unicode escapes, which pg_dump does not write
			return nil, errSyntax
		case pg.Token_ASCII_40:
			depth++
		case pg.Token_ASCII_41:
			depth--
		case pg.Token_ASCII_59:
			if depth != 0 {
				return nil, errSyntax
			}
			if len(now.tokens) > 0 {
				out = append(out, now)
			}
			now = words{sql: sql}
			continue
		}
		now.tokens = append(now.tokens, t)
	}
	if depth != 0 || len(now.tokens) > 0 { // pg_dump ends each statement
		return nil, errSyntax
	}
	return out, nil
}

func (w words) text() string {
	return w.sql[w.tokens[0].Start:w.tokens[len(w.tokens)-1].End]
}

// word returns a token as PostgreSQL reads it: quoted names unchanged, others in lower case; "" after the end.
func (w words) word(i int) string {
	if i >= len(w.tokens) {
		return ""
	}
	text := w.sql[w.tokens[i].Start:w.tokens[i].End]
	if inner, ok := strings.CutPrefix(text, `"`); ok {
		return strings.ReplaceAll(strings.TrimSuffix(inner, `"`), `""`, `"`)
	}
	return strings.ToLower(text)
}

// quoted reports whether a token is a quoted name, which is never a keyword.
func (w words) quoted(i int) bool { return i < len(w.tokens) && w.sql[w.tokens[i].Start] == '"' }

// follow reports whether these keywords start at i.
func (w words) follow(i int, keywords ...string) bool {
	for k, keyword := range keywords {
		if w.quoted(i+k) || w.word(i+k) != keyword {
			return false
		}
	}
	return true
}

// makes reports whether the tokens can only be the statement that creates the entry's object: its CREATE TABLE, or an
// ALTER TABLE with the one command that adds a constraint.
func (w words) makes(e *ddl.Entry, first bool) bool {
	if w.reaches() {
		return false
	}
	if e.Type == "TABLE" && first {
		i := 1
		if w.follow(i, "unlogged") {
			i++
		}
		return w.follow(0, "create") && w.follow(i, "table") && w.named(i+1, e.Schema, e.Name) &&
			!w.outside("as", "execute", "tablespace")
	}
	i, table := 2, e.Table
	if w.follow(i, "only") {
		i++
	}
	if e.Type == "TABLE" {
		table = e.Name
	}
	return w.follow(0, "alter", "table") && w.named(i, e.Schema, table) && w.follow(i+3, "add", "constraint") &&
		(e.Type == "TABLE" || w.word(i+5) == e.Name) && !w.outside(",", "tablespace")
}

// named reports whether schema.name starts at i.
func (w words) named(i int, schema, name string) bool {
	return w.word(i) == schema && w.word(i+1) == "." && w.word(i+2) == name && name != ""
}

// outside reports whether one of these words stands outside parentheses.
func (w words) outside(keywords ...string) bool {
	depth := 0
	for i, t := range w.tokens {
		switch t.Token {
		case pg.Token_ASCII_40:
			depth++
		case pg.Token_ASCII_41:
			depth--
		}
		if depth == 0 && !w.quoted(i) && slices.Contains(keywords, w.word(i)) {
			return true
		}
	}
	return false
}

// reaches reports whether the tokens call a function that acts outside the new database, or name a tablespace.
func (w words) reaches() bool {
	for i := range w.tokens {
		if actsBeyond(w.word(i)) || w.follow(i, "index", "tablespace") {
			return true
		}
	}
	return false
}
