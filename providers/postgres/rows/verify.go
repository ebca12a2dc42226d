package rows

import (
	"context"
	"fmt"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// Verify looks for raw values in a copy, and for masks that change too little.
type Verify struct {
	op.Source
	op.Database
	// Tables are those with a masked column, Size how many rows of each are looked at.
	Tables []transfer.Table `json:"tables"`
	Size   int              `json:"size"`
}

// Kind returns the stable name of the step.
func (Verify) Kind() string { return "transfer.verify" }

// Statements returns the samples that the source takes, and what is looked for in the copy.
func (o Verify) Statements() []engine.Statement {
	var out []engine.Statement
	for i := range o.Tables {
		out = append(out, op.Statements(o.Source.On(), o.Tables[i].Reading(o.Tables[i].Sample(o.Size))...)...)
		if found := o.Tables[i].Found(); found != "" {
			out = append(out, op.Statements(o.Database.On(), o.Tables[i].Finding(found)...)...)
		}
	}
	return out
}

// Shared returns the masks and what says how a sampled value changed.
func (o Verify) Shared() []string { return sharedSamples(o.Tables) }

// Touches returns that the source is read. Nothing of the target is written.
func (o Verify) Touches() []engine.Touch {
	if len(o.Tables) == 0 {
		return nil
	}
	return []engine.Touch{engine.Reads(o.From), engine.Reads(o.Target)}
}

// Settled returns the step without what follows the statistics of tables.
func (o Verify) Settled() op.Op {
	o.Tables = settled(o.Tables)
	return o
}

// Run compares digests of both sides; see transfer.Verify.
func (o Verify) Run(ctx context.Context, e *op.Env) error {
	key, err := e.RandomKey()
	if err != nil {
		return err
	}
	secrets := map[string]secret.Value{transfer.VerifySetting: key}
	source, err := e.Sessions.Source(ctx, e.Refresh, "shoji verify", secrets)
	if err != nil {
		return err
	}
	defer session.Close(ctx, source)
	c, err := e.Sessions.VerifyTarget(ctx, e.Refresh, o.Name, "shoji verify", nil, secrets)
	if err != nil {
		return err
	}
	defer session.Close(ctx, c)
	if o.Role != "" {
		if _, err := c.Exec(ctx, "SET ROLE "+sqltext.Ident(o.Role)); err != nil {
			return fmt.Errorf("verifying: %w", conn.Redact(err))
		}
	}
	return transfer.Verify(ctx, source, c, o.Tables, o.Size, e.Report)
}
