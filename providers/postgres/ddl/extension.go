package ddl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shoji-pg/shoji/internal/sqltext"
	"github.com/shoji-pg/shoji/providers/postgres/catalog"
	"github.com/shoji-pg/shoji/providers/postgres/sqltree"
)

// Available is an extension that a server can install, in the version that it installs by default.
type Available struct {
	Version string
	// Superuser: only a superuser may create it, unless it is Trusted.
	Superuser, Trusted bool
	// Requires are the extensions that have to be there before.
	Requires []string
}

// Template is what is in the database that a copy begins as, beside what every new database has.
type Template struct {
	Name string
	// Extensions are the versions of the installed ones, by name.
	Extensions map[string]string
	Schemas    []string
	// Routines are the functions and procedures of no extension.
	Routines []Routine
}

// Routine is a function or procedure. Signature is its name and the types of its arguments, as pg_dump writes them.
type Routine struct{ Schema, Signature string }

// requirement is what an extension needs of a server and no catalog says.
type requirement struct {
	// database is the setting that names the one database of the server in which the extension can be created.
	database string
	// library must be in shared_preload_libraries for the extension to be created; where it is only used then, use.
	library string
	use     bool
}

// requirements are those of well-known extensions, from their manuals.
func requirements(extension string) requirement {
	switch extension {
	case "pg_cron":
		return requirement{database: "cron.database_name", library: "pg_cron"}
	case "timescaledb", "citus", "pgaudit", "pglogical", "spock":
		return requirement{library: extension}
	case "pg_stat_statements", "pg_stat_kcache", "pg_qualstats", "pg_wait_sampling", "pg_net", "pg_squeeze":
		return requirement{library: extension, use: true}
	}
	return requirement{}
}

// LivesInOneDatabase reports whether an extension can be created in one database of a server only, so that no copy that
// is built beside another can have it.
func LivesInOneDatabase(extension string) bool { return requirements(extension).database != "" }

// skipping returns what leaves an extension out, as it is written in a refresh.
func skipping(extension string) string { return fmt.Sprintf("extensions { skip = [%q] }", extension) }

// extension reports what keeps an extension from being created in the copy.
func (r *selecting) extension(e *Entry) {
	t, name := r.Target, quoted(e.Name)
	installs, there := t.Template.Extensions[e.Name]
	if there {
		r.notes = append(r.notes, fmt.Sprintf("extension %s is there already: database %s, which the copy begins as, "+
			"has it", name, quoted(t.Template.Name)))
	} else {
		have, ok := t.Available[e.Name]
		if !ok {
			r.diags.Errorf(r.Range, "Extension is not available on the target",
				"The source has extension %s, which is not available on the target server. Install its package there "+
					"(or allow it in the provider's list of extensions), or leave it out with what depends on it: %s.",
				name, skipping(e.Name))
			return
		}
		installs = have.Version
		r.mayCreate(e, have)
		r.requires(e, have)
	}
	for _, x := range r.Extensions {
		if x.Name == e.Name && x.Version != installs {
			r.diags.Warnf(r.Range, "Extension has another version on the target",
				"The source has %s %s, and the target will have %s.", name, x.Version, installs)
		}
	}
}

// mayCreate reports an extension that the connected user may not create in the copy, or nobody can.
func (r *selecting) mayCreate(e *Entry, have Available) {
	t, name := r.Target, quoted(e.Name)
	needs := requirements(e.Name)
	loaded := t.Loaded == nil || needs.library == "" || slices.Contains(t.Loaded, needs.library)
	switch {
	case t.Allowed != nil && !slices.Contains(t.Allowed, e.Name):
		r.diags.Errorf(r.Range, "Extension is not allowed on the target",
			"Amazon RDS creates only extensions that its settings name, and extension %s is not among them. Add it to "+
				"rds.allowed_extensions in the parameter group, if RDS supports it, or leave it out with what depends "+
				"on it: %s.", name, skipping(e.Name))
	case needs.database != "":
		r.diags.Errorf(r.Range, "Extension lives in one database",
			"Extension %s can be created in one database of a server only, which %s names, and a copy is built in a "+
				"database of its own. Leave it out with what depends on it: %s.", name, needs.database,
			skipping(e.Name))
	case have.Superuser && !have.Trusted && !t.Superuser && !slices.Contains(t.Delegated, e.Name):
		r.diags.Errorf(r.Range, "Extension requires a superuser",
			"Only a superuser may create extension %s, and %s is not a superuser on the target. Have an administrator "+
				"create it in a database there and name that: template = \"...\". Or connect to the target as a "+
				"superuser, or leave it out with what depends on it: %s.", name, quoted(t.User), skipping(e.Name))
	case !loaded && needs.use:
		r.notes = append(r.notes, fmt.Sprintf("extension %s does nothing in the copy: %s is not in "+
			"shared_preload_libraries of the target", name, needs.library))
	case !loaded:
		r.diags.Errorf(r.Range, "Extension requires a library of the server",
			"Extension %s can be created only where shared_preload_libraries has %s, and that of the target has not. "+
				"Add it there and restart the server, or leave the extension out with what depends on it: %s.", name,
			needs.library, skipping(e.Name))
	}
}

// requires reports the extensions that one needs on the target and that the copy will not have.
func (r *selecting) requires(e *Entry, have Available) {
	for _, need := range have.Requires {
		_, there := r.Target.Template.Extensions[need]
		comes := slices.ContainsFunc(r.Extensions, func(x catalog.Extension) bool { return x.Name == need })
		if there || need == "plpgsql" || comes && !slices.Contains(r.SkipExtensions, need) {
			continue
		}
		why := "the source does not have"
		if comes {
			why = "the spec skips"
		}
		r.diags.Errorf(r.Range, "Extension requires another one",
			"On the target, extension %s requires extension %s, which %s. Create that on the source, have an "+
				"administrator create both in a template database (template = \"...\"), or leave both out: %s.",
			quoted(e.Name), quoted(need), why, skipping(e.Name))
	}
}

// without decides what becomes of an entry that depends on a skipped extension, by lost: it is left out too, unless it
// is a table or a domain that can do without.
func (r *selecting) without(e *Entry, extension string, lost *Entry) (why string, show bool) {
	if e.Type == "TABLE" || e.Type == "DOMAIN" {
		if r.doesWithout(e, extension) {
			return "", false
		}
		if e.Type == "TABLE" {
			r.diags.Errorf(r.Range, "Table needs a skipped extension",
				"%s needs %s, which is not in the copy because %s. Skip the table, too, or keep the extension.",
				capital(e.Object()), lost.Object(), r.left[lost.ID])
			return "", false
		}
	}
	r.with[e.ID] = extension
	return "it needs " + lost.Object(), true
}

// doesWithout leaves out the defaults and checks of a table or domain that use a skipped extension, and reports what
// cannot be left out. It returns false where it finds nothing of both.
func (r *selecting) doesWithout(e *Entry, extension string) bool {
	leaves := map[sqltree.Clause][]string{}
	var kept []string
	found := false
	for _, u := range r.usesOf(extension) {
		if u.Schema != e.Schema || u.Ref.Name != e.Name {
			continue
		}
		switch found = true; u.Clause {
		case catalog.UseType:
			kept = append(kept, fmt.Sprintf("column %s is of type %s", quoted(u.Name), u.Type))
		case catalog.UseGenerated:
			kept = append(kept, fmt.Sprintf("column %s is computed by one of its functions", quoted(u.Name)))
		case catalog.UseDefault:
			leaves[sqltree.Default] = append(leaves[sqltree.Default], u.Name)
		case catalog.UseCheck:
			leaves[sqltree.Check] = append(leaves[sqltree.Check], u.Name)
		}
	}
	if len(kept) > 0 {
		r.diags.Errorf(r.Range, "Table needs a skipped extension",
			"%s needs extension %s, which %s leaves out: %s. Skip the table, too, or keep the extension.",
			capital(e.Object()), quoted(extension), skipping(extension), strings.Join(kept, ", "))
		return true
	}
	if !found {
		return false
	}
	sql := e.SQL
	if before, ok := r.rewritten[e.ID]; ok {
		sql = before
	}
	stripped, err := sqltree.Strip(sql, func(clause sqltree.Clause, name string) bool {
		// an unnamed CHECK of a domain gets its name when it is created
		left := slices.Contains(leaves[clause], name) ||
			clause == sqltree.Check && name == "" && len(leaves[clause]) > 0
		if left {
			what := "default"
			if clause == sqltree.Check {
				what = "check"
			}
			r.notes = append(r.notes, fmt.Sprintf("%s %s of %s is left out: it needs extension %s", what, quoted(name),
				e.Object(), quoted(extension)))
		}
		return left
	})
	if err != nil {
		return false
	}
	r.rewritten[e.ID] = stripped.SQL
	return true
}

func (r *selecting) usesOf(extension string) []catalog.Use {
	for _, x := range r.Extensions {
		if x.Name == extension {
			return x.Uses
		}
	}
	return nil
}

// inTemplate reports whether the database that the copy begins as has a function already, and says so: what depends on
// it finds it there.
func (r *selecting) inTemplate(e *Entry) bool {
	t := r.Target.Template
	there := (e.Type == "FUNCTION" || e.Type == "PROCEDURE") && r.wanted(e.Schema) &&
		slices.Contains(t.Routines, Routine{Schema: e.Schema, Signature: e.Name})
	if there {
		r.notes = append(r.notes, fmt.Sprintf("%s is there already: database %s, which the copy begins as, has it",
			e.Object(), quoted(t.Name)))
	}
	return there
}

// schema makes the creation of a schema that is there already do nothing.
func (r *selecting) schema(e *Entry) {
	if slices.Contains(r.Target.Template.Schemas, e.Name) {
		r.rewritten[e.ID] = "CREATE SCHEMA IF NOT EXISTS " + sqltext.Ident(e.Name) + ";\n"
	}
}
