package view

import (
	"fmt"
	"strings"
)

// Explanation is what `inspect -explain` says of the columns of a source.
type Explanation struct {
	Columns []ExplainedColumn `json:"columns"`
	// Kept are the columns that cross as they are, by what speaks for that, for a person.
	Kept []KeptGroup `json:"-"`
}

// ExplainedColumn is how one column crosses, and why.
type ExplainedColumn struct {
	Schema   string `json:"schema"`
	Table    string `json:"table"`
	Column   string `json:"column"`
	Type     string `json:"type"`
	Decision string `json:"decision"`
	Mask     string `json:"mask,omitempty"`
	// Because names what of the spec decides, as in a plan; it is "" where there is no spec.
	Because string `json:"because,omitempty"`
	// Ground is why a draft would keep the column, LooksLike and Confidence what it seems to hold otherwise; none is
	// there where nothing tells.
	Ground     string `json:"ground,omitempty"`
	LooksLike  string `json:"looks_like,omitempty"`
	Confidence string `json:"confidence,omitempty"`
	Reason     string `json:"reason"` // in words
}

// KeptGroup are kept columns for which the same speaks.
type KeptGroup struct {
	Title    string
	Doubtful bool
	Columns  int
	Names    []KeptName
}

// KeptName are kept columns of one name and type.
type KeptName struct {
	Name, Type string
	Tables     []string
	By         []string
}

// keptTables is how many tables of a name are listed before the rest is counted.
const keptTables = 6

func (e Explanation) print(line func(string, ...any), s Style) {
	kept, doubtful := 0, 0
	for _, g := range e.Kept {
		kept += g.Columns
		if g.Doubtful {
			doubtful += g.Columns
		}
	}
	line("")
	line("%s of %s cross as they are. A draft would not have kept %s of them.", count(int64(kept)),
		plural(len(e.Columns), "column"), count(int64(doubtful)))
	for _, g := range e.Kept {
		title := fmt.Sprintf("%s: %s", firstUpper(g.Title), plural(g.Columns, "column"))
		if g.Doubtful {
			title = s.yellow(title)
		}
		line("")
		line("%s", s.bold(title))
		for _, n := range g.Names {
			line("  %s", n.text())
		}
	}
}

func (n KeptName) text() string {
	text := fmt.Sprintf("%s.%s (%s)", n.Tables[0], n.Name, n.Type)
	if len(n.Tables) > 1 {
		list, more := n.Tables, ""
		if len(list) > keptTables {
			list, more = list[:keptTables], fmt.Sprintf(" and %d more", len(list)-keptTables)
		}
		text = fmt.Sprintf("%s (%s) in %s: %s%s", n.Name, n.Type, plural(len(n.Tables), "table"),
			strings.Join(list, ", "), more)
	}
	if n.By != nil {
		text += ", by " + strings.Join(n.By, ", ")
	}
	return text
}
