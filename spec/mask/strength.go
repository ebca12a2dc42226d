package mask

import (
	"fmt"
	"strings"
)

// Strength orders masks by how much of the value is left; a smaller one is weaker.
type Strength int

const (
	Raw Strength = iota
	Partial
	Generalised
	Pseudonym
	Synthetic
	Constant
)

// strengths are the words of all strengths, with what is left of a value, the weakest first.
var strengths = [...]struct{ word, leaves string }{
	Raw:         {"raw", "all of it"},
	Partial:     {"partial", "some of its characters as they are, or what an expression of one's own makes of it"},
	Generalised: {"generalised", "the value, less exactly: its year, its range, its network"},
	Pseudonym:   {"pseudonym", "which rows had the same value, and often its form"},
	Synthetic:   {"synthetic", "which rows had the same value, under one that looks real and was made up"},
	Constant:    {"constant", "nothing; at most whether there was a value"},
}

// String returns the strength in one word.
func (s Strength) String() string { return strengths[s].word }

// Leaves returns what is left of a value that is masked this strongly, to follow "leaves".
func (s Strength) Leaves() string { return strengths[s].leaves }

// strengthTable returns the strengths for the manual, with the masks that have each.
func strengthTable() string {
	masks := make([][]string, len(strengths))
	for _, e := range entries() {
		if e.group == composition && e.name != "sql" {
			continue // as strong as its parts
		}
		for _, s := range e.strengths() {
			masks[s] = append(masks[s], "`"+e.name+"()`")
		}
	}
	var b strings.Builder
	b.WriteString("| strength | what is left of a value | masks |\n|---|---|---|\n")
	for s, x := range strengths {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", x.word, x.leaves, strings.Join(masks[s], ", "))
	}
	return b.String()
}
