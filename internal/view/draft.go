package view

import "fmt"

// Draft is what `inspect -spec` wrote.
type Draft struct {
	Files   []string `json:"files"` // new or longer than before
	Tables  int      `json:"tables"`
	Columns int      `json:"columns"`
	Kept    int      `json:"kept"`
	Masked  int      `json:"masked"`
	ByKey   int      `json:"by_key"`
	Before  int      `json:"decided_before"`
	Rules   int      `json:"rules"`
	// Undecided columns are left to people. Repeated ones belong in blocks with for_each, which a draft does not edit.
	Undecided []string `json:"undecided"`
	// New are the undecided columns that this run added, as comments, to an existing spec.
	New []string `json:"new_undecided"`
	// Questions is the file that they are asked in; "" where they are comments in the place of the answer.
	Questions string `json:"questions_file,omitempty"`
	// Decisions are the undecided columns by the rules that would decide them, one entry for each.
	Decisions []string `json:"decisions"`
	Repeated  []string `json:"repeated"`
	Sampled   bool     `json:"sampled"`
	Skipped   []string `json:"not_sampled"`
}

// listed is how many names are printed before the rest is counted.
const listed = 20

func (d Draft) print(line func(string, ...any), s Style) {
	for _, file := range d.Files {
		line("Wrote %s.", s.bold(file))
	}
	switch {
	case len(d.Files) > 0:
	case len(d.Repeated) > 0:
		line("Wrote nothing: all that is missing belongs in blocks with for_each.")
	case len(d.Undecided) > 0 && d.Questions != "":
		line("Wrote nothing: rules without a mask ask about the undecided columns already.")
	case len(d.Undecided) > 0:
		line("Wrote nothing: the undecided columns are in comments of the spec already.")
	default:
		line("There is nothing to add to the spec.")
	}
	if len(d.New) > 0 { // all of them: nobody finds one among those from before
		if d.Questions != "" {
			line("Newly undecided, asked in %s:", d.Questions)
		} else {
			line("Newly undecided, each with a comment in its place:")
		}
		for _, name := range d.New {
			line("  %s %s", s.yellow("+"), name)
		}
	}
	before := ""
	if d.Before > 0 {
		before = plural(d.Before, "column") + " decided before, "
	}
	left := s.bold(fmt.Sprintf("%d undecided", len(d.Undecided)))
	if len(d.Decisions) < len(d.Undecided) {
		left += ", which " + plural(len(d.Decisions), "decision") + " would settle"
	}
	line("%s: %s%d kept, %d masked, %d masked as their keys, %s.", plural(d.Columns, "column"), before, d.Kept,
		d.Masked, d.ByKey, left)
	d.list(line, d.Decisions, s.yellow("?"))
	if len(d.Repeated) > 0 {
		line("Missing from blocks with for_each, which are left to you. Paste what is right for all " +
			"tables of a block:")
		for _, text := range d.Repeated {
			line("  %s %s", s.yellow("+"), text)
		}
	}
	if len(d.Skipped) > 0 {
		line("Tables that could not be sampled:")
		d.list(line, d.Skipped, s.yellow("!"))
	}
	switch {
	case len(d.Undecided) == 0:
	case d.Questions != "":
		line("Give each rule in %s a mask, then run: shoji lint", d.Questions)
	default:
		line("Decide them at their comments, then run: shoji lint")
	}
}

func (d Draft) list(line func(string, ...any), names []string, mark string) {
	for i, name := range names {
		if i == listed {
			line("  %s and %d more", mark, len(names)-listed)
			return
		}
		line("  %s %s", mark, name)
	}
}
