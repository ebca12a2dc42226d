package decide

import (
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/literal"
	"github.com/shoji-pg/shoji/spec"
)

// Withhold returns the catalog of a database without the contents of the tables that all its refreshes skip: the schema
// lock must not hold them. Their names stay, and the tags of their comments, because a rule may skip them by a tag.
func Withhold(p *spec.Project, db *spec.Database, source *catalog.Catalog) *catalog.Catalog {
	c := *source
	c.Tables, c.Literals = slices.Clone(c.Tables), slices.Clone(c.Literals)
	skipped := map[catalog.Ref]bool{}
	for _, r := range p.Refreshes {
		if r.From != db {
			continue
		}
		tables, _ := Resolve(InputFor(p, r, source))
		for i := range tables {
			ref := tables[i].Source.Ref()
			before, again := skipped[ref]
			skipped[ref] = tables[i].Treatment == Skip && (before || !again)
		}
	}
	for i := range c.Tables {
		t := &c.Tables[i]
		if !skipped[t.Ref()] {
			continue
		}
		c.Tables[i] = catalog.Table{
			OID:           t.OID,
			Schema:        t.Schema,
			Name:          t.Name,
			Comment:       tagsAlone(t.Comment),
			Partitioned:   t.Partitioned,
			PartitionOf:   t.PartitionOf,
			Foreign:       t.Foreign,
			Selectable:    t.Selectable,
			EstimatedRows: -1,
			Withheld:      true,
		}
	}
	c.Literals = slices.DeleteFunc(c.Literals, func(l literal.Literal) bool {
		schema, name, _ := strings.Cut(l.Table, ".")
		return l.Table != "" && skipped[catalog.Ref{Schema: schema, Name: name}]
	})
	return &c
}

// tagsAlone returns the tags of a comment.
func tagsAlone(comment string) string {
	var out []string
	for _, tag := range marks(comment) {
		out = append(out, "#"+tag)
	}
	return strings.Join(out, " ")
}
