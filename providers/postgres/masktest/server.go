package masktest

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// role runs the tests. It is no superuser: the SQL of somebody else's spec must not reach the files of this machine.
const role = "shoji_test"

// Server is a server that was started for tests alone.
type Server struct {
	// URL returns the connection URL of a role.
	URL func(role, password, database string) string
	// Admin is its superuser, with a password that is replaced by one that nobody knows.
	Admin, Password string
	Random          io.Reader
	Now             func() time.Time
}

// Run makes what the tests need on the server, and runs them in their order. The error is one of the server.
func (s Server) Run(
	ctx context.Context, tests []*spec.Test, decided []schemalock.Resolution,
) ([]Result, error) {
	password, err := s.prepare(ctx, tests, decided)
	if err != nil {
		return nil, err
	}
	c, err := s.connect(ctx, role, password)
	if err != nil {
		return nil, err
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	r, err := newRunner(ctx, c, tests, decided)
	if err != nil {
		return nil, err
	}
	var results []Result
	for _, t := range tests {
		begun := s.Now()
		result, err := r.run(ctx, t)
		if err != nil {
			return nil, fmt.Errorf("running %s: %w", t.Address(), err)
		}
		result.Took = s.Now().Sub(begun)
		results = append(results, result)
	}
	return results, nil
}

// prepare makes the role of the tests and the types that they need. It returns the role's password.
func (s Server) prepare(
	ctx context.Context, tests []*spec.Test, decided []schemalock.Resolution,
) (string, error) {
	admin, err := s.connect(ctx, s.Admin, s.Password)
	if err != nil {
		return "", err
	}
	defer func() { _ = admin.Close(context.WithoutCancel(ctx)) }()
	bytes := make([]byte, 64)
	if _, err := io.ReadFull(s.Random, bytes); err != nil {
		return "", fmt.Errorf("choosing passwords: %w", err)
	}
	unknown, password := hex.EncodeToString(bytes[:32]), hex.EncodeToString(bytes[32:])
	_, err = admin.Exec(ctx, "CREATE ROLE "+role+" LOGIN PASSWORD "+sqltext.Literal(password)+
		"; ALTER ROLE "+sqltext.Ident(s.Admin)+" PASSWORD "+sqltext.Literal(unknown))
	if err != nil {
		return "", fmt.Errorf("making the role of the tests: %w", conn.Redact(err))
	}
	return password, prepareTypes(ctx, admin, tests, decided)
}

func (s Server) connect(ctx context.Context, role, password string) (*pgx.Conn, error) {
	c, err := pgx.Connect(ctx, s.URL(role, password, "postgres"))
	if err != nil {
		return nil, fmt.Errorf("connecting to the test server: %w", conn.Redact(err))
	}
	return c, nil
}
