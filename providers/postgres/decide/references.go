package decide

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
)

// checkTable checks the decisions on a table against its keys and constraints.
func (r *resolver) checkTable(t *tableNode) {
	if t.crosses() {
		r.checkUnique(t)
		r.checkPartitionKey(t)
		r.checkConstraints(t)
		t.checkValues()
	}
}

// checkRelations checks the treatment of tables against what refers to them. A foreign key that would not hold is an
// error; a link, which nothing enforces, a warning.
func (r *resolver) checkRelations() {
	type pair struct {
		from, to *tableNode
		columns  string
	}
	seen := map[pair]bool{}
	for _, rel := range r.relations {
		// Tables and partitions that share a decision are reported once.
		p := pair{rel.from.root, rel.to, rel.columnList()}
		if rel.from.Treatment == Skip || seen[p] {
			continue
		}
		seen[p] = true
		report := r.errorf
		if rel.link != nil || rel.part { // nothing enforces it, or all rows may refer to other partitions
			report = r.warnf
		}
		from, to, ref := rel.from.FullName(), rel.to.FullName(), rel.to
		at := diag.FirstRange(ref.Range, rel.from.Range)
		if rel.link != nil {
			place := rel.link.Range
			at = &place
		}
		switch {
		case ref.isKeptByExtension():
			r.warnConfigurationKey(rel)
		case ref.Treatment == Skip:
			report(SkippedReferenced, at, "A skipped table is referenced",
				"%s refers to %s, which is skipped. Copy it without rows (data = false) and mask %s of %s with "+
					"null_value(), or skip both.", rel, to, rel.columnList(), from)
		case rel.from.Treatment == Structure:
		case ref.Treatment == Structure && !rel.refersToNothing():
			report(KeyWithoutRows, at, "A foreign key would not hold",
				"%s refers to %s, which is copied without rows. Mask %s of %s with null_value(), or copy the rows of "+
					"both or of neither.", rel, to, rel.columnList(), from)
		case ref.Rows != "" && rel.from.Rows == "" && ref.root != rel.from.root:
			fails := "The run fails if one refers to a row that is not copied"
			if rel.link != nil {
				fails = "Some may refer to rows that are not copied"
			}
			r.warnf(KeyRows, ref.Range, "Rows may refer to rows that are not copied",
				"%s is copied only where %s, but all rows of %s are copied, whose %s refers to it. "+
					"%s; give %s a condition, too.",
				to, ref.Rows, from, rel.name, fails, from)
		}
	}
}

// refersToNothing reports whether one of the relation's columns is always NULL (MATCH SIMPLE: then it is not checked).
func (rel *relation) refersToNothing() bool {
	return slices.ContainsFunc(rel.columns, func(name string) bool { return rel.from.byName[name].isAlwaysNull() })
}

// checkPartitionKey reports a mask on a column that decides the partition of a row: the masked row could belong to
// another one. A partition with a block of its own is checked against the keys of all tables above it.
func (r *resolver) checkPartitionKey(t *tableNode) {
	r.checkRouter(t, t)
	if t.root != t {
		return // the tables above are checked with their own decisions
	}
	for above := r.byName[t.Source.PartitionOf]; above != nil; above = r.byName[above.Source.PartitionOf] {
		r.checkRouter(t, above)
	}
}

// checkRouter checks the columns of t against the partition key of a table that routes its rows.
func (r *resolver) checkRouter(t, router *tableNode) {
	for _, name := range router.Source.PartitionKey {
		d := t.byName[name].masked()
		if d == nil {
			continue
		}
		r.errorf(PartitionKey, d.Range, "A partition key cannot be masked",
			"%s decides which partition of %s a row is in, and %s could move it to another. Keep it, or copy the "+
				"table without rows (data = false).", t.byName[name].fullName(), router.FullName(), d.Mask.Text)
	}
}
