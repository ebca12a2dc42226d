package engine

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

// HazardName is the stable name of a hazard, which -allow takes.
type HazardName string

const (
	ExposesData      HazardName = "EXPOSES_DATA" // a mask weakened, a grant widened
	DeletesData      HazardName = "DELETES_DATA" // rows or objects go and no copy is kept
	LosesAccess      HazardName = "LOSES_ACCESS" // somebody can do less than before
	RequiresReboot   HazardName = "REQUIRES_REBOOT"
	KeyUnrecoverable HazardName = "KEY_UNRECOVERABLE"
	AffectsOthers    HazardName = "AFFECTS_OTHERS"
)

// HazardNames returns all of them, in the order of the documentation.
func HazardNames() []HazardName {
	return []HazardName{ExposesData, DeletesData, LosesAccess, RequiresReboot, KeyUnrecoverable, AffectsOthers}
}

// Hazard is one danger of a change, with the reason in a sentence.
type Hazard struct {
	Name   HazardName `json:"name"`
	Reason string     `json:"reason"`
}

// Danger is a hazard of one object or refresh of a plan.
type Danger struct {
	Hazard
	Address string `json:"address"`
}

// Hazards returns the hazards of a plan, in the order of its objects.
func (p *Plan) Hazards() []Danger {
	var out []Danger
	for _, c := range p.Changes {
		for _, h := range c.Hazards {
			out = append(out, Danger{h, c.Address})
		}
	}
	for _, r := range p.Refreshes {
		for _, h := range r.Hazards {
			out = append(out, Danger{h, r.Address})
		}
	}
	return out
}

// CheckHazards reports every hazard of the plan that is not allowed, with the flag that allows all of them.
func (p *Plan) CheckHazards(allowed []HazardName) diag.Diagnostics {
	ok := map[HazardName]bool{}
	for _, h := range allowed {
		ok[h] = true
	}
	var refused []Danger
	missing := map[HazardName]bool{}
	for _, d := range p.Hazards() {
		if !ok[d.Name] {
			refused = append(refused, d)
			missing[d.Name] = true
		}
	}
	var flag []string
	for _, h := range HazardNames() {
		if missing[h] {
			flag = append(flag, string(h))
		}
	}
	var ds diag.Diagnostics
	for _, d := range refused {
		ds.Append(diag.Diagnostic{
			Severity: diag.Error,
			Code:     "hazard",
			Address:  d.Address,
			Summary:  "Hazard " + string(d.Name) + " is not allowed",
			Detail: d.Address + ": " + d.Reason + "\nNothing was changed. If this is intended, give -allow " +
				strings.Join(flag, ",") + ".",
		})
	}
	return ds
}

// ParseHazards reads "NAME,NAME" or "all".
func ParseHazards(text string) ([]HazardName, error) {
	var out []HazardName
	for _, part := range strings.Split(text, ",") {
		name := HazardName(strings.ToUpper(strings.TrimSpace(part)))
		if name == "ALL" {
			return HazardNames(), nil
		}
		var known []string
		found := false
		for _, h := range HazardNames() {
			known = append(known, string(h))
			found = found || h == name
		}
		if !found {
			return nil, fmt.Errorf("unknown hazard %q.%s Known hazards: %s, all", part,
				diag.DidYouMean(string(name), known), strings.Join(known, ", "))
		}
		out = append(out, name)
	}
	return out, nil
}
