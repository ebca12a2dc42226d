package engine

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// ReviewVersion is the format of reviews. A new minor version only adds.
const ReviewVersion = "1.0"

// Review is what a change of a spec does to people's data, and to who may read it: the difference between two specs,
// each with its schema lock. It is made without a database and holds no secret and no row. Views render it.
type Review struct {
	FormatVersion string `json:"format_version"`
	ShojiVersion  string `json:"shoji_version"`
	Project       string `json:"project"`
	Env           string `json:"env,omitempty"`
	// Base is what the spec is compared with, as the user named it.
	Base string `json:"base"`
	// Differences are sorted, the gravest first.
	Differences []Difference     `json:"differences"`
	Diagnostics diag.Diagnostics `json:"diagnostics,omitempty"` // warnings only
}

// Verdict is how what a spec says of one thing compares with what an earlier one said.
type Verdict string

const (
	Weaker   Verdict = "weaker"   // more of people's data is shown, or to more people
	Stronger Verdict = "stronger" // less is
	Other    Verdict = "other"    // neither, or nobody can tell
	New      Verdict = "new"
	Gone     Verdict = "gone"
)

// Verdicts returns all verdicts, in the order in which a reviewer wants to know.
func Verdicts() []Verdict { return []Verdict{Weaker, Other, New, Stronger, Gone} }

// SubjectKind is what a difference is about.
type SubjectKind string

const (
	SubjectColumn    SubjectKind = "column"
	SubjectTable     SubjectKind = "table"
	SubjectStructure SubjectKind = "structure" // a part of it, such as comments
	SubjectRefresh   SubjectKind = "refresh"
	SubjectDatabase  SubjectKind = "database"
	SubjectSecret    SubjectKind = "secret"
	SubjectRole      SubjectKind = "role"
	SubjectGrant     SubjectKind = "grant"
	SubjectKey       SubjectKind = "key"
	SubjectPolicy    SubjectKind = "policy"
	SubjectBucket    SubjectKind = "bucket"
	SubjectCluster   SubjectKind = "cluster"
	SubjectParameter SubjectKind = "parameter"
)

// Difference is one difference between two specs.
type Difference struct {
	Verdict Verdict     `json:"verdict"`
	Kind    SubjectKind `json:"kind"`
	// Address is the block that it is part of, or what a column belongs to: the refresh that copies it.
	Address string `json:"address"`
	// Subject names what differs within the block: "public.customers.phone", "rds.force_ssl"; "" for the block itself.
	Subject string `json:"subject,omitempty"`
	// Was is the earlier name of what was renamed.
	Was string `json:"was,omitempty"`
	// Partitions is how many partitions of a table differ in the same way.
	Partitions int `json:"partitions,omitempty"`
	// Before and After are what the specs say, nil where one says nothing.
	Before *Stance `json:"before,omitempty"`
	After  *Stance `json:"after,omitempty"`
	// Personal is the kind of personal data that a column seems to hold.
	Personal string `json:"personal,omitempty"`
	// Meaning says in a line what it means for people's data.
	Meaning string `json:"meaning"`
	// Lines are what differs between Before and After where those are long: "+ kms:Decrypt". They are shown in place.
	Lines []string `json:"lines,omitempty"`
	// Details are further lines: reasons, the columns of a new table.
	Details []string    `json:"details,omitempty"`
	Hazards []Hazard    `json:"hazards,omitempty"`
	Range   *diag.Range `json:"range,omitempty"` // in the later spec, else in the earlier one
}

// Stance is what a spec says of a subject.
type Stance struct {
	// Text is it as it is written: `digits()`, `keep()`, "SELECT".
	Text string `json:"text"`
	// Strength is that of a column's mask, StrengthRaw where it is kept.
	Strength Strength `json:"strength,omitempty"`
	// Because names what decided a column, as in RefreshColumn.
	Because string `json:"because,omitempty"`
}

// Exposes reports whether more of people's data may be shown than before.
func (d *Difference) Exposes() bool {
	return slices.ContainsFunc(d.Hazards, func(h Hazard) bool { return h.Name == ExposesData })
}

// Expose adds the hazard that more of people's data may be shown, for the reason that the difference means.
func (d *Difference) Expose() { d.Hazards = append(d.Hazards, Hazard{ExposesData, d.Meaning}) }

// Name returns the subject with the block that it is part of, but for what the subject names in full.
func (d *Difference) Name() string {
	switch {
	case d.Subject == "":
		return d.Address
	case d.Kind == SubjectColumn || d.Kind == SubjectTable:
		return d.Subject
	}
	return d.Address + ": " + d.Subject
}

// Sort puts the gravest differences first: those that expose data before others, then by verdict, what is personal
// before what is not, and by name.
func (r *Review) Sort() {
	rank := func(d *Difference) int {
		n := slices.Index(Verdicts(), d.Verdict) * 2
		if d.Personal == "" {
			n++
		}
		if !d.Exposes() {
			n += 2 * len(Verdicts())
		}
		return n
	}
	slices.SortStableFunc(r.Differences, func(a, b Difference) int {
		return cmp.Or(rank(&a)-rank(&b), strings.Compare(a.Address, b.Address), strings.Compare(a.Subject, b.Subject))
	})
}

// Exposes reports whether a difference of the review exposes data.
func (r *Review) Exposes() bool {
	return slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.Exposes() })
}

// Count returns how many differences have a verdict.
func (r *Review) Count(v Verdict) int {
	n := 0
	for i := range r.Differences {
		if r.Differences[i].Verdict == v {
			n++
		}
	}
	return n
}

// Summary returns the counts of the verdicts in a line: "2 weaker, 1 new".
func (r *Review) Summary() string {
	var parts []string
	for _, v := range Verdicts() {
		if n := r.Count(v); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(parts, ", ")
}

// Section is a part of a review that is read together.
type Section struct {
	Title string
	// Exposes is set for the part that nobody may overlook.
	Exposes     bool
	Differences []Difference
}

// Sections returns the parts of a sorted review that are not empty, the gravest first: what exposes data, then all else
// by its verdict.
func (r *Review) Sections() []Section {
	sections := []Section{{Title: "More of people's data may be shown, or to more people", Exposes: true}}
	titles := map[Verdict]string{
		Weaker:   "Weaker",
		Other:    "Other, and shows no more",
		New:      "New",
		Stronger: "Stronger",
		Gone:     "Gone",
	}
	for _, v := range Verdicts() {
		sections = append(sections, Section{Title: titles[v]})
	}
	for _, d := range r.Differences {
		at := 0
		if !d.Exposes() {
			at = 1 + slices.Index(Verdicts(), d.Verdict)
		}
		sections[at].Differences = append(sections[at].Differences, d)
	}
	return slices.DeleteFunc(sections, func(s Section) bool { return len(s.Differences) == 0 })
}
