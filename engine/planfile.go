package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/wholefile"
)

// WritePlan saves a plan with mode 0600, whole or not at all.
func WritePlan(file string, p *Plan) error {
	raw, err := EncodePlan(p)
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	if err := wholefile.Write(file, raw, 0o600); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// EncodePlan gives the bytes of a plan file, checksum included. Equal plans give equal bytes.
func EncodePlan(p *Plan) ([]byte, error) {
	signed := *p
	sum, err := checksum(p)
	if err != nil {
		return nil, err
	}
	signed.Checksum = sum
	return encode(&signed)
}

func encode(p *Plan) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func checksum(p *Plan) (string, error) {
	plain := *p
	plain.Checksum = ""
	raw, err := encode(&plain)
	if err != nil {
		return "", err
	}
	// The raw parameters of steps come back indented from a file: the sum is over the compact form.
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return "", err
	}
	sum := sha256.Sum256(compact.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

// ReadPlan reads a saved plan. A file that is no plan, truncated, edited, or of a newer format is a
// Diagnostic that says so.
func ReadPlan(file string) (*Plan, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, planProblem("plan_unreadable", "The plan file cannot be read", err.Error())
	}
	return DecodePlan(raw, file)
}

// DecodePlan reads the bytes of a plan file; name is for messages.
func DecodePlan(raw []byte, name string) (*Plan, error) {
	var head struct {
		FormatVersion string `json:"format_version"`
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&head); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return nil, planProblem("plan_damaged", "The plan file is truncated", name+" ends in the middle. Make the plan again.")
		}
		return nil, planProblem("plan_damaged", "This is not a plan file", name+" is not the JSON that plan -out writes. Make the plan again.")
	}
	if err := CheckFormat("plan", head.FormatVersion, FormatVersion); err != nil {
		return nil, planProblem("plan_format", "The plan file has another format", name+": "+err.Error())
	}
	p := &Plan{}
	dec = json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, planProblem("plan_damaged", "The plan file was changed", fmt.Sprintf("%s is not as plan -out wrote it (%s). Make the plan again.", name, err))
	}
	want, err := checksum(p)
	if err != nil || p.Checksum != want {
		return nil, planProblem("plan_damaged", "The plan file was changed", name+" is not as plan -out wrote it: its checksum does not fit. What runs must be what was reviewed; make the plan again.")
	}
	return p, nil
}

func planProblem(code, summary, detail string) error {
	return diag.Diagnostic{Severity: diag.Error, Code: code, Summary: summary, Detail: detail}
}

// CheckFormat refuses a format that this version does not know: a newer one, or none at all.
func CheckFormat(what, found, known string) error {
	f, ok := format(found)
	k, _ := format(known)
	switch {
	case !ok:
		return fmt.Errorf("it says no format version; a %s of this version of shoji has %s", what, known)
	case f[0] > k[0] || f[0] == k[0] && f[1] > k[1]:
		return fmt.Errorf("it is of format %s, made by a newer shoji; this one reads up to %s. Install the newer version", found, known)
	case f[0] < k[0]:
		return fmt.Errorf("it is of format %s, which this version does not read any more", found)
	}
	return nil
}

func format(v string) ([2]int, bool) {
	major, minor, _ := strings.Cut(v, ".")
	a, err := strconv.Atoi(major)
	b, err2 := strconv.Atoi(minor)
	return [2]int{a, b}, err == nil && err2 == nil
}
