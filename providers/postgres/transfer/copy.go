package transfer

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// errSource is all that the target is told of an error of the source.
var errSource = errors.New("the source stopped")

// errTarget marks an error of the target: the source's connection could have gone on.
var errTarget = errors.New("target")

// Options of a copy.
type Options struct {
	// ReadBack compares the bytes that arrived with those that were sent.
	ReadBack bool
}

// Copy moves the rows of one table into target, which is in a transaction of the caller where the table is empty. It
// returns the number of rows, which both sides have counted. Memory does not grow with the table: a row at a time
// is in flight.
func (e *Export) Copy(ctx context.Context, t *Table, target *pgx.Conn, o Options,
	report engine.Reporter) (int64, error) {
	source, done, err := e.reader(ctx)
	if err != nil {
		return 0, err
	}
	var n int64
	var sum []byte
	err = within(ctx, source, t.ReadPath, func() error {
		if t.Empty() {
			n, err = copyEmpty(ctx, t, source, target)
		} else {
			n, sum, err = stream(ctx, t, source, target, o.ReadBack && t.Exact, report)
		}
		return err
	})
	done(usable(err) && (err == nil || t.ReadPath == nil))
	if err != nil {
		return 0, e.blame(ctx, t, target, err)
	}
	if o.ReadBack && !t.Empty() {
		return n, readBack(ctx, t, target, sum, report)
	}
	return n, nil
}

// Read runs f on a connection inside the snapshot; an error that f returns is blamed on the mask that it comes from. f
// returns only errors of the source.
func (e *Export) Read(ctx context.Context, t *Table, f func(source *pgx.Conn) error) error {
	source, done, err := e.reader(ctx)
	if err != nil {
		return err
	}
	err = within(ctx, source, t.ReadPath, func() error { return f(source) })
	done(err == nil)
	if err != nil {
		return e.blame(ctx, t, nil, err)
	}
	return nil
}

// stream pipes one COPY into the other.
func stream(ctx context.Context, t *Table, source, target *pgx.Conn, digest bool,
	report engine.Reporter) (int64, []byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out, in := io.Pipe()
	meter := &meter{to: bufio.NewWriterSize(in, 256<<10), report: report}
	if digest {
		meter.sum = sha256.New()
	}
	var sent pgconn.CommandTag
	var sourceErr error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		sent, sourceErr = source.PgConn().CopyTo(ctx, meter, t.CopyOut())
		if sourceErr == nil {
			sourceErr = meter.to.Flush()
		}
		// The target sees the end of the rows, or a failure: never an end that was none. It writes the failure's text
		// into its log, so the source's own words, which can quote values, must not get there.
		if sourceErr != nil {
			_ = in.CloseWithError(errSource)
		} else {
			_ = in.Close()
		}
	}()
	got, targetErr := target.PgConn().CopyFrom(ctx, out, t.CopyIn)
	// The source must not wait for a reader that has gone.
	_ = out.CloseWithError(errTarget)
	<-ended
	switch {
	case ctx.Err() != nil:
		return 0, nil, ctx.Err()
	case sourceErr != nil && !errors.Is(sourceErr, errTarget):
		return 0, nil, sourceErr
	case targetErr != nil:
		return 0, nil, targetError{targetErr}
	case sent.RowsAffected() != got.RowsAffected():
		return 0, nil, fmt.Errorf("copying %s: the source sent %d rows, but the target took %d", t.Name,
			sent.RowsAffected(), got.RowsAffected())
	}
	if report != nil {
		report.Progress(engine.Progress{Rows: got.RowsAffected(), Bytes: meter.bytes})
	}
	if digest {
		return got.RowsAffected(), meter.sum.Sum(nil), nil
	}
	return got.RowsAffected(), nil, nil
}

// targetError is an error of the target's side of a copy.
type targetError struct{ err error }

func (e targetError) Error() string        { return e.err.Error() }
func (e targetError) Unwrap() error        { return e.err }
func (e targetError) Is(target error) bool { return target == errTarget }

// copyEmpty makes as many rows as the source has where no column crosses: COPY has no form for them.
func copyEmpty(ctx context.Context, t *Table, source, target *pgx.Conn) (int64, error) {
	var n int64
	if err := source.QueryRow(ctx, "SELECT pg_catalog.count(*) FROM ("+t.Select+") r").Scan(&n); err != nil {
		return 0, err
	}
	// Every column is generated, or there is none: DEFAULT VALUES, once a row.
	for i := int64(0); i < n; i++ {
		if _, err := target.Exec(ctx, "INSERT INTO "+sqltext.Ident(t.Schema, t.Name)+" DEFAULT VALUES"); err != nil {
			return 0, targetError{err}
		}
	}
	return n, nil
}

// readBack reads the table as it was written and compares the bytes.
func readBack(ctx context.Context, t *Table, target *pgx.Conn, sum []byte, report engine.Reporter) error {
	if !t.Exact {
		report.Note(t.Uncompared())
		return nil
	}
	read := sha256.New()
	if _, err := target.PgConn().CopyTo(ctx, read, t.ReadBack()); err != nil {
		return fmt.Errorf("reading %s back: %w", t.Name, conn.RedactRows(err))
	}
	if string(read.Sum(nil)) != string(sum) {
		return fmt.Errorf("verifying %s.%s: what the target holds is not what the source sent", t.Schema, t.Name)
	}
	return nil
}

// blame finds the column that an error is about, and returns a diagnostic at its mask. The transaction of target, where
// there is one, has failed.
func (e *Export) blame(ctx context.Context, t *Table, target *pgx.Conn, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, errTarget) {
		var redacted *conn.Error
		r := conn.RedactNamed(ctx, target, errors.Unwrap(err))
		if errors.As(r, &redacted) {
			for _, c := range t.Columns {
				if c.Name == redacted.Column {
					return t.at(c, "The target refuses a value of %s.%s", r)
				}
			}
		}
		return fmt.Errorf("filling %s.%s: %w", t.Schema, t.Name, r)
	}
	var server *pgconn.PgError
	if errors.As(err, &server) && len(server.Code) == 5 &&
		!slices.Contains([]string{"08", "53", "55", "57", "58"}, server.Code[:2]) {
		// it is about the table, not about what the spec makes of its rows
		if plain := e.unreadable(ctx, t); plain != nil {
			return fmt.Errorf("reading %s.%s: %w", t.Schema, t.Name, conn.Redact(plain))
		}
		if e.conditionFails(ctx, t) {
			return diag.Diagnostic{
				Severity: diag.Error,
				Code:     "row_refused",
				Summary:  fmt.Sprintf("The condition of %s.%s fails on a row", t.Schema, t.Name),
				Range:    t.Range,
				Detail:   fmt.Sprintf("rows = %q: %s", t.Where, conn.RedactRows(err)),
			}
		}
		if c, ok := e.failing(ctx, t); ok {
			return t.at(c, "The mask of %s.%s fails on a row", conn.RedactRows(err))
		}
	}
	if conn.Code(err) == "55P03" {
		return fmt.Errorf("reading %s.%s: a lock was not given in time: somebody changes the table, and waits for "+
			"this run's own locks. Run migrations at another time", t.Schema, t.Name)
	}
	return fmt.Errorf("reading %s.%s: %w", t.Schema, t.Name, conn.RedactRows(err))
}

// try runs a statement on a table inside of the snapshot. It returns the server's error; one of the connection is none
// of the table's.
func (e *Export) try(ctx context.Context, t *Table, sql string) error {
	source, done, err := e.reader(ctx)
	if err != nil {
		return nil
	}
	err = within(ctx, source, t.ReadPath, func() error {
		_, err := source.Exec(ctx, sql)
		return err
	})
	done(err == nil)
	return err
}

// unreadable returns the error of a table that cannot be read at all: row security, a privilege that was revoked. No
// row is computed.
func (e *Export) unreadable(ctx context.Context, t *Table) error {
	err := e.try(ctx, t, "SELECT FROM ONLY "+sqltext.Ident(t.Schema, t.Name)+" LIMIT 0")
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// conditionFails runs the condition of the rows alone.
func (e *Export) conditionFails(ctx context.Context, t *Table) bool {
	if t.Where == "" {
		return false
	}
	err := e.try(ctx, t,
		"SELECT pg_catalog.count(*) FROM ONLY "+sqltext.Ident(t.Schema, t.Name)+" WHERE ("+t.Where+")")
	return err != nil && ctx.Err() == nil
}

// failing runs each mask alone, inside of the snapshot, to see which of them fails. Nothing of a row comes back.
func (e *Export) failing(ctx context.Context, t *Table) (Column, bool) {
	where := ""
	if t.Where != "" {
		where = " WHERE (" + t.Where + ")"
	}
	for _, c := range t.Columns {
		if c.Mask == "" {
			continue
		}
		err := e.try(ctx, t, "SELECT pg_catalog.count("+c.SQL+") FROM ONLY "+sqltext.Ident(t.Schema, t.Name)+where)
		if err != nil {
			return c, ctx.Err() == nil
		}
	}
	return Column{}, false
}

func (t *Table) at(c Column, summary string, err error) error {
	what := c.Mask
	if what == "" {
		what = "keep"
	}
	return diag.Diagnostic{
		Severity: diag.Error,
		Code:     "row_refused",
		Summary:  fmt.Sprintf(summary, t.Schema+"."+t.Name, c.Name),
		Range:    c.Range,
		Detail:   fmt.Sprintf("%s: %s", what, err),
	}
}

// meter counts what passes and reports it every few rows.
type meter struct {
	to     *bufio.Writer
	sum    hash.Hash
	report engine.Reporter
	rows   int64
	bytes  int64
	told   int64 // bytes
}

// Write takes one message of COPY, which is one row (protocol, 55.2.6).
func (m *meter) Write(p []byte) (int, error) {
	m.rows++
	m.bytes += int64(len(p))
	if m.sum != nil {
		_, _ = m.sum.Write(p)
	}
	if (m.rows%512 == 0 || m.bytes-m.told > 1<<20) && m.report != nil {
		m.told = m.bytes
		m.report.Progress(engine.Progress{Rows: m.rows, Bytes: m.bytes})
	}
	return m.to.Write(p)
}
