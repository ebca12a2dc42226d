package record

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/spec"
)

// listed is how many names or reasons a sentence lists before it counts the rest.
const listed = 6

// Exposures returns what the rules of now expose and those of was did not: a sentence for each table, in their order.
// Partitions that expose the same as their table are counted there.
func Exposures(was, now []TableRules) []string {
	c := comparison{was: map[string]*TableRules{}, now: map[string]*TableRules{}, judge: NewJudge()}
	for i := range was {
		c.was[was[i].fullName()] = &was[i]
	}
	for i := range now {
		c.now[now[i].fullName()] = &now[i]
	}
	reasons, alike := map[string]string{}, map[string]int{}
	for i := range now {
		reasons[now[i].fullName()] = c.table(&now[i])
	}
	for i := range now {
		t := &now[i]
		if root := c.root(t); root != t && reasons[t.fullName()] != "" &&
			reasons[t.fullName()] == reasons[root.fullName()] {
			alike[root.fullName()]++
			reasons[t.fullName()] = ""
		}
	}
	var out []string
	for i := range now {
		name := now[i].fullName()
		if reasons[name] == "" {
			continue
		}
		switch n := alike[name]; n {
		case 0:
			out = append(out, name+": "+reasons[name])
		default:
			out = append(out, fmt.Sprintf("%s and %d partitions: %s", name, n, reasons[name]))
		}
	}
	return out
}

// StructureExposures returns what of the structure crosses under what a spec says of its parts now and did not before:
// a sentence for each part, sorted. Two lists of patterns are not compared: another one may take more.
func StructureExposures(was, now map[spec.Part]string) []string {
	var out []string
	for _, part := range slices.Sorted(maps.Keys(was)) {
		switch is, limited := now[part]; {
		case !limited:
			out = append(out, fmt.Sprintf("the structure crossed with %s = %s, and all %s would", part, was[part],
				part))
		case is != was[part] && is != "false":
			out = append(out, fmt.Sprintf("the structure crossed with %s = %s, and would with %s", part, was[part], is))
		}
	}
	return out
}

// comparison is one call of Exposures.
type comparison struct {
	was, now map[string]*TableRules
	judge    *Judge
}

// root returns the topmost known table above a partition.
func (c *comparison) root(t *TableRules) *TableRules {
	for seen := 0; t.PartitionOf != "" && c.now[t.PartitionOf] != nil && seen < 100; seen++ {
		t = c.now[t.PartitionOf]
	}
	return t
}

// before returns the earlier rules of a table; those of a new partition are its table's.
func (c *comparison) before(t *TableRules) *TableRules {
	for seen := 0; t != nil && seen < 100; seen++ {
		if was := c.was[t.fullName()]; was != nil {
			return was
		}
		t = c.now[t.PartitionOf]
	}
	return nil
}

// table returns what a table exposes, to complete a sentence about it; "" for nothing.
func (c *comparison) table(now *TableRules) string {
	was := c.before(now)
	switch {
	case !now.Crosses():
		return ""
	case was == nil:
		if len(c.judge.Raw(now)) == 0 {
			return ""
		}
		return "it is new, and its rows would cross, " + c.rawText(now)
	case was.Treatment == decide.Skip:
		return "it was skipped, and its rows would cross, " + c.rawText(now)
	case !was.Crosses():
		return "no row of it crossed (data = false), and its rows would, " + c.rawText(now)
	}
	reasons := c.columns(was, now)
	if !Narrower(was.Rows, now.Rows) {
		text := fmt.Sprintf("only rows where %q crossed, and those where %q would", was.Rows, now.Rows)
		if now.Rows == "" {
			text = fmt.Sprintf("only rows where %q crossed, and all would", was.Rows)
		}
		reasons = append([]string{text}, reasons...)
	}
	return capped(reasons, "; ")
}

func (c *comparison) rawText(t *TableRules) string {
	raw := c.judge.Raw(t)
	if len(raw) == 0 {
		return "all columns masked"
	}
	return fmt.Sprintf("%d of %d columns raw: %s", len(raw), len(t.Columns), capped(raw, ", "))
}

// columns compares the columns of a table whose rows were copied and still are.
func (c *comparison) columns(was, now *TableRules) []string {
	before := make(map[string]*ColumnRule, len(was.Columns))
	for i := range was.Columns {
		before[was.Columns[i].Name] = &was.Columns[i]
	}
	var fresh, out []string
	for i := range now.Columns {
		is := &now.Columns[i]
		old := before[is.Name]
		switch {
		case !c.judge.Column(old, is).Exposes:
		case (old == nil || old.Decision == decide.Generated) && is.Decision == decide.Kept:
			fresh = append(fresh, is.Name)
		case old == nil || old.Decision == decide.Generated:
			if parts := c.judge.Keeps(is); len(parts) > 0 {
				out = append(out, fmt.Sprintf("column %s is new, and %s keeps %s", is.Name, is.Mask,
					capped(parts, ", ")))
			} else {
				out = append(out, fmt.Sprintf("column %s is new, and %s can leave a part of it", is.Name, is.Mask))
			}
		case is.Decision == decide.Kept:
			out = append(out, fmt.Sprintf("column %s was %s (%s) and would be kept", is.Name, old.Mask, old.Strength))
		default:
			out = append(out, "column "+is.Name+weaker(old, is, c.judge.Column(old, is)))
		}
	}
	if len(fresh) > 0 {
		out = append(out, "new columns are kept: "+capped(fresh, ", "))
	}
	return out
}

// weaker says why a masked column is now masked less, to follow its name.
func weaker(was, is *ColumnRule, j Judgement) string {
	switch {
	case is.Strength.WeakerThan(was.Strength):
		return fmt.Sprintf(" was %s (%s) and would be %s (%s)", was.Mask, was.Strength, is.Mask, is.Strength)
	case len(j.Why) > 0:
		return ": " + capped(j.Why, "; ")
	}
	return fmt.Sprintf(" was %s and would be %s, which the key protects less", was.Mask, is.Mask)
}

// capped joins the first items of a list and counts the rest.
func capped(list []string, separator string) string {
	if n := len(list) - listed; n > 1 {
		return strings.Join(list[:listed], separator) + fmt.Sprintf("%sand %d more", separator, n)
	}
	return strings.Join(list, separator)
}
