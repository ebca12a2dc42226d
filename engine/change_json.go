package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
)

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
