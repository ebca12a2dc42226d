package sqltree

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"google.golang.org/protobuf/proto"

	"github.com/shoji-pg/shoji/internal/pgparse"
)

// Condition returns the condition of a WHERE clause as an expression that can stand in brackets, "" for no clause. A
// clause that is followed by anything else, such as LIMIT, is an error.
func Condition(clause string) (string, error) {
	clause = strings.TrimSpace(clause)
	if clause == "" {
		return "", nil
	}
	tree, err := pgparse.Parse("SELECT 1 FROM t " + clause)
	if err != nil {
		return "", fmt.Errorf("reading a condition: %w", err)
	}
	plain, err := pgparse.Parse("SELECT 1 FROM t WHERE true")
	if err != nil {
		return "", fmt.Errorf("reading a condition: %w", err)
	}
	n := len("WHERE")
	if len(tree.Stmts) != 1 || len(clause) <= n || !strings.EqualFold(clause[:n], "WHERE") ||
		!unicode.IsSpace(rune(clause[n])) && clause[n] != '(' {
		return "", errors.New("reading a condition: it is no WHERE clause")
	}
	got, want := tree.Stmts[0].GetStmt().GetSelectStmt(), plain.Stmts[0].GetStmt().GetSelectStmt()
	if got == nil {
		return "", errors.New("reading a condition: it is no WHERE clause")
	}
	rest := proto.CloneOf(got)
	rest.WhereClause = want.WhereClause
	if !proto.Equal(rest, want) {
		return "", errors.New("reading a condition: more than a WHERE clause")
	}
	return rewrite(clause[n:])
}

// rewrite writes an expression anew, on one line and without comments.
func rewrite(text string) (string, error) {
	out := strings.TrimSpace(text) + "\n" // ends what may be a comment
	for range 2 {                         // what is written must be read as the same again
		tree, err := pgparse.Parse("SELECT (" + out + ")")
		if err == nil {
			_, err = only(tree)
		}
		if err != nil {
			return "", fmt.Errorf("reading a condition: %w", err)
		}
		written, err := pgparse.Deparse(tree)
		if err != nil {
			return "", fmt.Errorf("writing a condition: %w", err)
		}
		if written = written[len("SELECT "):]; written == out {
			return out, nil
		}
		out = written
	}
	return strings.TrimSpace(text) + "\n", nil
}
