package engine

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/sealed"
)

// planFile returns what diagnostics say of plan files.
func planFile() sealed.Words {
	return sealed.Words{
		Code:    "plan",
		Name:    "plan file",
		Maker:   "plan -out",
		Remedy:  "What runs must be what was reviewed: make the plan again.",
		Version: FormatVersion,
	}
}

// head is a plan without what is written for itself: an element a line, so that no step is in memory twice.
type head struct {
	Plan
	Refreshes *struct{} `json:"refreshes,omitempty"`
	Steps     *struct{} `json:"steps,omitempty"`
	Seal      *struct{} `json:"seal,omitempty"`
}

// encode writes the plan without its seal and its checksum, as a file has it: an object that is not closed yet.
func (p *Plan) encode(w io.Writer) error {
	shared, err := newTexts(p.Texts)
	if err != nil {
		return err
	}
	h := head{Plan: *p}
	h.Checksum = ""
	raw, err := marshal(h)
	if err != nil {
		return err
	}
	lines := &lineWriter{w: w}
	lines.write(raw[:len(raw)-1])
	lines.object("texts", shared.stored())
	writeList(lines, "refreshes", p.Refreshes, shared)
	writeList(lines, "steps", p.Steps, shared)
	return lines.err
}

// lineWriter writes the members of an object whose beginning is written already. After an error it writes nothing.
type lineWriter struct {
	w   io.Writer
	err error
}

func (l *lineWriter) write(parts ...[]byte) {
	for _, part := range parts {
		if l.err == nil {
			_, l.err = l.w.Write(part)
		}
	}
}

func (l *lineWriter) text(s string) { l.write([]byte(s)) }

// object writes a member whose own members are each on a line, sorted.
func (l *lineWriter) object(name string, members map[string][]byte) {
	l.text(",\n\"" + name + "\":{")
	separator := "\n"
	for _, key := range slices.Sorted(maps.Keys(members)) {
		l.text(separator + "\"" + key + "\":")
		l.write(members[key])
		separator = ",\n"
	}
	l.text("}")
}

// writeList writes a member that is a list, an element a line, with the shared texts taken out.
func writeList[T any](l *lineWriter, name string, list []T, shared *texts) {
	l.text(",\n\"" + name + "\":[")
	separator := "\n"
	for i := range list {
		raw, err := marshal(&list[i])
		if err == nil {
			raw, err = shared.pack(raw)
		}
		if l.err == nil {
			l.err = err
		}
		l.text(separator)
		l.write(raw)
		separator = ",\n"
	}
	l.text("]")
}

// substance returns what a seal covers: a digest of everything else but the checksum.
func (p *Plan) substance() ([]byte, error) {
	sum := sha256.New()
	if err := p.encode(sum); err != nil {
		return nil, err
	}
	return hex.AppendEncode(nil, sum.Sum(nil)), nil
}

// writeTo writes the content of a plan file.
func (p *Plan) writeTo(w io.Writer) error {
	sum := sha256.New()
	both := io.MultiWriter(w, sum)
	if err := p.encode(both); err != nil {
		return err
	}
	if p.Seal != nil {
		raw, err := marshal(p.Seal)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(both, ",\n\"seal\":%s", raw); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, ",\n\"checksum\":\"%x\"}\n", sum.Sum(nil))
	return err
}

// EncodePlan returns the content of a plan file, with its checksum. Equal plans have equal content.
func EncodePlan(p *Plan) ([]byte, error) {
	var b bytes.Buffer
	err := p.writeTo(&b)
	return b.Bytes(), err
}

// WritePlan saves a plan with mode 0600. The file is written whole or not at all. One that would be large is packed
// with gzip.
func WritePlan(file string, p *Plan) error {
	err := sealed.ReplaceFile(file, 0o600, func(w io.Writer) error {
		large := &packer{w: w}
		return errors.Join(p.writeTo(large), large.Close())
	})
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// largestPlan is a limit in bytes, far above the plan of ten thousand tables.
const largestPlan = 1 << 30

// ReadPlan reads a saved plan. The error for a file that is not a plan, truncated, edited, or of a newer format is a
// Diagnostic.
func ReadPlan(file string) (*Plan, error) {
	raw, err := projectfile.ReadAny(".", file, largestPlan)
	if err == nil {
		raw, err = unpackFile(raw)
	}
	if err != nil {
		return nil, diag.Diagnostic{
			Severity: diag.Error,
			Code:     "plan_unreadable",
			Summary:  "The plan file cannot be read",
			Detail:   err.Error(),
		}
	}
	return DecodePlan(raw, file)
}

// DecodePlan reads the content of a plan file; name is for messages. What EncodePlan would write otherwise, to the
// byte, is refused.
func DecodePlan(raw []byte, name string) (*Plan, error) {
	if err := planFile().CheckHead(raw, name); err != nil {
		return nil, err
	}
	p, err := decodePlan(raw)
	if err != nil {
		return nil, planFile().Changed(name, err.Error())
	}
	again := &expected{left: raw}
	if err := p.writeTo(again); err != nil {
		return nil, planFile().Changed(name, err.Error())
	}
	if len(again.left) > 0 {
		return nil, planFile().Changed(name, "something follows it")
	}
	return p, nil
}

// decodePlan reads what writeTo wrote. What else it takes for a plan, writing it again shows.
func decodePlan(raw []byte) (*Plan, error) {
	var stored struct {
		Plan
		Texts     map[string]json.RawMessage `json:"texts"`
		Refreshes []json.RawMessage          `json:"refreshes"`
		Steps     []json.RawMessage          `json:"steps"`
	}
	if err := json.Unmarshal(raw, &stored); err != nil {
		return nil, err
	}
	p, x := stored.Plan, newExpansion(stored.Texts)
	var err error
	if p.Texts, err = x.texts(); err != nil {
		return nil, err
	}
	if p.Refreshes, err = readList[Refresh](stored.Refreshes, x); err != nil {
		return nil, err
	}
	p.Steps, err = readList[Step](stored.Steps, x)
	return &p, err
}

func readList[T any](list []json.RawMessage, x *expansion) ([]T, error) {
	out := make([]T, len(list))
	for i, raw := range list {
		whole, err := x.unpack(raw)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(whole, &out[i]); err != nil {
			return nil, err
		}
		list[i] = nil // it may be large, and there are many
	}
	return out, nil
}

// expected is a writer that refuses what differs from what is expected.
type expected struct{ left []byte }

func (c *expected) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(c.left, b) {
		return 0, errors.New("it or its checksum was edited")
	}
	c.left = c.left[len(b):]
	return len(b), nil
}

// packAbove is the size in bytes from which a plan file is packed. Smaller ones can be read with any tool.
const packAbove = 4 << 20

// packer writes what comes to more than packAbove as gzip, and all else as it is.
type packer struct {
	w     io.Writer
	small bytes.Buffer
	zip   *gzip.Writer
}

func (p *packer) Write(b []byte) (int, error) {
	if p.zip != nil {
		return p.zip.Write(b)
	}
	if p.small.Len()+len(b) <= packAbove {
		return p.small.Write(b)
	}
	p.zip = gzip.NewWriter(p.w)
	if _, err := p.zip.Write(p.small.Bytes()); err != nil {
		return 0, err
	}
	p.small = bytes.Buffer{}
	return p.zip.Write(b)
}

// Close writes the rest.
func (p *packer) Close() error {
	if p.zip != nil {
		return p.zip.Close()
	}
	_, err := p.w.Write(p.small.Bytes())
	return err
}

// unpackFile returns the content of a plan file, packed or not.
func unpackFile(raw []byte) ([]byte, error) {
	if !bytes.HasPrefix(raw, []byte{0x1f, 0x8b}) {
		return raw, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, largestPlan+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("unpacking it: %w", err)
	case len(out) > largestPlan:
		return nil, fmt.Errorf("it is larger than %d bytes", largestPlan)
	}
	return out, nil
}

// changeJSON is a Change in the form of Terraform's resource_changes
// (https://developer.hashicorp.com/terraform/internals/json-format), so that tools for those can read it. What
// Terraform has no name for is added.
type changeJSON struct {
	Address      string      `json:"address"`
	Mode         string      `json:"mode"`
	Type         string      `json:"type"`
	Name         string      `json:"name"`
	ProviderName string      `json:"provider_name"`
	Change       changeInner `json:"change"`
	Notes        []string    `json:"notes,omitempty"`
	Statements   []Statement `json:"statements,omitempty"`
	Hazards      []Hazard    `json:"hazards,omitempty"`
	Range        *diag.Range `json:"range,omitempty"`
}

type changeInner struct {
	Actions         []string        `json:"actions"`
	Before          map[string]any  `json:"before"`
	After           map[string]any  `json:"after"`
	AfterUnknown    map[string]bool `json:"after_unknown"`
	BeforeSensitive map[string]bool `json:"before_sensitive"`
	AfterSensitive  map[string]bool `json:"after_sensitive"`
}

// changeProvider precedes the name of the provider in provider_name.
const changeProvider = "shoji/"

func actionNames() map[Action][]string {
	return map[Action][]string{
		NoOp:    {"no-op"},
		Create:  {"create"},
		Update:  {"update"},
		Delete:  {"delete"},
		Replace: {"delete", "create"},
	}
}

// MarshalJSON writes the change as Terraform does.
func (c Change) MarshalJSON() ([]byte, error) {
	names, ok := actionNames()[c.Action]
	if !ok {
		return nil, fmt.Errorf("the change of %s has no action that a plan knows: %q", c.Address, c.Action)
	}
	out := changeJSON{
		Address:      c.Address,
		Mode:         "managed",
		Type:         c.Type,
		Name:         c.Name,
		ProviderName: changeProvider + c.Provider,
		Notes:        c.Notes,
		Statements:   c.Statements,
		Hazards:      c.Hazards,
		Range:        c.Range,
		Change: changeInner{
			Actions:         names,
			Before:          c.Before,
			After:           c.After,
			AfterUnknown:    set(c.Unknown),
			BeforeSensitive: map[string]bool{},
			AfterSensitive:  map[string]bool{},
		},
	}
	for _, name := range c.Sensitive {
		if _, ok := c.Before[name]; ok {
			out.Change.BeforeSensitive[name] = true
		}
		if _, ok := c.After[name]; ok {
			out.Change.AfterSensitive[name] = true
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Change) UnmarshalJSON(raw []byte) error {
	var in changeJSON
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	*c = Change{
		Address:    in.Address,
		Type:       in.Type,
		Provider:   strings.TrimPrefix(in.ProviderName, changeProvider),
		Name:       in.Name,
		Before:     in.Change.Before,
		After:      in.Change.After,
		Unknown:    names(in.Change.AfterUnknown),
		Sensitive:  names(in.Change.BeforeSensitive, in.Change.AfterSensitive),
		Notes:      in.Notes,
		Statements: in.Statements,
		Hazards:    in.Hazards,
		Range:      in.Range,
	}
	for action, list := range actionNames() {
		if slices.Equal(list, in.Change.Actions) {
			c.Action = action
			return nil
		}
	}
	return fmt.Errorf("the change of %s has unknown actions %v", in.Address, in.Change.Actions)
}

func set(list []string) map[string]bool {
	out := make(map[string]bool, len(list))
	for _, s := range list {
		out[s] = true
	}
	return out
}

// names returns the keys of sets, sorted and without duplicates.
func names(sets ...map[string]bool) []string {
	var out []string
	for _, s := range sets {
		for name, is := range s {
			if is && !slices.Contains(out, name) {
				out = append(out, name)
			}
		}
	}
	slices.Sort(out)
	return out
}
