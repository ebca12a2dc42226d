package draft

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/personal"
)

// findRouters notes the columns that decide the partition of a row, which cannot be masked, and the keys that they
// refer to: what refers to a masked key is masked with it.
func (d *drafter) findRouters() {
	for _, t := range d.tables {
		for _, part := range withPartitions(d.Catalog, t.source) {
			for _, name := range part.PartitionKey {
				if c := t.column(name); c != nil {
					c.routes = "it decides the partition of a row, so it cannot be masked: " +
						"keep it, or take the table " +
						"without rows"
				}
			}
		}
	}
	for found := true; found; {
		found = false
		for _, t := range d.tables {
			for _, k := range t.source.Constraints {
				to := d.byRef[k.RefTable]
				if k.Kind != catalog.ForeignKey || to == nil {
					continue
				}
				for i, name := range k.Columns {
					c := t.column(name)
					if c == nil || c.routes == "" || i >= len(k.RefColumns) {
						continue
					}
					if key := to.column(k.RefColumns[i]); key != nil && key.routes == "" {
						key.routes = fmt.Sprintf("%s.%s refers to it and decides the partition "+
							"of a row, so neither can be "+
							"masked: keep it, or take the tables without rows", t.source.FullName(), name)
						found = true
					}
				}
			}
		}
	}
}

// followKey drafts a column that refers to a key as the key is drafted: kept with it, left to it where it is masked,
// undecided with it.
func (d *drafter) followKey(t *draftTable, c *draftColumn, path []*draftColumn) {
	if c.verdict == Generated || c.verdict == Before || c.verdict == ByKey || slices.Contains(path, c) {
		return
	}
	for _, k := range t.source.Constraints {
		i := slices.Index(k.Columns, c.source.Name)
		if k.Kind != catalog.ForeignKey || i < 0 || i >= len(k.RefColumns) {
			continue
		}
		to := d.byRef[k.RefTable]
		if to == nil {
			continue
		}
		at := slices.IndexFunc(to.columns, func(other *draftColumn) bool {
			return other.source.Name == k.RefColumns[i]
		})
		if at < 0 || to.columns[at] == c {
			continue
		}
		key := to.columns[at]
		d.followKey(to, key, append(path, c))
		name := to.source.FullName() + "." + key.source.Name
		c.key = &ColumnRef{to.source.Ref(), key.source.Name}
		switch {
		case key.verdict == Masked, key.verdict == ByKey,
			key.verdict == Before && key.asBefore.Decision == decide.Masked:
			c.verdict, c.mask, c.reason = ByKey, "", "takes the mask of "+name+", its key"
		case key.verdict == Kept, key.verdict == Before:
			c.verdict, c.ground, c.reason = Kept, personal.GroundKeyKept, "its key "+name+" is kept"
		case key.verdict == Undecided:
			c.verdict, c.mask, c.guess = Undecided, "", personal.Guess{}
			c.reason = "as its key " + name + ": masked with it, or kept here too"
		}
		return
	}
}
