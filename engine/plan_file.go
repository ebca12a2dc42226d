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
	var cut bytes.Buffer
	for i := range list {
		cut.Reset()
		err := marshalTo(&list[i], func(raw []byte) error { return shared.pack(&cut, raw) })
		if l.err == nil {
			l.err = err
		}
		l.text(separator)
		l.write(cut.Bytes())
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
	p, x := stored.Plan, newExpansion(stored.Texts, len(raw))
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
