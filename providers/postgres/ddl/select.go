package ddl

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/diag"
	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
)

// Selection is what of a source's structure a copy takes.
type Selection struct {
	// Schemas are those of the refresh; nil means all.
	Schemas []string
	// Skip are the tables that the copy does not have.
	Skip []catalog.Ref
	// Extensions are those installed on the source, SkipExtensions the names of those that the copy does not have.
	Extensions     []catalog.Extension
	SkipExtensions []string
	Target         Target
	// Range is where the spec declares the copy, for diagnostics.
	Range *diag.Range
}

// Target is what decides which objects can be created on the target server.
type Target struct {
	VersionNum int
	User       string
	// Superuser is also true for members of rds_superuser, who may create all that matters here.
	Superuser bool
	// Available are the extensions that can be installed, by name. Delegated are those that the user may create as a
	// member of rds_extension, Allowed the only ones that RDS lets anybody create; nil where it does not say.
	Available          map[string]Available
	Delegated, Allowed []string
	// Loaded are the libraries of shared_preload_libraries; nil where they are not known.
	Loaded []string
	// Template is what the copy begins with.
	Template Template
	// Roles are the names of all roles.
	Roles []string
}

// selecting is one run of Select.
type selecting struct {
	Selection
	diags diag.Diagnostics
	notes []string
	left  map[int]string // why an entry is left out, by ID
	byID  map[int]*Entry
	// with are the skipped extensions that entries are left out with, rewritten the SQL of those that are changed.
	with, rewritten map[int]string
}

// Select returns the entries that a copy takes, notes on what is left out for a reason that the plan should show, and
// errors for what the copy needs and cannot have. Objects that belong to an entry that is left out (indexes,
// constraints, triggers, comments, owned sequences) are left out with it; an object that merely needs it is an error
// that names both. Select is pure, and does not change s. See treat for each type of entry.
func Select(s *Script, sel Selection) (*Script, []string, diag.Diagnostics) {
	run := &selecting{
		Selection: sel,
		left:      map[int]string{},
		byID:      map[int]*Entry{},
		with:      map[int]string{},
		rewritten: map[int]string{},
	}
	for i := range s.Entries {
		run.byID[s.Entries[i].ID] = &s.Entries[i]
	}
	shared := run.sharedSequences(s)
	out := &Script{ServerVersion: s.ServerVersion, DumpVersion: s.DumpVersion}
	for i := range s.Entries {
		e := &s.Entries[i]
		if run.inTemplate(e) {
			continue
		}
		why, show := run.treat(e, shared)
		if why == "" {
			taken := *e
			if sql, ok := run.rewritten[e.ID]; ok {
				taken.SQL = sql
			}
			out.Entries = append(out.Entries, taken)
			continue
		}
		run.left[e.ID] = why
		if show {
			run.notes = append(run.notes, fmt.Sprintf("%s is left out: %s", e.Object(), why))
		}
	}
	return out, run.notes, run.diags
}

// sharedSequences returns the sequences that are used by tables which are not skipped: they stay, if need be without an
// owner.
func (r *selecting) sharedSequences(s *Script) map[int]bool {
	shared := map[int]bool{}
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Type != "TABLE" && e.Type != "DEFAULT" && e.Type != "VIEW" && e.Type != "FUNCTION" ||
			r.skipped(e.Schema, tableName(e)) {
			continue
		}
		for _, dep := range e.Depends {
			if d := r.byID[dep]; d != nil && d.Type == "SEQUENCE" {
				shared[dep] = true
			}
		}
	}
	return shared
}

func tableName(e *Entry) string {
	if isRelation[e.Type] {
		return e.Name
	}
	return e.Table
}

func (r *selecting) skipped(schema, table string) bool {
	return table != "" && slices.Contains(r.Skip, catalog.Ref{Schema: schema, Name: table})
}

// treat returns why e is left out, "" if it is not, and whether the plan should show that. It adds diagnostics, too.
//
//   - SCHEMA: created; "public" is there already (template0 has it).
//   - EXTENSION: created where the target has it and the user may, else an error; another version is a warning.
//     What only the target has is no concern. Its comment is left out: the extension brings it. A skipped one takes
//     what depends on it along, except tables, which lose defaults and checks, or are an error.
//   - FOREIGN DATA WRAPPER, SERVER, USER MAPPING, FOREIGN TABLE: left out with a note, with the
//     views that read them; a copy that reaches into production's neighbours is none.
//   - EVENT TRIGGER: needs a superuser; left out with a warning where we are none.
//   - POLICY: the roles that it names must exist on the target, else an error that names them.
//   - OPERATOR CLASS and others that only a superuser may create: an error where we are none.
//   - TABLE, TYPE, FUNCTION, SEQUENCE, VIEW, INDEX, CONSTRAINT, TRIGGER, RULE, STATISTICS,
//     COMMENT, …: as they are. MATERIALIZED VIEW comes WITH NO DATA and is refreshed later.
//   - PUBLICATION, SUBSCRIPTION, ACL, SECURITY LABEL, rows: never (neverCopied).
func (r *selecting) treat(e *Entry, shared map[int]bool) (why string, show bool) {
	switch {
	case e.Type == "SCHEMA" && e.Name == "public":
		return "every new database has it", false
	case e.Type == "COMMENT" && strings.HasPrefix(e.Name, "EXTENSION "):
		return "the extension brings its own", false
	case e.Type == "COMMENT" && e.Name == "SCHEMA public" && !r.Target.Superuser && r.Target.VersionNum < 150000:
		return "only its owner may comment on it", false
	case e.Type == "SCHEMA" && !r.wanted(e.Name) && !r.holdsExtension(e.Name), e.Schema != "" && !r.wanted(e.Schema):
		return "its schema is not one of the refresh", false
	case isRelation[e.Type] && r.skipped(e.Schema, e.Name):
		return "the spec skips it", false
	case foreign[e.Type]:
		return "a copy does not reach other servers", true
	}
	if e.Type == "EXTENSION" && slices.Contains(r.SkipExtensions, e.Name) {
		r.with[e.ID] = e.Name
		return "the spec skips it", true
	}
	if why, show := r.follow(e, shared); why != "" {
		return why, show
	}
	switch {
	case e.Type == "EXTENSION":
		r.extension(e)
	case e.Type == "SCHEMA":
		r.schema(e)
	case e.Type == "POLICY":
		r.policy(e)
	case e.Type == "EVENT TRIGGER" && !r.Target.Superuser:
		r.diags.Warnf(r.Range, "Event trigger is left out",
			"Only a superuser may create event trigger %s, and %s is not a superuser on the target.",
			quoted(e.Name), quoted(r.Target.User))
		return "only a superuser may create it", true
	case superuserOnly[e.Type] && !r.Target.Superuser:
		r.diags.Errorf(r.Range, "Object requires a superuser",
			"Only a superuser may create %s, and %s is not a superuser on the target. Connect to the target as a "+
				"superuser, or leave its schema out with schemas = [...].",
			e.Object(), quoted(r.Target.User))
	}
	return "", false
}

// foreign are the types that access another server.
var foreign = map[string]bool{"FOREIGN DATA WRAPPER": true, "SERVER": true, "USER MAPPING": true, "FOREIGN TABLE": true}

// superuserOnly are the types that only a superuser may create (manual, Notes of each CREATE command).
var superuserOnly = map[string]bool{
	"ACCESS METHOD": true, "OPERATOR CLASS": true, "OPERATOR FAMILY": true, "SHELL TYPE": true,
	"TEXT SEARCH PARSER": true, "TEXT SEARCH TEMPLATE": true, "PROCEDURAL LANGUAGE": true,
}

// belongs are the types that are part of what they depend on.
var belongs = map[string]bool{
	"COMMENT": true, "INDEX ATTACH": true, "TABLE ATTACH": true, "SEQUENCE OWNED BY": true, "STATISTICS": true,
}

// follow returns why e is left out together with something that it depends on. A dependency that e does not belong to
// is an error, unless it is foreign: then a view is left out, too.
func (r *selecting) follow(e *Entry, shared map[int]bool) (why string, show bool) {
	var needed *Entry
	lost := map[string]*Entry{} // by skipped extension
	for _, dep := range e.Depends {
		d, why := r.byID[dep], r.left[dep]
		switch {
		case d == nil:
		case why == "":
			if e.Type == "SEQUENCE OWNED BY" && r.isOwnerLeftOut(d) {
				return "the table that owned it is left out", false
			}
		case d.Type == "SCHEMA" && d.Name == "public":
		case e.Type == "SEQUENCE" && shared[e.ID]:
		case belongs[e.Type] || isRelation[d.Type] && e.TableOID != 0 && d.TableOID == e.TableOID:
			return d.Object() + " is left out", false
		case r.with[dep] != "":
			if extension := r.with[dep]; lost[extension] == nil || d.Type == "EXTENSION" {
				lost[extension] = d
			}
		case foreign[d.Type] || why == readsForeign:
			return readsForeign, true
		case needed == nil || isRelation[d.Type] && !isRelation[needed.Type]:
			needed = d
		}
	}
	for _, extension := range slices.Sorted(maps.Keys(lost)) {
		if why, show := r.without(e, extension, lost[extension]); why != "" {
			return why, show
		}
	}
	if needed != nil { // one missing object is enough to report
		r.diags.Errorf(r.Range, "Copy needs an object that is left out",
			"%s needs %s, which is not in the copy because %s. %s",
			capital(e.Object()), needed.Object(), r.left[needed.ID], advice(needed))
	}
	return "", false
}

const readsForeign = "it needs a foreign table"

func advice(d *Entry) string {
	if isRelation[d.Type] {
		return "Copy the table without rows (data = false) instead of skipping it, or add its schema to the refresh."
	}
	return "Add its schema to the refresh."
}

// isOwnerLeftOut reports whether the table that owns a sequence is left out.
func (r *selecting) isOwnerLeftOut(sequence *Entry) bool {
	for _, dep := range sequence.Depends {
		if d := r.byID[dep]; d != nil && isRelation[d.Type] && r.left[dep] != "" {
			return true
		}
	}
	return false
}

func (r *selecting) wanted(schema string) bool {
	return r.Schemas == nil || slices.Contains(r.Schemas, schema)
}

func (r *selecting) holdsExtension(schema string) bool {
	return slices.ContainsFunc(r.Extensions, func(x catalog.Extension) bool { return x.Schema == schema })
}

// policy checks the roles after TO. pg_dump writes "CREATE POLICY name ON table [AS …] [FOR …] [TO role, role] [USING
// (…)] [WITH CHECK (…)];" on one line, without TO for PUBLIC.
func (r *selecting) policy(e *Entry) {
	var missing []string
	for _, role := range policyRoles(*e) {
		if !slices.Contains(r.Target.Roles, role) {
			missing = append(missing, sqltext.Ident(role))
		}
	}
	if len(missing) > 0 {
		r.diags.Errorf(r.Range, "Policy names roles that do not exist on the target",
			"%s applies to %s. Create the roles first: CREATE ROLE %s;", capital(e.Object()),
			strings.Join(missing, ", "),
			strings.Join(missing, "; CREATE ROLE "))
	}
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
