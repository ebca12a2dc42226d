package mask

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// costs are what masks were measured to take: the mask, the type of its column and nanoseconds a row, a line each.
// The benchmark writes it.
//
//go:embed costs.tsv
var costs string

// Cost is what a mask was measured to take of the source's processor, besides what a plain copy of the column takes.
type Cost struct {
	// Mask and Type are what was measured.
	Mask        string `json:"mask"`
	Type        string `json:"type"`
	Nanoseconds int    `json:"nanoseconds"` // a row
}

var measured = sync.OnceValue(func() []Cost {
	var out []Cost
	for line := range strings.Lines(costs) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if ns, err := strconv.Atoi(f[len(f)-1]); err == nil && len(f) == 3 {
			out = append(out, Cost{f[0], f[1], ns})
		}
	}
	return out
})

// Cost returns what m was measured to take of a column of type t: the same call where it is among what was measured,
// else another of the same name. ok is false where there is none.
func (m *Mask) Cost(t Type) (c Cost, ok bool) {
	nearness := func(c Cost) int {
		name, _, _ := strings.Cut(c.Mask, "(")
		switch same := c.Type == t.Underlying().Formatted; {
		case c.Mask == m.Text && same:
			return 4
		case c.Mask == m.Text:
			return 3
		case name == m.Name && same:
			return 2
		case name == m.Name:
			return 1
		}
		return 0
	}
	best := 0
	for _, other := range measured() {
		if n := nearness(other); n > best {
			best, c = n, other
		}
	}
	return c, best > 0
}
