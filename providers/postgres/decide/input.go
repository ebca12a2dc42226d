package decide

import (
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/spec"
)

// InputFor gives the input that decides a refresh of a project: the same for a live catalog and for that of a schema
// lock.
func InputFor(p *spec.Project, r *spec.Refresh, source *catalog.Catalog) Input {
	return Input{Refresh: r, Tables: p.Tables, Rules: p.Rules, Links: p.Links, Source: source, Snippet: p.Snippet}
}
