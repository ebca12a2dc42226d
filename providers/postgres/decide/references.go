package decide

import (
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/spec/mask"
)

// checkTable holds the decisions of a table against its keys.
func (r *resolver) checkTable(t *tableNode) {
	if t.crosses() {
		r.checkUnique(t)
		r.checkPartitionKey(t)
		r.checkConstraints(t)
	}
}

// checkRelations holds what becomes of whole tables against what refers to them. A foreign key that would not hold is
// an error; a link, which nothing enforces, a warning.
func (r *resolver) checkRelations() {
	type pair struct {
		from, to *tableNode
		columns  string
	}
	seen := map[pair]bool{}
	for _, rel := range r.relations {
		// Of a partitioned table and its partitions, what shares one decision is reported once.
		p := pair{rel.from.root, rel.to, rel.columnList()}
		if rel.from.Treatment == Skip || seen[p] {
			continue
		}
		seen[p] = true
		report := r.errorf
		if rel.link != nil || rel.part { // nothing enforces it, or the rows may all refer to other partitions
			report = r.warnf
		}
		from, to, ref := rel.from.Source.FullName(), rel.to.Source.FullName(), rel.to
		at := diag.FirstRange(ref.Range, rel.from.Range)
		if rel.link != nil {
			place := rel.link.Range
			at = &place
		}
		switch {
		case ref.Treatment == Skip:
			report(SkippedReferenced, at, "A skipped table is referenced",
				"%s refers to %s, which is skipped. Take it without rows (data = false) and %s of %s as "+
					"null_value(), or skip both.", rel.what(), to, rel.columnList(), from)
		case rel.from.Treatment == Structure:
		case ref.Treatment == Structure && !rel.refersToNothing():
			report(KeyWithoutRows, at, "A foreign key would not hold",
				"%s refers to %s, which crosses without rows. Mask %s of %s with null_value(), or take "+
					"the rows of both or of none.", rel.what(), to, rel.columnList(), from)
		case ref.Rows != "" && rel.from.Rows == "" && ref.root != rel.from.root:
			fails := "The run fails where one refers to a row that is not there"
			if rel.link != nil {
				fails = "Some may refer to rows that are not there"
			}
			r.warnf(KeyRows, ref.Range, "Rows may refer to rows that do not cross",
				"%s crosses only where %s, but all rows of %s cross, whose %s refers to it. "+
					"%s; give %s a condition too.",
				to, ref.Rows, from, rel.name, fails, from)
		}
	}
}

// refersToNothing reports whether a relation's columns include one that is always NULL (MATCH SIMPLE: then it is not
// checked).
func (rel *relation) refersToNothing() bool {
	return slices.ContainsFunc(rel.columns, func(name string) bool {
		c := rel.from.byName[name]
		return c != nil && c.decided != nil && c.decided.Decision == Masked && c.decided.Expr.Null == mask.NullAlways
	})
}
