// Package engine decides what is done and in what order: it builds plans from what providers observe, saves and seals
// them, runs their steps, keeps the journal and the locks, and puts back what was changed for a while. It knows no HCL,
// no SQL driver, no cloud and no terminal: providers bring the objects, package view shows plans.
package engine

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sealed"
)

// FormatVersion is the format of plan files and of `plan -json`. A new minor version only adds; a new major version is
// refused by older readers.
const FormatVersion = "3.0"

// Plan is everything that a run will do. Views render it and apply executes it, and neither reads the spec for that.
// Equal input makes equal bytes: it holds no time and no secret.
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
	// Texts are pieces that the texts of many steps and tables share. A plan file stores each once.
	Texts []string `json:"-"`
	// Checksum is the SHA-256 of the canonical JSON of the plan without this field, so that an edited or truncated file
	// is noticed.
	Checksum string `json:"checksum,omitempty"`
	// Seal is the keyed digest of all but itself and the checksum, with the keys of the refreshes. Since 1.2.
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

// Account is the identity of a cloud account that the plan is bound to.
type Account struct {
	Address string `json:"address"` // aws.prod
	Account string `json:"account"`
	Region  string `json:"region"`
	Caller  string `json:"caller"` // without what differs between two sessions of the caller
}

// Fingerprint is the state of one observed object. Apply compares it, and names what has changed.
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

// AttributeNames returns the names of all attributes before and after, sorted.
func (c *Change) AttributeNames() []string {
	names := slices.Concat(slices.Collect(maps.Keys(c.Before)), slices.Collect(maps.Keys(c.After)), c.Unknown)
	slices.Sort(names)
	return slices.Compact(names)
}

// Statement is one SQL statement or API call as it will run, without secrets.
type Statement struct {
	On   string `json:"on"` // "database.staging", "database.staging (app__next)"
	Text string `json:"text"`
	// Object is the part of the structure of a copy that the statement makes, such as "function public.total(integer)".
	// Code says that it brings code of the source that users of the copy will run. Since 1.2.
	Object string `json:"object,omitempty"`
	Code   bool   `json:"code,omitempty"`
	// ByServer says that the database's server calls another service, such as S3, with its own permissions. Since 2.0.
	ByServer bool `json:"by_server,omitempty"`
}

// Refresh shows one refresh. What is executed is in the steps; a test holds the SQL of both equal.
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
	// Notes explain choices: how foreign keys are treated, what is skipped, which sessions the swap ends, and where
	// each thing is put back.
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
	// CrossingRows is how many rows are expected to meet the condition; 0 without one, and where unknown. Since 2.1.
	CrossingRows int64  `json:"crossing_rows,omitempty"`
	Rows         string `json:"rows,omitempty"` // the condition
	// Calls are the functions that reading the table may run although they belong neither to PostgreSQL nor to an
	// extension.
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
	// LooksLike is the personal data that a kept column seems to hold, Acknowledged why the spec lets it stay. Since
	// 1.2.
	LooksLike    string      `json:"looks_like,omitempty"`
	Acknowledged string      `json:"acknowledged,omitempty"`
	Unique       string      `json:"unique,omitempty"`
	Keyed        Keyed       `json:"keyed,omitempty"`
	Range        *diag.Range `json:"range,omitempty"`
}

// Step is one thing to execute. Its provider needs nothing but this value and connections to run it. The steps of a
// plan and their Needs are a graph.
type Step struct {
	// ID is unique in the plan, and the same in equal plans: "refresh.nightly.copy[public.customers]".
	ID string `json:"id"`
	// Address is the change or refresh that the step belongs to.
	Address  string `json:"address"`
	Title    string `json:"title"` // for progress: "copy public.customers"
	Provider string `json:"provider"`
	Kind     string `json:"kind"` // typed by the provider
	// Needs are the IDs of steps that must have succeeded.
	Needs []string `json:"needs,omitempty"`
	// Serves is the ID of the step that this one is done for and for nothing else, such as the swap that makes a copy
	// the live one: once that step can no longer run, this one is not begun. It is empty where a step is worth running
	// for itself, as the copies of rows are for the faults that they find. Since 2.1.
	Serves string `json:"serves,omitempty"`
	// Contends names what the step must have for itself while it runs, such as "acl:database.staging". Steps that share
	// a name never overlap.
	Contends []string `json:"contends,omitempty"`
	// Touches are the places that the step reads and writes; since 2.0.
	Touches []Touch `json:"touches,omitempty"`
	// Priority orders steps that are ready: the smaller one begins first.
	Priority int `json:"priority,omitempty"`
	// Atomic names a set of steps that belong to one run, such as those of one snapshot. After an interruption all of
	// them are done again, unless all had finished.
	Atomic string `json:"atomic,omitempty"`
	// Rows is how many rows the step is expected to move: 0 for one that moves none, -1 where unknown. Since 2.1.
	Rows int64 `json:"rows,omitempty"`
	// Params is the provider's own description of the step.
	Params     json.RawMessage `json:"params,omitempty"`
	Statements []Statement     `json:"statements,omitempty"`
	// PutBack says when the PutBack of the provider is called for a step that was begun.
	PutBack PutBack     `json:"put_back,omitempty"`
	Range   *diag.Range `json:"range,omitempty"`
	// Shared are pieces of Params and Statements that other steps have too, such as a mask's list of names. A plan file
	// stores each once; see Plan.Texts.
	Shared []string `json:"-"`
}

// PutBack is when a step is undone.
type PutBack string

const (
	PutBackNever     PutBack = ""
	PutBackOnFailure PutBack = "on_failure" // a leftover of a run that did not finish
	PutBackAlways    PutBack = "always"     // a change for a while: also after success
)

// Summary counts what a plan does.
type Summary struct {
	Add     int `json:"add"`
	Change  int `json:"change"`
	Remove  int `json:"remove"`
	Refresh int `json:"refresh"`
}

// Summary counts the changes and refreshes of a plan.
func (p *Plan) Summary() Summary {
	s := Summary{Refresh: len(p.Refreshes)}
	for _, c := range p.Changes {
		switch c.Action {
		case Create:
			s.Add++
		case Update, Execute:
			s.Change++
		case Delete:
			s.Remove++
		case Replace:
			s.Add++
			s.Remove++
		}
	}
	return s
}

// String returns "Plan: 1 to add, 0 to change, 0 to destroy." and the number of refreshes.
func (s Summary) String() string {
	text := fmt.Sprintf("Plan: %d to add, %d to change, %d to destroy.", s.Add, s.Change, s.Remove)
	switch s.Refresh {
	case 0:
	case 1:
		text += " 1 refresh to run."
	default:
		text += fmt.Sprintf(" %d refreshes to run.", s.Refresh)
	}
	return text
}

// HasChanges reports whether there is anything to run. A refresh always is.
func (p *Plan) HasChanges() bool { return p.Summary() != Summary{} || len(p.Steps) > 0 }

// Raw counts the columns that cross raw, and all columns of the tables whose rows cross.
func (r *Refresh) Raw() (raw, all int) {
	for _, t := range r.Tables {
		if t.Treatment != TreatmentCopy {
			continue
		}
		for _, c := range t.Columns {
			all++
			if c.Decision == DecisionKeep {
				raw++
			}
		}
	}
	return raw, all
}
