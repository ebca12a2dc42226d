package replace

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/rows"
	"github.com/shoji-pg/shoji/providers/postgres/stage"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// StagedRows say where the rows of a replace are staged. A nil one is none.
type StagedRows struct {
	rows.Bucket
	Tables []stage.Table `json:"tables"`
	// Records are those of a manifest; without them they are read from beside the objects.
	Records []stage.Record `json:"records,omitempty"`
}

// statements returns the objects that shoji reads.
func (s *StagedRows) statements() []engine.Statement {
	var out []engine.Statement
	if s != nil {
		for i := range s.Tables {
			t := &s.Tables[i]
			out = append(out, op.Statements(s.Via, t.Gets(s.Place, s.known(&t.Table))...)...)
		}
	}
	return out
}

// touches returns how the bucket is read.
func (s *StagedRows) touches(target string) []engine.Touch {
	if s == nil {
		return nil
	}
	var out []engine.Touch
	for i := range s.Tables {
		for _, t := range s.Reads(&s.Tables[i], target) {
			if !slices.Contains(out, t) {
				out = append(out, t)
			}
		}
	}
	return out
}

// loads returns what fills a table of a database.
func (s *StagedRows) loads(on string, t *transfer.Table) []engine.Statement {
	staged, err := s.table(t)
	if err != nil {
		return nil
	}
	return staged.ImportStatements(on, s.Place, s.known(t))
}

func (s *StagedRows) table(t *transfer.Table) (*stage.Table, error) {
	for i := range s.Tables {
		if s.Tables[i].Schema == t.Schema && s.Tables[i].Name == t.Name {
			return &s.Tables[i], nil
		}
	}
	return nil, fmt.Errorf("%s.%s is not staged", t.Schema, t.Name)
}

// known returns the record of a manifest; nil where it is beside the objects.
func (s *StagedRows) known(t *transfer.Table) *stage.Record {
	for i := range s.Records {
		if r := &s.Records[i]; r.Schema == t.Schema && r.Table == t.Name {
			return r
		}
	}
	return nil
}

// openRows are staged rows with the bucket that they are in.
type openRows struct {
	*StagedRows
	at      stage.Place
	objects stage.Objects
	key     secret.Value // that records are sealed with
}

func (s *StagedRows) open(ctx context.Context, e *op.Env) (*openRows, error) {
	o, err := e.Objects(ctx, s.Half)
	if err != nil {
		return nil, err
	}
	key, err := e.Sessions.RecordKey(e.Refresh)
	if err != nil {
		return nil, err
	}
	return &openRows{StagedRows: s, at: s.Place.Of(e.Run.ID), objects: o, key: key}, nil
}

// Close has nothing to end: the bucket is the provider's.
func (o *openRows) Close() {}

// Copy loads the rows of a table.
func (o *openRows) Copy(
	ctx context.Context, t *transfer.Table, target *pgx.Conn, _ transfer.Options, report engine.Reporter,
) (int64, error) {
	staged, err := o.table(t)
	if err != nil {
		return 0, err
	}
	r := o.known(t)
	if r == nil {
		if r, err = stage.ReadRecord(ctx, o.objects, o.at, staged, o.key); err != nil {
			return 0, err
		}
	}
	return stage.Import(ctx, o.objects, o.at, staged, r, target, report)
}
