package swap

import "slices"

// Provider is what the steps of this package name as theirs.
const Provider = "postgres"

// The kinds of steps; each has a function of the same name that executes it, and params of the
// type that is named here.
const (
	KindCreateDatabase = "swap.create_database" // CreateParams
	KindStatements     = "swap.statements"      // GroupParams
	KindPostData       = "swap.post_data"       // PostParams
	KindSequences      = "swap.sequences"       // SequencesParams
	KindRefreshView    = "swap.refresh_matview" // PlainParams
	KindAnalyze        = "swap.analyze"         // PlainParams
	KindSettings       = "swap.settings"        // PlainParams
	KindSwap           = "swap.swap"            // SwapParams
)

// CreateParams describe the step that creates the next database.
type CreateParams struct {
	Names   Names  `json:"names"`
	Refresh string `json:"refresh"`
	// Comment is the user's part of the live database's comment.
	Comment string `json:"comment,omitempty"`
}

// GroupParams describe statements that run in order, in few transactions, on the next
// database. Objects[i] names what Statements[i] of the step creates.
type GroupParams struct {
	Database string `json:"database"`
	Role     string `json:"role,omitempty"`
	// Group is the name under which progress is kept in the database's mark.
	Group   string   `json:"group"`
	Objects []string `json:"objects"`
}

// PlainParams describe statements that may simply be run again.
type PlainParams struct {
	Database string `json:"database"`
	Role     string `json:"role,omitempty"`
	Object   string `json:"object,omitempty"`
	// Memory is the maintenance_work_mem of the session in kB; 0 leaves it.
	Memory int64 `json:"memory_kb,omitempty"`
}

// PostParams describe one object of the post-data section.
type PostParams struct {
	Database string `json:"database"`
	Role     string `json:"role,omitempty"`
	Object   string `json:"object"` // "index public.customers_email_idx"
	Memory   int64  `json:"memory_kb,omitempty"`
	// Check tells what to look for before a second run: "index" or "constraint" by that name,
	// "" where the statement can be repeated or says itself that the object is there.
	Check  string `json:"check,omitempty"`
	Schema string `json:"schema,omitempty"`
	Table  string `json:"table,omitempty"`
	Name   string `json:"name,omitempty"`
}

// SequencesParams describe the step that sets all sequences.
type SequencesParams struct {
	Database  string     `json:"database"`
	Role      string     `json:"role,omitempty"`
	Sequences []Sequence `json:"sequences"`
}

// AsksSource reports whether a value is still to be read.
func (p SequencesParams) AsksSource() bool {
	return slices.ContainsFunc(p.Sequences, func(q Sequence) bool { return q.Readable && q.Value == nil })
}

// Sequence is one sequence of the copy.
type Sequence struct {
	Schema string `json:"schema"`
	Name   string `json:"name"`
	// Table and Column own it, where one does. They give the value where the sequence itself
	// may not be read on the source.
	Table    string `json:"table,omitempty"`
	TableIn  string `json:"table_schema,omitempty"`
	Column   string `json:"column,omitempty"`
	Readable bool   `json:"readable"`
	// Value is the source's, where that was read before; nil: the source is asked.
	Value *Value `json:"value,omitempty"`
}

// Value is where a sequence stands.
type Value struct {
	Last   int64 `json:"last_value"`
	Called bool  `json:"is_called"`
}

// SwapParams describe the swap itself.
type SwapParams struct {
	Names   Names  `json:"names"`
	Refresh string `json:"refresh"`
	// HadLive and HadPrevious say which databases there were when the plan was made.
	HadLive     bool `json:"had_live"`
	HadPrevious bool `json:"had_previous"`
	// ForeignLive: the live database was not made by a refresh.
	ForeignLive bool   `json:"foreign_live,omitempty"`
	LiveComment string `json:"live_comment,omitempty"`
	// Wait says to wait for sessions on the live copy instead of ending them.
	Wait bool `json:"wait,omitempty"`
}
