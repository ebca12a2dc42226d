package mask

// calling is a kind that names functions that are not PostgreSQL's own.
type calling interface{ calls() []string }

func (m sqlMask) calls() []string { return m.expression.calls }
func (w when) calls() []string    { return w.condition.calls }

// Calls are the functions and operators that are not PostgreSQL's own and that m says it may run, sorted.
func (m *Mask) Calls() []string {
	var lists [][]string
	for part := range m.Parts() {
		switch k := part.kind.(type) {
		case calling:
			lists = append(lists, k.calls())
		case byType:
			for _, b := range k.branches {
				if b.Mask != nil {
					lists = append(lists, b.Mask.Calls())
				}
			}
			if k.otherwise != nil {
				lists = append(lists, k.otherwise.Calls())
			}
		}
	}
	return unite(lists...)
}

// Written reports whether m holds SQL that somebody wrote: a spec's author, or a table's in a column's default.
func (m *Mask) Written() bool {
	for part := range m.Parts() {
		switch part.kind.(type) {
		case sqlMask, when, defaultValue, byType:
			return true
		}
	}
	return false
}
