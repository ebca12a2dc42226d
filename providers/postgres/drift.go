package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/refresh"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// FindDrift compares the sources of all refreshes with the schema lock. Where an import is all that is looked at, there
// is no way to the sources.
func (p *Provider) FindDrift(ctx context.Context) ([]engine.Drifted, diag.Diagnostics) {
	if p.options.Only == engine.OnlyImport || len(p.project.Refreshes) == 0 {
		return nil, nil
	}
	lock, err := schemalock.Read(filepath.Join(p.project.Dir, schemalock.FileName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		var ds diag.Diagnostics
		ds.AppendErr("The schema lock cannot be read", err)
		return nil, ds
	}
	var found []engine.Drifted
	var ds diag.Diagnostics
	for _, db := range p.project.Databases {
		i := slices.IndexFunc(p.project.Refreshes, func(r *spec.Refresh) bool { return r.From == db })
		if i < 0 {
			continue
		}
		at := &p.project.Refreshes[i].At.From.Range
		if lock == nil || lock.Databases[db.Address()] == nil {
			ds.Append(p.notLocked(db, at))
			continue
		}
		differences, err := p.unlikeLock(ctx, db, lock.Databases[db.Address()])
		if err != nil {
			ds.Append(refresh.Failed("The source cannot be compared with the schema lock", err, *at)...)
			continue
		}
		for _, d := range differences {
			found = append(found, engine.Drifted{
				State:   stateOf(d.Change),
				Kind:    engine.DriftKindSchema,
				Address: db.Address(),
				Name:    d.Where,
				Notes:   []string{d.Words},
				Range:   at,
			})
		}
	}
	return found, p.project.WithSnippets(ds)
}

// unlikeLock returns how a source differs from its lock.
func (p *Provider) unlikeLock(
	ctx context.Context, db *spec.Database, lock *schemalock.Database,
) ([]schemalock.Difference, error) {
	live, err := ReadCatalog(ctx, p.sessions.Connector(db))
	if err != nil {
		return nil, err
	}
	live = decide.Withhold(p.project, db, live)
	return schemalock.Compare(lock, schemalock.FromCatalog(live, schemalock.SelectedSchemas(p.project, db))), nil
}

// notLocked says that there is nothing to compare a source with, as severely as the project takes its lock.
func (p *Provider) notLocked(db *spec.Database, at *diag.Range) diag.Diagnostic {
	d := diag.Diagnostic{
		Severity: diag.Warning,
		Code:     "schema_lock",
		Summary:  "The source has no schema lock",
		Detail: fmt.Sprintf("%s holds nothing of %s, so that nobody can tell whether it has changed. "+
			"%s adds it; commit it with the spec.",
			schemalock.FileName, db.Address(), schemalock.InspectCommand(db)),
		Range: at,
	}
	if p.project.SchemaLock == spec.SchemaLockStrict {
		d.Severity = diag.Error
	}
	return d
}

// stateOf returns what a difference from the lock is: what was added is not in the lock.
func stateOf(c schemalock.Change) engine.DriftState {
	switch c {
	case schemalock.Added:
		return engine.DriftExtra
	case schemalock.Removed:
		return engine.DriftMissing
	}
	return engine.DriftChanged
}
