package draft

import (
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

// decision is what the spec that there is says of a table.
type decision struct {
	block   *spec.Table
	columns map[string]*decide.Column
	left    bool // skipped, or without rows: there is nothing to decide
}

// decidedBefore returns what the spec decides already, in every refresh that reads the database: what one of them does
// not know is undecided.
func (d *drafter) decidedBefore() map[catalog.Ref]*decision {
	if d.Project == nil {
		return nil
	}
	var refreshes []*spec.Refresh
	for _, r := range d.Project.Refreshes {
		if r.From == d.Database {
			refreshes = append(refreshes, r)
		}
	}
	if refreshes == nil { // a spec that is only begun: its blocks count all the same
		refreshes = []*spec.Refresh{{Name: "draft", From: d.Database, To: d.Database}}
	}
	out := map[catalog.Ref]*decision{}
	for n, r := range refreshes {
		// what does not fit is for validate to say
		tables, _ := decide.Resolve(decide.InputFor(d.Project, r, d.Catalog))
		for i := range tables {
			t := &tables[i]
			now := &decision{
				columns: map[string]*decide.Column{},
				left:    t.Treatment == decide.Skip || t.Treatment == decide.Structure,
			}
			for k := range t.Columns {
				now.columns[t.Columns[k].Name] = &t.Columns[k]
			}
			ref := t.Source.Ref()
			was := out[ref]
			if n == 0 || was == nil {
				out[ref] = now
				continue
			}
			was.left = was.left && now.left
			for name := range was.columns {
				if now.columns[name] == nil && !now.left {
					delete(was.columns, name)
				}
			}
		}
	}
	for _, t := range d.Project.Tables {
		if was := out[catalog.Ref{Schema: t.Schema, Name: t.Name}]; was != nil && was.block == nil {
			was.block = t
		}
	}
	return out
}
