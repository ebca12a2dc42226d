package draft

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Explanation says how one column crosses, what of the spec decides that, and what speaks for it.
type Explanation struct {
	// Account is what a draft would say of the column if there were no spec.
	Account
	// Decision is how it crosses: Undecided, Kept, Masked, ByKey or Generated.
	Decision Verdict
	// Basis is what of the spec decides, and Because names it: keep, rule.names. They are empty without a spec: a draft
	// would decide so.
	Basis   decide.Basis
	Because string
	// Written is the mask of the spec, or of the draft where there is no spec.
	Written string
}

// Explain returns how each column of the tables whose rows cross does so, and why. It changes nothing.
func Explain(in Input) ([]Explanation, error) {
	without := in
	without.Project = nil
	d := &drafter{Input: without}
	if err := d.recognise(); err != nil {
		return nil, err
	}
	d.account()
	before := (&drafter{Input: in}).decidedBefore()
	var out []Explanation
	for _, a := range d.summary.Columns {
		e := Explanation{Account: a, Decision: a.Verdict, Written: a.Mask}
		if in.Project != nil {
			was := before[a.Column.Table]
			if was == nil || was.left {
				continue
			}
			e.decided(was.columns[a.Column.Name])
		}
		out = append(out, e)
	}
	return out, nil
}

// decided takes over what the spec says of the column; nil is nothing.
func (e *Explanation) decided(c *decide.Column) {
	e.Decision, e.Written = Undecided, ""
	if c == nil {
		return
	}
	e.Basis, e.Because = c.Basis, c.Because
	switch c.Decision {
	case decide.Kept:
		e.Decision = Kept
	case decide.Masked:
		e.Decision, e.Written = Masked, c.Mask.Text
		if c.Basis == decide.FromForeignKey || c.Basis == decide.FromLink {
			e.Decision = ByKey
		}
	case decide.Generated:
		e.Decision = Generated
	}
}

// KeptGroup are kept columns for which the same speaks.
type KeptGroup struct {
	Title string // what speaks for it, or against it
	// Doubtful says that a draft would not keep them.
	Doubtful bool
	Columns  int
	Names    []KeptName
}

// KeptName are kept columns of one name and type.
type KeptName struct {
	Name, Type string
	Tables     []string
	By         []string // what decided them; none for keep
}

// KeptGroups groups the columns that are kept, for a reviewer: those that a draft would not keep first, then the
// grounds by how much they leave to judgment.
func KeptGroups(explained []Explanation) []KeptGroup {
	byReason := map[keptReason]map[[2]string]*KeptName{}
	columns := map[keptReason]int{}
	for _, e := range explained {
		if e.Decision != Kept {
			continue
		}
		reason := e.keptReason()
		columns[reason]++
		if byReason[reason] == nil {
			byReason[reason] = map[[2]string]*KeptName{}
		}
		k := [2]string{e.Column.Name, e.Type}
		n := byReason[reason][k]
		if n == nil {
			n = &KeptName{Name: e.Column.Name, Type: e.Type}
			byReason[reason][k] = n
		}
		n.Tables = append(n.Tables, e.Column.Table.String())
		if e.Basis != 0 && e.Basis != decide.FromKeep {
			n.By = append(n.By, e.Because)
		}
	}
	var out []KeptGroup
	reasons := make([]keptReason, 0, len(byReason))
	for r := range byReason {
		reasons = append(reasons, r)
	}
	slices.SortFunc(reasons, keptReason.compare)
	for _, r := range reasons {
		g := KeptGroup{Title: r.String(), Doubtful: r.ground == "", Columns: columns[r]}
		for _, n := range byReason[r] {
			slices.Sort(n.Tables)
			slices.Sort(n.By)
			n.By = slices.Compact(n.By)
			g.Names = append(g.Names, *n)
		}
		slices.SortFunc(g.Names, func(a, b KeptName) int {
			return cmp.Or(cmp.Compare(len(b.Tables), len(a.Tables)), cmp.Compare(a.Name, b.Name),
				cmp.Compare(a.Type, b.Type))
		})
		out = append(out, g)
	}
	return out
}

// keptReason is what kept columns have in common. It is comparable.
type keptReason struct {
	ground     personal.Ground // "" where a draft would not keep them
	kind       personal.Kind   // what they seem to hold then; "" where nothing tells
	confidence personal.Confidence
}

func (e Explanation) keptReason() keptReason {
	if e.Verdict == Kept {
		return keptReason{ground: e.Ground}
	}
	if e.Verdict == Generated {
		return keptReason{ground: personal.GroundComputed}
	}
	return keptReason{kind: e.Guess.Kind, confidence: e.Guess.Confidence}
}

func (r keptReason) String() string {
	switch {
	case r.ground != "":
		return r.ground.String()
	case r.kind == "":
		return "nothing tells what it holds"
	}
	return fmt.Sprintf("looks like %s (%s)", r.kind.Title(), r.confidence)
}

func (r keptReason) compare(other keptReason) int {
	rank := func(r keptReason) int {
		if r.ground == "" {
			return -1
		}
		return slices.Index(grounds(), r.ground) // one that is not listed comes among the doubtful ones
	}
	return cmp.Or(cmp.Compare(rank(r), rank(other)), cmp.Compare(other.confidence, r.confidence),
		cmp.Compare(other.kind, r.kind), strings.Compare(string(r.ground), string(other.ground)))
}

// grounds returns why columns are kept, those that leave most to judgment first.
func grounds() []personal.Ground {
	return []personal.Ground{
		personal.GroundOfThings, personal.GroundThing, personal.GroundElsewhere, personal.GroundPattern,
		personal.GroundCode, personal.GroundMeasured, personal.GroundTechnical, personal.GroundShort,
		personal.GroundComputed, personal.GroundKeyKept, personal.GroundKey, personal.GroundNumber,
		personal.GroundTime, personal.GroundSpan, personal.GroundRange, personal.GroundRandom,
		personal.GroundLabel, personal.GroundFlag, personal.GroundServer,
	}
}
