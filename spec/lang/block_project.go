package lang

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"golang.org/x/mod/semver"

	"github.com/shoji-pg/shoji/spec"
)

// projectArguments are the arguments of a project block and what they are read into.
type projectArguments struct {
	project *spec.Project
	version string // of this shoji
	wanted  string
	at      struct{ requiredVersion spec.Argument }
}

func projectBlock(b *body, p *projectArguments) {
	if p.project == nil {
		p.project = &spec.Project{}
	}
	b.optional("required_version", text(&p.wanted), &p.at.requiredVersion,
		"Versions of shoji that may read this spec: `\">= 0.1, < 2\"`.")
	b.optional("schema_lock", choice(&p.project.SchemaLock, spec.SchemaLockWarn, spec.SchemaLockStrict), nil,
		"What `plan` makes of a source that is not as `schema.lock.json` says: `\"warn\"` "+
			"(default), or `\"strict\"`: an "+
			"error, as is a lock that is missing.")
	b.nested("journal", "Where the journal is kept; the directory `.shoji` beside the spec without it.",
		func(n *body) { journalBlock(n, p.project) })
	b.check(func() {
		if p.wanted == "" {
			return
		}
		ok, err := allowsVersion(p.wanted, p.version)
		switch at := p.at.requiredVersion.Range; {
		case err != nil:
			b.errorf(at, "Invalid version constraint", "%s. Write \">= 0.1\" or \">= 0.1, < 2\".", err)
		case !ok:
			b.errorf(at, "This spec requires another version of shoji", "This is %s, but the project requires %s.",
				p.version, p.wanted)
		}
	})
}

func journalBlock(b *body, p *spec.Project) {
	j := spec.Journal{Range: &b.place, Keep: spec.KeepRuns}
	var at struct{ path, database spec.Argument }
	b.optional("path", text(&j.Path), &at.path, "A directory, relative to the spec.")
	b.optional("database", databases.ref(&j.Database), &at.database,
		"A schema `shoji` in that database, for runners that do not keep their disks.")
	b.optional("keep", integer(&j.Keep, 1, 100_000), nil, fmt.Sprintf(
		"How many runs of the project that have ended are kept, %d by default. One that did not end always is.",
		spec.KeepRuns))
	b.check(func() {
		if p.Journal.Range != nil {
			b.errorf(b.place, "Journal declared twice", "A project has one journal.")
			return
		}
		p.Journal = j
		for _, r := range p.Refreshes {
			if r.Mode == spec.Swap && r.To != nil && r.To == j.Database {
				b.errorf(at.database.Range, "The journal would be swapped away", "%s replaces %s by a new database at "+
					"each run. Keep the journal in another database, such as the server's postgres.", r.Address(),
					r.To.Address())
			}
		}
		if at.path.Written && at.database.Written {
			b.errorf(at.path.Range, "Conflicting journal locations", "Give path or database, not both.")
		}
	})
}

// baseName returns the name of a project without a project block.
func baseName(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	return filepath.Base(abs)
}

// allowsVersion reports whether a version satisfies constraints such as ">= 0.1, < 2". An empty version, that of a
// test, satisfies all.
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
			return false, fmt.Errorf("%q is not a comparison", op)
		}
		all = all && (holds || version == "")
	}
	return all, nil
}

// readProject reads the project block and the lint block.
func readProject(r *reader, version string) {
	p := r.project
	p.Name, p.SchemaLock = baseName(p.Dir), spec.SchemaLockWarn
	if b := r.only("project"); b != nil {
		p.Name, p.Named = b.Labels[0], true
		arguments := &projectArguments{project: p, version: version}
		r.decode(instance{Block: b}, func(b *body) { projectBlock(b, arguments) })
	}
	if b := r.only("lint"); b != nil {
		r.decode(instance{Block: b}, func(b *body) { lintBlock(b, &p.Lint) })
	}
}

// only returns the block of a kind that a project has once, nil if there is none.
func (f *files) only(kind string) *hclsyntax.Block {
	blocks := f.of(kind)
	if len(blocks) == 0 {
		return nil
	}
	for _, b := range blocks[1:] {
		f.errorf(rangeOf(b.DefRange()), "Block declared twice", "A directory has one %s block; it is at %s already.",
			kind,
			rangeOf(blocks[0].DefRange()))
	}
	return blocks[0]
}
