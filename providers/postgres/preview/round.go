package preview

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
)

// round tries the constraints of one table.
type round struct {
	*Sampler
	table *decide.Table
	trial *Trial
	late  string // why there is no time for it, "" where there is
}

// try asks about all constraints with one statement. Where that fails, it asks one by one, so that what is wrong with
// one says nothing of the others.
func (r *round) try(ctx context.Context, constraints []*decide.Constraint) error {
	var open []question
	for _, k := range constraints {
		q, reason := r.ask(k)
		if reason == "" {
			reason = r.late
		}
		if reason != "" {
			r.trial.record(k, answer{reason: reason})
			continue
		}
		settled, err := r.tryConstants(ctx, q)
		if err != nil {
			return err
		}
		if !settled {
			open = append(open, q)
		}
	}
	if reason := r.unread(); reason != "" {
		for _, q := range open {
			r.trial.record(q.constraint, answer{reason: reason})
		}
		return nil
	}
	var masks []question
	for i := range r.table.Columns {
		if c := &r.table.Columns[i]; isWritten(c) && r.late == "" {
			masks = append(masks, ofMask(c))
		}
	}
	return r.tryRows(ctx, append(masks, open...))
}

// unread returns why the rows of the table must not be read, "" where they may be.
func (r *round) unread() string {
	switch {
	case r.Unread != "":
		return r.Unread
	case !r.table.Source.Selectable:
		return "the user may not read the table"
	case r.table.Source.RLSApplies:
		return "row-level security hides rows of the table"
	}
	return ""
}

// ofMask asks whether a mask can be computed.
func ofMask(c *decide.Column) question {
	return question{reads: []string{c.Name}, count: "0"}
}

// maxConstants of a mask are tried at the most.
const maxConstants = 1000

// tryConstants tries a constraint that reads nothing but one constant for each column, or the values of one column that
// are few. It reports whether that settles it: all of the values satisfy it, or none does.
func (r *round) tryConstants(ctx context.Context, q question) (settled bool, err error) {
	switch k := q.constraint.Kind; {
	case k == decide.UniqueRule || k == decide.ExcludeRule || len(q.constraint.Open) == 0 && r.unread() == "":
		return false, nil // rows are compared, or nothing is left to find out without rows
	}
	var list []string
	from := ""
	for _, name := range q.reads {
		c := r.column(name)
		values, ok := c.Constants()
		switch {
		case !ok || len(values) > maxConstants:
			return false, nil
		case len(values) == 1:
			list = append(list, r.stored(c, values[0])+" AS "+sqltext.Ident(name))
		case len(q.reads) > 1:
			return false, nil
		default:
			list = append(list, r.stored(c, "v.v")+" AS "+sqltext.Ident(name))
			from = " FROM (VALUES (" + strings.Join(values, "), (") + ")) AS v(v)"
		}
	}
	numbers, err := r.query(ctx, "SELECT "+strings.Join(list, ", ")+from, []question{q})
	switch {
	case r.broken(ctx, err):
		return false, err
	case err != nil:
		return false, nil // with rows it is seen what is wrong
	}
	a := answer{tried: true, constant: true, rows: numbers[0], violations: numbers[1]}
	if a.violations > 0 && a.violations < a.rows {
		return false, nil
	}
	r.trial.record(q.constraint, a)
	return true, nil
}

// tryRows asks about a sample of masked rows.
func (r *round) tryRows(ctx context.Context, questions []question) error {
	if len(questions) == 0 {
		return nil
	}
	numbers, err := r.query(ctx, r.sample(questions), questions)
	switch {
	case r.broken(ctx, err):
		return err
	case err == nil && numbers[0] == 0 && Portion(r.table.Source, r.Rows) != "":
		for _, q := range questions {
			r.trial.record(q.constraint, answer{reason: "the blocks that were read have no rows to copy"})
		}
		return nil
	case err == nil:
		for i, q := range questions {
			r.trial.record(q.constraint, answer{tried: true, rows: numbers[0], violations: numbers[i+1]})
		}
		return nil
	case conn.TimedOut(ctx, err):
		for _, q := range questions {
			r.trial.record(q.constraint, answer{
				reason: fmt.Sprintf("masking a few rows took longer than %s", r.Timeout),
			})
		}
		return nil
	}
	return r.tryOneByOne(ctx, questions)
}

// tryOneByOne finds out which masks and constraints fail. A constraint over a mask that fails is not tried.
func (r *round) tryOneByOne(ctx context.Context, questions []question) error {
	failing := map[string]bool{}
	for _, name := range columnsOf(questions) {
		c := r.column(name)
		if c.Decision != decide.Masked {
			continue
		}
		one := []question{ofMask(c)}
		_, err := r.query(ctx, r.sample(one), one)
		switch {
		case r.broken(ctx, err):
			return err
		case err != nil:
			if failing[name] = true; dataError(err) {
				r.trial.maskFails(r.table, c, err)
			}
		}
	}
	for _, q := range questions {
		if q.constraint == nil {
			continue
		}
		if i := slices.IndexFunc(q.reads, func(name string) bool { return failing[name] }); i >= 0 {
			r.trial.record(q.constraint, answer{reason: "the mask of " + q.reads[i] + " fails"})
			continue
		}
		one := []question{q}
		numbers, err := r.query(ctx, r.sample(one), one)
		switch {
		case r.broken(ctx, err):
			return err
		case err != nil:
			r.trial.record(q.constraint, answer{refused: dataError(err), reason: conn.RedactRows(err).Error()})
		default:
			r.trial.record(q.constraint, answer{tried: true, rows: numbers[0], violations: numbers[1]})
		}
	}
	return nil
}

// broken reports whether an error is that of the session or of its caller, after which nothing more can be asked.
func (r *round) broken(ctx context.Context, err error) bool {
	return err != nil && (ctx.Err() != nil || r.Conn.IsClosed())
}

// dataError reports whether an error comes of the values that were computed with, so that other rows like them fail
// again: classes 22 and 23 of the SQLSTATEs, and what functions raise.
func dataError(err error) bool {
	code := conn.Code(err)
	return strings.HasPrefix(code, "22") || strings.HasPrefix(code, "23") || code == "P0001"
}

// sample returns the SELECT of the masked columns that questions need.
func (r *round) sample(questions []question) string {
	var list []string
	for _, name := range columnsOf(questions) {
		c := r.column(name)
		list = append(list, r.stored(c, c.Expr.SQL)+" AS "+sqltext.Ident(name))
	}
	return SelectFrom(r.table, strings.Join(list, ", "), r.Rows)
}

func columnsOf(questions []question) []string {
	var out []string
	for _, q := range questions {
		out = append(out, q.reads...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// stored returns a masked value as a column of the copy holds it: of its type without domains, with the collation of
// the column. A text that may be too long is not cut.
func (r *round) stored(c *decide.Column, value string) string {
	if c.Decision != decide.Masked {
		return value
	}
	u := c.Type.Underlying()
	sql := value
	if u.Category == 'S' {
		sql = "(" + value + ")::" + u.Formatted
		if u.MaxLength > 0 && c.Expr.MaxLength < 0 {
			sql = "(" + value + ")::text"
		}
	}
	for _, of := range r.table.Source.Columns {
		if of.Name == c.Name && of.Collation != "" { // no value of the column is looked at
			return fmt.Sprintf("CASE WHEN false THEN %s ELSE %s END", sqltext.Ident(c.Name), sql)
		}
	}
	return sql
}

// query runs one statement, which computes the numbers that questions ask for over a sample. The first is that of its
// rows.
func (r *round) query(ctx context.Context, sample string, questions []question) ([]int64, error) {
	counts := []string{"(SELECT count(*) FROM masked)"}
	var generated []string
	for _, q := range questions {
		counts = append(counts, q.count)
		for _, name := range q.generated {
			generated = append(generated, fmt.Sprintf("(%s) AS %s", r.generated(name), sqltext.Ident(name)))
		}
	}
	with := "masked AS MATERIALIZED (" + sample + ")"
	if generated != nil {
		slices.Sort(generated)
		with = fmt.Sprintf("sample AS MATERIALIZED (%s), masked AS MATERIALIZED (SELECT *, %s FROM sample AS %s)",
			sample,
			strings.Join(slices.Compact(generated), ", "), sqltext.Ident(r.table.Source.Name))
	}
	var numbers []int64
	err := r.Conn.QueryRow(ctx, "WITH "+with+" SELECT ARRAY["+strings.Join(counts, ", ")+"]::bigint[]",
		pgx.QueryExecModeExec).Scan(&numbers)
	return numbers, err
}
