package engine

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// DriftVersion is the format of drift reports. A new minor version only adds.
const DriftVersion = "1.0"

// Drift is how what there is differs from what the spec declares and its schema lock says. Views and messages render
// it. It holds no secret and no row.
type Drift struct {
	FormatVersion string `json:"format_version"`
	ShojiVersion  string `json:"shoji_version"`
	Project       string `json:"project"`
	Env           string `json:"env,omitempty"`
	// Drifted are sorted by address, then by kind and name.
	Drifted []Drifted `json:"drifted"`
	// Diagnostics are warnings, and errors about what could not be compared.
	Diagnostics diag.Diagnostics `json:"diagnostics,omitempty"`
}

// DriftState is how an object differs from the spec.
type DriftState string

const (
	DriftMissing DriftState = "missing" // declared, and not there
	DriftChanged DriftState = "changed"
	DriftExtra   DriftState = "extra" // there, and not declared
)

// DriftStates returns all states.
func DriftStates() []DriftState { return []DriftState{DriftMissing, DriftChanged, DriftExtra} }

// Drifted is one object that differs.
type Drifted struct {
	State DriftState `json:"state"`
	// Kind is the type of a declared object, as in Change, or DriftKindSchema.
	Kind    string `json:"kind"`
	Address string `json:"address"`
	Name    string `json:"name"`
	// Attributes are those that differ, sorted by name.
	Attributes []DriftedAttribute `json:"attributes,omitempty"`
	Notes      []string           `json:"notes,omitempty"`
	Range      *diag.Range        `json:"range,omitempty"`
}

// DriftKindSchema is the kind of a difference between a source and the schema lock.
const DriftKindSchema = "schema"

// DriftedAttribute is an attribute of an object as it is and as it is declared. A side that has none is nil; both are
// where the value is secret, or where the declared one is known only when it is made.
type DriftedAttribute struct {
	Name      string `json:"name"`
	Live      any    `json:"live,omitempty"`
	Declared  any    `json:"declared,omitempty"`
	Sensitive bool   `json:"sensitive,omitempty"`
	Unknown   bool   `json:"declared_unknown,omitempty"`
}

// DriftFinder is a Provider that holds more against the spec than the objects that a plan changes.
type DriftFinder interface {
	Provider
	// FindDrift returns what else differs. It changes nothing.
	FindDrift(ctx context.Context) ([]Drifted, diag.Diagnostics)
}

// FindDrift compares what there is with every declared object, and with what else the providers know of. Refreshes,
// which always have something to do, are left out. With errors, what could be compared is in the report.
func FindDrift(ctx context.Context, providers Providers, o BuildOptions, refreshes []string) *Drift {
	d := &Drift{
		FormatVersion: DriftVersion,
		ShojiVersion:  o.ShojiVersion,
		Project:       o.Project,
		Env:           o.Env,
		Drifted:       []Drifted{},
	}
	selected := SelectObjects(refreshes)
	for _, provider := range providers {
		observed, problems := provider.Inspect(ctx, selected)
		d.Diagnostics.Append(problems...)
		if observed != nil && !problems.HasErrors() {
			draft, problems := provider.Diff(observed, selected)
			d.Diagnostics.Append(problems...)
			if draft != nil {
				for i := range draft.Changes {
					d.add(&draft.Changes[i])
				}
			}
		}
		if finder, ok := provider.(DriftFinder); ok {
			more, problems := finder.FindDrift(ctx)
			d.Diagnostics.Append(problems...)
			d.Drifted = append(d.Drifted, more...)
		}
	}
	slices.SortStableFunc(d.Drifted, func(a, b Drifted) int {
		return cmp.Or(strings.Compare(a.Address, b.Address), strings.Compare(a.Kind, b.Kind),
			strings.Compare(a.Name, b.Name))
	})
	d.Diagnostics.Sort()
	return d
}

// add adds what a plan would change. An object without a place in the spec is not declared there.
func (d *Drift) add(c *Change) {
	x := Drifted{State: DriftChanged, Kind: c.Type, Address: c.Address, Name: c.Name, Notes: c.Notes, Range: c.Range}
	switch {
	case c.Action == NoOp:
		return
	case c.Action == Create:
		x.State = DriftMissing
	case c.Action == Delete || c.Range == nil:
		x.State = DriftExtra
	}
	for _, name := range c.AttributeNames() {
		a := DriftedAttribute{
			Name:      name,
			Sensitive: slices.Contains(c.Sensitive, name),
			Unknown:   slices.Contains(c.Unknown, name),
		}
		live, declared := c.Before[name], c.After[name]
		if !a.Sensitive && !a.Unknown && sameValue(live, declared) {
			continue
		}
		if !a.Sensitive {
			a.Live = live
		}
		if !a.Sensitive && !a.Unknown {
			a.Declared = declared
		}
		x.Attributes = append(x.Attributes, a)
	}
	d.Drifted = append(d.Drifted, x)
}

// sameValue reports whether two values are written alike. Attributes have types of JSON only.
func sameValue(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && bytes.Equal(x, y)
}

// Count returns how many objects are in a state.
func (d *Drift) Count(s DriftState) int {
	n := 0
	for i := range d.Drifted {
		if d.Drifted[i].State == s {
			n++
		}
	}
	return n
}

// Summary returns the counts in a line: "1 missing, 2 changed".
func (d *Drift) Summary() string {
	var parts []string
	for _, s := range DriftStates() {
		if n := d.Count(s); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(parts, ", ")
}

// Complete reports whether everything could be compared.
func (d *Drift) Complete() bool { return !d.Diagnostics.HasErrors() }
