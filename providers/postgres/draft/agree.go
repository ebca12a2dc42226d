package draft

import (
	"cmp"
	"slices"

	"github.com/shoji-pg/shoji/spec/personal"
)

// shared are kinds whose values name the same thing wherever they stand: what was equal in two tables has to be equal
// in the copy too.
func shared(k personal.Kind) bool {
	switch k {
	case personal.Company, personal.Email, personal.Person, personal.TaxID, personal.NationalID:
		return true
	}
	return false
}

// agree gives all columns of such a kind and class of type one mask, where one fits all of them: that which most have,
// else another that the columns of a unique key have.
func (d *drafter) agree() {
	type kindOfType struct {
		kind     personal.Kind
		category byte
	}
	byKind := map[kindOfType][]member{}
	for _, t := range d.tables {
		for _, c := range t.columns {
			if c.verdict == Masked && shared(c.guess.Kind) {
				k := kindOfType{c.guess.Kind, c.source.Type.Underlying().Category}
				byKind[k] = append(byKind[k], member{t, c})
			}
		}
	}
	for _, members := range byKind {
		masks := masksOf(members)
		if len(masks) < 2 {
			continue
		}
		for _, m := range masks {
			if fitsAll(m, members) {
				for _, member := range members {
					if member.column.mask != m {
						member.column.mask = m
						member.column.reason += "; masked as in the other tables"
					}
				}
				break
			}
		}
	}
}

// masksOf returns the masks that columns have, the most frequent first.
func masksOf(members []member) []string {
	counts := map[string]int{}
	for _, m := range members {
		counts[m.column.mask]++
	}
	masks := sortedKeys(counts)
	slices.SortStableFunc(masks, func(a, b string) int { return cmp.Compare(counts[b], counts[a]) })
	return masks
}

func fitsAll(mask string, members []member) bool {
	return !slices.ContainsFunc(members, func(m member) bool {
		f := m.table.fitting(m.column)
		f.Apart = m.column.apartness
		_, err := f.Choose(mask)
		return err != nil
	})
}
