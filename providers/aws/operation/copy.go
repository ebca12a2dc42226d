// Package operation is what a refresh does in accounts of AWS besides changing objects. It creates a copy of its source
// to read from (a clone, or a restored snapshot), shares it, removes it again whatever happens, and sets a parameter
// for a while. Everything it creates has a name that follows from the ID of the run and carries the run's mark, so that
// it is found again after the process was killed at any moment.
package operation

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/object"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// Kind is what the steps of this package carry: calls, which may take hours.
const Kind = "operation"

// RunTag is the tag that names the run that created something.
const RunTag = "shoji:run"

// Input is what Copy plans from.
type Input struct {
	Project string
	Refresh *spec.Refresh
	Source  *Source
	// At is where the copy is created.
	At policy.Place
	// KeyARN is the key that the spec names for the copy, "" if it names none. ExportRole is the role that the copy
	// writes to S3 with, "" for none.
	KeyARN, ExportRole string
	// Before is the ID of a run that is resumed: what it created counts as absent.
	Before string
}

// namePrefix begins the names of everything that runs create.
const namePrefix = "shoji-"

// Name returns the name of the copy of a refresh in the run with an ID, or with "", as in plans, where there is no run
// yet.
func Name(refresh, run string) string {
	part := awsapi.RunToken
	if run != "" {
		part = awsapi.RunName(run)
	}
	return nameWith(part, refresh)
}

// Pattern matches the names of the copies of a refresh in all its runs.
func Pattern(refresh string) string { return nameWith("*", refresh) }

func nameWith(run, refresh string) string {
	sum := sha256.Sum256([]byte(refresh))
	return namePrefix + run + "-" + hex.EncodeToString(sum[:])[:6]
}

// instanceName returns the name of the instance of a copy of a cluster.
func instanceName(name string) string { return name + "-1" }

// Copy plans the copy that a refresh reads from.
func Copy(in Input) (engine.Around, diag.Diagnostics) {
	b := &build{Input: in, name: Name(in.Refresh.Address(), ""), copy: in.Refresh.Copy}
	b.around.Fingerprints = []engine.Fingerprint{in.Source.Fingerprint(in.Refresh)}
	b.tags = object.Tags{
		object.ProjectTag: object.TagValue(in.Project),
		object.AddressTag: object.TagValue(in.Refresh.Address()),
		RunTag:            awsapi.RunToken,
	}
	b.check()
	if b.diags.HasErrors() {
		return engine.Around{}, b.diags
	}
	switch {
	case b.copy.Kind == spec.CopyClone:
		b.clone()
	case in.Source.Cluster:
		b.restoreCluster()
	default:
		b.restoreInstance()
	}
	return b.around, b.diags
}

// build collects the steps of one copy.
type build struct {
	Input
	copy   *spec.Copy
	name   string
	tags   object.Tags
	around engine.Around
	diags  diag.Diagnostics
	// undo are the calls that remove everything, what was created last first.
	undo []awsapi.Call
}

// in and from are the accounts of the copy and of its source.
func (b *build) in() string   { return b.Refresh.Place().Address() }
func (b *build) from() string { return b.Refresh.Source().Address() }

// crossAccount reports whether the copy is created in another account than its source's.
func (b *build) crossAccount() bool { return b.Refresh.Place().Account != b.Refresh.Source().Account }

// elsewhere reports whether the copy is created where the network of the source does not exist.
func (b *build) elsewhere() bool {
	return b.crossAccount() || b.Refresh.Place().Region != b.Refresh.Source().Region
}

// step adds a step before the rows are read. undo removes what it creates.
func (b *build) step(what, title string, calls, undo []awsapi.Call) {
	s := step(b.Refresh, what, title, calls, undo)
	b.around.Before = append(b.around.Before, s)
	b.undo = append(append([]awsapi.Call(nil), undo...), b.undo...)
}

// removeAll adds the step that removes everything once the rows were read.
func (b *build) removeAll() {
	b.around.After = append(b.around.After,
		step(b.Refresh, string(b.copy.Kind)+".remove", "remove "+b.name, b.undo, nil))
}

// step returns a step of calls. It is always put back if undo has calls.
func step(r *spec.Refresh, what, title string, calls, undo []awsapi.Call) engine.Step {
	at := r.Range
	if r.Copy != nil {
		at = r.Copy.Range
	}
	s := engine.Step{
		ID:       r.Address() + "." + what,
		Address:  r.Address(),
		Title:    title,
		Provider: object.Provider,
		Kind:     Kind,
		Range:    &at,
	}
	for _, c := range calls {
		s.Statements = append(s.Statements, c.Statement())
	}
	if len(undo) > 0 {
		s.PutBack = engine.PutBackAlways
	}
	s.Params = engine.EncodeParams(awsapi.Params{Calls: calls, Undo: undo})
	return s
}

func (b *build) note(text string) { b.around.Notes = append(b.around.Notes, text) }

func tag(k, v string) types.Tag { return types.Tag{Key: aws.String(k), Value: aws.String(v)} }

func (b *build) marks() []types.Tag { return object.List(b.tags, tag) }
