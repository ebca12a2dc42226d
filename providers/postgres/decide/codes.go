package decide

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
)

// The codes of the diagnostics of this package, for tools and the linter. They are part of the interface.
const (
	Undecided      = "undecided"       // a column or a table is not decided
	UnknownSchema  = "unknown_schema"  // the refresh selects a schema that does not exist
	EmptySelection = "empty_selection" // the refresh finds no table
	OutsideRefresh = "outside_refresh" // a block is for a table outside the refresh's schemas
	UnknownTable   = "unknown_table"   // a block or a link names a table that does not exist
	// a block, a condition or a link names a column that does not exist
	UnknownColumn      = "unknown_column"
	DecidedTwice       = "decided_twice"        // a column is in keep and has a block
	GeneratedMasked    = "generated_masked"     // a mask on a generated column
	RuleClash          = "rule_clash"           // two different rules match one column or table
	RuleMatchesNothing = "rule_matches_nothing" // a rule decides nothing
	// a mask does not fit the type, the length or the NOT NULL of its column
	MaskUnfit          = "mask_unfit"
	NoKey              = "no_key"               // a keyed mask, and no key
	LossyUnique        = "lossy_unique"         // a mask makes values of a unique key equal
	KeyDiffers         = "key_differs"          // a reference is decided otherwise than its key
	TwoKeys            = "two_keys"             // a reference to two keys whose masks differ
	KeyOutside         = "key_outside"          // a foreign key leads out of the refresh
	SkippedReferenced  = "skipped_referenced"   // a skipped table is referenced
	KeyWithoutRows     = "key_without_rows"     // a table that is copied without rows is referenced
	KeyRows            = "key_rows"             // only a part of a referenced table is copied
	LinkMatchesNothing = "link_matches_nothing" // a link matches nothing
	// a key's mask reads other columns, so its references cannot follow
	MaskReadsRow  = "mask_reads_row"
	CheckFails    = "check_fails"    // a mask violates a CHECK or EXCLUDE
	CheckUnknown  = "check_unknown"  // whether a mask violates a CHECK or EXCLUDE is unknown
	CaseFolding   = "case_folding"   // a case-insensitive mask on a case-sensitive unique key
	UniqueUnknown = "unique_unknown" // whether a unique key holds under a mask is unknown
	PartitionKey  = "partition_key"  // a mask on a partition key
	// extensions { skip } names an extension that the source does not have
	UnknownExtension = "unknown_extension"
	// rows of an extension's configuration table cannot be told from those that it brings
	ExtensionRows = "extension_rows"
	ForeignTable  = "foreign_table"  // a block would copy rows of another server
	NoPrivilege   = "no_privilege"   // the connected user may not read a table
	RowSecurity   = "row_security"   // row-level security hides rows from the connected user
	SelectSlow    = "select_slow"    // the source takes too long to plan the SELECT of a table
	SelectRefused = "select_refused" // the source rejects the SELECT of a table
	MaskRefused   = "mask_refused"   // the source rejects a mask
	MaskType      = "mask_type"      // a mask has another type than its column
	MaskManyRows  = "mask_many_rows" // a mask returns a set
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

// warnf reports a warning.
func (r *resolver) warnf(code string, at *diag.Range, summary, format string, args ...any) {
	r.diags.Append(r.warning(code, at, summary, format, args...))
}

// warning returns a warning that is not reported yet.
func (r *resolver) warning(code string, at *diag.Range, summary, format string, args ...any) diag.Diagnostic {
	return diag.Diagnostic{
		Severity: diag.Warning,
		Code:     code,
		Summary:  summary,
		Detail:   fmt.Sprintf(format, args...),
		Range:    at,
	}
}
