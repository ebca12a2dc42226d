package review

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/shoji-pg/shoji/engine"
	"github.com/shoji-pg/shoji/providers/postgres/record"
	"github.com/shoji-pg/shoji/providers/postgres/schemalock"
	"github.com/shoji-pg/shoji/spec"
)

// refresh compares one refresh: its settings, then its tables.
func (c *comparison) refresh(was, is *schemalock.Resolution) {
	switch {
	case was == nil:
		c.newRefresh(is)
		return
	case is == nil:
		r := was.Refresh
		c.add(engine.Difference{
			Verdict: engine.Gone,
			Kind:    engine.SubjectRefresh,
			Address: r.Address(),
			Before:  route(r),
			Meaning: databaseName(r.To) + " is no longer refreshed; what is in it stays until somebody removes it",
			Range:   placeOf(r.Range),
		})
		return
	}
	c.settings(was.Refresh, is.Refresh)
	c.structure(was.Refresh, is.Refresh)
	c.tables(was, is)
}

func route(r *spec.Refresh) *engine.Stance {
	return &engine.Stance{Text: r.From.Address() + " -> " + r.To.Address()}
}

// newRefresh says that a copy is made that was not.
func (c *comparison) newRefresh(is *schemalock.Resolution) {
	r := is.Refresh
	raw, all := 0, 0
	for _, t := range record.RulesOf(is.Tables) {
		if t.Crosses() && t.PartitionOf == "" {
			raw, all = raw+len(c.judge.Raw(&t)), all+len(t.Columns)
		}
	}
	d := engine.Difference{
		Verdict: engine.New,
		Kind:    engine.SubjectRefresh,
		Address: r.Address(),
		After:   route(r),
		Meaning: fmt.Sprintf("%s becomes a copy of %s: %d of %d columns cross raw", databaseName(r.To),
			databaseName(r.From), raw, all),
		Range: placeOf(r.Range),
	}
	if raw > 0 {
		d.Expose()
	}
	c.add(d)
	c.tables(nil, is)
}

// setting is an argument of a refresh that has to do with what is shown, or to whom.
type setting struct {
	name, was, is string
	// rank orders values by how much they protect; nil where none protects more.
	rank    func(value string) float64
	meaning string // of another value
	weaker  string // of one that protects less
	exposes bool   // another value may show more
}

// settings compares the arguments of a refresh.
func (c *comparison) settings(was, is *spec.Refresh) {
	to := databaseName(is.To)
	for _, s := range []setting{
		{
			name: "from", was: was.From.Address(), is: is.From.Address(), exposes: true,
			meaning: "the rows in " + to + " come from another database",
		},
		{
			name: "to", was: was.To.Address(), is: is.To.Address(), exposes: true,
			meaning: "the copy is put into " + to + ": whoever reads that reads it",
		},
		{
			name: "key", was: addressOf(was.Key), is: addressOf(is.Key),
			meaning: "masked values in " + to + " are others than before, and no longer meet those of other copies",
		},
		{
			name: "mode", was: string(was.Mode), is: string(is.Mode),
			meaning: "the copy is put in place in another way",
		},
		{
			name: "verify", was: was.Verify, is: is.Verify,
			rank:    func(v string) float64 { return float64(slices.Index([]string{"off", "sample", "full"}, v)) },
			meaning: "more is checked before anybody can read the copy",
			weaker:  "less is checked before anybody can read the copy: a mask that does nothing may not be noticed",
		},
		{
			name: "min_changed", was: share(was.MinChanged), is: share(is.MinChanged), rank: shareRank,
			meaning: "masks must change more of the values, or the run fails",
			weaker:  "masks may leave more of the values as they are before the run fails",
		},
		{
			name: "via", was: bucketOf(was), is: bucketOf(is),
			meaning: "masked rows go through another place on their way",
		},
		{
			name: "copy", was: copyOf(was), is: copyOf(is),
			meaning: "the rows are read from something else than before",
		},
		{
			name: "owner", was: was.Owner, is: is.Owner, exposes: is.Owner != "",
			meaning: "another role owns all objects in " + to + ", and so reads all of them",
		},
	} {
		if s.was == s.is {
			continue
		}
		d := engine.Difference{
			Verdict: engine.Other,
			Kind:    engine.SubjectRefresh,
			Address: is.Address(),
			Subject: s.name,
			Before:  textOf(s.was),
			After:   textOf(s.is),
			Meaning: s.meaning,
			Range:   placeOf(is.Range),
		}
		switch {
		case s.rank != nil && s.rank(s.is) < s.rank(s.was):
			d.Verdict, d.Meaning = engine.Weaker, s.weaker
			d.Expose()
		case s.rank != nil:
			d.Verdict = engine.Stronger
		case s.exposes:
			d.Expose()
		}
		c.add(d)
	}
}

// share writes min_changed as a spec does; one value, which is asked for without it, is "".
func share(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'g', -1, 64)
}

// shareRank orders shares: none, one value, more.
func shareRank(text string) float64 {
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return 1
	case f == 0:
		return 0
	}
	return 1 + f
}

func bucketOf(r *spec.Refresh) string {
	if r.Via == nil {
		return ""
	}
	return r.Via.Address()
}

func copyOf(r *spec.Refresh) string {
	switch {
	case r.Copy == nil:
		return ""
	case r.Copy.Instance != "":
		return string(r.Copy.Kind) + " of " + r.Copy.Instance
	}
	return string(r.Copy.Kind)
}

// structure compares what is left out of the structure.
func (c *comparison) structure(was, is *spec.Refresh) {
	if is.Mode != spec.Swap { // in place, no structure crosses
		return
	}
	before, after := was.Structure.LimitTexts(), is.Structure.LimitTexts()
	parts := slices.Collect(maps.Keys(before))
	parts = append(parts, slices.Collect(maps.Keys(after))...)
	slices.Sort(parts)
	for _, part := range slices.Compact(parts) {
		if before[part] == after[part] {
			continue
		}
		only := func(limits map[spec.Part]string) map[spec.Part]string {
			if text, limited := limits[part]; limited {
				return map[spec.Part]string{part: text}
			}
			return nil
		}
		more := len(record.StructureExposures(only(before), only(after))) > 0
		less := len(record.StructureExposures(only(after), only(before))) > 0
		d := engine.Difference{
			Verdict: engine.Stronger,
			Kind:    engine.SubjectStructure,
			Address: is.Address(),
			Subject: string(part),
			Before:  textOf(orAll(before[part])),
			After:   textOf(orAll(after[part])),
			Meaning: fmt.Sprintf("fewer %s of %s are in %s", part, databaseName(is.From), databaseName(is.To)),
			Range:   placeOf(is.Range),
		}
		switch {
		case more && less:
			d.Verdict = engine.Other
			d.Meaning = fmt.Sprintf("other %s of %s are in %s: they can hold what somebody wrote", part,
				databaseName(is.From), databaseName(is.To))
			d.Expose()
		case more:
			d.Verdict = engine.Weaker
			d.Meaning = fmt.Sprintf("more %s of %s are in %s: they can hold what somebody wrote", part,
				databaseName(is.From), databaseName(is.To))
			d.Expose()
		}
		c.add(d)
	}
}

func orAll(text string) string {
	if text == "" {
		return "true"
	}
	return text
}

// list joins names, and counts those beyond a few.
func list(names []string) string {
	const few = 6
	if n := len(names) - few; n > 1 {
		return strings.Join(names[:few], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}
