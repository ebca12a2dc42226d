package decide

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
)

// description is what the source says of the SELECT of a table, which it does not run.
type description struct {
	// masked are the columns of the SELECT, plain those of the table without its masks. refused is the server's error
	// about the SELECT.
	masked, plain []pgconn.FieldDescription
	refused       error
	// plan is how the server would run the SELECT, unplanned its error about that.
	plan      planNode
	unplanned error
}

// describedAtOnce is how many tables the source is asked about before an answer is read: a source is asked about
// thousands, and may be far away.
const describedAtOnce = 64

// describeAll has the source describe the SELECTs of tables. Errors of the server are in the descriptions.
func describeAll(ctx context.Context, c *pgx.Conn, tables []*Table) ([]description, error) {
	out := make([]description, 0, len(tables))
	for batch := range slices.Chunk(tables, describedAtOnce) {
		some, err := describeBatch(ctx, c, batch)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

func describeBatch(ctx context.Context, c *pgx.Conn, tables []*Table) (out []description, err error) {
	p := c.PgConn().StartPipeline(ctx)
	defer func() { err = errors.Join(err, p.Close()) }()
	for _, t := range tables {
		sql := t.Select()
		p.SendPrepare("", sql, nil)
		p.SendPipelineSync()
		p.SendPrepare("", plainSelect(t), nil)
		p.SendPipelineSync()
		if t.ReadPath != nil {
			send(p, sqltext.SetPath(t.ReadPath...))
		}
		send(p, "EXPLAIN (FORMAT json) "+sql)
		if t.ReadPath != nil {
			send(p, sqltext.SetPath())
		}
	}
	if err := p.Flush(); err != nil {
		return nil, fmt.Errorf("asking about SELECTs: %w", conn.Redact(err))
	}
	for _, t := range tables {
		d, err := readDescription(p, t.ReadPath != nil)
		if err != nil {
			return nil, fmt.Errorf("describing %s: %w", t.FullName(), conn.Redact(err))
		}
		out = append(out, d)
	}
	return out, nil
}

// send sends a statement as a transaction of its own.
func send(p *pgconn.Pipeline, sql string) {
	p.SendQueryParams(sql, nil, nil, nil, nil)
	p.SendPipelineSync()
}

// readDescription reads the answers about one table, which is planned under a search_path of its own where under is
// set. The error is one of the connection, or of the table itself.
func readDescription(p *pgconn.Pipeline, under bool) (description, error) {
	var d description
	var gone, unset error
	setPath := func() error {
		if !under {
			return nil
		}
		var refused error
		err := readAnswer(p, func(answer any) error { return answer.(*pgconn.ResultReader).Read().Err }, &refused)
		unset = errors.Join(unset, refused)
		return err
	}
	if err := readAnswer(p, func(answer any) error {
		d.masked = answer.(*pgconn.StatementDescription).Fields
		return nil
	}, &d.refused); err != nil {
		return d, err
	}
	if err := readAnswer(p, func(answer any) error {
		d.plain = answer.(*pgconn.StatementDescription).Fields
		return nil
	}, &gone); err != nil {
		return d, err
	}
	if err := setPath(); err != nil {
		return d, err
	}
	if err := readAnswer(p, func(answer any) error {
		result := answer.(*pgconn.ResultReader).Read()
		if result.Err != nil {
			return result.Err
		}
		var explained []struct{ Plan planNode }
		if err := json.Unmarshal(result.Rows[0][0], &explained); err != nil || len(explained) != 1 {
			return errors.New("the plan is not JSON")
		}
		d.plan = explained[0].Plan
		return nil
	}, &d.unplanned); err != nil {
		return d, err
	}
	if err := setPath(); err != nil {
		return d, err
	}
	if d.refused != nil {
		gone = nil // the table is what the server's error is about
	}
	return d, errors.Join(gone, unset)
}

// readAnswer reads one answer and the end of its transaction. What the server refuses is in refused.
func readAnswer(p *pgconn.Pipeline, read func(answer any) error, refused *error) error {
	answer, err := p.GetResults()
	if err == nil {
		err = read(answer)
	}
	var server *pgconn.PgError
	if err != nil && (!errors.As(err, &server) || server.Severity != "ERROR") {
		return err
	}
	*refused = err
	_, err = p.GetResults() // the synchronisation
	return err
}

// planNode is a node of EXPLAIN's JSON (EXPLAIN, FORMAT).
type planNode struct {
	Type   string     `json:"Node Type"`
	Parent string     `json:"Parent Relationship"`
	Rows   float64    `json:"Plan Rows"`
	Plans  []planNode `json:"Plans"`
}

// projectsSet reports whether a node, or one that its rows come from, expands sets: it gives more than one row for one.
// Subqueries may use sets: they return one value.
func (n planNode) projectsSet() bool {
	return n.Type == "ProjectSet" || slices.ContainsFunc(n.Plans, func(below planNode) bool {
		return below.Parent == "Outer" && below.projectsSet()
	})
}
