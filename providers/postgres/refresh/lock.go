package refresh

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// compareLock names what the source of a refresh has otherwise than the schema lock, in the tables that the refresh
// takes. The plan is bound to what the lock says.
func (p *Plan) compareLock() diag.Diagnostics {
	r, strict := p.Refresh, p.Project.SchemaLock == spec.SchemaLockStrict
	at := &r.At.From.Range
	problem := func(summary, detail string) diag.Diagnostics {
		d := diag.Diagnostic{Severity: diag.Warning, Code: "schema_lock", Summary: summary, Detail: detail, Range: at}
		if strict {
			d.Severity, d.Detail = diag.Error, detail+"\nThe project wants schema_lock = \"strict\"."
		}
		return diag.Diagnostics{d}
	}
	file, err := schemalock.Read(filepath.Join(p.Project.Dir, schemalock.FileName))
	if errors.Is(err, fs.ErrNotExist) && !strict {
		return nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return problem("There is no schema lock",
			fmt.Sprintf("%s is not in the project's directory. %s writes it; commit it with the spec.",
				schemalock.FileName, schemalock.InspectCommand(r.From)))
	}
	if err != nil {
		return Failed("The schema lock cannot be read", err, r.Range)
	}
	lock := file.Databases[r.From.Address()]
	if lock == nil {
		return problem("The schema lock does not have the source",
			fmt.Sprintf("%s holds nothing of %s. %s adds it.", schemalock.FileName, r.From.Address(),
				schemalock.InspectCommand(r.From)))
	}
	p.Fingerprints = append(p.Fingerprints, engine.Fingerprint{
		Address: r.Address(),
		Object:  schemalock.FileName + " for " + r.From.Address(),
		Digest:  lock.Digest(),
	})
	skipped := p.skipped()
	taken := func(c catalog.Catalog) *schemalock.Database {
		c.Tables = slices.DeleteFunc(slices.Clone(c.Tables), func(t catalog.Table) bool {
			return slices.Contains(skipped, t.Ref())
		})
		return schemalock.FromCatalog(&c, r.Schemas)
	}
	found := schemalock.Compare(taken(*lock.Catalog()), taken(*p.catalog))
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
