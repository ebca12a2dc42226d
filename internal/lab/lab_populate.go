package lab

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab/pgserver"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// Owner owns the shop's objects. It cannot log in: an application's role would be a member.
const Owner = "shop_owner"

// populate makes the users and the databases.
func (l *Lab) populate(ctx context.Context, o *shop.Options, note func(string)) error {
	for _, side := range []struct {
		server         *pgserver.Server
		user, password string
		more           []string
	}{
		{&l.state.Production, Masker, l.state.MaskerPassword, []string{
			"CREATE ROLE " + sqltext.Ident(Owner),
			"CREATE DATABASE " + sqltext.Ident(Database) + " OWNER " + sqltext.Ident(Owner),
		}},
		// A swap has to end sessions on the live copy, whoever's they are.
		{&l.state.Staging, Refresher, l.state.RefresherPassword, []string{
			"GRANT pg_signal_backend TO " + sqltext.Ident(Refresher),
		}},
	} {
		statements := append([]string{
			"CREATE ROLE " + sqltext.Ident(side.user) + " LOGIN CREATEDB CREATEROLE PASSWORD " +
				sqltext.Literal(side.password),
		}, side.more...)
		// Last, because it is the password of this very connection. The one that servers are made with
		// is known to everybody, and a superuser can run programs.
		statements = append(statements,
			"ALTER ROLE "+sqltext.Ident(pgserver.Admin)+" PASSWORD "+sqltext.Literal(l.state.AdminPassword))
		if err := onServer(ctx, side.server.AdminURL("postgres"), func(c *pgx.Conn) error {
			return run(ctx, c, statements)
		}); err != nil {
			return fmt.Errorf("making the lab's users: %w", err)
		}
	}
	return Fill(ctx, l.ProductionAdminURL(Database), o, note)
}

// Fill makes a production of a database that belongs to Owner: a shop's, where o says how large, and what Masker may
// read of it. The URL is a superuser's.
func Fill(ctx context.Context, url string, o *shop.Options, note func(string)) error {
	return onServer(ctx, url, func(c *pgx.Conn) error {
		if err := run(ctx, c, []string{"SET ROLE " + sqltext.Ident(Owner)}); err != nil {
			return err
		}
		if o != nil {
			note("filling production with a shop's customers, orders and payments")
			begun := time.Now()
			rows, err := shop.Fill(ctx, c, *o)
			if err != nil {
				return err
			}
			note(fmt.Sprintf("production has %d rows (%.1f s)", rows, time.Since(begun).Seconds()))
		}
		return letRead(ctx, c)
	})
}

// letRead lets the masker read what there is and what the owner adds later, and nothing more.
func letRead(ctx context.Context, c *pgx.Conn) error {
	rows, err := c.Query(ctx,
		`SELECT nspname::text FROM pg_namespace WHERE nspname = 'public' OR nspowner = $1::regrole ORDER BY 1`, Owner)
	if err != nil {
		return fmt.Errorf("listing the shop's schemas: %w", err)
	}
	schemas, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("listing the shop's schemas: %w", err)
	}
	masker := sqltext.Ident(Masker)
	statements := []string{
		"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO " + masker,
		"ALTER DEFAULT PRIVILEGES GRANT SELECT ON SEQUENCES TO " + masker,
		"ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO " + masker,
	}
	for _, schema := range schemas {
		s := sqltext.Ident(schema)
		if schema != "public" { // everybody may use that one
			statements = append(statements, "GRANT USAGE ON SCHEMA "+s+" TO "+masker)
		}
		statements = append(statements,
			"GRANT SELECT ON ALL TABLES IN SCHEMA "+s+" TO "+masker,
			"GRANT SELECT ON ALL SEQUENCES IN SCHEMA "+s+" TO "+masker)
	}
	return run(ctx, c, statements)
}

func onServer(ctx context.Context, url string, do func(*pgx.Conn) error) error {
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to the lab: %w", err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	return do(c)
}

func run(ctx context.Context, c *pgx.Conn, statements []string) error {
	for _, s := range statements {
		if _, err := c.Exec(ctx, s); err != nil {
			return fmt.Errorf("preparing the lab: %w", err)
		}
	}
	return nil
}
