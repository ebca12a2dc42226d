package acl

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/op"
)

// DropOwned gives away what a role owns in one database and revokes what it was granted there, before it is dropped.
type DropOwned struct {
	op.Database
	Owner string `json:"owner"`
	// ReassignTo is who gets the objects, "" where the role owns none.
	ReassignTo string `json:"reassign_to,omitempty"`
	// Borrow are the memberships that the connected user takes for it.
	Borrow []Command `json:"borrow,omitempty"`
}

func (DropOwned) Kind() string { return "acl.drop_owned" }

func (o DropOwned) Statements() []engine.Statement { return op.Statements(o.On(), o.statements()...) }

func (o DropOwned) statements() []string {
	var texts []string
	for _, c := range o.Borrow {
		texts = append(texts, c.SQL())
	}
	owner := sqltext.Ident(o.Owner)
	if o.ReassignTo != "" {
		texts = append(texts, "REASSIGN OWNED BY "+owner+" TO "+sqltext.Ident(o.ReassignTo))
	}
	texts = append(texts, "DROP OWNED BY "+owner)
	for _, c := range givenBack(o.Borrow) {
		texts = append(texts, c.SQL())
	}
	return texts
}

// Run succeeds where the role is gone, and where the database is: a refresh may have dropped that copy since.
func (o DropOwned) Run(ctx context.Context, e *op.Env) error {
	err := inDatabase(ctx, e, o.Target, o.Name, o.execute)
	if conn.Code(err) == "3D000" {
		return nil
	}
	return err
}

func (o DropOwned) execute(ctx context.Context, tx pgx.Tx) error {
	if _, exists, err := roleComment(ctx, tx, o.Owner); err != nil || !exists {
		return err
	}
	for _, text := range o.statements() {
		if err := exec(ctx, tx, text); err != nil {
			return fmt.Errorf("running %s: %w", text, conn.Redact(err))
		}
	}
	return nil
}
