package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/secret"
	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/lang"
)

func (a *app) inspectCommand() *cli.Command {
	in := &inputs{}
	return &cli.Command{
		Name:      "inspect",
		Usage:     "write the catalog of the sources to schema.lock.json, beside the spec",
		ArgsUsage: "[DATABASE]",
		Flags: append(projectFlags(in),
			&cli.BoolFlag{Name: "check", Usage: "write nothing; exit 2 if a source differs from the lock"},
			&cli.StringFlag{
				Name:  "url-env",
				Usage: "without a spec: inspect the database whose URL is in the environment variable `NAME`",
			},
			&cli.StringFlag{
				Name:  "as",
				Usage: "with -url-env: the `NAME` of the database in the new spec",
				Value: "prod",
			},
			&cli.StringFlag{
				Name:  "spec",
				Usage: "also draft a spec: write what is missing to `FILE`, and change nothing that exists",
			},
			&cli.BoolFlag{Name: "split", Usage: "also draft a spec, with a file for each schema"},
			&cli.BoolFlag{
				Name:  "explain",
				Usage: "also say why each column that is kept is, those first that a draft would not keep",
			},
			&cli.StringFlag{
				Name:  "undecided",
				Usage: "for a draft, write what is left to you to `FILE`, a rule to complete for each question",
			},
			&cli.StringFlag{
				Name: "accept",
				Usage: "for a draft, take proposals of this `CONFIDENCE` and above as " +
					"decisions: high, medium, low, or " +
					"any for a mask on whatever nothing tells of, too",
				Value: string(draft.AcceptMedium),
			},
			&cli.BoolFlag{
				Name:  "sample",
				Usage: "for a draft, let the source count formats and check digits in some rows of each table",
			},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"},
		),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := checkDraftFlags(c); err != nil {
				return err
			}
			switch {
			case c.Args().Len() > 1:
				return fmt.Errorf("inspect takes one database at most, but was given %d arguments", c.Args().Len())
			case c.IsSet("url-env") && c.Args().Present():
				return errors.New("-url-env names the database, so inspect takes no argument")
			case c.IsSet("as") && !c.IsSet("url-env"):
				return errors.New("-as goes with -url-env: a database of the spec has its name")
			}
			out := a.documentOutput(c)
			defer out.Close()
			i, err := a.inspection(c, in, out)
			if err != nil {
				return err
			}
			return a.inspect(ctx, c, i, out)
		},
	}
}

// inspection is what one call of inspect reads.
type inspection struct {
	file string // of the lock
	lock *schemalock.File
	// sources are the databases to read, with the schemas that the spec selects.
	sources []inspected
	project *spec.Project // nil where there is no spec yet
	inputs  []lang.Input  // that the spec was read with
	// connector returns how a database is reached.
	connector func(*spec.Database) *conn.Connector
	// declared are the addresses that may stay in the lock; nil for all.
	declared []string
}

type inspected struct {
	db      *spec.Database
	schemas []string // nil: all
	catalog *catalog.Catalog
	samples draft.Samples // nil where nothing was sampled
}

// inspection finds what to read: in the spec, or in the environment where there is no spec yet.
func (a *app) inspection(c *cli.Command, in *inputs, out view.Output) (*inspection, error) {
	i := &inspection{file: schemalock.FileName, inputs: in.list}
	if c.IsSet("url-env") {
		if err := a.refuseExistingSpec(c); err != nil {
			return nil, err
		}
		db, err := withoutSpec(c.String("url-env"), c.String("as"))
		if err != nil {
			return nil, err
		}
		i.sources = []inspected{{db: db}}
		i.connector = func(db *spec.Database) *conn.Connector { return conn.New(db, a.fromEnvironment, nil) }
	} else {
		project, ds := a.load(c.String("env"), in.list)
		if ds.HasErrors() && len(project.Sources) == 0 {
			return nil, reportError(out, "", diag.Diagnostic{Severity: diag.Error, Summary: "There is no spec here",
				Detail: "To begin with a database alone, put its URL into an environment variable and name that: " +
					"shoji inspect -url-env SHOJI_PROD_URL."})
		}
		out.Diagnostics(ds)
		if ds.HasErrors() {
			return nil, exitCode(exitError)
		}
		i.project = project
		var err error
		if i.sources, err = sourcesOf(project, c.Args().First()); err != nil {
			return nil, err
		}
		i.file, i.connector, i.declared = filepath.Join(project.Dir, schemalock.FileName), a.connectors(project),
			[]string{}
		for _, db := range project.Databases {
			i.declared = append(i.declared, db.Address())
		}
	}
	lock, err := schemalock.Read(i.file)
	if errors.Is(err, fs.ErrNotExist) {
		lock, err = &schemalock.File{Databases: map[string]*schemalock.Database{}}, nil
	}
	if err != nil {
		return nil, reportError(out, "The schema lock cannot be read", err)
	}
	i.lock = lock
	return i, nil
}

var (
	databaseLabel = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)
	variableName  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// withoutSpec returns the database whose URL is in an environment variable.
func withoutSpec(variable, name string) (*spec.Database, error) {
	if !variableName.MatchString(variable) { // somebody's URL, most likely: it is not repeated
		return nil,
			errors.New("-url-env takes the name of an environment variable that holds the URL, not the URL itself: " +
				"others see what stands on a command line")
	}
	if !databaseLabel.MatchString(name) {
		return nil, fmt.Errorf("-as %q is not a name that a block can have: letters, digits, _ and -", name)
	}
	return &spec.Database{Name: name, URLSecret: &spec.Secret{Name: name + "_url", Env: variable}}, nil
}

func (a *app) fromEnvironment(s *spec.Secret) (secret.Value, error) {
	v, ok := a.lookupEnv(s.Env)
	if !ok || v == "" {
		return secret.Value{},
			fmt.Errorf("the environment variable %s is not set. It holds the URL of the database: "+
				"postgres://USER:PASSWORD@HOST/DATABASE", s.Env)
	}
	return secret.New(v), nil
}

// sourcesOf returns the named database, or every source of a refresh.
func sourcesOf(p *spec.Project, name string) ([]inspected, error) {
	if name != "" && !strings.HasPrefix(name, "database.") {
		name = "database." + name
	}
	var out []inspected
	var known []string
	for _, db := range p.Databases {
		known = append(known, db.Address())
		source := slices.ContainsFunc(p.Refreshes, func(r *spec.Refresh) bool { return r.From == db })
		if name == "" && source || name == db.Address() {
			out = append(out, inspected{db: db, schemas: schemalock.SelectedSchemas(p, db)})
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case name == "":
		return nil,
			errors.New("the spec has no refresh, so nothing says which database is a source: name " +
				"one (shoji inspect DATABASE)")
	}
	return nil, fmt.Errorf("the spec has no %s.%s", name, diag.DidYouMean(name, known))
}

// inspect reads the catalogs, then writes the lock or compares with it. If a source cannot be read, the lock stays as
// it is.
func (a *app) inspect(ctx context.Context, c *cli.Command, i *inspection, out view.Output) error {
	ctx, cancel := a.untilStop(ctx)
	defer cancel()
	var ds diag.Diagnostics
	for k := range i.sources {
		s := &i.sources[k]
		var err error
		s.catalog, err = postgres.ReadCatalog(ctx, i.connector(s.db))
		ds.AppendErr("The database cannot be inspected", err)
	}
	if ds.HasErrors() {
		out.Diagnostics(ds)
		return exitCode(exitError)
	}
	result := i.compare()
	result.Checked = c.Bool("check")
	if !result.Checked {
		if err := i.lock.Write(i.file); err != nil {
			return err
		}
	}
	if wantsDraft(c) {
		var err error
		if result.Draft, err = a.draft(ctx, c, i); err != nil {
			return reportError(out, "The spec cannot be drafted", err)
		}
	}
	if c.Bool("explain") {
		var err error
		if result.Explained, err = a.explain(c, i); err != nil {
			return reportError(out, "The columns cannot be explained", err)
		}
	}
	if err := view.PrintInspection(a.streams, result, c.Bool("json")); err != nil {
		return err
	}
	if result.Checked && result.Moved() {
		return exitCode(exitChanges)
	}
	return nil
}

// compare puts what was read into the lock, and returns how that differs from before.
func (i *inspection) compare() view.Inspection {
	out := view.Inspection{File: schemalock.FileName, Databases: []view.InspectedDatabase{}, Removed: []string{}}
	for _, s := range i.sources {
		address, locked := s.db.Address(), s.catalog
		if i.project != nil {
			locked = decide.Withhold(i.project, s.db, s.catalog)
		}
		now := schemalock.FromCatalog(locked, s.schemas)
		found := view.InspectedDatabase{
			Address:     address,
			Server:      now.Server,
			Schemas:     len(now.Schemas),
			Differences: []view.Difference{},
		}
		for _, tables := range now.Tables {
			found.Tables += len(tables)
		}
		for _, t := range s.catalog.Tables {
			if now.Tables[t.Schema][t.Name] != nil {
				found.Columns += len(t.Columns)
			}
		}
		if was := i.lock.Databases[address]; was == nil {
			found.New = true
		} else {
			for _, d := range schemalock.Compare(was, now) {
				found.Differences = append(found.Differences, view.Difference{
					What:  string(d.Change),
					Where: d.Where,
					Words: d.Words,
				})
			}
		}
		if i.lock.Databases == nil {
			i.lock.Databases = map[string]*schemalock.Database{}
		}
		i.lock.Databases[address] = now
		out.Databases = append(out.Databases, found)
	}
	for _, address := range slices.Sorted(maps.Keys(i.lock.Databases)) {
		if i.declared != nil && !slices.Contains(i.declared, address) {
			delete(i.lock.Databases, address)
			out.Removed = append(out.Removed, address)
		}
	}
	return out
}
