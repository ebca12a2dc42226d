package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
	"github.com/shoji-pg/shoji/spec"
	"github.com/shoji-pg/shoji/spec/personal"
)

// Choice is what of a structure may leave the source at all.
type Choice struct {
	// Schemas are those of the refresh; nil means all.
	Schemas []string
	// Structure is the schema block of the refresh; nil if it has none.
	Structure *spec.Structure
}

// Choose returns the structure as it may leave the source: without what the schema block leaves out, and without the
// SQL of what no copy takes (objects of other schemas, and foreign servers, whose options hold passwords). Their
// entries stay, so that Select can follow what depends on them. The notes list what is left out; a diagnostic reports
// what needs something that is left out. Choose is pure, and does not change s.
func Choose(s *Script, c Choice) (*Script, []string, diag.Diagnostics) {
	run := &choosing{
		Choice: c,
		byID:   map[int]*Entry{},
		left:   map[int]bool{},
		needs:  map[int][]string{},
		listed: map[spec.Part][]string{},
	}
	out := &Script{ServerVersion: s.ServerVersion, DumpVersion: s.DumpVersion}
	for i := range s.Entries {
		e := s.Entries[i]
		run.byID[e.ID] = &s.Entries[i]
		switch {
		case foreign[e.Type] || e.Schema != "" && c.Schemas != nil && !slices.Contains(c.Schemas, e.Schema):
			e.SQL = ""
		case !run.takes(&e):
			run.left[e.ID] = true
			continue
		}
		out.Entries = append(out.Entries, e)
	}
	run.reportUnmet(s)
	return out, run.notes(), run.diags
}

// choosing is one run of Choose.
type choosing struct {
	Choice
	byID map[int]*Entry
	// left are the IDs of the entries that are left out, listed their names by the argument that leaves them out, and
	// needs the entries that need one of them.
	left    map[int]bool
	listed  map[spec.Part][]string
	follows []string
	needs   map[int][]string
	diags   diag.Diagnostics
}

// takes reports whether the copy takes an entry, and strips it of the clauses that are left out.
func (r *choosing) takes(e *Entry) bool {
	if part := e.part(); r.leaves(part, e) && !r.fillsKey(e) {
		r.listed[part] = append(r.listed[part], redactedName(e))
		return false
	}
	if e.Type == "COMMENT" && r.Structure.Limits(spec.Checks) {
		about, ok := sqltree.ParseComment(e.SQL)
		left := ok && about.OfConstraint && !r.Structure.Takes(spec.Checks, strings.Join(about.Names, "."))
		if left && !r.isOnKey(e) {
			return false
		}
	}
	var calls []string
	stripped := false
	if e.Type == "TABLE" || e.Type == "DOMAIN" {
		calls, stripped = r.strip(e)
	}
	for _, dep := range e.Depends {
		d := r.byID[dep]
		if !r.left[dep] {
			continue
		}
		calledStill := !stripped || d.part() != spec.Functions || slices.Contains(calls, withoutSignature(d.Name))
		switch {
		case belongs[e.Type] || isRelation[d.Type] && e.TableOID != 0 && e.TableOID == d.TableOID:
			return false
		case (e.Type == "TRIGGER" || e.Type == "EVENT TRIGGER") && d.part() == spec.Functions:
			r.follows = append(r.follows, fmt.Sprintf("%s is left out: it calls %s", redactedName(e), redactedName(d)))
			return false
		case calledStill:
			r.needs[dep] = append(r.needs[dep], redactedName(e))
		}
	}
	return true
}

// leaves reports whether the schema block leaves an entry out.
func (r *choosing) leaves(part spec.Part, e *Entry) bool {
	return r.Structure.Limits(part) && (r.Structure.TakesNone(part) || !r.Structure.Takes(part, e.name()))
}

// redactedName returns an entry's name for people: names can look personal, too.
func redactedName(e *Entry) string { return personal.Redact(e.Object()) }

// fillsKey reports whether an entry is a default that takes the next value of a sequence: without it, nobody can add a
// row. Defaults that cannot be parsed do not count.
func (r *choosing) fillsKey(e *Entry) bool {
	if e.Type != "DEFAULT" {
		return false
	}
	fills, err := sqltree.SetsNextValue(e.SQL)
	return err == nil && fills
}

// isOnKey reports whether a comment is on a constraint with an entry of its own that the copy takes: a key, not a
// CHECK.
func (r *choosing) isOnKey(e *Entry) bool {
	return slices.ContainsFunc(e.Depends, func(dep int) bool {
		d := r.byID[dep]
		return d != nil && !r.left[dep] && (d.Type == "CONSTRAINT" || d.Type == "FK CONSTRAINT")
	})
}

// strip removes the defaults and checks that are left out from the statement that creates a table or a domain.
func (r *choosing) strip(e *Entry) (calls []string, stripped bool) {
	if !r.Structure.Limits(spec.Defaults) && !r.Structure.Limits(spec.Checks) {
		return nil, false
	}
	parts := map[sqltree.Clause]spec.Part{sqltree.Default: spec.Defaults, sqltree.Check: spec.Checks}
	left, err := sqltree.Strip(e.SQL, func(clause sqltree.Clause, name string) bool {
		part, path := parts[clause], strings.TrimSuffix(e.name()+"."+name, ".")
		if r.Structure.Takes(part, path) {
			return false
		}
		what := strings.TrimSpace(strings.TrimSuffix(string(part), "s") + " " + personal.Redact(name))
		r.listed[part] = append(r.listed[part], what+" of "+redactedName(e))
		return true
	})
	if err != nil {
		at := r.Structure.Range
		r.diags.Errorf(&at, "Cannot leave out defaults and checks",
			"The statement that creates %s cannot be parsed, so its defaults and checks cannot be left out. To copy "+
				"them, remove defaults and checks from the schema block.", redactedName(e))
		return nil, false
	}
	e.SQL = left.SQL
	return left.Calls, left.Changed
}

// reportUnmet adds a diagnostic for each object that is left out and that something else needs.
func (r *choosing) reportUnmet(s *Script) {
	for i := range s.Entries {
		d := &s.Entries[i]
		if needs := r.needs[d.ID]; len(needs) > 0 {
			part := d.part()
			r.diags.Errorf(r.Structure.At(part), "Copy needs an object that is left out",
				"%s leaves out %s, which these need: %s. Copy it, or leave out what needs it.",
				r.Structure.Argument(part), redactedName(d), strings.Join(needs, ", "))
		}
	}
}

// shownNames is how many objects a note lists.
const shownNames = 8

// notes returns a line for each argument of the schema block on what it leaves out.
func (r *choosing) notes() []string {
	var out []string
	for _, part := range spec.Parts() {
		if !r.Structure.Limits(part) {
			continue
		}
		names := r.listed[part]
		slices.Sort(names)
		switch n := len(names) - shownNames; {
		case len(names) == 0:
			out = append(out, fmt.Sprintf("schema: %s leaves nothing out", r.Structure.Argument(part)))
			continue
		case n > 0:
			names = append(names[:shownNames:shownNames], fmt.Sprintf("and %d more", n))
		}
		out = append(out, fmt.Sprintf("schema: %s leaves out %s", r.Structure.Argument(part),
			strings.Join(names, ", ")))
	}
	return append(out, r.follows...)
}
