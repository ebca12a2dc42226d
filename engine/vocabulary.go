package engine

import "slices"

// Treatment is how a table crosses.
type Treatment string

const (
	TreatmentCopy        Treatment = "copy"
	TreatmentStructure   Treatment = "structure"   // created without rows
	TreatmentSkip        Treatment = "skip"        // not in the copy
	TreatmentPartitioned Treatment = "partitioned" // its rows are in its partitions
)

// Decision is how a column crosses.
type Decision string

const (
	DecisionMask      Decision = "mask"
	DecisionKeep      Decision = "keep"
	DecisionGenerated Decision = "generated" // computed by the target
)

// What decides a column by name; a rule, a foreign key or a link is named by its address.
const (
	ByColumnBlock = "column block"
	ByKeep        = "keep"
)

// Strength is how much of a value a mask hides. It is empty where there is no mask to measure.
type Strength string

const (
	StrengthRaw         Strength = "raw"
	StrengthPartial     Strength = "partial"
	StrengthGeneralised Strength = "generalised"
	StrengthPseudonym   Strength = "pseudonym"
	StrengthSynthetic   Strength = "synthetic"
	StrengthConstant    Strength = "constant"
)

// Strengths returns all strengths, the weakest first.
func Strengths() []Strength {
	return []Strength{
		StrengthRaw, StrengthPartial, StrengthGeneralised, StrengthPseudonym, StrengthSynthetic, StrengthConstant,
	}
}

// WeakerThan reports whether s hides less than t. A strength that is not in Strengths cannot be compared, and counts as
// weaker, so that it is never taken for protection.
func (s Strength) WeakerThan(t Strength) bool {
	all := Strengths()
	i, j := slices.Index(all, s), slices.Index(all, t)
	return i < 0 || j < 0 || i < j
}

// Keyed is how a mask depends on the key of its refresh; empty where it does not.
type Keyed string

const (
	KeyedStrong Keyed = "strong" // a pseudo-random function
	KeyedFast   Keyed = "fast"   // a hash that is not cryptographic
)

// Mode is how a refresh replaces the live copy.
type Mode string

const (
	ModeSwap    Mode = "swap"    // built under another name, then renamed
	ModeReplace Mode = "replace" // in place
)

// Half is the half of a refresh through a bucket that is planned. Two accounts can run one half each, without access to
// the other side.
type Half string

const (
	Whole      Half = ""
	OnlyExport Half = "export"
	OnlyImport Half = "import"
)
