package object

import (
	"fmt"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
)

// Bypass is something about an object that somebody else set up, and by which its policy is got around or a removal
// outlived. The spec has no word for it, so that shoji only shows it.
type Bypass struct {
	// What says what it is and does, Mend what takes it away.
	What, Mend string
	// Exposes says that it lets somebody read who could not otherwise.
	Exposes bool
}

// Bypasses shows what gets around the policy of an object, in a warning. What lets others read is a danger of the
// plan, whether the object itself is changed or not.
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
		"No block says this of %s %s of %s, and its policy does not see it:\n%s",
		c.Type,
		c.Name,
		c.in,
		strings.Join(lines, "\n"),
	)
	c.warn("The policy of "+c.Address+" is not all", detail)
}

// Unseen says what could not be looked at of an object: what may bypass its policy is not known then, and not taken
// for absent.
func (c *Change) Unseen(actions []string) {
	if len(actions) == 0 {
		return
	}
	c.warn(
		"Not everything could be looked at",
		fmt.Sprintf("Whether something bypasses the policy of %s is not known: %s may not be called on %s %s of %s.",
			c.Address, strings.Join(actions, ", "), c.Type, c.Name, c.in),
	)
}

func (c *Change) warn(summary, detail string) {
	c.draft.Diags.Append(
		diag.Diagnostic{Severity: diag.Warning, Address: c.Address, Summary: summary, Detail: detail, Range: c.Range},
	)
}
