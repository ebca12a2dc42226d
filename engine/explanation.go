package engine

import "github.com/shoji-pg/shoji/internal/diag"

// ExplanationVersion is the format of explanations. A new minor version only adds.
const ExplanationVersion = "1.0"

// Explanation says how one column crosses in one refresh, and why. It is made without a database and holds no value of
// a row.
type Explanation struct {
	FormatVersion string `json:"format_version"`
	Refresh       string `json:"refresh"`
	From          string `json:"from"`
	To            string `json:"to"`
	// Name is that of the column in full, quoted where it must be.
	Name    string `json:"name"`
	Table   string `json:"table"` // schema.name
	Column  string `json:"column"`
	Type    string `json:"type"`
	NotNull bool   `json:"not_null"`
	// LooksLike is what the column seems to hold, and Reason why.
	LooksLike string    `json:"looks_like,omitempty"`
	Reason    string    `json:"reason,omitempty"`
	Treatment Treatment `json:"treatment"` // of its table
	// Stance is how it crosses.
	Stance
	Decision Decision `json:"decision,omitempty"`
	// Leaves is what the strength leaves of a value, to follow "leaves".
	Leaves string `json:"leaves,omitempty"`
	// Claims are all that the spec says of the column, in the order in which it counts: the first decides.
	Claims []Claim `json:"claims"`
	// Properties are those of the mask; nil without one.
	Properties *MaskProperties `json:"properties,omitempty"`
	// SQL is the expression that the source computes, as a SELECT has it.
	SQL string `json:"sql,omitempty"`
}

// Undecided reports whether the rows of the table cross and nothing decides the column.
func (e *Explanation) Undecided() bool {
	return e.Decision == "" && (e.Treatment == TreatmentCopy || e.Treatment == TreatmentPartitioned)
}

// Claim is one part of a spec that says something of a column.
type Claim struct {
	By    string      `json:"by"`   // "column block", "rule.phones"
	Text  string      `json:"text"` // `digits()`, `keep()`
	Range *diag.Range `json:"range,omitempty"`
}

// MaskProperties are what is known of a mask's result.
type MaskProperties struct {
	Null          string   `json:"null"`   // kept, always, never, possible
	Unique        string   `json:"unique"` // preserved, likely, lossy
	Collisions    string   `json:"collisions,omitempty"`
	Deterministic bool     `json:"deterministic"`
	Keyed         Keyed    `json:"keyed,omitempty"`
	MaxLength     int      `json:"max_length,omitempty"` // 0 where there is no limit
	KeepsLength   bool     `json:"keeps_length,omitempty"`
	MayEqualRaw   bool     `json:"may_equal_raw,omitempty"`
	Reads         []string `json:"reads"`
	// Cost is what was measured of the mask, or of one that is near.
	Cost *MaskCost `json:"cost,omitempty"`
}

// MaskCost is what a mask takes of the source's processor, besides what a plain copy of the column takes.
type MaskCost struct {
	Mask        string `json:"mask"` // what was measured
	Type        string `json:"type"`
	Nanoseconds int    `json:"nanoseconds"` // a row
}
