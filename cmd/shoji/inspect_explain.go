package main

import (
	"slices"

	"github.com/urfave/cli/v3"

	"github.com/shoji-pg/shoji/internal/view"
	"github.com/shoji-pg/shoji/providers/postgres/draft"
	"github.com/shoji-pg/shoji/spec"
)

// explain says of each column of the sources how it crosses and why: by the spec, and without one by the draft that
// there would be.
func (a *app) explain(c *cli.Command, i *inspection) (*view.Explanation, error) {
	project := i.project
	if wantsDraft(c) { // with what it has just written
		project, _ = a.load(c.String("env"), i.inputs)
	}
	out := &view.Explanation{Columns: []view.ExplainedColumn{}}
	var all []draft.Explanation
	for _, s := range i.sources {
		in := draft.Input{
			Catalog:  s.catalog,
			Schemas:  s.schemas,
			Samples:  s.samples,
			Database: s.db,
			Project:  project,
			Accept:   draft.Acceptance(c.String("accept")),
		}
		if project != nil {
			k := slices.IndexFunc(project.Databases, func(db *spec.Database) bool { return db.Name == s.db.Name })
			if k >= 0 {
				in.Database = project.Databases[k]
			}
		}
		explained, err := draft.Explain(in)
		if err != nil {
			return nil, err
		}
		all = append(all, explained...)
	}
	for _, e := range all {
		column := view.ExplainedColumn{
			Schema:    e.Column.Table.Schema,
			Table:     e.Column.Table.Name,
			Column:    e.Column.Name,
			Type:      e.Type,
			Decision:  e.Decision.String(),
			Mask:      e.Written,
			Because:   e.Because,
			Ground:    string(e.Ground),
			LooksLike: string(e.Guess.Kind),
			Reason:    e.Reason,
		}
		if e.Guess.Kind != "" {
			column.Confidence = e.Guess.Confidence.String()
		}
		out.Columns = append(out.Columns, column)
	}
	for _, g := range draft.KeptGroups(all) {
		group := view.KeptGroup{Title: g.Title, Doubtful: g.Doubtful, Columns: g.Columns}
		for _, n := range g.Names {
			group.Names = append(group.Names, view.KeptName(n))
		}
		out.Kept = append(out.Kept, group)
	}
	return out, nil
}
