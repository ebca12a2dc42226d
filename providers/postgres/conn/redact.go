package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Error is a server's error without values of rows. Names of tables, columns and constraints stay.
type Error struct {
	Code       string // SQLSTATE; "" where the connection broke
	Message    string
	Schema     string
	Table      string
	Column     string
	Constraint string
	// Line is the line of a COPY that failed; 0 where unknown.
	Line int64
	// Position counts characters of the statement from 1; 0 where unknown.
	Position int
	cause    error // for errors.Is of context and network errors only; never printed
}

// Error returns the redacted message with the SQLSTATE.
func (e *Error) Error() string {
	text := e.Message
	if e.Code != "" {
		text += " (SQLSTATE " + e.Code + ")"
	}
	return text
}

// Is lets errors.Is find a canceled or timed-out context.
func (e *Error) Is(target error) bool {
	return (target == context.Canceled || target == context.DeadlineExceeded) && errors.Is(e.cause, target)
}

// Code returns the SQLSTATE of an error, redacted, explained or neither; "" if it did not come from a server.
func Code(err error) string {
	var server *pgconn.PgError
	var redacted *Error
	var connecting connectError
	switch {
	case errors.As(err, &connecting):
		return connecting.code
	case errors.As(err, &server):
		return server.Code
	case errors.As(err, &redacted):
		return redacted.Code
	}
	return ""
}

// Redact returns err without values, which PostgreSQL quotes in the messages of data errors, in DETAIL and in the
// CONTEXT of COPY. Diagnostics, redacted errors and nil are returned unchanged.
func Redact(err error) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) {
		return err
	}
	var pgErr *pgconn.PgError
	if !errors.As(err, &pgErr) {
		return redactConnection(err)
	}
	e := &Error{
		Code:       pgErr.Code,
		Message:    describe(pgErr),
		Schema:     pgErr.SchemaName,
		Table:      pgErr.TableName,
		Column:     pgErr.ColumnName,
		Constraint: pgErr.ConstraintName,
		Position:   int(pgErr.Position),
		cause:      err,
	}
	if raised(pgErr) { // RAISE … USING COLUMN = can say anything
		e.Schema, e.Table, e.Column, e.Constraint = "", "", "", ""
	}
	e.fromContext(pgErr.Where)
	return e
}

// RedactRows returns err without the server's message, for statements that compute something from rows: an expression,
// a function or a constraint can raise any SQLSTATE with a value in its message. It describes the code instead.
func RedactRows(err error) error {
	redacted := Redact(err)
	var e *Error
	var server *pgconn.PgError
	if errors.As(redacted, &e) && errors.As(err, &server) {
		strict := *e
		strict.Message = condition(server.Code) + named(server) + explanation(server.Code)
		return &strict
	}
	return redacted
}

// named returns the constraint, column or type that an error is about: names that no expression can choose.
func named(e *pgconn.PgError) string {
	table := ""
	if e.TableName != "" {
		table = fmt.Sprintf(" of table %q", e.TableName)
	}
	switch {
	case raised(e) || len(e.Code) != 5 || e.Code[:2] != "22" && e.Code[:2] != "23":
		return ""
	case e.ConstraintName != "":
		return fmt.Sprintf(" (constraint %q%s)", e.ConstraintName, table)
	case e.ColumnName != "":
		return fmt.Sprintf(" (column %q%s)", e.ColumnName, table)
	case e.DataTypeName != "":
		return fmt.Sprintf(" (type %q)", e.DataTypeName)
	}
	return ""
}

// redactConnection is for the driver's own errors. It reports broken connections without the driver's text, which can
// quote the server's.
func redactConnection(err error) error {
	e := &Error{cause: err}
	var network net.Error
	switch {
	case errors.Is(err, context.Canceled):
		e.Message = "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		e.Message = "timed out"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.As(err, &network):
		e.Message = "the connection to the server was lost"
	case strings.Contains(err.Error(), "conn closed"), strings.Contains(err.Error(), "closed network"),
		strings.Contains(err.Error(), "conn busy"):
		e.Message = "the connection to the server was lost"
	default:
		return err // from this side, with names and numbers only
	}
	return e
}

// copyContext matches the line and the column in `COPY t, line 5, column email: "…"`. In other languages of lc_messages
// it may not match; then they are not shown.
var copyContext = regexp.MustCompile(`^COPY (.+), line (\d+)(?:, column ([^:]+))?`)

func (e *Error) fromContext(where string) {
	m := copyContext.FindStringSubmatch(where)
	if m == nil {
		return
	}
	if e.Table == "" {
		e.Table = m[1]
	}
	e.Line, _ = strconv.ParseInt(m[2], 10, 64)
	if e.Column == "" {
		e.Column = strings.TrimSpace(m[3])
	}
}

// describe returns the message of an error. Errors about the schema, privileges and the server keep their message,
// unless a function raised them, which could put anything into it; errors about data do not.
func describe(e *pgconn.PgError) string {
	if safeClass(e.Code) && (e.Where == "" || strings.HasPrefix(e.Where, "COPY ")) {
		text := e.Message
		if e.Hint != "" {
			text += " Hint: " + e.Hint
		}
		if looksUp(e.Code) && e.Position == 0 {
			text = quoted.ReplaceAllString(text, `"…"`)
		}
		return text + explanation(e.Code)
	}
	return condition(e.Code) + named(e) + explanation(e.Code)
}

// raised reports whether a function raised the error with RAISE.
func raised(e *pgconn.PgError) bool {
	return e.Routine == "exec_stmt_raise" || strings.Contains(e.Where, " at RAISE")
}

// quoted matches a name or a value in a message.
var quoted = regexp.MustCompile(`(?s)"(?:[^"]|"")*"`)

// LooksUp reports whether an error of a server says that a name was not found.
func LooksUp(err error) bool { return looksUp(Code(err)) }

// looksUp reports whether a code is about an unknown name. If the parser looked it up, the error has a position and the
// name is the statement's own; without a position, a function may have looked up a value of a row ('…'::regclass,
// current_setting(…)).
func looksUp(code string) bool {
	switch code {
	case "42P01", "42P02", "42703", "42704", "42883", "42725", "42601", "42602", "3F000":
		return true
	}
	return false
}

// safeClass reports whether the messages of a SQLSTATE's class are about names, privileges and resources only (manual,
// appendix A).
func safeClass(code string) bool {
	if len(code) != 5 {
		return false
	}
	if code == "42804" || code == "42846" || code == "42883" || code == "42P18" {
		return true
	}
	switch code[:2] {
	case "08", "0A", "25", "26", "28", "2B", "34", "3D", "3F", "40", "42", "53", "54", "55", "57", "58":
		return true
	}
	return false
}

func explanation(code string) string {
	switch code {
	case "53100":
		return ". The disk of the server is full: make room and run again; the live copy was not touched."
	case "53300":
		return ". Lower jobs, or raise max_connections."
	case "57P01", "57P02":
		return ". The server was stopped, or the session was terminated."
	case "55P03":
		return ". Another session holds a lock; use a longer -lock-timeout."
	}
	return ""
}

// condition describes a code whose message must not be shown.
func condition(code string) string {
	words := map[string]string{
		"22000": "data exception",
		"22001": "a value is too long for its type",
		"22003": "a number is out of range",
		"22007": "invalid date or time format",
		"22008": "a date or time is out of range",
		"22012": "division by zero",
		"22021": "a character is not in the encoding",
		"22023": "invalid parameter value",
		"22P02": "a value is not valid for its type",
		"22P03": "invalid binary representation",
		"22P04": "bad COPY format",
		"22P05": "a character cannot be translated",
		"22030": "duplicate JSON key",
		"22032": "invalid JSON text",
		"2201B": "invalid regular expression",
		"22011": "substring error",
		"23000": "integrity constraint violation",
		"23001": "restrict violation",
		"23502": "NULL in a NOT NULL column",
		"42601": "a syntax error",
		"53200": "out of memory",
		"54000": "a limit of the server was reached",
		"55P03": "a lock was not given in time",
		"57P01": "the server was stopped, or the session was ended",
		"57P02": "the server crashed",
		"23503": "a foreign key does not hold",
		"23505": "a key is not unique",
		"23514": "a CHECK constraint does not hold",
		"23P01": "an exclusion constraint does not hold",
		"P0001": "a function raised an error",
		"42501": "not enough privileges",
		"40001": "a serialization failure",
		"40P01": "a deadlock",
		"53100": "no space is left",
		"57014": "the statement was cancelled",
		"0A000": "this is not supported",
		"42P01": "a relation is not there",
		"42703": "a column is not there",
		"42883": "a function is not there",
		"42704": "an object is not there",
	}
	if w, ok := words[code]; ok {
		return w
	}
	if len(code) >= 2 {
		switch code[:2] {
		case "22":
			return "data exception"
		case "23":
			return "integrity constraint violation"
		case "42":
			return "a function ran a statement that is not valid"
		case "53", "54":
			return "the server lacks a resource"
		}
	}
	return "the server reported an error"
}
