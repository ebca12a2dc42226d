package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/internal/lab"
	"github.com/shoji-pg/shoji/internal/lab/shop"
	"github.com/shoji-pg/shoji/internal/sqltext"
)

// populate makes the users, who connect with tokens of IAM, production's database, and what a DBA does once for shoji:
// aws_s3 on the source, and who may call it.
func (l *Lab) populate(ctx context.Context, o *shop.Options, note func(string)) error {
	if err := l.takesTokens(ctx); err != nil {
		return err
	}
	masker, refresher, owner, database := sqltext.Ident(lab.Masker), sqltext.Ident(lab.Refresher),
		sqltext.Ident(lab.Owner), sqltext.Ident(lab.Database)
	if err := l.sql(ctx, "prod", "postgres",
		"CREATE ROLE "+masker+" LOGIN IN ROLE rds_iam",
		"CREATE ROLE "+owner,
		"CREATE DATABASE "+database+" OWNER "+owner); err != nil {
		return err
	}
	if err := l.sql(ctx, "prod", lab.Database,
		"CREATE EXTENSION aws_s3 CASCADE",
		"GRANT USAGE ON SCHEMA aws_s3, aws_commons TO "+masker,
		"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA aws_s3, aws_commons TO "+masker); err != nil {
		return err
	}
	if err := l.sql(ctx, "staging", "postgres",
		"CREATE ROLE "+refresher+" LOGIN CREATEDB CREATEROLE",
		"GRANT rds_superuser, pg_signal_backend TO "+refresher,
		"GRANT rds_iam TO "+refresher+" WITH ADMIN OPTION"); err != nil {
		return err
	}
	url, err := l.AdminURL(l.clusters["prod"].arn, lab.Database)
	if err != nil {
		return err
	}
	return lab.Fill(ctx, url, o, note)
}

// takesTokens says why the installed servers cannot check tokens of IAM.
func (l *Lab) takesTokens(ctx context.Context) error {
	ldap := false
	err := l.connected(ctx, "prod", "postgres", func(c *pgx.Conn) error {
		return c.QueryRow(ctx,
			"SELECT EXISTS (SELECT FROM pg_config WHERE name = 'CONFIGURE' AND setting LIKE '%with-ldap%')").Scan(&ldap)
	})
	if err != nil {
		return err
	}
	if !ldap {
		return errors.New("this PostgreSQL is built without LDAP, by which the lab's servers ask about tokens of " +
			"IAM. Take another installation: SHOJI_PG_BIN")
	}
	return nil
}

// sql runs statements as the superuser of a side's server.
func (l *Lab) sql(ctx context.Context, profile, database string, statements ...string) error {
	return l.connected(ctx, profile, database, func(c *pgx.Conn) error {
		for _, s := range statements {
			if _, err := c.Exec(ctx, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// connected lets f use a connection of the superuser of a side's server.
func (l *Lab) connected(ctx context.Context, profile, database string, f func(*pgx.Conn) error) error {
	url, err := l.Superuser(profile, database)
	if err != nil {
		return err
	}
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connecting to the lab: %w", err)
	}
	defer func() { _ = c.Close(context.WithoutCancel(ctx)) }()
	if err := f(c); err != nil {
		return fmt.Errorf("preparing the lab: %w", err)
	}
	return nil
}

// Superuser is the superuser's URL of a database of a side, prod or staging.
func (l *Lab) Superuser(profile, database string) (string, error) {
	return l.AdminURL(l.clusters[profile].arn, database)
}

// Env gives what examples/aurora reads, as KEY=VALUE, and AWS's own variables.
func (l *Lab) Env() []string {
	out := []string{
		"SHOJI_MASK_KEY=" + l.key,
		"SHOJI_VAR_aws_endpoint=" + l.URL(),
		"SHOJI_VAR_family=" + l.family,
		"SHOJI_VAR_sslmode=disable", // the lab's servers are on this machine
	}
	sdk := l.SDK()
	for _, name := range slices.Sorted(maps.Keys(sdk)) {
		out = append(out, name+"="+sdk[name])
	}
	return out
}

// SDK gives the variables that the SDK reads: the lab's profiles, and nothing of what the surroundings say.
func (l *Lab) SDK() map[string]string { return maps.Clone(l.sdk) }

// Peek reads the same customers from production and from the copy.
func (l *Lab) Peek(ctx context.Context) ([]lab.Row, error) {
	production, err := l.Superuser("prod", lab.Database)
	if err != nil {
		return nil, err
	}
	staging, err := l.Superuser("staging", lab.Database)
	if err != nil {
		return nil, err
	}
	return lab.Peek(ctx, production, staging)
}
