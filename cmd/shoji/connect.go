package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/aws"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/ddl"
	"github.com/shoji-pg/shoji/spec"
)

func (a *app) connectCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:  "connect",
		Usage: "start psql on a database of the spec, with an IAM token where it takes one",
		Description: "Arguments after -- are passed to psql. The token is only in the " +
			"environment of psql, and can be " +
			"used for 15 minutes; a session that is open stays open.",
		ArgsUsage: "DATABASE [-- PSQL-ARGUMENT …]",
		Flags: append(projectFlags(in),
			&cli.StringFlag{Name: "as", Usage: "connect as another `USER` of the database, where it takes tokens"},
			&cli.StringFlag{
				Name: "print",
				Usage: "instead of starting psql, print `WHAT`: token, url (without a " +
					"password) or env (lines for a shell)",
			},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			if what := c.String("print"); c.IsSet("print") {
				if known := []string{"token", "url", "env"}; !slices.Contains(known, what) {
					return fmt.Errorf("-print takes token, url or env, not %q.%s", what, diag.DidYouMean(what, known))
				}
				if c.Args().Len() > 1 {
					return errors.New("-print starts no psql, so there are no arguments for it")
				}
			}
			if !c.Args().Present() {
				return errors.New("connect takes a database of the spec, such as database.staging")
			}
			return a.connect(ctx, c, in)
		},
	}
}

// connectors returns how the databases of a project are reached.
func (a *app) connectors(p *spec.Project) func(*spec.Database) *conn.Connector {
	accounts := aws.NewAccounts(p)
	return func(db *spec.Database) *conn.Connector { return conn.New(db, p.ReadSecret, accounts) }
}

func (a *app) connect(ctx context.Context, c *cli.Command, in *inputs) error {
	out := a.output(c)
	project, err := a.loadValid(c.String("env"), in.list, out)
	if err != nil {
		return err
	}
	db, err := databaseNamed(project, c.Args().First())
	if err != nil {
		return err
	}
	what := c.String("print")
	if what == "token" && !db.IAM {
		return fmt.Errorf("there is no token for %s, which connects with a password: write iam = true", db.Address())
	}
	ctx, cancel := a.untilStop(ctx)
	defer cancel()
	var psql ddl.Program
	if what == "" {
		path, err := ddl.SystemFinder().Client("psql")
		if err != nil {
			return err
		}
		if psql, err = ddl.Probe(ctx, path); err != nil {
			return err
		}
	} else {
		psql.Major = conn.RequireAuthSince // whatever program it is printed for, it holds it or says that it cannot
	}
	libpq, err := a.connectors(project)(db).Libpq(ctx, c.String("as"), psql.Major)
	if err != nil {
		return reportError(out, "The connection cannot be prepared: "+db.Address(), err)
	}
	if what != "" {
		return a.printConnection(db, libpq, what)
	}
	env := append(slices.DeleteFunc(os.Environ(), isConnectionVariable), libpq.Environment()...)
	if _, ok := a.lookupEnv("PGAPPNAME"); !ok {
		env = append(env, "PGAPPNAME=shoji connect")
	}
	// psql takes this process's place: the terminal, signals and the exit code are its own. It looks beside its own
	// name for what it needs.
	return fmt.Errorf("starting %s: %w", psql.Path,
		syscall.Exec(psql.Path, append([]string{psql.Path}, c.Args().Tail()...), env))
}

// isConnectionVariable reports whether an environment variable says where libpq connects, or as whom. The spec decides
// that.
func isConnectionVariable(pair string) bool {
	name, _, _ := strings.Cut(pair, "=")
	return slices.Contains([]string{
		"PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGPASSFILE", "PGSERVICE",
		"PGSERVICEFILE", "PGOPTIONS", "PGREQUIREAUTH", "PGCHANNELBINDING", "PGTARGETSESSIONATTRS", "PGCONNECT_TIMEOUT",
	}, name) ||
		strings.HasPrefix(name, "PGSSL") || strings.HasPrefix(name, "PGGSS")
}

// printConnection prints what -print names. A password that lasts is never printed; a token is, because it expires
// soon.
func (a *app) printConnection(db *spec.Database, libpq conn.Libpq, what string) error {
	var b strings.Builder
	switch what {
	case "token":
		fmt.Fprintln(&b, libpq.Password.Reveal())
	case "url":
		fmt.Fprintln(&b, libpq.URL())
	case "env":
		for _, pair := range libpq.Environment() {
			name, value, _ := strings.Cut(pair, "=")
			if name == "PGPASSWORD" && !db.IAM {
				a.note("The password of " + db.Address() + " is not printed: set PGPASSWORD yourself.")
				continue
			}
			fmt.Fprintln(&b, view.Export(name, value))
		}
	}
	if a.streams.OutTerminal && db.IAM && what != "url" {
		a.note(fmt.Sprintf("The token lets %s in for %s. Whoever reads it until then can use it.", libpq.User,
			aws.TokenLife))
	}
	_, err := fmt.Fprint(a.streams.Out, b.String())
	return err
}

// databaseNamed finds a database by its address, with or without "database.".
func databaseNamed(p *spec.Project, name string) (*spec.Database, error) {
	var known []string
	for _, db := range p.Databases {
		if known = append(known, db.Address()); name == db.Address() || "database."+name == db.Address() {
			return db, nil
		}
	}
	return nil, fmt.Errorf("the spec has no %s.%s", name,
		diag.DidYouMean("database."+strings.TrimPrefix(name, "database."), known))
}
