package replace

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/transfer"
)

// extraPartitions adds the partitions that only the target has: their rows are rows of a table that is replaced.
func (b *build) extraPartitions() {
	onSource := map[catalog.Ref]decide.Treatment{}
	for i := range b.Tables {
		onSource[b.Tables[i].Source.Ref()] = b.Tables[i].Treatment
	}
	for i := range b.Live.Tables {
		t := &b.Live.Tables[i]
		if _, known := onSource[t.Ref()]; known || t.Partitioned || t.Foreign {
			continue
		}
		for root := b.parent(t); root != nil; root = b.parent(root) {
			if treatment, known := onSource[root.Ref()]; known && treatment != decide.Skip {
				b.emptied[t.Ref()] = true
				b.draft.Notes = append(b.draft.Notes,
					fmt.Sprintf("partition %s, which the source lacks, is emptied with the rest of %s", t.FullName(),
						root.FullName()))
				break
			}
		}
	}
}

func (b *build) parent(t *catalog.Table) *catalog.Table {
	if t.PartitionOf == "" {
		return nil
	}
	return b.named(t.PartitionOf)
}

// leaves returns the tables that hold the rows of a live table: itself, or its partitions' own.
func (b *build) leaves(t *catalog.Table) []*catalog.Table {
	if !t.Partitioned {
		return []*catalog.Table{t}
	}
	var out []*catalog.Table
	for i := range b.Live.Tables {
		leaf := &b.Live.Tables[i]
		if leaf.Partitioned {
			continue
		}
		for p := b.parent(leaf); p != nil; p = b.parent(p) {
			if p == t {
				out = append(out, leaf)
				break
			}
		}
	}
	return out
}

// empties reports whether rows of a live table go: its own, or those of its partitions.
func (b *build) empties(t *catalog.Table) bool {
	for _, leaf := range b.leaves(t) {
		if b.emptied[leaf.Ref()] || b.cleared[leaf.Ref()] {
			return true
		}
	}
	return false
}

// rewritten returns the live tables whose rows go, or some of them, in order.
func (b *build) rewritten() []catalog.Ref {
	out := slices.Concat(slices.Collect(maps.Keys(b.emptied)), slices.Collect(maps.Keys(b.cleared)))
	slices.SortFunc(out, func(a, b catalog.Ref) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// clear returns the statements that remove the users' rows from configuration tables of extensions: those without rows
// of the source first, then the others in the reverse of the order in which they are filled.
func (b *build) clear(order []*decide.Table) []string {
	var without, with []string
	for i := range b.Tables {
		if t := &b.Tables[i]; b.cleared[t.Source.Ref()] && t.Treatment != decide.Copy {
			table := transfer.NewTable(t, false)
			without = append(without, table.Clear())
		}
	}
	for _, t := range slices.Backward(order) {
		if b.cleared[t.Source.Ref()] {
			table := transfer.NewTable(t, false)
			with = append(with, table.Clear())
		}
	}
	return append(without, with...)
}

// truncated returns what TRUNCATE names. A partitioned table that goes whole is named by its root: only so does
// PostgreSQL see that foreign keys between partitioned tables lose both sides. All others are named with ONLY, so that
// nothing else goes with them.
func (b *build) truncated() []string {
	var names []string
	covered := map[catalog.Ref]bool{}
	for i := range b.Live.Tables {
		root := &b.Live.Tables[i]
		if !root.Partitioned || root.PartitionOf != "" {
			continue
		}
		whole := b.leaves(root)
		all := len(whole) > 0
		for _, leaf := range whole {
			all = all && b.emptied[leaf.Ref()]
		}
		if !all {
			continue
		}
		names = append(names, sqltext.Ident(root.Schema, root.Name))
		for _, leaf := range whole {
			covered[leaf.Ref()] = true
		}
	}
	for r := range b.emptied {
		if !covered[r] {
			names = append(names, "ONLY "+sqltext.Ident(r.Schema, r.Name))
		}
	}
	sort.Strings(names)
	return names
}

// outside finds live tables that are not of the refresh but refer to one that is emptied: their keys would not hold.
func (b *build) outside() {
	for i := range b.Live.Tables {
		live := &b.Live.Tables[i]
		if b.empties(live) {
			continue
		}
		for _, k := range live.Constraints {
			if to := b.live[k.RefTable]; k.Kind == catalog.ForeignKey && !k.Inherited && to != nil && b.empties(to) {
				b.diags.Errorf(b.at(), "A table outside of the refresh refers to one in it",
					"%s of %s refers to %s, which would be emptied. Add the table to the refresh, or "+
						"drop the key on the target.", k.Name, live.FullName(), k.RefTable)
			}
		}
	}
}
