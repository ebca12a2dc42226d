package spec

import (
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/mod/semver"
)

// projectBlock reads the project's name, the versions that may read it, and how the schema lock is held.
func (l *loader) projectBlock() {
	l.project.Name, l.project.SchemaLock = baseName(l.project.Dir), SchemaLockWarn
	blocks := l.of("project")
	for i, b := range blocks {
		if i > 0 {
			l.errorf(b.DefRange(), "Project declared twice",
				"A directory is one project; it is declared at %s already.", rangeOf(blocks[0].DefRange()))
			continue
		}
		l.project.Name, l.project.Named = b.Labels[0], true
		for _, in := range l.instances(b) {
			l.project.SchemaLock = SchemaLock(in.choice("schema_lock", string(SchemaLockWarn),
				string(SchemaLockStrict)))
			want := in.str("required_version")
			if want == "" {
				continue
			}
			ok, err := allowsVersion(want, l.options.Version)
			switch {
			case err != nil:
				l.errorf(in.at("required_version"), "Wrong version constraint",
					"%s. Write \">= 0.1\" or \">= 0.1, < 2\".", err)
			case !ok:
				l.errorf(in.at("required_version"), "This spec wants another version of shoji",
					"This is %s, but the project wants %s.", l.options.Version, want)
			}
		}
	}
}

// journal reads where the journal is kept; databases must be known.
func (l *loader) journal() {
	for i, b := range l.of("project") {
		if i > 0 {
			return
		}
		for _, in := range l.instances(b) {
			blocks := in.nested("journal")
			for i, j := range blocks {
				if i > 0 {
					l.errorf(j.block.TypeRange, "Journal declared twice", "One journal is enough.")
					continue
				}
				at := rangeOf(j.block.TypeRange)
				l.project.Journal = Journal{
					Path:     j.str("path"),
					Database: reference[Database](j, "database", databaseType, "a database, such as database.staging"),
					Range:    &at,
				}
				for _, r := range l.project.Refreshes {
					if r.Mode == Swap && r.To != nil && r.To == l.project.Journal.Database {
						l.errorf(j.at("database"), "The journal would be swapped away",
							"%s replaces %s by a new database at each run. Keep the journal in another database, "+
								"such as the server's postgres.", r.Address(), r.To.Address())
					}
				}
				if j.has("path") && j.has("database") {
					l.errorf(j.at("path"), "Two places for one journal", "Give path or database, not both.")
				}
			}
		}
	}
}

func baseName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	return filepath.Base(abs)
}

// allowsVersion reports whether a version holds constraints such as ">= 0.1, < 2". An empty version, that
// of a test, holds all.
func allowsVersion(constraints, version string) (bool, error) {
	all := true
	for _, c := range strings.Split(constraints, ",") {
		c = strings.TrimSpace(c)
		op := strings.TrimRight(c[:len(c)-len(strings.TrimLeft(c, "<>=!"))], " ")
		want := "v" + strings.TrimSpace(strings.TrimLeft(c, "<>=!"))
		if !semver.IsValid(want) {
			return false, fmt.Errorf("%q is not a version", c)
		}
		order := semver.Compare("v"+version, want)
		holds, known := map[string]bool{
			"":   order == 0,
			"=":  order == 0,
			"!=": order != 0,
			">":  order > 0,
			">=": order >= 0,
			"<":  order < 0,
			"<=": order <= 0,
		}[op]
		if !known {
			return false, fmt.Errorf("%q is no comparison", op)
		}
		all = all && (holds || version == "")
	}
	return all, nil
}
