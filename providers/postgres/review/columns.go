package review

import (
	"fmt"
	"slices"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/decide"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/spec/personal"
)

// column is how one column of a table crosses. A column that its spec does not decide is not among them.
type column struct {
	rule    record.ColumnRule
	decided *decide.Column
	table   *table
}

func (t *table) columns() []column {
	out := make([]column, 0, len(t.rules.Columns))
	for i, rule := range t.rules.Columns {
		if d := &t.decided.Columns[i]; d.Decision != decide.Masked || d.Expr.Null != "" { // else its mask does not fit
			out = append(out, column{rule, d, t})
		}
	}
	return out
}

// columns compares the columns of a table whose rows were copied and still are.
func (c *comparison) columns(was, is *table) []engine.Difference {
	base, head := was.columns(), is.columns()
	renamed := was.renames(is)
	var out []engine.Difference
	for _, p := range engine.PairUp(base, head,
		func(x *column) string { return x.rule.Name },
		func(x *column) string {
			if name, ok := renamed[x.rule.Name]; ok && x.table == was {
				return name
			}
			return x.rule.Name
		}) {
		out = append(out, c.column(p.Was, p.Is)...)
	}
	return out
}

// renames returns the new names of columns that were renamed: of one type and in one place, where the one name is gone
// and the other is new. A column that was kept is not among them: what is in its place may be anything.
func (t *table) renames(is *table) map[string]string {
	out := map[string]string{}
	for i, c := range t.decided.Source.Columns {
		if i >= len(is.decided.Source.Columns) {
			break
		}
		n := is.decided.Source.Columns[i]
		masked := slices.ContainsFunc(t.rules.Columns, func(r record.ColumnRule) bool {
			return r.Name == c.Name && r.Decision == decide.Masked
		})
		if masked && n.Name != c.Name && n.Type.Formatted == c.Type.Formatted && is.source(c.Name) == nil &&
			t.source(n.Name) == nil {
			out[c.Name] = n.Name
		}
	}
	return out
}

// column compares one column; one side may be missing.
func (c *comparison) column(was, is *column) []engine.Difference {
	if is == nil {
		return []engine.Difference{{
			Verdict:  engine.Gone,
			Kind:     engine.SubjectColumn,
			Address:  was.table.refresh.Address(),
			Subject:  was.fullName(),
			Before:   stanceOf(was.decided),
			Personal: string(was.table.personal(was.rule.Name)),
			Meaning:  "no longer in " + was.table.to(),
			Range:    was.at(),
		}}
	}
	kind := is.table.personal(is.rule.Name)
	d := engine.Difference{
		Verdict:  engine.New,
		Kind:     engine.SubjectColumn,
		Address:  is.table.refresh.Address(),
		Subject:  is.fullName(),
		After:    stanceOf(is.decided),
		Personal: string(kind),
		Range:    is.at(),
	}
	var before *record.ColumnRule
	if was != nil {
		before, d.Before = &was.rule, stanceOf(was.decided)
		if was.rule.Name != is.rule.Name {
			d.Was = was.fullName()
		}
	}
	more := c.judge.Column(before, &is.rule)
	switch {
	case was == nil:
	case more.Exposes && more.Unknown:
		d.Verdict = engine.Other
	case more.Exposes:
		d.Verdict = engine.Weaker
	case c.judge.Column(&is.rule, before).Exposes:
		d.Verdict = engine.Stronger
	case before.Decision == is.rule.Decision && before.Mask == is.rule.Mask && d.Was == "":
		return c.checks(was, is)
	default:
		d.Verdict = engine.Other
	}
	d.Meaning, d.Details = meaning(d.Verdict, before, &is.rule, more, kind.Plural(), is.table.to()), more.Parts
	if more.Exposes {
		d.Expose()
	}
	return append([]engine.Difference{d}, c.checks(was, is)...)
}

func (c *column) fullName() string { return c.table.name() + "." + c.rule.Name }

func (c *column) at() *diag.Range { return diag.FirstRange(c.decided.Range, c.table.at()) }

// stanceOf returns how a column crosses, as a spec writes it.
func stanceOf(c *decide.Column) *engine.Stance {
	out := &engine.Stance{Text: "keep()", Strength: engine.StrengthRaw, Because: c.DecidedBy()}
	switch c.Decision {
	case decide.Masked:
		out.Text, out.Strength = c.Mask.Text, decide.StrengthOf(c.Expr.Strength)
	case decide.Generated:
		out.Text, out.Strength = "computed by the target", ""
	}
	return out
}

// personal returns the kind of personal data that a column seems to hold, "" for none.
func (t *table) personal(name string) personal.Kind {
	source := t.source(name)
	if source == nil {
		return ""
	}
	return recognise(t.decided.Source, source)
}

func recognise(t *catalog.Table, c *catalog.Column) personal.Kind {
	guess, _ := personal.Recognise(personal.Column{
		Schema:  t.Schema,
		Table:   t.Name,
		Name:    c.Name,
		Comment: c.Comment,
		Type:    c.Type,
		Of:      t.Personal(),
	})
	return guess.Kind
}

// checks compares how many values a mask must change, where it is said of the column.
func (c *comparison) checks(was, is *column) []engine.Difference {
	if was == nil || was.rule.Decision != decide.Masked || is.rule.Decision != decide.Masked {
		return nil
	}
	before, after := share(was.decided.MinChanged), share(is.decided.MinChanged)
	if before == after || before == share(was.table.refresh.MinChanged) && after == share(is.table.refresh.MinChanged) {
		return nil
	}
	d := engine.Difference{
		Verdict: engine.Stronger,
		Kind:    engine.SubjectColumn,
		Address: is.table.refresh.Address(),
		Subject: is.fullName(),
		Before:  textOf(minChanged(before)),
		After:   textOf(minChanged(after)),
		Meaning: "its mask must change more of the values, or the run fails",
		Range:   is.at(),
	}
	if shareRank(after) < shareRank(before) {
		d.Verdict, d.Meaning = engine.Weaker, "its mask may leave more of the values as they are before the run fails"
		d.Expose()
	}
	return []engine.Difference{d}
}

func minChanged(share string) string {
	if share == "" {
		return "at least one value must change"
	}
	return "min_changed = " + share
}

// meaning says in a line what another decision on a column means for the values in it, in the database to.
func meaning(v engine.Verdict, was, is *record.ColumnRule, j record.Judgement, values, to string) string {
	masked := is.Decision == decide.Masked
	switch {
	case is.Decision == decide.Generated:
		return to + " computes it from other columns"
	case v == engine.New && !masked:
		return fmt.Sprintf("new: real %s will be in %s", values, to)
	case v == engine.New && j.Exposes:
		return fmt.Sprintf("new: parts of real %s will be in %s", values, to)
	case v == engine.New:
		return fmt.Sprintf("new: masked, no real %s will be in %s", values, to)
	case v == engine.Weaker && !masked:
		return fmt.Sprintf("real %s will be in %s", values, to)
	case v == engine.Weaker && is.Strength == was.Strength:
		return fmt.Sprintf("more of the real %s will be left in %s", values, to)
	case v == engine.Weaker && is.Strength == engine.StrengthPartial:
		return fmt.Sprintf("more of the real %s will be left in %s: some of each as it is", values, to)
	case v == engine.Weaker && is.Strength == engine.StrengthGeneralised:
		return fmt.Sprintf("more of the real %s will be left in %s: each less exactly", values, to)
	case v == engine.Weaker:
		return fmt.Sprintf("which rows have the same %s can be told in %s", values, to)
	case j.Unknown:
		return fmt.Sprintf("nobody can tell whether more of the real %s will be left in %s", values, to)
	case v == engine.Stronger && was.Decision == decide.Kept:
		return fmt.Sprintf("real %s will no longer be in %s", values, to)
	case v == engine.Stronger:
		return fmt.Sprintf("less of the real %s will be left in %s", values, to)
	case was.Mask == is.Mask:
		return "renamed, and masked as before"
	}
	return fmt.Sprintf("masked %s in %s will be others; none shows more", values, to)
}
