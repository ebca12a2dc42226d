package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/conn"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/providers/postgres/session"
	"github.com/shoji-pg/shoji/spec"
)

// ReadCatalog reads the catalog of a database, for its schema lock.
func ReadCatalog(ctx context.Context, db *conn.Connector) (*catalog.Catalog, error) {
	c, err := db.Connect(ctx, conn.Options{Purpose: "shoji inspect", Limited: true})
	if err != nil {
		return nil, err
	}
	defer session.Close(ctx, c)
	// all queries see one moment
	tx, err := c.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return nil, fmt.Errorf("reading the catalog of %s: %w", db.Address(), conn.Redact(err))
	}
	found, err := catalog.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	found.Literals, err = catalog.ReadLiterals(ctx, tx)
	return found, err
}

// compareLock names what the source of a refresh has otherwise than the schema lock, in the tables that the refresh
// takes. The plan is bound to what the lock says.
func (p *Provider) compareLock(o *observed, one *observedRefresh) diag.Diagnostics {
	r, strict := one.refresh, p.project.SchemaLock == spec.SchemaLockStrict
	at := &r.At.From.Range
	problem := func(summary, detail string) diag.Diagnostics {
		d := diag.Diagnostic{Severity: diag.Warning, Code: "schema_lock", Summary: summary, Detail: detail, Range: at}
		if strict {
			d.Severity, d.Detail = diag.Error, detail+"\nThe project wants schema_lock = \"strict\"."
		}
		return diag.Diagnostics{d}
	}
	file, err := schemalock.Read(filepath.Join(p.project.Dir, schemalock.FileName))
	if errors.Is(err, fs.ErrNotExist) && !strict {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return problem("There is no schema lock",
			fmt.Sprintf("%s is not in the project's directory. %s writes it; commit it with the spec.",
				schemalock.FileName, schemalock.InspectCommand(r.From)))
	}
	if err != nil {
		return failed("The schema lock cannot be read", err, r.Range)
	}
	lock := file.Databases[r.From.Address()]
	if lock == nil {
		return problem("The schema lock does not have the source",
			fmt.Sprintf("%s holds nothing of %s. %s adds it.", schemalock.FileName, r.From.Address(),
				schemalock.InspectCommand(r.From)))
	}
	o.fingerprints = append(o.fingerprints, engine.Fingerprint{
		Address: r.Address(),
		Object:  schemalock.FileName + " for " + r.From.Address(),
		Digest:  lock.Digest(),
	})
	skipped := map[catalog.Ref]bool{}
	for _, t := range one.tables {
		if t.Treatment == decide.Skip {
			skipped[t.Source.Ref()] = true
		}
	}
	taken := func(c catalog.Catalog) *schemalock.Database {
		c.Tables = slices.DeleteFunc(slices.Clone(c.Tables), func(t catalog.Table) bool { return skipped[t.Ref()] })
		return schemalock.FromCatalog(&c, r.Schemas)
	}
	found := schemalock.Compare(taken(*lock.Catalog()), taken(*one.source))
	if len(found) == 0 {
		return nil
	}
	words := make([]string, len(found))
	for i, d := range found {
		words[i] = "  " + d.Words
	}
	return problem("The source is not as "+schemalock.FileName+" says",
		fmt.Sprintf("Since the lock of %s was written:\n%s\n"+
			"If the spec is right for that, write the lock anew and commit both: %s",
			r.From.Address(), strings.Join(words, "\n"), schemalock.InspectCommand(r.From)))
}
