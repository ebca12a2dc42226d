// Package spec is the model of a spec: what somebody wrote in the *.hcl files of one directory, as typed values that
// know where they were written. Package lang reads the files into it. Everything above depends on this package, so it
// imports neither the language nor anything that connects to a server.
package spec

import (
	"io/fs"
	"maps"
	"slices"

	"github.com/shoji-pg/shoji/internal/allow"
	"github.com/shoji-pg/shoji/internal/diag"
)

// Project is one directory of *.hcl files, evaluated. Slices are sorted by address, so that equal input gives equal
// output.
type Project struct {
	Dir string
	// Files are those of Dir, or of an earlier state of it.
	Files fs.FS  `json:"-"`
	Name  string // the label of the project block; without one, the base name of the directory
	// Named reports whether there is a project block: what must survive a renamed directory depends on it.
	Named bool
	Env   string // the chosen env block, "" for none

	Journal    Journal
	SchemaLock SchemaLock
	Variables  []*Variable
	Secrets    []*Secret
	Databases  []*Database
	Refreshes  []*Refresh
	Tables     []*Table
	Rules      []*Rule
	Links      []*Link
	Tests      []*Test
	Notifies   []*Notify
	Roles      []*Role
	Lint       Lint
	// Ignores are the comments that suppress lint findings, in the order of files and lines.
	Ignores []Ignore

	AWS             []*AWS
	KMSKeys         []*KMSKey
	IAMRoles        []*IAMRole
	IAMPolicies     []*IAMPolicy
	Buckets         []*Bucket
	Clusters        []*Cluster
	ParameterGroups []*ParameterGroup

	// Allow names the hazards that the chosen env allows (see engine.Hazard).
	Allow []string
	// Protected is set by the chosen env: apply then requires a saved plan.
	Protected bool

	// References are the edges between blocks, for the graph and for cycles; sorted.
	References []Reference
	// Places are the blocks as written, without their instances, by address.
	Places map[string]diag.Range
	// Sources are the files by name as in ranges.
	Sources map[string][]byte
	// Excerpts says what of Sources a diagnostic may show.
	Excerpts Excerpts `json:"-"`
	// Digest covers the files, VariablesDigest the values of all variables (sensitive ones through SHA-256 only);
	// hexadecimal SHA-256.
	Digest, VariablesDigest string

	LookupEnv func(string) (string, bool) `json:"-"`
	// Runner is what the operator who runs shoji lets the spec reach.
	Runner allow.Runner `json:"-"`
}

// Argument is where an argument of a block stands. The range of one that is not written is that of its block. The field
// At of a block has the arguments whose place matters to somebody.
type Argument struct {
	diag.Range
	Written bool
}

// Reference says that block From mentions block To at Range: role.a -> role.b.
type Reference struct {
	From, To string
	Range    diag.Range
}

// Journal says where the journal is kept. At most one of Path and Database is set; neither means the directory .shoji
// beside the spec.
type Journal struct {
	Path     string    // directory, relative to the project
	Database *Database // a schema "shoji" in that database
	// Keep is how many runs that have ended are kept.
	Keep  int
	Range *diag.Range
}

// KeepRuns is how many runs that have ended a journal keeps unless the project says otherwise.
const KeepRuns = 50

// SchemaLock is how plan treats a source that differs from schema.lock.json.
type SchemaLock string

const (
	SchemaLockWarn   SchemaLock = "warn"
	SchemaLockStrict SchemaLock = "strict"
)

// Variable is an input with its final value. Text is the value as JSON; for a sensitive one it is secret.Redacted.
type Variable struct {
	Name      string
	Sensitive bool
	Text      string
	Range     diag.Range
}

// Lint is the lint block. Package lint knows which codes exist.
type Lint struct {
	Disable  []LintCode
	Severity []LintCode // sorted by code
}

// LintCode is a code that the lint block names. Severity is "" in Disable.
type LintCode struct {
	Code     string
	Severity diag.Severity
	Range    diag.Range
}

// Blocks returns the addresses of all blocks as written, without their instances; sorted.
func (p *Project) Blocks() []string { return slices.Sorted(maps.Keys(p.Places)) }

// Place returns where a block of Blocks is declared; nil if there is no such block.
func (p *Project) Place(address string) *diag.Range {
	if at, ok := p.Places[address]; ok {
		return &at
	}
	return nil
}
