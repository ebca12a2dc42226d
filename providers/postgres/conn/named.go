package conn

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// RedactNamed is RedactRows that also says what a name was looked up for in vain, and which function did: an index, a
// CHECK or a view can call a function that finds another by the search_path. A message of the server can hold any text
// there, so only names that the database of c has itself, or that stand in the code of the function, are repeated. A
// failed transaction of c is rolled back for that.
func RedactNamed(ctx context.Context, c *pgx.Conn, err error) error {
	redacted := RedactRows(err)
	var e *Error
	var server *pgconn.PgError
	if !errors.As(redacted, &e) || !errors.As(err, &server) || !looksUp(server.Code) || raised(server) {
		return redacted
	}
	if c.PgConn().TxStatus() == 'E' {
		if _, failed := c.Exec(ctx, "ROLLBACK"); failed != nil {
			return redacted
		}
	}
	about, failed := nameIn(ctx, c, server)
	if failed != nil || about == "" {
		return redacted // the error itself says more than that it could not be explained
	}
	named := *e
	named.Message += ": " + about
	return &named
}

// identifiers match what may be a name in a message: all between the first and the last quote of a line, for PostgreSQL
// does not double those of the name; what is between two quotes; and what is before the arguments of a function.
var identifiers = []*regexp.Regexp{
	regexp.MustCompile(`"(.+)"`), regexp.MustCompile(`"([^"]+)"`),
	regexp.MustCompile(`([\pL_][\pL\pN_$.]*)\(`),
}

// mentioned returns the names in a text that may be those of objects, without their schema, each once.
func mentioned(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		for _, pattern := range identifiers {
			for _, m := range pattern.FindAllStringSubmatch(line, -1) {
				name := strings.TrimSuffix(m[1], "[]")
				name = name[strings.LastIndexByte(name, '.')+1:]
				if !slices.Contains(out, name) {
					out = append(out, name)
				}
			}
		}
	}
	return out
}

// nameIn returns what an error is about, where the names in it are those of objects of the database.
func nameIn(ctx context.Context, c *pgx.Conn, e *pgconn.PgError) (string, error) {
	type object struct{ schema, name, code string }
	var functions, others []object
	var kind rune
	var o object
	// Reading all names and comparing here keeps what may be a value out of another statement.
	rows, err := c.Query(ctx, `SELECT 'f'::"char", n.nspname::text, p.proname::text, p.prosrc FROM pg_catalog.pg_proc p
			JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace WHERE p.oid >= 16384
		UNION ALL SELECT 'o', n.nspname, x.name, '' FROM (
			SELECT relnamespace AS space, relname AS name FROM pg_catalog.pg_class
				WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
			UNION SELECT typnamespace, typname FROM pg_catalog.pg_type WHERE oid >= 16384 AND typcategory <> 'A'
			UNION SELECT dictnamespace, dictname FROM pg_catalog.pg_ts_dict WHERE oid >= 16384
			UNION SELECT cfgnamespace, cfgname FROM pg_catalog.pg_ts_config WHERE oid >= 16384
			UNION SELECT collnamespace, collname FROM pg_catalog.pg_collation WHERE oid >= 16384
		) x JOIN pg_catalog.pg_namespace n ON n.oid = x.space ORDER BY 1, 2, 3`)
	if err != nil {
		return "", fmt.Errorf("reading the names of functions: %w", Redact(err))
	}
	_, err = pgx.ForEachRow(rows, []any{&kind, &o.schema, &o.name, &o.code}, func() error {
		if kind == 'f' {
			functions = append(functions, o)
		} else {
			others = append(others, o)
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("reading the names of functions: %w", Redact(err))
	}
	var caller *object
	for _, name := range mentioned(e.Where) { // the innermost comes first
		if i := slices.IndexFunc(functions, func(f object) bool { return f.name == name }); i >= 0 {
			caller = &functions[i]
			break
		}
	}
	by := ""
	if caller != nil {
		by = ", which function " + caller.schema + "." + caller.name + " uses"
	}
	sought := others
	if e.Code == "42883" || e.Code == "42725" {
		sought = functions
	}
	for _, name := range mentioned(e.Message) {
		var there []string
		for _, o := range sought {
			if full := o.schema + "." + o.name; o.name == name && !slices.Contains(there, full) {
				there = append(there, full)
			}
		}
		switch {
		case there != nil:
			return name + by + "; the search_path does not lead to " + strings.Join(there, " or "), nil
		case caller != nil && holds(caller.code, name):
			return name + by, nil
		}
	}
	if caller != nil {
		return "in function " + caller.schema + "." + caller.name, nil
	}
	return "", nil
}

// holds reports whether code has a name as a word.
func holds(code, name string) bool {
	word := func(r rune) bool {
		return r == '_' || r == '$' || r >= '0' && r <= '9' || r >= utf8.RuneSelf || isLetter(r)
	}
	for rest := code; ; {
		i := strings.Index(rest, name)
		if i < 0 {
			return false
		}
		before, _ := utf8.DecodeLastRuneInString(rest[:i])
		after, _ := utf8.DecodeRuneInString(rest[i+len(name):])
		if (i == 0 || !word(before)) && (i+len(name) == len(rest) || !word(after)) {
			return true
		}
		rest = rest[i+len(name):]
	}
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// widest is how much of a line of a statement is shown around a place, in characters.
const widest = 60

// Place adds to a redacted error where in a statement of shoji's own it is, with that part of the statement. The server
// knows the place of a syntax error or of a name that it does not know; other errors are returned as they are.
func Place(err error, statement string) error {
	var e *Error
	if !errors.As(err, &e) || e.Position < 1 || e.Position > utf8.RuneCountInString(statement) {
		return err
	}
	text := []rune(statement)
	at := e.Position - 1
	begin, end := at, at
	for begin > 0 && text[begin-1] != '\n' {
		begin--
	}
	for end < len(text) && text[end] != '\n' {
		end++
	}
	line := strings.Count(string(text[:begin]), "\n") + 1
	from, to := max(begin, at-widest/2), min(end, at+widest)
	part := strings.TrimSpace(string(text[from:to]))
	if from > begin {
		part = "…" + part
	}
	if to < end {
		part += "…"
	}
	placed := *e
	placed.Message += fmt.Sprintf(" at line %d, column %d of the statement: %s", line, at-begin+1, part)
	placed.Position = 0
	return &placed
}
