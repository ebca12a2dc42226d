package decide

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
)

// The codes of the diagnostics of this package: what tools and the linter know them by. They are part of the interface.
const (
	Undecided      = "undecided"       // nobody says how a column or a table crosses
	UnknownSchema  = "unknown_schema"  // the refresh takes a schema that the source does not have
	EmptySelection = "empty_selection" // the refresh finds no table
	OutsideRefresh = "outside_refresh" // a block is about a table of a schema that the refresh does not take
	UnknownTable   = "unknown_table"   // a block or a link names a table that the source does not have
	// a block, a condition or a link names a column that its table does not have
	UnknownColumn      = "unknown_column"
	DecidedTwice       = "decided_twice"        // a column is in keep and has a block
	GeneratedMasked    = "generated_masked"     // a mask on what the target computes
	RuleClash          = "rule_clash"           // two rules that differ match one column or table
	RuleMatchesNothing = "rule_matches_nothing" // a rule decides nothing
	// a mask does not fit the type, the length or the NOT NULL of its column
	MaskUnfit          = "mask_unfit"
	NoKey              = "no_key"               // a keyed mask, and no key
	LossyUnique        = "lossy_unique"         // a mask makes equal what a unique key keeps apart
	KeyDiffers         = "key_differs"          // a reference is decided otherwise than its key
	TwoKeys            = "two_keys"             // a reference to two keys whose masks differ
	KeyOutside         = "key_outside"          // a foreign key leads out of the refresh
	SkippedReferenced  = "skipped_referenced"   // a table that is left out is referenced
	KeyWithoutRows     = "key_without_rows"     // a table that crosses without rows is referenced
	KeyRows            = "key_rows"             // a referenced table crosses in part
	LinkMatchesNothing = "link_matches_nothing" // a link ties nothing
	// a key's mask reads other columns, so that its references cannot follow
	MaskReadsRow  = "mask_reads_row"
	CheckFails    = "check_fails"    // a CHECK or EXCLUDE refuses what a mask gives
	CheckUnknown  = "check_unknown"  // whether a CHECK or EXCLUDE allows what a mask gives cannot be known
	CaseFolding   = "case_folding"   // a mask takes for one what differs in letter case, on a unique key
	UniqueUnknown = "unique_unknown" // whether a unique key holds under a mask cannot be known
	PartitionKey  = "partition_key"  // a mask on what decides a row's partition
	ForeignTable  = "foreign_table"  // a block would copy rows of another server
	NoPrivilege   = "no_privilege"   // the connected user may not read a table
	RowSecurity   = "row_security"   // row security hides rows from the connected user
	SelectSlow    = "select_slow"    // the source takes too long to plan the SELECT of a table
	SelectRefused = "select_refused" // the source refuses the SELECT of a table
	MaskRefused   = "mask_refused"   // the source refuses one mask
	MaskType      = "mask_type"      // a mask gives another type than its column's
	MaskManyRows  = "mask_many_rows" // a mask gives many rows for one
)

// errorf reports an error. at may be nil where no line of the spec is to blame.
func (r *resolver) errorf(code string, at *diag.Range, summary, format string, args ...any) {
	r.diags.Append(diag.Diagnostic{
		Severity: diag.Error,
		Code:     code,
		Summary:  summary,
		Detail:   fmt.Sprintf(format, args...),
		Range:    at,
	})
}

// warnf reports what does not stop the run.
func (r *resolver) warnf(code string, at *diag.Range, summary, format string, args ...any) {
	r.diags.Append(diag.Diagnostic{
		Severity: diag.Warning,
		Code:     code,
		Summary:  summary,
		Detail:   fmt.Sprintf(format, args...),
		Range:    at,
	})
}
