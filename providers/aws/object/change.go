package object

import (
	"bytes"
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/aws/awsapi"
	"github.com/shoji-pg/shoji/providers/aws/policy"
	"github.com/shoji-pg/shoji/spec"
)

// Provider and Kind are what the steps of these changes carry.
const (
	Provider = "aws"
	Kind     = "calls"
)

// Draft collects the changes of a plan.
type Draft struct {
	Project string
	Diags   diag.Diagnostics
	Changes []engine.Change
	Steps   []engine.Step
	// Unknown are the keys that the plan creates: their tokens may be in any call.
	Unknown []awsapi.Unknown
	// removals are the IDs of steps that come after all others, in their order.
	removals []string
}

// Change collects what has to be done to one object.
type Change struct {
	engine.Change
	draft  *Draft
	spec   *spec.AWSObject // nil: it was removed from the spec
	in     string
	exists bool
	calls  []awsapi.Call
	steps  []engine.Step
	// hazardous is set if the change is shown for its hazards even if there is nothing to do.
	hazardous bool
}

// Declared starts the change of an object of the spec. name is its natural name.
func (d *Draft) Declared(o *spec.AWSObject, name string, exists bool) *Change {
	return &Change{draft: d, spec: o, in: o.In.Address(), exists: exists, Change: engine.Change{
		Address: o.Address(),
		Type:    o.Kind,
		Name:    name,
		Before:  map[string]any{},
		After:   map[string]any{},
		Range:   &o.Range,
	}}
}

// Removal starts the removal of an object that was removed from the spec. It returns nil, after a warning, if the
// object is retained.
func (d *Draft) Removal(in, kind, name string, tags Tags) *Change {
	address := tags[AddressTag]
	if address == "" {
		address = kind + "." + name
	}
	if tags[OnRemoveTag] != "delete" {
		d.Diags.Append(diag.Diagnostic{
			Severity: diag.Warning,
			Address:  address,
			Summary:  "Removed from the spec but retained",
			Detail: fmt.Sprintf("%s %s of %s carries the mark of %s, which was removed from the spec. It is left as "+
				"it is. Remove it by hand, or remove its tag %s to silence this warning.", kind, name, in, address,
				ProjectTag),
		})
		return nil
	}
	return &Change{
		draft:  d,
		in:     in,
		exists: true,
		Change: engine.Change{
			Address: address,
			Type:    kind,
			Name:    name,
			Action:  engine.Delete,
			Before:  map[string]any{"name": name},
		},
	}
}

// Claim reports whether this project owns, or may adopt, an existing object. If not, it reports why.
func (c *Change) Claim(tags Tags) bool {
	d, at := c.draft, &c.spec.Range
	switch {
	case tags.OwnedBy(d.Project):
		if old := tags[AddressTag]; old != TagValue(c.Address) {
			c.Note("it was %s before", old)
		}
	case tags[ProjectTag] != "":
		d.Diags.Errorf(at, "Managed by another project",
			"%s %s of %s carries the mark of project %q. Declare it there only, or remove its tag %s first.", c.Type,
			c.Name, c.in, tags[ProjectTag], ProjectTag)
		return false
	case !c.spec.Adopt:
		d.Diags.Errorf(at, "Already exists and is not managed by this project",
			"%s already has %s %s, without a tag of shoji. To adopt it as planned, write adopt = true; otherwise "+
				"choose another name.", c.in, c.Type, c.Name)
		return false
	default:
		c.Note("it already exists and is adopted: its tags will say so")
	}
	return true
}

// Show adds an attribute to the change; nil is no value.
func (c *Change) Show(name string, before, after any) {
	if c.exists && before != nil {
		c.Before[name] = before
	}
	if after != nil {
		c.After[name] = after
	}
}

// Note adds a line below the change.
func (c *Change) Note(format string, args ...any) {
	c.Notes = append(c.Notes, fmt.Sprintf(format, args...))
}

// Hazard adds a hazard.
func (c *Change) Hazard(name engine.HazardName, format string, args ...any) {
	c.Hazards = append(c.Hazards, engine.Hazard{Name: name, Reason: fmt.Sprintf(format, args...)})
}

// Call adds calls to the next step.
func (c *Change) Call(calls ...awsapi.Call) { c.calls = append(c.calls, calls...) }

// In returns the address of the account.
func (c *Change) In() string { return c.in }

// Tags adds the tags to the change and returns those that have to be set.
func (c *Change) Tags(have, want Tags) Tags {
	missing := have.Missing(want)
	before := map[string]any{}
	for k := range want {
		if v, ok := have[k]; ok {
			before[k] = v
		}
	}
	after := map[string]any{}
	for k, v := range want {
		after[k] = v
	}
	if c.exists {
		c.Show("tags", before, after)
	} else {
		c.Show("tags", nil, after)
	}
	return missing
}

// Policy adds a policy to the change, statement by statement, and reports whether it differs. On an existing object,
// more access is a hazard for the data and less for those who have it.
func (c *Change) Policy(name string, before, after policy.Document) bool {
	if c.exists {
		for k, v := range before.Attributes(name) {
			c.Before[k] = v
		}
	}
	for k, v := range after.Attributes(name) {
		c.After[k] = v
	}
	if before.Equal(after) {
		return false
	}
	if !c.exists {
		return true
	}
	changes := policy.Diff(before, after)
	for _, x := range changes {
		if x.Before != nil && x.After != nil {
			c.Notes = append(c.Notes, name+" "+x.Text()[0])
			c.Notes = append(c.Notes, x.Text()[1:]...)
		}
	}
	if policy.Widened(before, after) {
		c.Hazard(engine.ExposesData, "%s of %s: more is allowed than before", name, c.Name)
	}
	if policy.Narrowed(before, after) {
		c.Hazard(engine.LosesAccess, "%s of %s: less is allowed than before", name, c.Name)
	}
	return true
}

// Step makes a step of the calls since the last one; nothing if there are none. needs are IDs of steps, which need not
// be in the plan.
func (c *Change) Step(what, title string, needs ...string) {
	if len(c.calls) == 0 {
		return
	}
	p := awsapi.Params{Calls: c.calls}
	s := engine.Step{
		ID:       c.Address + "." + what,
		Address:  c.Address,
		Title:    title + " " + c.Type + " " + c.Name,
		Provider: Provider,
		Kind:     Kind,
		Needs:    needs,
		Range:    c.Range,
	}
	for _, x := range c.calls {
		s.Statements = append(s.Statements, x.Statement())
		for _, u := range c.draft.Unknown {
			if bytes.Contains(x.Input, []byte(u.Token)) && !slices.Contains(p.Unknown, u) {
				p.Unknown = append(p.Unknown, u)
			}
		}
	}
	s.Params, c.calls = engine.EncodeParams(p), nil
	c.Statements = append(c.Statements, s.Statements...)
	c.steps = append(c.steps, s)
}

// Finish adds the change to the draft, if there is anything to do.
func (c *Change) Finish() {
	d := c.draft
	if len(c.steps) == 0 {
		if c.hazardous {
			c.Action = engine.NoOp
			d.Changes = append(d.Changes, c.Change)
		}
		return
	}
	if c.Action == "" {
		c.Action = engine.Create
		if c.exists {
			c.Action = engine.Update
		}
	}
	if c.Action == engine.Delete {
		for _, s := range c.steps {
			d.removals = append(d.removals, s.ID)
		}
	}
	d.Changes = append(d.Changes, c.Change)
	d.Steps = append(d.Steps, c.steps...)
}

// Order orders the steps: needs that are not in the plan are dropped, and removals come one by one after all other
// steps.
func (d *Draft) Order() {
	ids := map[string]bool{}
	var others []string
	for _, s := range d.Steps {
		ids[s.ID] = true
		if !slices.Contains(d.removals, s.ID) {
			others = append(others, s.ID)
		}
	}
	for i := range d.Steps {
		s := &d.Steps[i]
		if at := slices.Index(d.removals, s.ID); at == 0 {
			s.Needs = append(s.Needs, others...)
		} else if at > 0 {
			s.Needs = append(s.Needs, d.removals[at-1])
		}
		sort.Strings(s.Needs)
		s.Needs = slices.DeleteFunc(slices.Compact(s.Needs), func(n string) bool { return !ids[n] || n == s.ID })
	}
}

// Bypass is something that somebody else has set up on an object, and that bypasses its policy or outlives a removal.
// The spec cannot express it, so that shoji only shows it.
type Bypass struct {
	// What describes it, Mend how to remove it.
	What, Mend string
	// Exposes is set if it lets somebody read who otherwise could not.
	Exposes bool
}

// Bypasses reports what bypasses the policy of an object, in a warning. What lets others read is a hazard of the plan,
// whether the object itself is changed or not.
func (c *Change) Bypasses(list []Bypass) {
	if len(list) == 0 {
		return
	}
	var lines []string
	for _, b := range list {
		lines = append(lines, "  "+b.What+". "+b.Mend)
		if b.Exposes {
			c.Hazard(engine.ExposesData, "%s", b.What)
			c.hazardous = true
		}
	}
	detail := fmt.Sprintf(
		"%s %s of %s has settings that no block declares and that its policy does not cover:\n%s",
		c.Type,
		c.Name,
		c.in,
		strings.Join(lines, "\n"),
	)
	c.warn("The policy of "+c.Address+" can be bypassed", detail)
}

// Unseen reports what could not be read of an object: what bypasses its policy is unknown then, and not assumed to be
// absent.
func (c *Change) Unseen(actions []string) {
	if len(actions) == 0 {
		return
	}
	c.warn(
		"Not everything could be read",
		fmt.Sprintf("Whether something bypasses the policy of %s is unknown: %s is denied on %s %s of %s.",
			c.Address, strings.Join(actions, ", "), c.Type, c.Name, c.in),
	)
}

func (c *Change) warn(summary, detail string) {
	c.draft.Diags.Append(
		diag.Diagnostic{Severity: diag.Warning, Address: c.Address, Summary: summary, Detail: detail, Range: c.Range},
	)
}
