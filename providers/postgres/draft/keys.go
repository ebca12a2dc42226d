package draft

import (
	"slices"

	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/personal"
)

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
