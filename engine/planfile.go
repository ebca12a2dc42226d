package engine

import (
	"fmt"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/projectfile"
	"github.com/shoji-pg/shoji/internal/sealed"
)

// planFile is what a plan file is.
func planFile() sealed.Kind[Plan] {
	return sealed.Kind[Plan]{
		Code:     "plan",
		Name:     "plan file",
		Maker:    "plan -out",
		Remedy:   "What runs must be what was reviewed: make the plan again.",
		Version:  FormatVersion,
		Checksum: func(p *Plan) *string { return &p.Checksum },
	}
}

// WritePlan saves a plan with mode 0600, whole or not at all.
func WritePlan(file string, p *Plan) error {
	raw, err := EncodePlan(p)
	if err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	if err := sealed.WriteFile(file, raw, 0o600); err != nil {
		return fmt.Errorf("writing the plan: %w", err)
	}
	return nil
}

// EncodePlan gives the bytes of a plan file, checksum included. Equal plans give equal bytes.
func EncodePlan(p *Plan) ([]byte, error) { return planFile().Encode(p) }

// largestPlan is far above what a plan of ten thousand tables takes, in bytes.
const largestPlan = 1 << 30

// ReadPlan reads a saved plan. A file that is no plan, truncated, edited, or of a newer format is a
// Diagnostic that says so.
func ReadPlan(file string) (*Plan, error) {
	raw, err := projectfile.ReadAny(".", file, largestPlan)
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

// DecodePlan reads the bytes of a plan file; name is for messages.
func DecodePlan(raw []byte, name string) (*Plan, error) { return planFile().Decode(raw, name) }
