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

// Choice says what of a structure may leave the source at all.
type Choice struct {
	// Schemas are those of the refresh; nil means all.
	Schemas []string
	// Structure is the schema block of the refresh, nil where it has none.
	Structure *spec.Structure
}

// Choose returns the structure as it may leave the source: without what the schema block of the spec leaves out, and
// without the SQL of what no copy takes (objects of other schemas, and the options of foreign servers, which hold
// passwords). Their entries stay, for Select to follow what depends on them. The notes say what is left out; a
// diagnostic says what crosses and needs something that does not. It is pure, and does not change s.
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
	run.unmet(s)
	return out, run.notes(), run.diags
}

// choosing is one run of Choose.
type choosing struct {
	Choice
	byID map[int]*Entry
	// left are the IDs of entries that do not cross, listed their names by the argument that leaves them out; needs
	// what crosses and needs one of them.
	left    map[int]bool
	listed  map[spec.Part][]string
	follows []string
	needs   map[int][]string
	diags   diag.Diagnostics
}

// takes reports whether an entry crosses, and takes out of it what does not.
func (r *choosing) takes(e *Entry) bool {
	if part := e.part(); r.leaves(part, e) && !r.fillsKey(e) {
		r.listed[part] = append(r.listed[part], shown(e))
		return false
	}
	if e.Type == "COMMENT" && r.Structure.Limits(spec.Checks) {
		about, ok := sqltree.ParseComment(e.SQL)
		left := ok && about.OfConstraint && !r.Structure.Takes(spec.Checks, strings.Join(about.Names, "."))
		if left && !r.isConstraint(e) {
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
			r.follows = append(r.follows, fmt.Sprintf("%s is left out: it calls %s", shown(e), shown(d)))
			return false
		case calledStill:
			r.needs[dep] = append(r.needs[dep], shown(e))
		}
	}
	return true
}

// leaves reports whether the schema block leaves an entry out.
func (r *choosing) leaves(part spec.Part, e *Entry) bool {
	return r.Structure.Limits(part) && (r.Structure.TakesNone(part) || !r.Structure.Takes(part, e.name()))
}

// shown is an entry's name as people may see it: names can be values that look personal, too.
func shown(e *Entry) string { return personal.Redact(e.Object()) }

// fillsKey reports a default that takes the next value of a sequence, without which nobody can add a row. What cannot
// be read is left out.
func (r *choosing) fillsKey(e *Entry) bool {
	if e.Type != "DEFAULT" {
		return false
	}
	fills, err := sqltree.SetsNextValue(e.SQL)
	return err == nil && fills
}

// isConstraint reports a comment on a constraint that is an entry of its own, and crosses: a key, not a CHECK.
func (r *choosing) isConstraint(e *Entry) bool {
	return slices.ContainsFunc(e.Depends, func(dep int) bool {
		d := r.byID[dep]
		return d != nil && !r.left[dep] && (d.Type == "CONSTRAINT" || d.Type == "FK CONSTRAINT")
	})
}

// strip takes the defaults and checks that do not cross out of the statement that creates a table or a domain.
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
		r.listed[part] = append(r.listed[part], what+" of "+shown(e))
		return true
	})
	if err != nil {
		at := r.Structure.Range
		r.diags.Errorf(&at, "Structure cannot be taken apart",
			"The statement that creates %s cannot be read, so that its defaults and checks cannot be left out. "+
				"Let them cross: take defaults and checks out of the schema block.", shown(e))
		return nil, false
	}
	e.SQL = left.SQL
	return left.Calls, left.Changed
}

// unmet says what crosses and needs what does not, a diagnostic for each thing that is missing.
func (r *choosing) unmet(s *Script) {
	for i := range s.Entries {
		d := &s.Entries[i]
		if needs := r.needs[d.ID]; len(needs) > 0 {
			part := d.part()
			r.diags.Errorf(r.Structure.At(part), "Copy needs what is left out of it",
				"%s leaves %s out, and these need it: %s. Let it cross as well, or leave out what needs it.",
				r.Structure.Argument(part), shown(d), strings.Join(needs, ", "))
		}
	}
}

// shownNames is how many objects a note lists.
const shownNames = 8

// notes says what does not cross, a line for each argument of the schema block.
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
