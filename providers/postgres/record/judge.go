package record

import (
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec/mask"
)

// Judge tells of two rules for one column which shows more. It remembers the masks that it has compared: that of a rule
// is the mask of many columns.
type Judge struct {
	masks map[[2]string][]mask.Exposure
	kept  map[string][]string
}

// NewJudge returns a Judge.
func NewJudge() *Judge {
	return &Judge{masks: map[[2]string][]mask.Exposure{}, kept: map[string][]string{}}
}

// Judgement is whether a column shows more than it did.
type Judgement struct {
	Exposes bool
	// Unknown is set where it may show more, and nobody can tell.
	Unknown bool
	// Why are the reasons, a sentence each without its full stop, where two masks differ in more than their strength.
	Why []string
	// Parts are those of them that are about a part of the value, or some of the rows.
	Parts []string
}

// Column judges how a column crosses against how it did; nil is a column that was not there. What nobody can tell
// counts as more.
func (j *Judge) Column(was, is *ColumnRule) Judgement {
	switch {
	case is == nil || is.Decision == decide.Generated || was != nil && was.Decision == decide.Kept:
		return Judgement{}
	case is.Decision == decide.Kept:
		return Judgement{Exposes: true}
	case was == nil || was.Decision == decide.Generated:
		return Judgement{Exposes: len(j.Keeps(is)) > 0 || is.Strength == engine.StrengthPartial}
	}
	out := Judgement{Exposes: is.Strength.WeakerThan(was.Strength)}
	if was.Mask != is.Mask {
		out.Unknown = !out.Exposes
		for _, x := range j.masked(was.Mask, is.Mask) {
			out.Exposes, out.Unknown = true, out.Unknown && x.Unknown
			out.Why = append(out.Why, x.Text)
			if x.Part {
				out.Parts = append(out.Parts, x.Text)
			}
		}
		out.Unknown = out.Unknown && out.Exposes
	}
	if !out.Exposes && is.Strength == was.Strength && is.Strength != engine.StrengthConstant {
		out.Exposes = is.Keyed.Weaker(was.Keyed)
	}
	return out
}

func (j *Judge) masked(was, is string) []mask.Exposure {
	pair := [2]string{was, is}
	if out, done := j.masks[pair]; done {
		return out
	}
	before, err := mask.Parse(was)
	now, alsoErr := mask.Parse(is)
	out := []mask.Exposure{{Text: was + " becomes " + is + ", and this version cannot compare the two", Unknown: true}}
	if err == nil && alsoErr == nil {
		out = now.Exposes(before)
	}
	j.masks[pair] = out
	return out
}

// Keeps returns the parts of a value that the mask of a column keeps.
func (j *Judge) Keeps(c *ColumnRule) []string {
	if c.Decision != decide.Masked {
		return nil
	}
	out, done := j.kept[c.Mask]
	if !done {
		if m, err := mask.Parse(c.Mask); err == nil {
			out = m.Keeps()
		}
		j.kept[c.Mask] = out
	}
	return out
}

// Raw returns the columns of a table that are copied raw, in whole or in part.
func (j *Judge) Raw(t *TableRules) []string {
	var out []string
	for i := range t.Columns {
		if c := &t.Columns[i]; j.Column(nil, c).Exposes {
			out = append(out, c.Name)
		}
	}
	return out
}

// Narrower reports whether the condition now selects no row that was did not: it is the same condition, or one with
// further conjuncts.
func Narrower(was, now string) bool {
	if was == "" || was == now {
		return true
	}
	if now == "" {
		return false
	}
	before, err := sqltree.ConjunctTexts(was)
	if err != nil {
		return false
	}
	after, err := sqltree.ConjunctTexts(now)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(before, func(part string) bool { return !slices.Contains(after, part) })
}
