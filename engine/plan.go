package engine

import (
	"encoding/json"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
)

// FormatVersion is that of the plan file and of `plan -json`: a new minor only adds, a new
// major is refused by an older reader.
const FormatVersion = "1.3"

// Plan is everything a run will do. It is what views render and what apply executes; neither
// looks at the spec for that. Equal input gives equal bytes: it holds no time and no
// secret.
type Plan struct {
	FormatVersion   string           `json:"format_version"`
	ShojiVersion    string           `json:"shoji_version"`
	Project         string           `json:"project"`
	Env             string           `json:"env,omitempty"`
	SpecDigest      string           `json:"spec_digest"`
	VariablesDigest string           `json:"variables_digest"`
	Variables       map[string]any   `json:"variables,omitempty"`
	Targets         []string         `json:"targets,omitempty"`
	Excludes        []string         `json:"excludes,omitempty"`
	Only            Half             `json:"only,omitempty"`     // since 1.1
	Manifest        string           `json:"manifest,omitempty"` // of the export that is imported; since 1.1
	Endpoints       []Endpoint       `json:"endpoints"`
	Accounts        []Account        `json:"accounts,omitempty"` // since 1.1
	Observed        []Fingerprint    `json:"observed"`
	Changes         []Change         `json:"resource_changes"`
	Refreshes       []Refresh        `json:"refreshes"`
	Steps           []Step           `json:"steps"`
	Allowed         []HazardName     `json:"allowed_hazards,omitempty"`
	Diagnostics     diag.Diagnostics `json:"diagnostics,omitempty"` // warnings only
	// Checksum is the SHA-256 of the plan's canonical JSON without this field, so that an
	// edited or truncated file is noticed.
	Checksum string `json:"checksum,omitempty"`
	// Seal is the keyed digest of all but itself and the checksum, with the keys of the refreshes; since 1.2.
	Seal *sealed.Seal `json:"seal,omitempty"`
}

// Endpoint is the identity of a database that the plan is bound to.
type Endpoint struct {
	Address       string `json:"address"` // database.prod
	Host          string `json:"host"`
	Port          int    `json:"port"`
	Database      string `json:"database"`
	User          string `json:"user"`
	SystemID      string `json:"system_id"` // pg_control_system().system_identifier where it may be read, else ""
	ServerVersion string `json:"server_version"`
}

// Account is the identity of an account of a cloud that the plan is bound to.
type Account struct {
	Address string `json:"address"` // aws.prod
	Account string `json:"account"`
	Region  string `json:"region"`
	Caller  string `json:"caller"` // who asks, without what differs between two sessions of theirs
}

// Fingerprint is what one observed object looked like: apply compares it and names what moved.
type Fingerprint struct {
	Address string `json:"address"` // of the declared object that depends on it
	Object  string `json:"object"`  // in words: "table public.customers of database.prod"
	Digest  string `json:"digest"`
}

// Action is what happens to a declared object.
type Action string

const (
	NoOp    Action = "no-op"
	Create  Action = "create"
	Update  Action = "update"
	Delete  Action = "delete"
	Replace Action = "replace" // delete, then create
	Execute Action = "execute" // an operation: always something to do
)

// Change is what happens to one object, with the exact statements.
type Change struct {
	Address string `json:"address"`
	Type    string `json:"type"` // "role", "grants", …
	// Provider is the name of the provider that brought it; Build sets it.
	Provider string `json:"-"`
	Name     string `json:"name"`
	Action   Action `json:"action"`
	// Before and After map an attribute to its value (JSON types only). A value that is
	// secret is secret.Redacted and its name is in Sensitive.
	Before    map[string]any `json:"before,omitempty"`
	After     map[string]any `json:"after,omitempty"`
	Unknown   []string       `json:"after_unknown,omitempty"`
	Sensitive []string       `json:"sensitive,omitempty"`
	// Notes are lines shown under the change: "missing on 2 of 41 tables: a, b".
	Notes      []string    `json:"notes,omitempty"`
	Statements []Statement `json:"statements,omitempty"`
	Hazards    []Hazard    `json:"hazards,omitempty"`
	Range      *diag.Range `json:"range,omitempty"`
}

// Statement is one SQL statement or API call as it will run, without secrets.
type Statement struct {
	On   string `json:"on"` // "database.staging", "database.staging (app__next)"
	Text string `json:"text"`
	// Object is what of the structure of a copy the statement makes, "function public.total(integer)", and Code says
	// that it brings code of the source's that whoever uses the copy will run; since 1.2.
	Object string `json:"object,omitempty"`
	Code   bool   `json:"code,omitempty"`
}

// Refresh is the part of a plan that shows one refresh. The steps carry what is executed; the
// same SQL stands in both, and a test holds them equal.
type Refresh struct {
	Address string `json:"address"`
	// Provider is the name of the provider that brought it; Build sets it.
	Provider string         `json:"-"`
	From     string         `json:"from"` // database.prod
	To       string         `json:"to"`
	Mode     Mode           `json:"mode"`
	Live     string         `json:"live"`               // name of the live database
	Next     string         `json:"next,omitempty"`     // swap: built under this name
	Previous string         `json:"previous,omitempty"` // swap: kept under this name
	Jobs     int            `json:"jobs"`
	Tables   []RefreshTable `json:"tables"`
	// Notes explain choices: the treatment of foreign keys, what is skipped, what is ended
	// at the swap and where each thing is put back.
	Notes   []string    `json:"notes,omitempty"`
	Hazards []Hazard    `json:"hazards,omitempty"`
	Range   *diag.Range `json:"range,omitempty"`
}

// RefreshTable is one table of a refresh.
type RefreshTable struct {
	Schema        string    `json:"schema"`
	Name          string    `json:"name"`
	Treatment     Treatment `json:"treatment"`
	EstimatedRows int64     `json:"estimated_rows"` // -1 where never analysed
	EstimatedSize int64     `json:"estimated_bytes"`
	Rows          string    `json:"rows,omitempty"` // the condition
	// Calls are the functions that reading the table may run although they are neither PostgreSQL's own nor an
	// extension's.
	Calls   []string        `json:"calls,omitempty"`
	Columns []RefreshColumn `json:"columns,omitempty"`
	SQL     string          `json:"sql,omitempty"` // the masked SELECT, as the source runs it
	Reason  string          `json:"reason,omitempty"`
	Range   *diag.Range     `json:"range,omitempty"`
}

// RefreshColumn is how one column crosses.
type RefreshColumn struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Decision Decision `json:"decision"`
	Mask     string   `json:"mask,omitempty"` // as written, canonical
	// Because names what decided: ByColumnBlock, ByKeep, "rule.names", "foreign key to public.customers.id".
	Because  string   `json:"because"`
	Strength Strength `json:"strength"`
	// LooksLike says what personal data a kept column seems to hold, Acknowledged why the spec lets it stay. Since 1.2.
	LooksLike    string      `json:"looks_like,omitempty"`
	Acknowledged string      `json:"acknowledged,omitempty"`
	Unique       string      `json:"unique,omitempty"`
	Keyed        Keyed       `json:"keyed,omitempty"`
	Range        *diag.Range `json:"range,omitempty"`
}

// Step is one thing to execute, whole in itself: a provider runs it from this value alone
// (plus connections). The graph of a plan is Steps with their Needs.
type Step struct {
	// ID is unique in the plan and stable between equal plans:
	// "refresh.nightly.copy[public.customers]".
	ID string `json:"id"`
	// Address is the change or refresh that the step belongs to.
	Address  string `json:"address"`
	Title    string `json:"title"` // for progress: "copy public.customers"
	Provider string `json:"provider"`
	Kind     string `json:"kind"` // typed by the provider
	// Needs are the IDs of steps that must have succeeded.
	Needs []string `json:"needs,omitempty"`
	// Contends names what the step must have for itself while it runs:
	// "acl:database.staging". Steps that share a name never overlap.
	Contends []string `json:"contends,omitempty"`
	// Touches are the places that the step reads and writes; since 1.3.
	Touches []Touch `json:"touches,omitempty"`
	// Priority orders steps that are ready: smaller first.
	Priority int `json:"priority,omitempty"`
	// Atomic names a set of steps that must be done in one run: after an interruption
	// all of them are done again unless all of them had finished (one snapshot).
	Atomic string `json:"atomic,omitempty"`
	// Params is the provider's own description of the step.
	Params     json.RawMessage `json:"params,omitempty"`
	Statements []Statement     `json:"statements,omitempty"`
	// PutBack says when the provider's PutBack is called for a step that was begun.
	PutBack PutBack       `json:"put_back,omitempty"`
	Range   *diag.Range   `json:"range,omitempty"`
	Snippet *diag.Snippet `json:"snippet,omitempty"`
}

// PutBack says when what a step did is undone.
type PutBack string

const (
	PutBackNever     PutBack = ""
	PutBackOnFailure PutBack = "on_failure" // a leftover of a run that did not finish
	PutBackAlways    PutBack = "always"     // a change for a while: also after success
)
